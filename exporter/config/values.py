"""How values are written: durations, sizes, names, addresses. Each kind reads a text and can write it again."""

import re
from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

import msgspec

from exporter.kube import labels, selector
from exporter.web.address import Address, parse_address

Plain: TypeAlias = str | int | bool
"""What a value looks like in YAML."""

NamedPattern: TypeAlias = tuple[str, str]
"""A word, and the regular expression of which it is the name."""

T = TypeVar("T")


class ConfigError(Exception):
    """The configuration cannot be used; one line that says where and why."""


class ValueKind(msgspec.Struct, Generic[T], frozen=True):
    """A kind of value."""

    name: str
    """How ``--help`` calls it."""
    parse: Callable[[str], T]
    """Reads a text; raises ValueError with what was expected."""
    show: Callable[[T], Plain]
    """Writes a value such that ``parse`` reads it again."""


_MILLISECONDS = {
    "y": 31_536_000_000,
    "w": 604_800_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1000,
    "ms": 1,
}
_DURATION = re.compile("".join(f"(?:([0-9]{{1,12}}){unit})?" for unit in _MILLISECONDS), re.ASCII)
_SIZES = {"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_SIZE = re.compile(r"([0-9]{1,12}) ?(B|KiB|MiB|GiB)?", re.ASCII)
_NAMESPACE = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
_PATH = re.compile(r"/[A-Za-z0-9._~/-]{1,200}")
_TAKEN = re.compile(r"/|/livez|/readyz|/healthz|/(apis?|lookup)(/.*)?")
_TRUTH = {"true": True, "false": False}
_FACTOR = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,3})?", re.ASCII)
_REASON = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*", re.ASCII)
LONGEST_PATTERN = 500


def _duration(text: str) -> float:
    found = _DURATION.fullmatch(text)
    if text == "0":
        return 0.0
    if not text or found is None:
        raise ValueError(f"expected a duration such as 250ms, 10s, 5m or 1h30m, not {text!r}")
    return (
        sum(int(count or 0) * size for count, size in zip(found.groups(), _MILLISECONDS.values(), strict=True)) / 1000
    )


def _show_duration(seconds: float) -> str:
    rest, parts = round(seconds * 1000), []
    for unit, size in list(_MILLISECONDS.items())[2:]:  # 7d is plainer than 1w
        count, rest = divmod(rest, size)
        parts.append(f"{count}{unit}" if count else "")
    return "".join(parts) or "0s"


def _positive_duration(text: str) -> float:
    seconds = _duration(text)
    if seconds <= 0:
        raise ValueError(f"expected a duration over 0, not {text!r}")
    return seconds


def _size(text: str) -> int:
    found = _SIZE.fullmatch(text)
    if found is None or int(found[1]) == 0:
        raise ValueError(f"expected a size over 0 such as 512KiB or 32MiB, not {text!r}")
    return int(found[1]) * _SIZES[found[2] or ""]


def _show_size(size: int) -> str:
    unit, factor = max((pair for pair in _SIZES.items() if size % pair[1] == 0), key=lambda pair: pair[1])
    return f"{size // factor}{unit}"


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or int(text) == 0:
        raise ValueError(f"expected a whole number from 1 to 999999999, not {text!r}")
    return int(text)


def _switch(text: str) -> bool:
    try:
        return _TRUTH[text]
    except KeyError:
        raise ValueError(f"expected true or false, not {text!r}") from None


def _line(text: str) -> str:
    if not text.isprintable():
        raise ValueError(f"expected one line without control characters, not {text!r}")
    return text


def _namespace(text: str) -> str:
    if not _NAMESPACE.fullmatch(text):
        raise ValueError(f"{text!r} cannot be a namespace: lower-case letters, digits and dashes, at most 63")
    return text


def _label_key(text: str) -> str:
    if not labels.is_label_key(text):
        raise ValueError(f"{text!r} cannot be the key of a label or an annotation")
    return text


def _optional_label_key(text: str) -> str:
    return _label_key(text) if text else text


def _factor(text: str) -> float:
    if not _FACTOR.fullmatch(text) or float(text) < 1:
        raise ValueError(f"expected a number from 1 such as 2 or 1.5, not {text!r}")
    return float(text)


def _named_pattern(text: str) -> NamedPattern:
    name, _, pattern = text.partition("=")
    if not _REASON.fullmatch(name) or not 0 < len(pattern) <= LONGEST_PATTERN:
        raise ValueError(f"expected reason=pattern such as registry=registry.+unavailable, not {text!r}")
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
    return name, pattern


def _zone(text: str) -> str:
    if text == "UTC":
        return text
    import zoneinfo  # noqa: PLC0415 - the default needs none

    if not _ZONE.fullmatch(text):
        raise ValueError(f"expected a time zone such as UTC or Europe/Berlin, not {text!r}")
    try:
        zoneinfo.ZoneInfo(text)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise ValueError(f"{text!r} is no time zone that is known here") from error
    return text


def _selector(text: str) -> str:
    if "\0" in text:
        raise ValueError(f"expected a selector, not {text!r}")  # the API server would read only a part of it
    selector.parse(text)
    return text


def _path(text: str) -> str:
    if not _PATH.fullmatch(text):
        raise ValueError(f"expected a path such as /metrics, not {text!r}")
    if _TAKEN.fullmatch(text):
        raise ValueError(f"{text!r} is served already")
    return text


def one_of(*words: str) -> ValueKind[str]:
    """A kind with a fixed set of words."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"expected one of {', '.join(words)}, not {text!r}")
        return text

    return ValueKind("|".join(words), parse, str)


ADDRESS: ValueKind[Address] = ValueKind("address", parse_address, str)
COUNT: ValueKind[int] = ValueKind("number", _count, int)
DURATION: ValueKind[float] = ValueKind("duration", _duration, _show_duration)
FACTOR: ValueKind[float] = ValueKind("number", _factor, lambda factor: f"{factor:g}")
LABEL_KEY: ValueKind[str] = ValueKind("key", _label_key, str)
LINE: ValueKind[str] = ValueKind("text", _line, str)
NAMED_PATTERN: ValueKind[NamedPattern] = ValueKind("reason=pattern", _named_pattern, "=".join)
NAMESPACE: ValueKind[str] = ValueKind("namespace", _namespace, str)
OPTIONAL_LABEL_KEY: ValueKind[str] = ValueKind("key", _optional_label_key, str)
PATH: ValueKind[str] = ValueKind("path", _path, str)
POSITIVE_DURATION: ValueKind[float] = ValueKind("duration", _positive_duration, _show_duration)
SELECTOR: ValueKind[str] = ValueKind("selector", _selector, str)
SIZE: ValueKind[int] = ValueKind("size", _size, _show_size)
SWITCH: ValueKind[bool] = ValueKind("bool", _switch, bool)
ZONE: ValueKind[str] = ValueKind("zone", _zone, str)
