"""Patches: what becomes of an object by a JSON merge patch, or by a JSON patch."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from exporter.simulator.api.decoding import PATCH, PATCH_STEP, PATCH_STEPS, Unreadable, check_depth, decode
from exporter.simulator.api.words import Refused, bad_request

MERGE, JSON_PATCH = "application/merge-patch+json", "application/json-patch+json"
STRATEGIC, APPLY = "application/strategic-merge-patch+json", "application/apply-patch+yaml"
COPY_LIMIT = 3 * 1024 * 1024
"""Bytes that the copies in one patch may add."""
_NOT_A_NUMBER = -1

_encode = msgspec.json.Encoder().encode


def apply_patch(media: str, body: bytes, thing: Mapping[str, Any]) -> dict[str, Any]:
    """Give the object that comes of a patch.

    A strategic one, which only built-in kinds take, is merged like the plain one: what is patched of a namespace has
    no lists that would be merged item by item.

    Raises:
        Refused: 400 it cannot be read, 422 it cannot be applied.
    """
    patched = _by_steps(body, thing) if media == JSON_PATCH else _by_merging(body, thing)
    try:
        check_depth(patched)
    except Unreadable as error:
        raise Refused(422, "Invalid", str(error), {}) from None
    return patched


def _by_merging(body: bytes, thing: Mapping[str, Any]) -> dict[str, Any]:
    try:
        patch = decode(body)
        read = PATCH.read(patch)
    except Unreadable as error:
        raise _not_decoded(error) from None
    if patch is None:
        raise bad_request("Invalid JSON Patch")
    merged: dict[str, Any] = merge(thing, read)
    return merged


def _by_steps(body: bytes, thing: Mapping[str, Any]) -> dict[str, Any]:
    """Apply a JSON patch as RFC 6902 says; a real server says only that it failed."""
    document: dict[str, Any] = msgspec.json.decode(_encode(thing))
    copied = 0
    try:
        for step in _read_steps(body):
            if step.get("op") == "copy":
                copied += len(_encode(_find(document, _path(step["from"]))))
            if copied > COPY_LIMIT:
                raise _not_applied()
            document = _step(document, step)
    except (LookupError, TypeError, ValueError):
        raise _not_applied() from None
    return document


def _read_steps(body: bytes) -> list[dict[str, Any]]:
    try:
        return [PATCH_STEP.read(step) for step in PATCH_STEPS.read(decode(body))]
    except Unreadable as error:
        raise _not_decoded(error) from None


def _not_decoded(problem: Unreadable) -> Refused:
    return bad_request(f"error decoding patch: {problem}")


def _not_applied() -> Refused:
    return Refused(422, "Invalid", "the server rejected our request due to an error in our request", {})


def merge(thing: Any, patch: Any) -> Any:
    """Merge as RFC 7386 says: None removes a member, an object is merged, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(thing) if isinstance(thing, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def _step(document: Any, step: Mapping[str, Any]) -> Any:
    path = _path(step["path"])
    if step["op"] != "test" and not (path and step.get("from") != ""):
        raise ValueError  # the object as a whole is not moved, and stays one
    match step["op"]:
        case "add":
            return _add(document, path, step["value"])
        case "replace":
            _find(document, path)
            return _add(_remove(document, path), path, step["value"])
        case "remove":
            return _remove(document, path)
        case "test":
            if _find(document, path) != step.get("value"):
                raise ValueError
            return document
        case "copy":
            return _add(document, path, msgspec.json.decode(_encode(_find(document, _path(step["from"])))))
        case "move":
            value = _find(document, _path(step["from"]))
            return _add(_remove(document, _path(step["from"])), path, value)
        case _:
            raise ValueError


def _path(text: str) -> list[str]:
    if text and not text.startswith("/"):
        raise ValueError
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _find(document: Any, path: Sequence[str]) -> Any:
    for part in path:
        document = document[_place(document, part)]
    return document


def _place(holder: Any, part: str) -> Any:
    if isinstance(holder, dict):
        return part
    place = int(part) if part.isascii() and part.isdecimal() else _NOT_A_NUMBER
    if not isinstance(holder, list) or place < 0:
        raise ValueError
    return place


def _add(document: Any, path: Sequence[str], value: Any) -> Any:
    holder = _find(document, path[:-1])
    if isinstance(holder, list):
        place = len(holder) if path[-1] == "-" else _place(holder, path[-1])
        if place > len(holder):
            raise IndexError
        holder.insert(place, value)
    else:
        holder[_place(holder, path[-1])] = value
    return document


def _remove(document: Any, path: Sequence[str]) -> Any:
    holder = _find(document, path[:-1])
    del holder[_place(holder, path[-1])]
    return document
