"""Durations as Go writes them: ``1h30m``, ``90s``, ``1.5h``, ``-2m``."""

import re

from exporter.kinds.schedule.unreadable import Unreadable

SECOND = 1_000_000_000
"""Nanoseconds."""
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "\u00b5s": 1_000,  # the micro sign, and the Greek letter
    "\u03bcs": 1_000,
    "ms": 1_000_000,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3_600 * SECOND,
}
_LONGEST = 2**63 - 1
_DIGITS = 18
"""Digits behind the point that are looked at; more are less than a nanosecond."""
_PART = re.compile(r"([0-9]*)(?:(\.)([0-9]*))?([^0-9.]+)")


def parse_duration(text: str) -> int:
    """Give a duration in nanoseconds.

    Raises:
        Unreadable: it is none, or longer than 64 bits hold (292 years).
    """
    negative, rest = text[:1] == "-", text[1:] if text[:1] in {"-", "+"} else text
    if rest == "0":
        return 0
    total = sum(_parts(text, rest))
    if not rest or total > _LONGEST:
        raise Unreadable(f"{text!r} is not a duration")
    return -total if negative else total


def _parts(text: str, rest: str) -> list[int]:
    parts, at = [], 0
    while at < len(rest):
        found = _PART.match(rest, at)
        if found is None or found[4] not in _UNITS or not (found[1] or found[3]):
            raise Unreadable(f"{text!r} is not a duration")
        parts.append(_part(found[1], (found[3] or "")[:_DIGITS], _UNITS[found[4]]))
        at = found.end()
    return parts


def _part(whole: str, fraction: str, unit: int) -> int:
    # In floats, as Go does it: the last nanosecond may be lost on the way.
    behind = int(int(fraction) * (unit / 10 ** len(fraction))) if fraction else 0
    return int(whole or 0) * unit + behind
