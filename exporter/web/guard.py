"""Lets in only who may: every request is held against what the API server says of its caller.

What is not said to be open is closed. A caller without rights learns no more than that: what a request means is
decided by its words alone, before anything is looked up.
"""

import logging
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from aiohttp.web import BaseRequest

from exporter.kube.quoting import quoted
from exporter.web.access import Act, AskActs, Caller, Passwords, Reviewer, Undecided, Visitor, nothing, probe
from exporter.web.answers import Details, Refused

WAIT = 5
"""Seconds after which a caller may ask again of whom nothing could be found out."""
LONGEST_VISIT = 300.0
"""Seconds after which a stream ends, so that its caller is looked at anew."""

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*) *")

log = logging.getLogger(__name__)


class Guard:
    """Stands before all handlers. Without a reviewer whoever reaches the address is let in."""

    def __init__(
        self, reviewer: Reviewer | None = None, ask_users: Callable[[], Passwords | None] = lambda: None
    ) -> None:
        """With users whoever has a password is let in; with a reviewer whoever may. Not with both."""
        self._reviewer = reviewer
        self._ask_users = ask_users

    @property
    def is_strict(self) -> bool:
        """Whether anybody is turned away."""
        return self._reviewer is not None

    async def admit(self, request: BaseRequest, ask_acts: AskActs) -> None:
        """Let a request in, with its visitor; ``ask_acts`` says what it does.

        Raises:
            Refused: 401 nobody is known by what was sent, 403 it is not allowed, 503 nobody can say that now; or what
                ``ask_acts`` refuses.
        """
        if self._reviewer is None:
            users = self._ask_users()
            if users and ask_acts is not probe:
                await _check_password(users, request)
            _present.set(_ANYBODY)
            return
        if ask_acts in {nothing, probe}:
            _present.set(_NOBODY)
            return
        caller = await self._caller(self._reviewer, request)
        known = _Known(self._reviewer, caller)
        _present.set(known)
        for act in ask_acts(request):
            if not await known.may(act):
                raise forbidden(caller, act)

    async def _caller(self, reviewer: Reviewer, request: BaseRequest) -> Caller:
        token = token_in(request)
        if "Authorization" not in request.headers:
            certified = caller_of(request.get_extra_info("peercert"))
            if certified is not None:
                return certified
        try:
            caller = await reviewer.who(token) if token else None
        except Undecided as error:
            raise _undecided(error) from None
        if caller is None:
            raise unauthorized()
        return caller


class _Known:
    """Somebody whom the API server knows."""

    def __init__(self, reviewer: Reviewer, caller: Caller) -> None:
        self._reviewer = reviewer
        self._caller = caller

    async def may(self, act: Act) -> bool:
        try:
            return await self._reviewer.may(self._caller, act)
        except Undecided as error:
            raise _undecided(error) from None


class _Always:
    """The same answer to everything."""

    def __init__(self, answer: bool) -> None:  # noqa: FBT001 - it is the whole of it
        self._answer = answer

    async def may(self, _act: Act) -> bool:
        return self._answer


_ANYBODY, _NOBODY = _Always(True), _Always(False)  # noqa: FBT003


_present: ContextVar[Visitor] = ContextVar("visitor")


def visitor() -> Visitor:
    """Give whom the guard let in with the present request. NB A handler that nobody guards fails here."""
    return _present.get()


def visit() -> float | None:
    """Give how many seconds the present request may last; None for as long as it likes."""
    return None if _present.get(_ANYBODY) is _ANYBODY else LONGEST_VISIT


def token_in(request: BaseRequest) -> str:
    """Give the bearer token that a request brings; empty if there is none, or more than one, or what is no token."""
    sent = request.headers.getall("Authorization", [])
    found = _BEARER.fullmatch(sent[0]) if len(sent) == 1 else None
    return found[1] if found else ""


def caller_of(certificate: Mapping[str, Any] | None) -> Caller | None:
    """Give whom a certificate names that was verified, as an API server reads it: CN is the user, each O a group."""
    subject = [pair for part in (certificate or {}).get("subject", ()) for pair in part]
    names = [text for name, text in subject if name == "commonName"]
    if len(names) != 1 or not names[0]:
        return None
    groups = [text for name, text in subject if name == "organizationName"]
    return Caller(names[0], groups=(*groups, "system:authenticated"))


def password_in(request: BaseRequest) -> tuple[str, str] | None:
    """Give the user and the password that a request brings; None if there is none, or more than one."""
    sent = request.headers.getall("Authorization", [])
    scheme, _, rest = sent[0].partition(" ") if len(sent) == 1 else ("", "", "")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = b64decode(rest.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (user, password) if colon else None


async def _check_password(users: Passwords, request: BaseRequest) -> None:
    given = password_in(request)
    try:
        known = given is not None and await users.knows(*given)
    except Undecided as error:
        raise _undecided(error) from None
    if not known:
        raise unauthorized('Basic realm="informer-exporter", charset="UTF-8"')


def unauthorized(how: str = "Bearer") -> Refused:
    """401: whoever it is, nobody knows them."""
    return Refused(401, "Unauthorized", "Unauthorized", headers={"WWW-Authenticate": how})


def forbidden(caller: Caller, act: Act) -> Refused:
    """403, in the words of an API server."""
    who = f"User {quoted(caller.user)} cannot {act.verb}"
    if act.path:
        return Refused(403, "Forbidden", f"forbidden: {who} path {quoted(act.path)}", Details())
    what = f"{act.resource}.{act.group}" if act.group else act.resource
    named = f"{what} {quoted(act.name)}" if act.name else what
    plural = f"{act.resource}/{act.subresource}" if act.subresource else act.resource
    scope = f"in the namespace {quoted(act.namespace)}" if act.namespace else "at the cluster scope"
    message = f"{named} is forbidden: {who} resource {quoted(plural)} in API group {quoted(act.group)} {scope}"
    return Refused(403, "Forbidden", message, Details(name=act.name, group=act.group, kind=act.resource))


def _undecided(error: Undecided) -> Refused:
    log.debug("a caller could not be looked at", extra={"fields": {"why": str(error)}})
    message = "it cannot be found out now who this is, or what they may do"
    return Refused(503, "ServiceUnavailable", message, Details(retry_after_seconds=WAIT))
