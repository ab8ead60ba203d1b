"""Reads the text of one schedule: five fields or a name for them, ``@every``, and the zone before either."""

import re
from functools import lru_cache
from typing import TypeAlias

import msgspec

from exporter.kinds.schedule.duration import SECOND, parse_duration
from exporter.kinds.schedule.fields import Fields, read_fields
from exporter.kinds.schedule.unreadable import Unreadable
from exporter.kinds.schedule.walk import LAST, next_fit
from exporter.kinds.schedule.zone import Zone, load_zone

LONGEST_TEXT = 1_024
"""Characters. NB The controller has no such limit; what is longer is not worth what reading it costs."""
LOCAL = "Local"
"""What Go calls the zone of the machine."""
EVERY = "@every "
NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
# Go's space is not Python's, which also counts four separators among control characters.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_WORDS = re.compile(f"[^{_SPACE}]+")
_TRIMMED = re.compile(f"[{_SPACE}]*(.*?)[{_SPACE}]*", re.DOTALL)


class Calendar(msgspec.Struct, frozen=True):
    """Five fields, in a zone."""

    fields: Fields
    zone: Zone

    def next(self, after: int) -> int | None:
        """Give the first time after another, in epoch seconds; None if there is none within five years."""
        return next_fit(self.fields, self.zone, after)


class Interval(msgspec.Struct, frozen=True):
    """Again and again, each time counted from the last."""

    seconds: int
    zone: Zone

    def next(self, after: int) -> int | None:
        """Give the time after another, in epoch seconds; None if that is beyond all calendars."""
        then = after + self.seconds
        return then if then < LAST else None


Schedule: TypeAlias = Calendar | Interval


@lru_cache(maxsize=4096)
def parse(text: str, local: str = "UTC") -> Schedule:
    """Read a schedule; ``local`` is the zone of one that names none.

    Raises:
        Unreadable: it is none, or its zone is not known.
    """
    if not text or len(text) > LONGEST_TEXT:
        raise Unreadable("a schedule without text" if not text else f"a schedule of {len(text)} characters")
    zone = local
    if text.startswith(("TZ=", "CRON_TZ=")):
        named, blank, text = text.partition(" ")
        if not blank:
            raise Unreadable(f"{named!r} is a zone without a schedule")
        zone, text = named.partition("=")[2], _trim(text)
    return _read(text, load_zone(local if zone == LOCAL else zone))


def _read(text: str, zone: Zone) -> Schedule:
    if text.startswith(EVERY):
        return Interval(max(1, parse_duration(text.removeprefix(EVERY)) // SECOND), zone)
    if text.startswith("@") and text not in NAMED:
        raise Unreadable(f"{text!r} is not a name of a schedule")
    return Calendar(read_fields(_WORDS.findall(NAMED.get(text, text))), zone)


def _trim(text: str) -> str:
    found = _TRIMMED.fullmatch(text)
    return found[1] if found else text
