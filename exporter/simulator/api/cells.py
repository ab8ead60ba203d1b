"""The cells of a table: what stands in a column of an object, as ``kubectl get`` prints it."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from exporter.simulator.resources import Column

_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 24 * 3600, 365 * 24 * 3600
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_SPAN = 2**63 / 1e9
"""Seconds of the longest span that Go can tell."""
_LEAST, _MOST = 1e-6, 1e21
"""Between these Go writes a fraction without an exponent."""


def cell(members: Mapping[str, msgspec.Raw], column: Column, now: float) -> Any:
    """Give one cell; None where there is nothing to print."""
    try:
        value = _at(members, column.path)
    except (LookupError, msgspec.MsgspecError):
        return "" if column.format == "name" else None
    if column.path == ("metadata", "creationTimestamp"):
        return age_since(value, now)
    match column.type:
        case "string":
            return _text(value)
        case "date":
            return age_since(value, now) if isinstance(value, str) else None
        case _:
            return value


def _at(members: Mapping[str, msgspec.Raw], path: tuple[str, ...]) -> Any:
    raw = members[path[0]]
    for name in path[1:]:
        raw = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])[name]
    return msgspec.json.decode(raw)


def _text(value: Any) -> str:
    match value:
        case None:
            return "<no value>"
        case str():
            return value
        case bool() | dict() | list():
            return _escaped(_json(value))
        case _:
            return _number(value)


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    mantissa, _, exponent = repr(value).partition("e")
    if exponent:
        return f"{mantissa.removesuffix('.0')}e{int(exponent):+03d}"
    return mantissa.removesuffix(".0")


def _json(value: Any) -> str:
    """Write JSON as Go does: members sorted, and fractions in its own spelling."""
    match value:
        case dict():
            return "{" + ",".join(f"{_json(name)}:{_json(value[name])}" for name in sorted(value)) + "}"
        case list():
            return "[" + ",".join(map(_json, value)) + "]"
        case float() if value and _LEAST <= abs(value) < _MOST:
            return format(Decimal(repr(value)), "f").removesuffix(".0")
        case float():
            return repr(value).removesuffix(".0").replace("e-0", "e-")
        case _:
            return msgspec.json.encode(value).decode()


def _escaped(text: str) -> str:
    return "".join(f"\\u{ord(char):04x}" if char in "<>&\u2028\u2029" else char for char in text)


def age_since(value: Any, now: float) -> str | None:
    """Tell how long ago a time in an object was."""
    if not isinstance(value, str):
        return None
    if value in {"", "null", "0001-01-01T00:00:00Z"}:
        return "<unknown>"
    if not _TIME.fullmatch(value):
        return "<invalid>"
    try:
        then = datetime.fromisoformat(value.replace(",", ".")).timestamp()
    except (ValueError, OverflowError):
        return "<invalid>"
    return span(max(-_SPAN, min(now - then, _SPAN)))


def span(seconds: float) -> str:
    """Write a span of time as kubectl does: the older, the coarser."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    for until, units in _STAGES:
        if whole < until:
            return _in_units(max(0, whole), units)
    return _in_units(whole, "y")


_UNITS = {"s": 1, "m": _MINUTE, "h": _HOUR, "d": _DAY, "y": _YEAR}
_STAGES = (
    (2 * _MINUTE, "s"),
    (10 * _MINUTE, "ms"),
    (3 * _HOUR, "m"),
    (8 * _HOUR, "hm"),
    (2 * _DAY, "h"),
    (8 * _DAY, "dh"),
    (2 * _YEAR, "d"),
    (8 * _YEAR, "yd"),
)
"""Until which age which units are told, the large one first."""


def _in_units(seconds: int, units: str) -> str:
    first, rest = divmod(seconds, _UNITS[units[0]])
    second = rest // _UNITS[units[-1]] if len(units) > 1 else 0
    return f"{first}{units[0]}" + (f"{second}{units[-1]}" if second else "")
