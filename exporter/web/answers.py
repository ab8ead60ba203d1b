"""Answers as readers expect them: a Kubernetes ``Status`` for programs, plain text for people."""

from collections.abc import Mapping

import msgspec
from aiohttp.web import Response

from exporter.kube.objects import Resource
from exporter.kube.quoting import quoted

JSON, TEXT = "application/json", "text/plain; charset=utf-8"
PRIVATE = {"Cache-Control": "no-cache, private"}
"""What callers may see is theirs to keep, if they ask again before they use it."""
COMMON = {"X-Content-Type-Options": "nosniff", "Server": "informer-exporter"}
"""Headers of every answer."""
READING = ("GET", "HEAD")
"""The methods of a path that can only be read."""
MESSAGE_LIMIT = 500
"""Characters of a caller's own words that are repeated to it."""


class Cause(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of ``Status.details.causes``."""

    reason: str
    message: str
    field: str = ""


class Details(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """``Status.details``: what the answer is about."""

    name: str = ""
    group: str = ""
    kind: str = ""
    causes: tuple[Cause, ...] = ()
    retry_after_seconds: int = 0


class _NoMetadata(msgspec.Struct, frozen=True):
    """An empty object, as a server writes it."""


class _Status(msgspec.Struct, frozen=True, rename="camel"):
    """The members in the order in which an API server writes them."""

    kind: str
    api_version: str
    metadata: _NoMetadata
    status: str
    message: str
    reason: str
    details: Details | msgspec.UnsetType
    code: int


class Refused(Exception):
    """A request that is answered with an error; raised anywhere below a handler."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        details: Details | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.message = cut(message)
        super().__init__(self.message)
        self.code = code
        self.reason = reason
        self.details = msgspec.UNSET if details is None else details
        wait = details.retry_after_seconds if details else 0
        self.headers = {**({"Retry-After": str(wait)} if wait else {}), **(headers or {})}

    def status(self) -> Response:
        """The refusal as a ``Status``."""
        body = _Status("Status", "v1", _NoMetadata(), "Failure", self.message, self.reason, self.details, self.code)
        return Response(
            status=self.code,
            body=msgspec.json.encode(body) + b"\n",
            headers={"Content-Type": JSON, **PRIVATE, **COMMON, **self.headers},
        )

    def text(self) -> Response:
        """The refusal as a line of text."""
        return text(self.code, self.message + "\n", self.headers)


class NoSuchPath(Refused):
    """404 for a path that is not served: plain text, as an API server answers it everywhere but below ``/api/``."""

    def __init__(self) -> None:
        super().__init__(404, "NotFound", "404 page not found")


class NoSuchResource(Refused):
    """404 for a path below ``/api/`` that is not served."""

    def __init__(self) -> None:
        super().__init__(404, "NotFound", "the server could not find the requested resource", Details())


def text(code: int, body: str, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in plain text; never cached."""
    return Response(
        status=code,
        body=body.encode("utf-8", "replace"),
        headers={"Content-Type": TEXT, "Cache-Control": "no-store", **COMMON, **(headers or {})},
    )


def bad_request(message: str) -> Refused:
    """400: the request makes no sense; the message says where."""
    return Refused(400, "BadRequest", message)


def not_acceptable(message: str) -> Refused:
    """406: the caller takes nothing that is written here."""
    return Refused(406, "NotAcceptable", message)


def wrong_method(allowed: tuple[str, ...]) -> Refused:
    """405, naming the methods that are allowed."""
    message = "the server does not allow this method on the requested resource"
    return Refused(405, "MethodNotAllowed", message, Details(), {"Allow": ", ".join(allowed)})


def unsupported(verb: str, resource: Resource) -> Refused:
    """405 for what an API server could do with a resource and a cache cannot."""
    message = f'{verb} is not supported on resources of kind "{resource.name}"'
    details = Details(group=resource.group, kind=resource.plural)
    return Refused(405, "MethodNotAllowed", message, details, {"Allow": ", ".join(READING)})


def timed_out() -> Refused:
    """504: nothing could be said in the time that is granted."""
    message = "Timeout: request did not complete within the allotted timeout"
    return Refused(504, "Timeout", message, Details())


def not_found(resource: Resource, name: str, headers: Mapping[str, str] | None = None) -> Refused:
    """404 for an object that is not there; the headers may tell how new that knowledge is."""
    message = f"{resource.name} {quoted(name)} not found"
    details = Details(name=cut(name), group=resource.group, kind=resource.plural)
    return Refused(404, "NotFound", message, details, headers)


def cut(words: str) -> str:
    """A caller's words, short enough to repeat, and with whatever was no text replaced."""
    short = words if len(words) <= MESSAGE_LIMIT else words[:MESSAGE_LIMIT] + "…"
    return short.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
