"""Bodies read as Go reads them: JSON first, then the types of the few fields that a server takes for its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

NESTING = 400
"""Levels of a body, or of what becomes of an object by it; a real server follows 10,000. Python's own limit is near."""
TOO_DEEP = "invalid character '[' exceeded max depth"
_INT64 = 2**63


class Unreadable(ValueError):
    """A body that is no JSON, or that has values of other types than it should; told in Go's words."""


def decode(body: bytes) -> Any:
    """Read JSON.

    Raises:
        Unreadable: it is none, or too deep.
    """
    try:
        value = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Unreadable(_json_problem(body)) from None
    except RecursionError:
        raise Unreadable(TOO_DEEP) from None
    check_depth(value)
    return value


def check_depth(value: object) -> None:
    """Refuse what is nested so deeply that not everybody could follow.

    Raises:
        Unreadable: it is.
    """
    level = [value]
    for _ in range(NESTING):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise Unreadable(TOO_DEEP)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _json_problem(body: bytes) -> str:
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


def mistaken(value: object, go_type: str) -> str:
    """Say that a whole body is not of a type."""
    return f"json: cannot unmarshal {go_kind(value)} into Go value of type {go_type}"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value must be: its type in Go, and the types of what is inside."""

    go: str
    python: type
    """``str``, ``int``, ``bool``, ``list``, or ``dict``, which is for objects of fixed fields and for maps."""
    items: "Shape | None" = None
    """Of a list or of a map."""
    fields: Mapping[str, "Shape"] = field(default_factory=dict)
    """The fields that are looked at; there may be others."""

    @property
    def holder(self) -> str:
        """How its fields are told."""
        return "" if self.go.startswith("struct") else self.go.rpartition(".")[2]

    def read(self, value: object, within: str = "") -> Any:
        """Give a value without what is null, as Go would; ``within`` is the path to it, as its struct sees it.

        Raises:
            Unreadable: it is something else.
        """
        if value is not None and not _is(value, self.python):
            raise Unreadable(mistaken(value, self.go))
        return self.python() if value is None else _read_inside(self, value, self.holder, within)


def _read_inside(shape: Shape, value: Any, holder: str, path: str) -> Any:
    match value:
        case list() if shape.items:
            return [_read_at(shape.items, inner, holder, path) for inner in value]
        case dict() if shape.items:
            return {name: _read_at(shape.items, inner, holder, path) for name, inner in value.items()}
        case dict():
            known = {
                name: _read_at(inner, value[name], shape.holder, f"{path}.{name}" if path else name)
                for name, inner in shape.fields.items()
                if value.get(name) is not None
            }
            return {name: inner for name, inner in value.items() if name not in shape.fields} | known
        case _:
            return value


def _read_at(shape: Shape, value: object, holder: str, path: str) -> Any:
    """Read what is in a field of a struct, or in a list or a map that is."""
    if value is None:
        return shape.python()
    if not _is(value, shape.python):
        shown = f"{go_kind(value)} {value}" if shape.python is int and _is_number(value) else go_kind(value)
        raise Unreadable(f"json: cannot unmarshal {shown} into Go struct field {holder}.{path} of type {shape.go}")
    return _read_inside(shape, value, holder, path)


def _is(value: object, python: type) -> bool:
    if python is int:
        return isinstance(value, int) and not isinstance(value, bool) and -_INT64 <= value < _INT64
    return isinstance(value, python)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


TEXT, NUMBER, FLAG = Shape("string", str), Shape("int64", int), Shape("bool", bool)
UID = Shape("types.UID", str)
_TEXTS, _MAP = Shape("[]string", list, TEXT), Shape("map[string]string", dict, TEXT)
_OWNER = Shape(
    "v1.OwnerReference",
    dict,
    fields={
        **dict.fromkeys(("apiVersion", "kind", "name"), TEXT),
        "uid": UID,
        **dict.fromkeys(("controller", "blockOwnerDeletion"), FLAG),
    },
)
_MANAGER = Shape(
    "v1.ManagedFieldsEntry",
    dict,
    fields={
        **dict.fromkeys(("manager", "operation", "apiVersion", "time", "fieldsType", "subresource"), TEXT),
        "fieldsV1": Shape("v1.FieldsV1", dict),
    },
)
METADATA = Shape(
    "v1.ObjectMeta",
    dict,
    fields={
        **dict.fromkeys(("name", "generateName", "namespace", "selfLink", "resourceVersion"), TEXT),
        "uid": UID,
        **dict.fromkeys(("creationTimestamp", "deletionTimestamp"), TEXT),
        **dict.fromkeys(("generation", "deletionGracePeriodSeconds"), NUMBER),
        **dict.fromkeys(("labels", "annotations"), _MAP),
        "finalizers": _TEXTS,
        "ownerReferences": Shape("[]v1.OwnerReference", list, _OWNER),
        "managedFields": Shape("[]v1.ManagedFieldsEntry", list, _MANAGER),
    },
)
"""What every object has, whatever its kind."""
VERSION_AND_KIND = Shape(
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }',
    dict,
    fields={"apiVersion": TEXT, "kind": TEXT},
)
DELETE_OPTIONS = Shape(
    "v1.DeleteOptions",
    dict,
    fields={
        "gracePeriodSeconds": NUMBER,
        "preconditions": Shape("v1.Preconditions", dict, fields={"uid": UID, "resourceVersion": TEXT}),
        "orphanDependents": FLAG,
        "propagationPolicy": Shape("v1.DeletionPropagation", str),
        "dryRun": _TEXTS,
    },
)
PATCH, PATCH_STEPS = Shape("map[string]interface {}", dict), Shape("[]handlers.jsonPatchOp", list)
PATCH_STEP = Shape("handlers.jsonPatchOp", dict, fields={"op": TEXT, "path": TEXT, "from": TEXT})
