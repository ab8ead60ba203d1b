"""Several schedules of one thing, taken together: when it is due next, and when it was due last."""

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from exporter.kinds.schedule.parsing import Calendar, Interval, Schedule, parse
from exporter.kinds.schedule.unreadable import Unreadable
from exporter.kinds.schedule.walk import YEARS

MOST_SCHEDULES = 16
"""Schedules that one thing may have: each costs time whenever one of them is due. With more it is unreadable."""
LOOK_BACK = YEARS * 366 * 86_400
"""Seconds. As far as schedules look ahead."""


class Timetable(msgspec.Struct, frozen=True):
    """The schedules, at least one."""

    schedules: tuple[Schedule, ...]

    @property
    def zones(self) -> tuple[str, ...]:
        """The name of the zone of each schedule."""
        return tuple(schedule.zone.name for schedule in self.schedules)

    @property
    def longest_interval(self) -> int:
        """The seconds of the longest ``@every``; 0 where there is none."""
        return max((one.seconds for one in self.schedules if isinstance(one, Interval)), default=0)

    def next(self, after: int, reference: int) -> int | None:
        """Give the first time after ``after``; an ``@every`` counts from ``reference``."""
        times = (
            _count_on(one, reference, after) if isinstance(one, Interval) else one.next(after) for one in self.schedules
        )
        return min((time for time in times if time is not None), default=None)

    def latest(self, at: int, since: int, reference: int) -> int | None:
        """Give the last time after ``since`` and not after ``at``; an ``@every`` counts from ``reference``."""
        times = (
            _counted_to(one, reference, at) if isinstance(one, Interval) else latest(one, at, since)
            for one in self.schedules
        )
        return max((time for time in times if time is not None and time > since), default=None)


def read_timetable(texts: Sequence[str], timezone: str, local: str) -> Timetable:
    """Read all schedules of one thing, as the controller does: a zone of its own is put before each.

    NB That makes a schedule unreadable which begins with a zone already.

    Raises:
        Unreadable: one of them is none, or there is none, or there are too many.
    """
    if not texts:
        raise Unreadable("no schedule")
    if len(texts) > MOST_SCHEDULES:
        raise Unreadable(f"{len(texts)} schedules")
    before = f"CRON_TZ={timezone} " if timezone else ""
    return Timetable(tuple(parse(before + text, local) for text in texts))


@lru_cache(maxsize=4096)
def latest(calendar: Calendar, at: int, since: int) -> int | None:
    """Give the last time after ``since`` (or within the last five years) and not after ``at``; None if none is."""
    since = max(since, at - LOOK_BACK)
    found = calendar.next(since)
    if found is None or found > at:
        return None
    return _follow(calendar, _near(calendar, at, since, found), at)


def _near(calendar: Calendar, at: int, since: int, found: int) -> int:
    """Give a time of the calendar not after ``at`` that has few others between."""
    ahead = calendar.next(at)
    period = 0 if ahead is None else (calendar.next(ahead) or ahead) - ahead
    low, high = since, at
    if period and at - period > since:
        low, found = _closer(calendar, at - period, at, (low, found))
    # What is next never comes earlier for a later start (but for an hour here and there), so this can be halved.
    while high - low > period + 1:
        middle = (low + high) // 2
        low, found = _closer(calendar, middle, at, (low, found))
        if low != middle:
            high = middle
    return found


def _closer(calendar: Calendar, start: int, at: int, otherwise: tuple[int, int]) -> tuple[int, int]:
    time = calendar.next(start)
    return (start, time) if time is not None and time <= at else otherwise


def _follow(calendar: Calendar, found: int, at: int) -> int:
    following = calendar.next(found)
    while following is not None and following <= at:
        found, following = following, calendar.next(following)
    return found


def _count_on(interval: Interval, reference: int, after: int) -> int | None:
    steps = max(1, (after - reference) // interval.seconds + 1)
    return interval.next(reference + (steps - 1) * interval.seconds)


def _counted_to(interval: Interval, reference: int, at: int) -> int | None:
    steps = (at - reference) // interval.seconds
    return reference + steps * interval.seconds if steps > 0 else None
