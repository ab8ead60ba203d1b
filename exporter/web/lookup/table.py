"""Objects as rows of a table, the way ``kubectl get`` shows them: cells as an API server prints a custom resource."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from exporter.kube.objects import PrinterColumn
from exporter.kube.wire import members

_Members = dict[str, bytes]
_Opened = dict[tuple[str, ...], _Members]
"""The members of objects that were cut up, by their paths."""

_NAME = PrinterColumn("Name", "string", ("metadata", "name"), "name", "The object's name, unique in its namespace.")

_values = msgspec.json.Decoder()
_raw_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_SKEW = 2
"""Seconds from now at which a time is too far in the future to be a difference of clocks."""
_MINUTE, _HOUR, _DAY, _YEAR = 60, 3_600, 86_400, 365 * 86_400
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})")
_NO_TIME = ("", "null", "0001-01-01T00:00:00Z")
"""Texts that a server takes for a time that was not set."""
_INT64 = 2**63
_NONSENSE = "<invalid>"
_LONGEST = _INT64 / 1e9
"""Seconds of the longest time span that a server can tell: 292 years."""
_SMALLEST, _LARGEST = 4, 6
"""Powers of ten between which Go prints a fraction without an exponent."""
_LEAST_PLAIN, _LEAST_LARGE = 1e-6, 1e21
_NESTED_ESCAPES = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})


def definitions(columns: Sequence[PrinterColumn]) -> list[dict[str, Any]]:
    """Give the ``columnDefinitions``, the name's first."""
    return [
        {
            "name": column.name,
            "type": column.type,
            "format": column.format,
            "description": column.description,
            "priority": column.priority,
        }
        for column in (_NAME, *columns)
    ]


def cells(parts: _Members, columns: Sequence[PrinterColumn], now: float) -> list[Any]:
    """Give the cells of one row; ``parts`` are the object's members, ``now`` is in epoch seconds."""
    opened: _Opened = {(): parts}
    return [_cell(_at(opened, column.path), column.type, now) for column in (_NAME, *columns)]


def split(body: bytes) -> _Members:
    """Cut an object into its members, values as raw bytes."""
    try:
        return {name: bytes(raw) for name, raw in _raw_members.decode(body).items()}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return members(body)


def age(seconds: float) -> str:
    """Write a time span as kubectl does: two units while it is young (``3m20s``, ``5h``, ``2d4h``), then one."""
    if seconds <= -_SKEW:
        return _NONSENSE
    whole = max(0, int(seconds))
    if whole < 2 * _MINUTE:
        return f"{whole}s"
    for until, large, small, letters in (
        (10 * _MINUTE, _MINUTE, 1, "ms"),
        (3 * _HOUR, _MINUTE, 0, "m"),
        (8 * _HOUR, _HOUR, _MINUTE, "hm"),
        (2 * _DAY, _HOUR, 0, "h"),
        (8 * _DAY, _DAY, _HOUR, "dh"),
        (2 * _YEAR, _DAY, 0, "d"),
        (8 * _YEAR, _YEAR, _DAY, "yd"),
    ):
        if whole < until:
            return _units(whole, large, small, letters)
    return f"{whole // _YEAR}y"


def _units(seconds: int, large: int, small: int, letters: str) -> str:
    rest = seconds % large // small if small else 0
    return f"{seconds // large}{letters[0]}" + (f"{rest}{letters[1]}" if rest else "")


def _cell(raw: bytes | None, wanted: str, now: float) -> Any:
    if raw is None:
        return None
    try:
        match wanted:
            case "string":
                return _printed(raw)
            case "date":
                return _age_of(raw, now)
            case _:
                return _of_type(raw, wanted)
    except (msgspec.DecodeError, ValueError, OverflowError, RecursionError):
        return None  # one odd value must not cost everybody the table


def _at(opened: _Opened, path: tuple[str, ...]) -> bytes | None:
    """The raw value at a path; None where there is nothing, or something else than an object on the way."""
    return _open(opened, path[:-1]).get(path[-1])


def _open(opened: _Opened, path: tuple[str, ...]) -> _Members:
    """The members of the object at a path; each is cut up once for all columns."""
    members_there = opened.get(path)
    if members_there is None:
        raw = _at(opened, path) or b"null"
        members_there = opened[path] = split(raw) if raw[:1] == b"{" else {}
    return members_there


def _printed(raw: bytes) -> str:
    value = _values.decode(raw)
    match value:
        case None:
            return "<no value>"
        case str():
            return value
        case bool() | dict() | list():
            return _compact(value).translate(_NESTED_ESCAPES)
        case _:
            return _number(value)


def _compact(value: Any) -> str:
    """Write JSON as Go does: without blanks, members sorted, numbers in its own spelling."""
    match value:
        case dict():
            return "{" + ",".join(f"{_compact(name)}:{_compact(value[name])}" for name in sorted(value)) + "}"
        case list():
            return "[" + ",".join(map(_compact, value)) + "]"
        case float():
            return _fraction(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _fraction(value: float) -> str:
    """Write a number as Go's JSON does: with an exponent below 1e-6 and from 1e21 on, and without its leading zero."""
    size = abs(value)
    if value == 0 or _LEAST_PLAIN <= size < _LEAST_LARGE:
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return repr(value).replace("e-0", "e-")


def _number(value: float) -> str:
    """Write a number as Go prints it: whole ones of 64 bits as they are, others with an exponent from 1e6 on."""
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return str(value)
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    magnitude = len(digits) - 1 + int(exponent)
    if -_SMALLEST <= magnitude < _LARGEST:
        return repr(float(value)).removesuffix(".0")
    first, *rest = map(str, digits)
    fraction = f".{''.join(rest)}" if rest else ""
    return f"{'-' * sign}{first}{fraction}e{magnitude:+03d}"


def _age_of(raw: bytes, now: float) -> str | None:
    value = _values.decode(raw)
    if not isinstance(value, str):
        return None
    if value in _NO_TIME:
        return "<unknown>"
    try:
        then = datetime.fromisoformat(value.replace(",", ".")).timestamp()
    except (ValueError, OverflowError):
        return _NONSENSE
    return age(max(-_LONGEST, min(now - then, _LONGEST))) if _TIME.fullmatch(value) else _NONSENSE


def _of_type(raw: bytes, wanted: str) -> Any:
    value = _values.decode(raw)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match wanted:
        case "boolean" if isinstance(value, bool):
            return value
        case "integer" if is_number:
            return int(value)
        case "number" if is_number:
            return float(value)
        case _:
            return None
