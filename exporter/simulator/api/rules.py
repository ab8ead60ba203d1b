"""What an object must be like before it is kept: the rules of a real API server, told in its words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from exporter.simulator.api.decoding import METADATA, VERSION_AND_KIND, Unreadable, decode
from exporter.simulator.api.names import key_problems, label_problems, quoted, subdomain_problems, value_problems
from exporter.simulator.api.protobuf import read_namespace
from exporter.simulator.api.query import Query
from exporter.simulator.api.words import (
    JSON,
    Cause,
    Refused,
    bad_request,
    invalid,
    invalid_object,
    invalid_options,
    missing,
    not_one_of,
    unknown_format,
    wrong,
)
from exporter.simulator.resources import Kind

YAML, PROTOBUF = "application/yaml", "application/vnd.kubernetes.protobuf"
SHOWN = 30
"""Bytes of a body that are shown to its sender."""
_VALIDATIONS = ("", "Ignore", "Strict", "Warn")


def check_options(options: str, query: Query) -> None:
    """Refuse parameters of a change that cannot be.

    Raises:
        Refused: 422.
    """
    causes = []
    if dry := [value for value in query.all("dryRun") if value != "All"]:
        causes.append(not_one_of("dryRun", f"[{' '.join(map(quoted, dry))}]", ("All",)))
    validation = query.text("fieldValidation")
    if validation not in _VALIDATIONS:
        causes.append(not_one_of("fieldValidation", quoted(validation), _VALIDATIONS))
    if causes:
        raise invalid_options(options, causes)


def check_media(media: str) -> None:
    """Refuse a body that is not JSON. A real server reads two more formats, and names them.

    Raises:
        Refused: 415.
    """
    if media in {YAML, PROTOBUF}:
        raise unknown_format((JSON,))
    if media not in {"", JSON}:
        raise unknown_format((JSON, YAML, PROTOBUF))


def read_object(kind: Kind, body: bytes, media: str) -> dict[str, Any]:
    """Read the object in a request.

    Raises:
        Refused: 400 it is no object of that kind, 415 its format is not read.
    """
    if media == PROTOBUF and not kind.group:
        thing = _decode_binary(kind, body)
    else:
        check_media(media)
        thing = _decode(kind, body)
    if not kind.group:
        thing = {"apiVersion": kind.api_version, "kind": kind.kind, **thing}
    _check_type(kind, thing, body)
    try:
        return {**thing, "metadata": read_metadata(kind, thing)}
    except Unreadable as error:
        called = f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}'
        raise bad_request(f"{called}: {error}") from None


def read_metadata(kind: Kind, thing: Mapping[str, Any]) -> dict[str, Any]:
    """Read the metadata of an object.

    Raises:
        Unreadable: they have values of other types.
    """
    # Custom objects are read in two steps, others as one.
    metadata: dict[str, Any] = METADATA.read(thing.get("metadata"), "" if kind.group else "metadata")
    return metadata


def read_patched(kind: Kind, name: str, thing: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a patch has made of an object.

    Raises:
        Refused: 422 it is no object of that kind any more.
    """
    try:
        typed = _of_some_kind(thing)
        metadata = read_metadata(kind, thing)
    except Unreadable as error:
        raise invalid("", "", [wrong("patch", _written(thing), str(error))], {}) from None
    called, version = typed["kind"], typed.get("apiVersion", "")
    causes = []
    if version != kind.api_version:
        causes.append(wrong("apiVersion", version, f"must be {kind.api_version}"))
    if called != kind.kind:
        causes.append(wrong("kind", called, f"must be {kind.kind}"))
    if causes:
        group = version.rpartition("/")[0]
        raise invalid(f"{called}.{group}".rstrip("."), name, causes, {"group": group, "kind": called})
    return {**typed, "metadata": metadata}


def _of_some_kind(thing: Mapping[str, Any]) -> dict[str, Any]:
    try:
        typed: dict[str, Any] = VERSION_AND_KIND.read(thing)
    except Unreadable as error:
        raise Unreadable(f"couldn't get version/kind; json parse error: {error}") from None
    if not typed.get("kind"):
        raise Unreadable(f"Object 'Kind' is missing in '{_written(thing)}'")
    return typed


def _written(thing: Mapping[str, Any]) -> str:
    return msgspec.json.encode(thing, order="sorted").decode()


