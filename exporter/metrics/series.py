"""What is kept under one set of labels: a sum, a distribution, the last of what was told, or what times amount to.

All take amounts, show what they hold as one immutable value, and write any such value as lines. A scrape copies the
values in one go and writes them at leisure, so each series also keeps what it wrote last: mostly nothing changed.
"""

import math
from collections.abc import Iterable
from typing import Any, ClassVar, Protocol, TypeAlias

from exporter.metrics.family import Family
from exporter.metrics.text import distribution_prefixes, number, prefix
from exporter.metrics.times import Times
from exporter.tally import Seen, Tally


class Series(Protocol):
    """One set of labels of a family, and what is kept under it."""

    fitful: ClassVar[bool]
    """Whether there are times when the series has no lines; its value is None then."""

    def __init__(self, family: Family, labels: tuple[str, ...]) -> None:
        """Begin with nothing; ``labels`` are the values of all labels of the family."""

    @property
    def value(self) -> Any:
        """What the series holds now; immutable."""

    def post(self, amount: float, sign: int) -> None:
        """Take an amount in (sign 1), or out again (-1) exactly as it was taken in.

        NB What was observed cannot be taken back: a histogram or a summary is never asked to, nor is a ``Latest``.
        """

    def write(self, value: Any) -> bytes:
        """Give the lines with a value, which may be an earlier one; those written last are kept at hand."""


Unwritten: TypeAlias = tuple[Family, tuple[str, ...]]
"""Whose lines they will be: a family, and the values of its labels.

Many series are opened by events, to be there before anything is counted in them; what stands in front of a number is
made by the first scrape, since it takes 2 us for a line. Until then this stands in the slot of what it becomes: two
more slots in each series made a quiet scrape a tenth slower.
"""


class Number:
    """One line: the sum of all amounts."""

    fitful: ClassVar[bool] = False
    __slots__ = ("_line", "_start", "_written", "value")

    def __init__(self, family: Family, labels: tuple[str, ...]) -> None:
        self.value: float = 0
        self._start: int | Unwritten = family, labels  # how much of the line is kept when the number changes
        self._written: float = math.nan
        self._line = b""

    def post(self, amount: float, sign: int) -> None:
        """Add, or subtract."""
        self.value += sign * amount

    def settle(self, amounts: Iterable[float]) -> bool:
        """Be the sum of these amounts. NB Sums of fractions differ by the order in which they were added."""
        before, self.value = self.value, sum(amounts)
        return before != self.value

    def write(self, value: float) -> bytes:
        """Give the line with a number."""
        if value != self._written:
            kept = self._start
            start = self._line[:kept] if isinstance(kept, int) else self._begun(*kept)
            # Most are whole, which saves a call and a copy: a fifth of the time.
            self._line = b"%b%d\n" % (start, value) if type(value) is int else b"%b%b\n" % (start, number(value))
            self._written = value
        return self._line

    def _begun(self, family: Family, labels: tuple[str, ...]) -> bytes:
        start = prefix(family.name, family.labels, labels)
        self._start = len(start)
        return start


class Histogram:
    """All lines of one histogram; each amount is an observation, and stays."""

    fitful: ClassVar[bool] = False
    __slots__ = ("_lines", "_tally", "_template", "_value", "_written")

    def __init__(self, family: Family, labels: tuple[str, ...]) -> None:
        self._tally = Tally(family.buckets)
        self._template: bytes | Unwritten = family, labels
        self._value: Seen | None = None
        self._written: Seen | None = None
        self._lines = b""

    @property
    def value(self) -> Seen:
        """What was observed so far; the same record for as long as nothing is."""
        if self._value is None:
            self._value = self._tally.seen()
        return self._value

    def post(self, amount: float, sign: int) -> None:
        """Observe."""
        assert sign > 0
        self._tally.observe(amount)
        self._value = None

    def write(self, value: Seen) -> bytes:
        """Give the lines of what was observed."""
        if value is not self._written:
            template = self._template
            if isinstance(template, tuple):
                template = self._template = _template(*template)
            self._lines = template % (*value.buckets, value.count, value.count, number(value.sum))
            self._written = value
        return self._lines


