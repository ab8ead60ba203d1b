"""The two reviews as an API server reads and writes them: who has a token, and what somebody may do."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from exporter.kube.errors import Malformed
from exporter.kube.objects import Resource
from exporter.web.access import Act, Caller

TOKENS = Resource("authentication.k8s.io", "v1", "tokenreviews", "TokenReview", namespaced=False)
RIGHTS = Resource("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", namespaced=False)


class _User(msgspec.Struct):
    username: str = ""
    uid: str = ""
    groups: list[str] | None = None
    extra: dict[str, list[str]] | None = None


class _TokenStatus(msgspec.Struct):
    authenticated: bool = False
    user: _User | None = None
    audiences: list[str] | None = None


class _TokenReview(msgspec.Struct):
    status: _TokenStatus


class _AccessStatus(msgspec.Struct):
    allowed: bool
    denied: bool = False


class _AccessReview(msgspec.Struct):
    status: _AccessStatus


_tokens = msgspec.json.Decoder(_TokenReview)
_rights = msgspec.json.Decoder(_AccessReview)


def ask_token(token: str, audiences: Sequence[str] = ()) -> bytes:
    """Write the question whose token it is; without audiences it must be meant for the API server."""
    spec: dict[str, Any] = {"token": token}
    if audiences:
        spec["audiences"] = list(audiences)
    return _document(TOKENS, spec)


def read_token(body: bytes, audiences: Sequence[str] = ()) -> Caller | None:
    """Read whose token it is; None if it is nobody's, or meant for somebody else.

    Raises:
        Malformed: it is no answer to that.
    """
    status = _decoded(_tokens, body).status
    user = status.user
    if not status.authenticated or user is None or not user.username:
        return None
    # A server that knows nothing of audiences gives none back, and has not looked at them.
    if audiences and not set(audiences) & set(status.audiences or ()):
        return None
    extra = sorted((user.extra or {}).items())
    return Caller(user.username, user.uid, tuple(user.groups or ()), tuple((key, tuple(some)) for key, some in extra))


def ask_right(caller: Caller, act: Act) -> bytes:
    """Write the question whether a caller may do something."""
    spec: dict[str, Any] = {"user": caller.user, "groups": caller.groups, "extra": dict(caller.extra)}
    if caller.uid:
        spec["uid"] = caller.uid
    if act.path:
        spec["nonResourceAttributes"] = {"verb": act.verb, "path": act.path}
    else:
        wanted = {name: getattr(act, name) for name in ("group", "resource", "subresource", "namespace", "name")}
        spec["resourceAttributes"] = {"verb": act.verb, **{name: text for name, text in wanted.items() if text}}
    return _document(RIGHTS, spec)


def read_right(body: bytes) -> bool:
    """Read whether it is allowed.

    Raises:
        Malformed: it is no answer to that.
    """
    status = _decoded(_rights, body).status
    return status.allowed and not status.denied


def _document(resource: Resource, spec: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({"apiVersion": resource.api_version, "kind": resource.kind, "spec": spec})


def _decoded(decoder: "msgspec.json.Decoder[Any]", body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # NB not the decoder's words, and not as the cause: the body repeats the question, and so the token.
        pass
    raise Malformed("the answer to a review cannot be read")