def _decode(kind: Kind, body: bytes) -> dict[str, Any]:
    try:
        thing = decode(body)
        typed: dict[str, Any] = VERSION_AND_KIND.read(thing)
    except Unreadable as error:
        problem = f"couldn't get version/kind; json parse error: {error}"
        raise _unrecognized(kind, problem, body) from None
    if thing is None:
        raise _unrecognized(kind, "Object 'Kind' is missing in 'null'", body)
    return typed


def _decode_binary(kind: Kind, body: bytes) -> dict[str, Any]:
    try:
        return read_namespace(body)
    except ValueError as error:  # that of a text that is no UTF-8, too
        raise _unrecognized(kind, str(error), body) from None


def _unrecognized(kind: Kind, problem: str, body: bytes) -> Refused:
    words = f"the object provided is unrecognized (must be of type {kind.kind}): {problem}"
    return bad_request(f"{words} ({_beginning(body)})")


def _check_type(kind: Kind, thing: Mapping[str, Any], body: bytes) -> None:
    called, version = thing.get("kind", ""), thing.get("apiVersion", "")
    if not called:
        shown = body.decode(errors="replace")
        raise _unrecognized(kind, f"Object 'Kind' is missing in '{shown}'", body)
    if version.count("/") > 1:
        raise _unrecognized(kind, f"unexpected GroupVersion string: {version}", body)
    if version != kind.api_version:
        problem = f"the API version in the data ({version}) does not match the expected API version"
        raise bad_request(f"{problem} ({kind.api_version})")
    if called != kind.kind:
        metadata = thing.get("metadata")
        name = metadata.get("name", "") if isinstance(metadata, dict) else ""
        raise invalid_object(kind, name, [wrong("kind", called, f"must be {kind.kind}")], called)


def _beginning(body: bytes) -> str:
    """Show a body as a complaint does: what may be an object as it is, anything else in hexadecimal digits."""
    if not body:
        return "<empty>"
    start = body[:SHOWN]
    shown = start.decode(errors="replace") if body.startswith(b"{") else start.hex()
    return f"{shown} ..." if len(body) > SHOWN else shown


def check_place(metadata: dict[str, Any], kind: Kind, namespace: str) -> None:
    """Set the namespace of an object that names none.

    Raises:
        Refused: 400 it names another one.
    """
    if not kind.namespaced:
        metadata.pop("namespace", None)
        return
    if metadata.get("namespace") not in {None, "", namespace}:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    metadata["namespace"] = namespace


def check_metadata(kind: Kind, metadata: Mapping[str, Any], *, again: bool = False) -> None:
    """Refuse names, labels and the like that cannot be.

    With ``again`` each cause is told as often as a real server tells it for a patch: twice, and those of labels thrice.

    Raises:
        Refused: 422.
    """
    causes = list(_causes(kind, metadata))
    if again:
        causes = causes * 2 + [cause for cause in causes if cause.field == "metadata.labels"]
    if causes:
        raise invalid_object(kind, metadata.get("name", ""), causes)


def _causes(kind: Kind, metadata: Mapping[str, Any]) -> Iterator[Cause]:
    check: Callable[[str], list[str]] = subdomain_problems if kind.group else label_problems
    name, stem = metadata.get("name", ""), metadata.get("generateName", "")
    if stem:
        yield from (wrong("metadata.generateName", stem, problem) for problem in check(stem.removesuffix("-") or stem))
    if not name:
        yield missing("metadata.name", "name or generateName is required")
    else:
        yield from (wrong("metadata.name", name, problem) for problem in check(name))
    for key, value in sorted((metadata.get("labels") or {}).items()):
        yield from (wrong("metadata.labels", key, problem) for problem in key_problems(key))
        yield from (wrong("metadata.labels", value, problem) for problem in value_problems(value))
    for key in sorted(metadata.get("annotations") or {}):
        yield from (wrong("metadata.annotations", key, problem) for problem in key_problems(key.lower()))
    for finalizer in metadata.get("finalizers") or ():
        yield from (wrong("metadata.finalizers", finalizer, problem) for problem in key_problems(finalizer))
    yield from _owner_causes(metadata.get("ownerReferences") or ())


def _owner_causes(owners: Sequence[Mapping[str, str]]) -> Iterator[Cause]:
    for owner in owners:
        for field, problem in (
            ("apiVersion", "version must not be empty"),
            ("kind", "must not be empty"),
            ("name", "must not be empty"),
            ("uid", "must not be empty"),
        ):
            if not owner.get(field):
                yield wrong(f"metadata.ownerReferences.{field}", "", problem)
