"""Finds the next moment that fits five fields in a zone, by the steps of robfig/cron v3.

It goes from the month down to the second, and back to the month whenever a field has run over. The steps are local
hours and days, so what a change of the clock does to each of them decides which moments are found; that is why they
are taken as the controller takes them, and only where the clock does not change in between are they taken together.
"""

from datetime import date

from exporter.kinds.schedule.fields import WEEK, Fields
from exporter.kinds.schedule.zone import DAY, EPOCH, Zone

HOUR, MINUTE, NOON, DECEMBER = 3_600, 60, 12, 12
YEARS = 5
"""How many years ahead are looked at."""
FIRST, LAST = -62_000_000_000, 253_000_000_000
"""Instants between which dates can be told (the years 6 to 9987)."""


def next_fit(fields: Fields, zone: Zone, after: int) -> int | None:
    """Give the first instant after another that fits; None if there is none within five years.

    NB Where clocks are put back by other than whole hours (in Chatham), robfig can find an instant of the past, and
    the same ones again and again. Here it is looked for further on instead.
    """
    start = after
    while FIRST < start < LAST and fields.ever:
        found = _Walk(fields, zone, start + 1).end()
        if found is None or found > after:
            return found
        start += HOUR
    return None


class _Walk:
    """A moment that moves forward until everything fits."""

    __slots__ = ("_date", "_fields", "_instant", "_rounded", "_second", "_zone")

    def __init__(self, fields: Fields, zone: Zone, begin: int) -> None:
        self._fields = fields
        self._zone = zone
        self._rounded = False
        """Whether the parts below the one that was moved are at their beginnings."""
        self._put(begin)

    def end(self) -> int | None:
        last_year = self._date.year + YEARS
        while self._date.year <= last_year:
            if not (self._months() or self._days() or self._hours() or self._minutes() or self._seconds()):
                return self._instant
        return None

    def _put(self, instant: int) -> None:
        day, second = divmod(instant + self._zone.offset(instant), DAY)
        self._instant = instant
        self._second = second
        self._date = date.fromordinal(day + EPOCH)

    def _put_local(self, day: int, second: int) -> None:
        self._put(self._zone.instant(day, second))

    def _months(self) -> bool:
        """Move to a month that fits; True if another year began on the way."""
        while not self._fields.months >> self._date.month & 1:
            here = self._round(self._date.toordinal() - self._date.day + 1, 0)
            following = date(here.year + here.month // DECEMBER, here.month % DECEMBER + 1, 1)
            self._put_local(following.toordinal() + here.day - 1, self._second)
            if self._date.month == 1:
                return True
        return False

    def _days(self) -> bool:
        """Move to a day that fits; True if another month began on the way."""
        while not (fitting := self._fitting_days()) >> self._date.day & 1:
            here = self._round(self._date.toordinal(), 0)
            if not self._leap(_steps(fitting, here.day, _length(here) + 1), DAY):
                self._step_day()
            if self._date.day == 1:
                return True
        return False

    def _step_day(self) -> None:
        before = self._instant
        self._put_local(self._date.toordinal() + 1, self._second)
        if self._instant <= before:
            self._put(before + DAY)  # a day was left out of the calendar: robfig would try it for ever
        # Where midnight does not exist, the hour before or after it was found.
        if hour := self._second // HOUR:
            self._put(self._instant + (24 * (hour > NOON) - hour) * HOUR)

    def _hours(self) -> bool:
        """Move to an hour that fits; True if another day began on the way."""
        while not self._fields.hours >> (hour := self._second // HOUR) & 1:
            self._round(self._date.toordinal(), hour * HOUR)
            hour = self._second // HOUR
            if not self._leap(_steps(self._fields.hours, hour, 24), HOUR):
                self._put(self._instant + HOUR)
            if self._second < HOUR:
                return True
        return False

    def _minutes(self) -> bool:
        """Move to a minute that fits; True if another hour began on the way."""
        while not self._fields.minutes >> self._minute & 1:
            if not self._rounded:
                self._rounded = True
                self._put(self._instant - self._instant % MINUTE)
            if not self._leap(_steps(self._fields.minutes, self._minute, 60), MINUTE):
                self._put(self._instant + MINUTE)
            if not self._minute:
                return True
        return False

    def _seconds(self) -> bool:
        """Move to the beginning of a minute; True if that was another one."""
        second = self._second % MINUTE
        if second:
            self._rounded = True
            self._put(self._instant + MINUTE - second)
        return bool(second)

    @property
    def _minute(self) -> int:
        return self._second // MINUTE % 60

    def _fitting_days(self) -> int:
        return self._fields.days[(self._date.isoweekday() - self._date.day + 1) % WEEK]

    def _round(self, day: int, second: int) -> date:
        """Go to the beginning of something, unless that was done before; give the date."""
        if not self._rounded:
            self._rounded = True
            self._put_local(day, second)
        return self._date

    def _leap(self, steps: int, seconds: int) -> bool:
        """Take several steps as one; False where the clock changes meanwhile, or something is not at its beginning."""
        goal = self._instant + steps * seconds
        whole = not self._second % seconds
        if not whole or self._zone.offset(goal) != self._zone.offset(self._instant):
            return False
        self._put(goal)
        return True


def _steps(bits: int, here: int, end: int) -> int:
    """Give how many steps it is from here to the next bit, or to the end if that comes first."""
    above = bits >> here + 1
    return min((above & -above).bit_length() if above else end, end - here)


def _length(month: date) -> int:
    following = date(month.year + month.month // DECEMBER, month.month % DECEMBER + 1, 1)
    return following.toordinal() - month.toordinal() + month.day - 1