Sum: TypeAlias = tuple[int, float]
"""How many amounts, and what they make together."""
_NOTHING: Sum = (0, 0)


class Summary:
    """Two lines: how many amounts were observed, and their sum."""

    fitful: ClassVar[bool] = False
    __slots__ = ("_lines", "_template", "_written", "value")

    def __init__(self, family: Family, labels: tuple[str, ...]) -> None:
        self.value: Sum = _NOTHING
        self._written: Sum | None = None
        self._template: bytes | Unwritten = family, labels
        self._lines = b""

    def post(self, amount: float, sign: int) -> None:
        """Observe."""
        assert sign > 0
        count, total = self.value
        self.value = (count + 1, total + amount)

    def write(self, value: Sum) -> bytes:
        """Give the lines of a count and a sum."""
        if value != self._written:
            template = self._template
            if isinstance(template, tuple):
                template = self._template = _template(*template)
            self._lines = template % (value[0], number(value[1]))
            self._written = value
        return self._lines


class Latest:
    """One line with the greatest amount ever told, which is a time; no line before the first."""

    fitful: ClassVar[bool] = True
    __slots__ = ("_line", "value")

    def __init__(self, family: Family, labels: tuple[str, ...]) -> None:
        self.value: float | None = None
        self._line = Number(family, labels)

    def post(self, amount: float, sign: int) -> None:
        """Take a time in, for good."""
        assert sign > 0
        if self.value is None or amount > self.value:
            self.value = amount

    def write(self, value: float) -> bytes:
        """Give the line with a time."""
        return self._line.write(value)


class Oldest:
    """One line with the least of the times that are in; no line when none is."""

    fitful: ClassVar[bool] = True
    __slots__ = ("_line", "_times")

    def __init__(self, family: Family, labels: tuple[str, ...]) -> None:
        self._times = Times()
        self._line = Number(family, labels)

    def __len__(self) -> int:
        """How many times the heap holds, those included that left and have not surfaced."""
        return len(self._times)

    @property
    def value(self) -> float | None:
        """The least time that is in, or None."""
        return self._times.least()

    def post(self, amount: float, sign: int) -> None:
        """Take a time in, or out."""
        self._times.post(amount, sign)

    def settle(self, amounts: Iterable[float]) -> bool:
        """Hold exactly these times."""
        return self._times.settle(amounts)

    def write(self, value: float) -> bytes:
        """Give the line with a time."""
        return self._line.write(value)


class Due:
    """One line with how many of the times that are in lie at or before a moment, which only moves on."""

    fitful: ClassVar[bool] = False
    __slots__ = ("_ahead", "_line", "_now", "value")

    def __init__(self, family: Family, labels: tuple[str, ...]) -> None:
        self.value = 0
        self._ahead = Times()
        self._now = -math.inf
        self._line = Number(family, labels)

    def __len__(self) -> int:
        """How many times the heap holds, those included that left and have not surfaced."""
        return len(self._ahead)

    def advance(self, now: float) -> None:
        """Let it be so late; an earlier moment than the last one changes nothing."""
        self._now = max(now, self._now)
        while (least := self._ahead.least()) is not None and least <= self._now:
            self.value += self._ahead.drop(least)

    def post(self, amount: float, sign: int) -> None:
        """Take a time in, or out."""
        if amount > self._now:
            self._ahead.post(amount, sign)
        else:
            self.value = max(0, self.value + sign)

    def settle(self, amounts: Iterable[float]) -> bool:
        """Hold exactly these times; give whether others were in, of those that are over only by their number."""
        times = list(amounts)
        before, self.value = self.value, sum(time <= self._now for time in times)
        return self._ahead.settle(time for time in times if time > self._now) or before != self.value

    def write(self, value: float) -> bytes:
        """Give the line with a number."""
        return self._line.write(value)


def _template(family: Family, labels: tuple[str, ...]) -> bytes:
    """Give the lines of a distribution with places for its counts and, at the end, for its sum, which is written."""
    *counts, total = (start.replace(b"%", b"%%") for start in distribution_prefixes(family, labels))
    return b"".join([*(start + b"%d\n" for start in counts), total, b"%b\n"])
