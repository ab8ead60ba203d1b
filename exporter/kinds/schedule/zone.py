"""Time zones as Go's clock treats them: what is local at an instant, and which instant a local time is.

Instants are epoch seconds; days are counted as ``date.toordinal`` does.
"""

from datetime import UTC, datetime, tzinfo
from functools import lru_cache

from exporter.kinds.schedule.unreadable import Unreadable

DAY = 86_400
EPOCH = 719_163
"""The day on which instants begin."""
LONGEST_NAME = 128


class Zone:
    """One zone by its name."""

    __slots__ = ("_tz", "name")

    def __init__(self, name: str, tz: tzinfo) -> None:
        self.name = name
        self._tz = tz

    def offset(self, instant: int) -> int:
        """Give the seconds by which local clocks are ahead of UTC."""
        if self._tz is UTC:
            return 0
        ahead = datetime.fromtimestamp(instant, self._tz).utcoffset()
        assert ahead is not None
        return ahead.days * DAY + ahead.seconds

    def instant(self, day: int, second: int) -> int:
        """Give the instant of a local day and second of the day.

        One that does not exist becomes another, one that comes twice becomes one of the two: those that Go chooses.
        """
        as_if = (day - EPOCH) * DAY + second
        ahead = self.offset(as_if)
        return as_if - (self.offset(as_if - ahead) if ahead else 0)


UTC_ZONE = Zone("UTC", UTC)


@lru_cache(maxsize=1024)
def load_zone(name: str) -> Zone:
    """Give a zone of the time zone database; the empty name is UTC, as in Go.

    Raises:
        Unreadable: there is none of that name.
    """
    if name in {"", "UTC"}:
        return UTC_ZONE
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - most programs need no zone

    try:
        return Zone(name, ZoneInfo(name[: LONGEST_NAME + 1]))
    except (OSError, ValueError, KeyError) as error:
        raise Unreadable(f"{name[:LONGEST_NAME]!r} is not a time zone") from error
