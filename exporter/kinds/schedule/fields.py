"""The five fields of a cron text, read into sets of bits; which days they mean in a month that begins on some weekday.

Bit ``n`` stands for the value ``n``: minute 0 to 59, hour 0 to 23, day 1 to 31, month 1 to 12, weekday 0 (Sunday) to 6.
"""

import re

import msgspec

from exporter.kinds.schedule.unreadable import Unreadable

LONGEST_MONTH, WEEK = 31, 7
_NUMBER = re.compile(r"[+-]?[0-9]{1,19}")
_INTEGERS = 2**63
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAY_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


class Bounds(msgspec.Struct, frozen=True):
    """What a field may say."""

    name: str
    least: int
    most: int
    names: dict[str, int] = {}


MINUTES = Bounds("minute", 0, 59)
HOURS = Bounds("hour", 0, 23)
DAYS = Bounds("day of the month", 1, LONGEST_MONTH)
MONTHS = Bounds(
    "month",
    1,
    12,
    {name: at for at, name in enumerate(_MONTH_NAMES, 1)},
)
WEEKDAYS = Bounds("day of the week", 0, 6, {name: at for at, name in enumerate(_WEEKDAY_NAMES)})
FIELDS = (MINUTES, HOURS, DAYS, MONTHS, WEEKDAYS)


class Fields(msgspec.Struct, frozen=True):
    """What five fields say together."""

    minutes: int
    hours: int
    months: int
    days: tuple[int, ...]
    """The days of a month that begins on a Sunday, a Monday, ..."""

    @property
    def ever(self) -> bool:
        """Whether no field is empty: ``,`` can be read, and nothing fits it."""
        return bool(self.minutes and self.hours and self.months and any(self.days))


class _Set(msgspec.Struct, frozen=True):
    bits: int
    starred: bool
    """Whether a star without a step is in it: such a field does not limit the days."""


def read_fields(texts: list[str]) -> Fields:
    """Read fields.

    Raises:
        Unreadable: there are not five, or one is none.
    """
    if len(texts) != len(FIELDS):
        raise Unreadable(f"a schedule has {len(FIELDS)} fields, and this has {len(texts)}")
    minutes, hours, days, months, weekdays = map(_field, texts, FIELDS)
    return Fields(minutes.bits, hours.bits, months.bits, tuple(_days(days, weekdays, first) for first in range(WEEK)))


def _days(days: _Set, weekdays: _Set, first: int) -> int:
    # As cron has it: where both limit the days, one of them is enough.
    by_week = sum(1 << day for day in range(1, LONGEST_MONTH + 1) if weekdays.bits >> (first + day - 1) % WEEK & 1)
    return days.bits & by_week if days.starred or weekdays.starred else days.bits | by_week


def _field(text: str, bounds: Bounds) -> _Set:
    parts = [_part(part, bounds) for part in text.split(",") if part]
    bits = 0
    for part in parts:
        bits |= part.bits
    return _Set(bits, any(part.starred for part in parts))


def _part(text: str, bounds: Bounds) -> _Set:
    """Read a part between commas: ``*``, ``5``, ``1-5``, each perhaps with a step; ``5/2`` goes on to the end."""
    span, *steps = text.split("/")
    low, *high = span.split("-")
    every = low in {"*", "?"}  # NB what follows a star's hyphen is not even looked at
    if len(steps) > 1 or (len(high) > 1 and not every):
        raise Unreadable(f"{bounds.name}: {text!r} has too many {'slashes' if len(steps) > 1 else 'hyphens'}")
    step = _number(steps[0], bounds) if steps else 1
    first = bounds.least if every else _value(low, bounds)
    last = bounds.most if every or (steps and not high) else _value(high[0] if high else low, bounds)
    if not bounds.least <= first <= last <= bounds.most or not step:
        raise Unreadable(f"{bounds.name}: {text!r} is not within {bounds.least} to {bounds.most}")
    return _Set(sum(1 << value for value in range(first, last + 1, step)), every and step == 1)


def _value(text: str, bounds: Bounds) -> int:
    named = bounds.names.get(text.lower())
    return _number(text, bounds) if named is None else named


def _number(text: str, bounds: Bounds) -> int:
    number = int(text) if _NUMBER.fullmatch(text) else -1
    if not 0 <= number < _INTEGERS:
        raise Unreadable(f"{bounds.name}: {text!r} is not a number")
    return number
