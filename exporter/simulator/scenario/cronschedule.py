"""When a CronWorkflow fires: cron texts of five fields, the few names for common ones, ``@every`` and ``CRON_TZ=``."""

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_NAMES = ("minute", "hour", "day of the month", "month", "day of the week")
_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
}
_HORIZON = 366 * 86_400
MINUTE, HOUR = 60, 3600
SUNDAY = 7
LOOKING_BACK = 4 * 86_400
"""Seconds."""


class Unreadable(ValueError):
    """Not a schedule, or not a zone."""


class CronSchedule:
    """One schedule in one zone."""

    def __init__(self, text: str, zone: str = "") -> None:
        """Read a schedule.

        Raises:
            Unreadable: with what is wrong.
        """
        zone, text = _own_zone(zone, text)
        self._every = _every(text)
        fields = ("* * * * *" if self._every else _MACROS.get(text, text)).split()
        if len(fields) != len(_RANGES):
            raise Unreadable(f"expected exactly 5 fields, found {len(fields)}: [{text}]")
        minutes, hours, days, months, weekdays = map(_field, fields, range(len(_RANGES)))
        self._minutes, self._hours, self._days, self._months = minutes, hours, days, months
        self._weekdays = {day % SUNDAY for day in weekdays}
        # As cron has it: if both days are limited, one of them is enough.
        self._any_day = "*" in fields[2] or "*" in fields[4]
        self._zone = _zone(zone)

    def after(self, moment: float) -> int | None:
        """Give the first time it fires after a moment, in seconds since the epoch; None if not within a year."""
        if self._every:
            return int(moment) + self._every
        found = int(moment) // MINUTE * MINUTE + MINUTE
        end = found + _HORIZON
        while found < end:
            local = datetime.fromtimestamp(found, self._zone)
            if local.hour not in self._hours or not self._on(local):
                found += HOUR - local.minute * MINUTE
            elif local.minute not in self._minutes:
                found += MINUTE
            else:
                return found
        return None

    def before(self, moment: float, many: int) -> list[int]:
        """Give the last times it fired before a moment, oldest first: so many, or those of the last days."""
        for span in (many * MINUTE, many * HOUR, LOOKING_BACK):
            fired = self._between(moment - span, moment)
            if len(fired) >= many:
                break
        return fired[-many:]

    def _between(self, begin: float, end: float) -> list[int]:
        found = self.after(begin)
        fired = []
        while found is not None and found < end:
            fired.append(found)
            found = self.after(found)
        return fired

    def _on(self, local: datetime) -> bool:
        if local.month not in self._months:
            return False
        day, weekday = local.day in self._days, local.isoweekday() % SUNDAY in self._weekdays
        return (day and weekday) if self._any_day else (day or weekday)


def next_of(texts: list[str], zone: str, moment: float) -> int | None:
    """Give when the first of some schedules fires after a moment.

    Raises:
        Unreadable: one of them is not a schedule.
    """
    times = [CronSchedule(text, zone).after(moment) for text in texts]
    return min((time for time in times if time is not None), default=None)


def _own_zone(zone: str, text: str) -> tuple[str, str]:
    """Give the zone that a text begins with, or the other one, and the rest of the text."""
    found = re.fullmatch(r"(?:CRON_)?TZ=(\S+)\s+(.*)", text)
    return (found[1], found[2]) if found else (zone, text)


def _every(text: str) -> int:
    """Read so many seconds of an ``@every``; 0 for any other text."""
    found = re.fullmatch(r"@every (?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", text)
    hours, minutes, seconds = (int(number or 0) for number in found.groups()) if found else (0, 0, 0)
    return hours * HOUR + minutes * MINUTE + seconds


def _zone(name: str) -> tzinfo:
    if name in {"", "UTC", "Etc/UTC"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise Unreadable(f"unknown time zone {name}") from error


def _field(text: str, place: int) -> set[int]:
    return {value for part in text.split(",") for value in _part(part, place)}


def _part(text: str, place: int) -> range:
    least, most = _RANGES[place]
    span, _, step = text.partition("/")
    first, dash, last = span.partition("-")
    try:
        begin = least if span == "*" else int(first)
        end = most if span == "*" or (step and not dash) else int(last or first)
        every = int(step or 1)
    except ValueError as error:
        raise Unreadable(f"failed to parse {_NAMES[place]} from {text}") from error
    if not least <= begin <= end <= most or every < 1:
        raise Unreadable(f"{_NAMES[place]} {text} is not within {least} to {most}")
    return range(begin, end + 1, every)
