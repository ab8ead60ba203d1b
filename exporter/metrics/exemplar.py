"""An exemplar leads from a number to one thing that was counted in it; only OpenMetrics can carry it.

It is written behind the line of a counter, or of the bucket into which its value falls: `` # {labels} value time``.
"""

import math
import re
from bisect import bisect_left
from typing import Any, Protocol, TypeAlias

import msgspec

from exporter.metrics.family import Family
from exporter.metrics.series import Histogram, Number, Series
from exporter.metrics.text import number, prefix
from exporter.tally import Seen

ExemplarLabels: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values of an exemplar's labels, the most important first."""

LONGEST = 128
"""Characters of all names and values of an exemplar together; the limit of OpenMetrics, beyond which a scrape fails."""

_READABLE = re.compile(r"[\w ./:@+~-]*")
"""NB prometheus_client's parser refuses a whole scrape for an escaped quote in an exemplar."""


class Exemplar(msgspec.Struct, frozen=True, gc=False):
    """One thing that was counted."""

    labels: ExemplarLabels
    value: float
    timestamp: float
    """Epoch seconds."""

    def suffix(self) -> bytes:
        """Give what follows the number of a line."""
        names, values = zip(*self.labels, strict=True)
        return b" # %b%b %b" % (prefix("", names, values), number(self.value), number(round(self.timestamp, 3)))


def fitting(labels: ExemplarLabels) -> ExemplarLabels:
    """Leave out labels whose value some parsers cannot read, and the last ones, those beyond ``LONGEST`` characters."""
    readable = tuple(pair for pair in labels if _READABLE.fullmatch(pair[1]))
    room = LONGEST
    for position, (name, value) in enumerate(readable):
        room -= len(name) + len(value)
        if room < 0:
            return readable[:position]
    return readable


class Noting(Series, Protocol):
    """A series that keeps exemplars, which only OpenMetrics shows."""

    @property
    def shown(self) -> Any:
        """What the series holds now with its exemplars; immutable."""

    def note(self, exemplar: Exemplar) -> None:
        """Keep an exemplar instead of the one that was at its place."""

    def write_shown(self, shown: Any) -> bytes:
        """Give the lines with exemplars; those written last are kept at hand."""


Noted: TypeAlias = tuple[float, Exemplar]


class NotingNumber(Number):
    """A number with the newest exemplar; it costs nothing at a scrape as long as there is none."""

    __slots__ = ("_exemplar", "_shown_line", "_shown_written", "shown")

    def __init__(self, family: Family, labels: tuple[str, ...]) -> None:
        super().__init__(family, labels)
        self._exemplar: Exemplar | None = None
        self.shown: float | Noted = 0
        self._shown_written: float | Noted = math.nan
        self._shown_line = b""

    def post(self, amount: float, sign: int) -> None:
        """Add, or subtract."""
        self.value += sign * amount
        self.shown = self.value if self._exemplar is None else (self.value, self._exemplar)

    def note(self, exemplar: Exemplar) -> None:
        """Keep this exemplar."""
        self._exemplar = exemplar
        self.shown = (self.value, exemplar)

    def write_shown(self, shown: float | Noted) -> bytes:
        """Give the line, with its exemplar if it has one."""
        if shown != self._shown_written:
            self._shown_line = self._behind(*shown) if isinstance(shown, tuple) else self.write(shown)
            self._shown_written = shown
        return self._shown_line

    def _behind(self, value: float, exemplar: Exemplar) -> bytes:
        return self.write(value)[:-1] + exemplar.suffix() + b"\n"


Exemplars: TypeAlias = tuple[Exemplar | None, ...]


class NotingHistogram(Histogram):
    """A histogram with the newest exemplar of each bucket."""

    __slots__ = ("_bounds", "_exemplars", "_shown", "_shown_lines", "_shown_written")

    def __init__(self, family: Family, labels: tuple[str, ...]) -> None:
        super().__init__(family, labels)
        self._bounds = family.buckets
        self._exemplars: Exemplars = ()
        self._shown: tuple[Seen, Exemplars] | None = None
        self._shown_written: tuple[Seen, Exemplars] | None = None
        self._shown_lines = b""

    @property
    def shown(self) -> tuple[Seen, Exemplars]:
        """What was observed so far, and an exemplar or None for each bucket; the same for as long as nothing is."""
        if self._shown is None or self._shown[0] is not self.value:
            self._shown = (self.value, self._exemplars)
        return self._shown

    def note(self, exemplar: Exemplar) -> None:
        """Keep this exemplar in the bucket into which its value falls."""
        kept = list(self._exemplars or (None,) * (len(self._bounds) + 1))
        kept[bisect_left(self._bounds, exemplar.value)] = exemplar
        self._exemplars, self._shown = tuple(kept), None

    def write_shown(self, shown: tuple[Seen, Exemplars]) -> bytes:
        """Give the lines, with the exemplars of those buckets that have one."""
        if shown is not self._shown_written:
            value, exemplars = shown
            lines = self.write(value).split(b"\n")
            for position, exemplar in enumerate(exemplars):
                if exemplar is not None:
                    lines[position] += exemplar.suffix()
            self._shown_lines = b"\n".join(lines)
            self._shown_written = shown
        return self._shown_lines


NOTING: dict[type[Series], type[Noting]] = {Number: NotingNumber, Histogram: NotingHistogram}
"""What is kept instead where exemplars are wanted."""
