"""The words in which an API server refuses: ``Status`` objects or text, and the causes in them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exporter.simulator.api.names import quoted
from exporter.simulator.resources import Kind

JSON, TEXT = "application/json", "text/plain; charset=utf-8"
WRITTEN = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
"""The formats that a real server names; here only the first is written."""


class Refused(Exception):
    """An answer that is an error, raised anywhere below a handler; it is a ``Status``, or ``text`` alone."""

    def __init__(  # noqa: PLR0913 - an error has many sides
        self,
        code: int,
        reason: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        *,
        text: bool = False,
        token: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = sayable(message)
        self.details = details
        self.text = text
        self.token = token
        """What to continue a list with, for an expired one."""
        self.retry_after: int = (details or {}).get("retryAfterSeconds", 0)

    def status(self) -> dict[str, Any]:
        """The ``Status`` object."""
        told: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {"continue": self.token} if self.token else {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            told["reason"] = self.reason
        if self.details is not None:
            told["details"] = self.details
        return told | {"code": self.code}


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that is wrong with what was sent."""

    reason: str
    field: str
    problem: str

    @property
    def words(self) -> str:
        """How the message tells it."""
        return f"{self.field}: {self.problem}"


def sayable(text: str) -> str:
    """Give a text as JSON can carry it: bytes of a path that are no UTF-8 are replaced."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


def bad_request(message: str) -> Refused:
    """400: it makes no sense."""
    return Refused(400, "BadRequest", message)


def plain_error(message: str) -> Refused:
    """500 without a reason: what a real server did not foresee."""
    return Refused(500, "", message)


def broken(error: Exception) -> Refused:
    """500 for a mistake of this server."""
    return Refused(500, "InternalError", f"Internal error occurred: {error!r}", {"causes": [{"message": repr(error)}]})


def foreign_host() -> Refused:
    """421: a name that anybody may have pointed here."""
    return Refused(421, "", "ask for an IP address or for localhost", text=True)


def foreign_page() -> Refused:
    """403: a page in a browser asks for a change."""
    return Refused(403, "Forbidden", "changes are not made for pages in a browser: remove the Origin header")


def unknown_path() -> Refused:
    """404 in plain text: nobody serves such a path."""
    return Refused(404, "NotFound", "404 page not found\n", text=True)


def unknown_core_path() -> Refused:
    """404 for a path below ``/api/`` that nobody serves."""
    return Refused(404, "NotFound", "the server could not find the requested resource", {})


def wrong_method() -> Refused:
    """405: the path is served, but not so."""
    message = "the server does not allow this method on the requested resource"
    return Refused(405, "MethodNotAllowed", message, {})


def not_acceptable(message: str = f"only the following media types are accepted: {WRITTEN}") -> Refused:
    """406: the caller takes nothing that can be written."""
    return Refused(406, "NotAcceptable", message)


def unknown_format(known: Iterable[str]) -> Refused:
    """415: a body in a format that is not read."""
    message = f"the body of the request was in an unknown format - accepted media types include: {', '.join(known)}"
    return Refused(415, "UnsupportedMediaType", message)


def too_many_requests() -> Refused:
    """429 as priority and fairness says it: in plain text, and with a second to wait."""
    return Refused(
        429, "TooManyRequests", "Too many requests, please try again later.\n", {"retryAfterSeconds": 1}, text=True
    )


def not_found(kind: Kind, name: str) -> Refused:
    """404: there is no such object."""
    return Refused(404, "NotFound", f"{kind.qualified} {quoted(name)} not found", about(kind, name))


def already_exists(kind: Kind, name: str) -> Refused:
    """409: there is such an object."""
    return Refused(409, "AlreadyExists", f"{kind.qualified} {quoted(name)} already exists", about(kind, name))


def conflict(kind: Kind, name: str, problem: str) -> Refused:
    """409: the object is not what the caller took it for."""
    message = f"Operation cannot be fulfilled on {kind.qualified} {quoted(name)}: {problem}"
    return Refused(409, "Conflict", message, about(kind, name))


def forbidden(kind: Kind, name: str, problem: str, causes: Sequence[Mapping[str, str]] = ()) -> Refused:
    """403: it may not be done."""
    details = about(kind, name) | ({"causes": causes} if causes else {})
    return Refused(403, "Forbidden", f"{kind.qualified} {quoted(name)} is forbidden: {problem}", details)


def expired(message: str, token: str = "") -> Refused:
    """410: the past that is asked for is forgotten."""
    return Refused(410, "Expired", message, token=token)


def too_large_version(asked: int, current: int) -> Refused:
    """504: the version is still to come, and did not come in time."""
    causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    return Refused(504, "Timeout", message, {"causes": causes, "retryAfterSeconds": 1})


def invalid(what: str, name: str, causes: Sequence[Cause], details: Mapping[str, str]) -> Refused:
    """422: what was sent breaks the rules; ``what`` is the kind with its group."""
    told = [cause.words for cause in dict.fromkeys(causes)]
    problem = told[0] if len(told) == 1 else f"[{', '.join(told)}]"
    listed = [{"reason": cause.reason, "message": cause.problem, "field": cause.field} for cause in causes]
    message = f"{what} {quoted(name)} is invalid: {problem}"
    named = {"name": sayable(name)} if name else {}
    return Refused(422, "Invalid", message, {**named, **details, "causes": listed})


def invalid_object(kind: Kind, name: str, causes: Sequence[Cause], called: str = "") -> Refused:
    """422 for an object; ``called`` is the kind that it says it is."""
    called = called or kind.kind
    what = f"{called}.{kind.group}" if kind.group else called
    group = {"group": kind.group} if kind.group else {}
    return invalid(what, name, causes, {**group, "kind": called})


def invalid_options(options: str, causes: Sequence[Cause]) -> Refused:
    """422 for the parameters of a request: ``ListOptions``, ``CreateOptions``."""
    return invalid(f"{options}.meta.k8s.io", "", causes, {"group": "meta.k8s.io", "kind": options})


def about(kind: Kind, name: str) -> dict[str, Any]:
    """The ``details`` that name an object."""
    named = {"name": sayable(name)} if name else {}
    return {**named, **({"group": kind.group} if kind.group else {}), "kind": kind.plural}


def wrong(field: str, value: object, problem: str) -> Cause:
    """A value that cannot be."""
    shown = quoted(value) if isinstance(value, str) else str(value)
    return Cause("FieldValueInvalid", field, f"Invalid value: {shown}: {problem}")


def missing(field: str, problem: str) -> Cause:
    """A value that must be there."""
    return Cause("FieldValueRequired", field, f"Required value: {problem}")


def not_allowed(field: str, problem: str) -> Cause:
    """A value that must not be there."""
    return Cause("FieldValueForbidden", field, f"Forbidden: {problem}")


def not_one_of(field: str, shown: str, known: Iterable[str]) -> Cause:
    """A value that is none of a few."""
    listed = ", ".join(map(quoted, known))
    return Cause("FieldValueNotSupported", field, f"Unsupported value: {shown}: supported values: {listed}")
