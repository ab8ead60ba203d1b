"""What is kept under one set of labels: a number, a histogram, or the least time among what is there.

All three take amounts, show what they hold as one immutable value, and write any such value as lines. A scrape copies
the values in one go and writes them at leisure, so each series also keeps what it wrote last: mostly nothing changed.
"""

import math
from collections import Counter
from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from typing import Any, ClassVar, Protocol

from exporter.metrics.family import Family
from exporter.metrics.text import distribution_prefixes, number, prefix
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

        NB What was observed cannot be taken back: a histogram is never asked to.
        """

    def write(self, value: Any) -> bytes:
        """Give the lines with a value, which may be an earlier one; those written last are kept at hand."""


class Number:
    """One line: the sum of all amounts, behind a prepared prefix."""

    fitful: ClassVar[bool] = False
    __slots__ = ("_line", "_prefix", "_written", "value")

    def __init__(self, family: Family, labels: tuple[str, ...]) -> None:
        self.value: float = 0
        self._prefix = prefix(family.name, family.labels, labels)
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
            self._line = self._prefix + number(value) + b"\n"
            self._written = value
        return self._line


class Histogram:
    """All lines of one histogram; each amount is an observation, and stays."""

    fitful: ClassVar[bool] = False
    __slots__ = ("_lines", "_tally", "_template", "_value", "_written")

    def __init__(self, family: Family, labels: tuple[str, ...]) -> None:
        self._tally = Tally(family.buckets)
        self._template = b"".join(
            start.replace(b"%", b"%%") + b"%b\n" for start in distribution_prefixes(family, labels)
        )
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
            self._lines = self._template % tuple(map(number, (*value.buckets, value.count, value.count, value.sum)))
            self._written = value
        return self._lines


class Oldest:
    """One line with the least of the amounts that are in, which are times; no line when none is.

    Beside each distinct time stands how many have it. Times whose last owner left stay in the heap until they surface,
    or until they are more than the others: memory follows what is in, also below one that never leaves.
    """

    fitful: ClassVar[bool] = True
    __slots__ = ("_counts", "_heap", "_line")

    SLACK = 64
    """Times that a heap may always hold beyond twice those that are in."""

    def __init__(self, family: Family, labels: tuple[str, ...]) -> None:
        self._counts: dict[float, int] = {}
        self._heap: list[float] = []
        self._line = Number(family, labels)

    def __len__(self) -> int:
        """How many times the heap holds, those included that left and have not surfaced."""
        return len(self._heap)

    @property
    def value(self) -> float | None:
        """The least amount that is in, or None."""
        while self._heap and self._heap[0] not in self._counts:
            heappop(self._heap)
        return self._heap[0] if self._heap else None

    def post(self, amount: float, sign: int) -> None:
        """Take a time in, or out."""
        before = self._counts.get(amount, 0)
        after = before + sign
        if after > 0:
            self._counts[amount] = after
            if not before:
                heappush(self._heap, amount)
        else:
            self._counts.pop(amount, None)
        if len(self._heap) > 2 * len(self._counts) + self.SLACK:
            self._tidy()

    def settle(self, amounts: Iterable[float]) -> bool:
        """Hold exactly these times."""
        before, self._counts = self._counts, dict(Counter(amounts))
        self._tidy()
        return before != self._counts

    def write(self, value: float) -> bytes:
        """Give the line with a time."""
        return self._line.write(value)

    def _tidy(self) -> None:
        self._heap = list(self._counts)
        heapify(self._heap)
