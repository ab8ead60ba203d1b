"""Everything a server can answer instead of data, and every way of not reaching it.

::

    KubeError
    ├── Unreachable            no answer: refused, reset, no name, TLS, time-out
    ├── Misconfigured          no usable address or credentials; only a person can mend it
    │   └── NoCredentials      there are none here, and none were named
    ├── Malformed              an answer that is not what the protocol says
    │   └── TooLarge           one frame or page over the limit
    └── Answered               the server said no, with an HTTP code and perhaps a Status
        ├── Unauthorized       401
        ├── Forbidden          403
        ├── NotFound           404: not served (or, for one object, not there)
        ├── Expired            410: the version or the continue token is too old
        ├── VersionTooLarge    504 with that cause: the version lies in the server's future
        ├── Throttled          429
        ├── ServerError        5xx
        └── Rejected           any other code

Exceptions of the transport stop at ``kube.client``: rooms further up meet only these. A message names the call
that failed and quotes a body only if the body is a ``Status``.
"""

import msgspec

LONGEST_WAIT = 600
"""Seconds; whatever a server asks for beyond that is taken for a mistake."""

MESSAGE_LIMIT = 300
"""Characters of a server's message that are repeated in ours."""

PLAIN_NOT_FOUND = b"404 page not found"
"""How an API server says that it does not serve a resource."""

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, GONE, TOO_MANY_REQUESTS = 401, 403, 404, 410, 429
FIRST_SERVER_ERROR, GATEWAY_TIMEOUT = 500, 504


class Cause(msgspec.Struct, frozen=True):
    """One line of ``Status.details.causes``."""

    reason: str | None = None
    message: str | None = None


class Details(msgspec.Struct, frozen=True, rename="camel"):
    """``Status.details``, as far as it is read."""

    causes: list[Cause] | None = None
    retry_after_seconds: int | None = None


class Status(msgspec.Struct, frozen=True):
    """What a Kubernetes server says instead of an object; any field may be missing."""

    kind: str | None = None
    code: int | None = None
    reason: str | None = None
    message: str | None = None
    details: Details | None = None


_decoder = msgspec.json.Decoder(Status)


def read_status(body: bytes) -> Status:
    """Read a ``Status`` leniently: what is not one (text, HTML, another object) becomes an empty one."""
    try:
        status = _decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return Status()
    return status if status.kind == "Status" else Status()


class KubeError(Exception):
    """The root: whatever kept an API server from giving data."""

    retry_after: float | None = None
    """Seconds that the server asked to wait, if it did."""


class Unreachable(KubeError):
    """No answer at all."""


class Misconfigured(KubeError):
    """No usable address or credentials."""


class NoCredentials(Misconfigured):
    """There are no credentials in any usual place, and none were named."""


class Malformed(KubeError):
    """An answer that is not what the protocol says."""


class TooLarge(Malformed):
    """One frame or page over the limit."""


class Answered(KubeError):
    """The server answered with an error."""

    def __init__(self, call: str, code: int, status: Status, retry_after: float | None = None) -> None:
        self.call = call
        self.code = code
        self.status = status
        self.retry_after = retry_after
        said = (status.message or status.reason or "no reason given")[:MESSAGE_LIMIT]
        super().__init__(f"{call}: {code}: {said}")


class Unauthorized(Answered):
    """401: the credentials were not accepted."""


class Forbidden(Answered):
    """403: a permission is missing."""


class NotFound(Answered):
    """404: the resource is not served, or the object is not there."""


class Expired(Answered):
    """410: the version or the continue token is too old."""


class VersionTooLarge(Answered):
    """504 with that cause: the version asked for lies in the server's future."""


class Throttled(Answered):
    """429: too many requests."""


class ServerError(Answered):
    """5xx: the server failed or is not ready."""


class Rejected(Answered):
    """Any other code."""


_BY_CODE: dict[int, type[Answered]] = {
    UNAUTHORIZED: Unauthorized,
    FORBIDDEN: Forbidden,
    NOT_FOUND: NotFound,
    GONE: Expired,
    TOO_MANY_REQUESTS: Throttled,
}


def answered(call: str, code: int, body: bytes, retry_after: float | None = None) -> Answered:
    """Turn an answer that is not a success into its error.

    ``call`` says what was asked (``list workflows.argoproj.io``). An in-stream ERROR frame comes the same way: pass
    0 as the code and the frame's object as the body, and the ``Status`` decides. The ``code`` of the result is
    never 0: a Status without one counts as 500.
    """
    status = read_status(body)
    code = code or status.code or FIRST_SERVER_ERROR
    if retry_after is None and status.details is not None and status.details.retry_after_seconds:
        retry_after = float(min(max(status.details.retry_after_seconds, 0), LONGEST_WAIT))
    if code == NOT_FOUND and not (status.kind or body.strip() == PLAIN_NOT_FOUND):
        # A proxy's page says nothing about what the API server serves.
        return Rejected(call, code, Status(message="not the API server's own 404"), retry_after)
    return _kind_of(code, status)(call, code, status, retry_after)


def _kind_of(code: int, status: Status) -> type[Answered]:
    if status.reason in {"Expired", "Gone"}:
        return Expired
    if code == GATEWAY_TIMEOUT and _version_too_large(status):
        return VersionTooLarge
    if code >= FIRST_SERVER_ERROR:
        return ServerError
    return _BY_CODE.get(code, Rejected)


def _version_too_large(status: Status) -> bool:
    # Servers before 1.18 give only the text (informer.md, "The watch").
    causes = (status.details and status.details.causes) or []
    named = any(cause.reason == "ResourceVersionTooLarge" for cause in causes)
    return named or "Too large resource version" in (status.message or "")
