"""Patches: what becomes of an object by a JSON merge patch, or by a JSON patch."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from exporter.simulator.api.words import Refused, bad_request

MERGE, JSON_PATCH = "application/merge-patch+json", "application/json-patch+json"
STRATEGIC, APPLY = "application/strategic-merge-patch+json", "application/apply-patch+yaml"
_NOT_A_NUMBER = -1


def apply_patch(media: str, body: bytes, thing: Mapping[str, Any]) -> dict[str, Any]:
    """Give the object that comes of a patch.

    A strategic one, which only built-in kinds take, is merged like the plain one: what is patched of a namespace has
    no lists that would be merged item by item.

    Raises:
        Refused: 400 it cannot be read, 422 it cannot be applied.
    """
    patch = read_json(body)
    if media == JSON_PATCH:
        if not isinstance(patch, list):
            raise _not_decoded(patch, "[]handlers.jsonPatchOp")
        return _steps(patch, thing)
    if patch is None:
        raise bad_request("Invalid JSON Patch")
    if not isinstance(patch, dict):
        raise _not_decoded(patch, "map[string]interface {}")
    merged: dict[str, Any] = merge(thing, patch)
    return merged


def read_json(body: bytes) -> Any:
    """Decode a patch.

    Raises:
        Refused: 400 it is no JSON.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise bad_request(f"error decoding patch: {json_problem(body)}") from None


def json_problem(body: bytes) -> str:
    """Say why a text is no JSON, as Go does; only for what goes wrong in its first word."""
    text = body.decode(errors="replace").strip()
    if not text:
        return "unexpected end of JSON input"
    for word in ("null", "true", "false"):
        if text[0] == word[0]:
            place = next((at for at, (got, want) in enumerate(zip(text, word, strict=False)) if got != want), None)
            if place is not None:
                return f"invalid character '{text[place]}' in literal {word} (expecting '{word[place]}')"
    if text[0] not in '{["-0123456789tfn':
        return f"invalid character '{text[0]}' looking for beginning of value"
    return "unexpected end of JSON input"


def go_kind(value: object) -> str:
    """Say what a JSON value is in Go's words."""
    match value:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _not_decoded(patch: object, wanted: str) -> Refused:
    return bad_request(f"error decoding patch: json: cannot unmarshal {go_kind(patch)} into Go value of type {wanted}")


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


def _steps(steps: Sequence[Any], thing: Mapping[str, Any]) -> dict[str, Any]:
    """Apply a JSON patch as RFC 6902 says; a real server says only that it failed."""
    document: dict[str, Any] = copy.deepcopy(dict(thing))
    try:
        for step in steps:
            document = _step(document, step)
    except (LookupError, TypeError, ValueError):
        message = "the server rejected our request due to an error in our request"
        raise Refused(422, "Invalid", message, {}) from None
    return document


def _step(document: Any, step: Mapping[str, Any]) -> Any:
    path = _path(step["path"])
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
            return _add(document, path, copy.deepcopy(_find(document, _path(step["from"]))))
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
    if not path:
        return value
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
    if not path:
        return None
    holder = _find(document, path[:-1])
    del holder[_place(holder, path[-1])]
    return document
