"""How something is to be deleted, as callers say it, and what must be true of it before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exporter.simulator.api.decoding import DELETE_OPTIONS, VERSION_AND_KIND, Unreadable, decode
from exporter.simulator.api.names import quoted
from exporter.simulator.api.query import Query
from exporter.simulator.api.rules import check_media
from exporter.simulator.api.words import Refused, bad_request, invalid_options, not_one_of
from exporter.simulator.history import Stored
from exporter.simulator.resources import Kind

_POLICIES = ("Foreground", "Background", "Orphan", "nil")


@dataclass(frozen=True, slots=True)
class Sent:
    """What came with a change."""

    query: Query
    body: bytes
    media: str
    """The type of the body, without its parameters; empty where none is given."""


def read_delete_options(sent: Sent) -> dict[str, Any]:
    """Read how something is to be deleted: from the body, else from the parameters.

    Raises:
        Refused: 400, 415 or 422.
    """
    options: dict[str, Any] = {}
    if sent.body:
        check_media(sent.media)
        options = _decoded_options(sent.body)
    elif sent.query.text("propagationPolicy"):
        options["propagationPolicy"] = sent.query.text("propagationPolicy")
    dry = [*(options.get("dryRun") or ()), *sent.query.all("dryRun")]
    causes = []
    policy = options.get("propagationPolicy")
    if policy and policy not in _POLICIES[:-1]:
        causes.append(not_one_of("propagationPolicy", quoted(policy), _POLICIES))
    if wrong_dry := [value for value in dry if value != "All"]:
        causes.append(not_one_of("dryRun", f"[{' '.join(map(quoted, wrong_dry))}]", ("All",)))
    if causes:
        raise invalid_options("DeleteOptions", causes)
    return options | ({"dryRun": dry} if dry else {})


def _decoded_options(body: bytes) -> dict[str, Any]:
    try:
        options: dict[str, Any] = VERSION_AND_KIND.read(decode(body))
    except Unreadable as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from None
    if options.get("kind", "DeleteOptions") != "DeleteOptions":
        kind, version = options["kind"], options.get("apiVersion", "")
        problem = f'no kind "{kind}" is registered for version "{version}" in scheme "pkg/runtime/scheme.go:111"'
        raise bad_request(problem)
    try:
        read: dict[str, Any] = DELETE_OPTIONS.read(options)
    except Unreadable as error:
        raise bad_request(str(error)) from None
    return read


def check_preconditions(kind: Kind, old: Stored, wanted: Mapping[str, str]) -> None:
    """Refuse to delete another object, or another state of it, than the caller means.

    Raises:
        Refused: 409.
    """
    what = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    for field, said, there, rest in (
        ("uid", "UID", old.uid, "The object might have been deleted and then recreated"),
        ("resourceVersion", "ResourceVersion", str(old.version), "The object might have been modified"),
    ):
        asked = wanted.get(field)
        if asked and asked != there:
            problem = f"the {said} in the precondition ({asked}) does not match the {said} in record ({there}). {rest}"
            message = f"Operation cannot be fulfilled on {what} {quoted(old.name)}: {problem}"
            details = {"name": old.name, **({"group": kind.group} if kind.group else {}), "kind": kind.kind}
            raise Refused(409, "Conflict", message, details)
