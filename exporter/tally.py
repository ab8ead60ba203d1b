"""Counts observations by size, so that any room can tell how long things took without knowing a metric."""

from bisect import bisect_left
from itertools import accumulate

import msgspec


class Seen(msgspec.Struct, frozen=True, gc=False):
    """What a tally had counted at one moment."""

    count: int = 0
    sum: float = 0
    buckets: tuple[int, ...] = ()
    """Observations up to each bound, cumulative; those above the last bound are in the count alone."""


class Tally:
    """Observations counted by upper bounds (inclusive, rising); without bounds only their number and sum."""

    __slots__ = ("_bounds", "_counts", "sum")

    def __init__(self, bounds: tuple[float, ...] = ()) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self.sum: float = 0

    def observe(self, value: float) -> None:
        """Count one observation; in the unit of the bounds."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self.sum += value

    def seen(self) -> Seen:
        """What was observed so far."""
        *buckets, count = accumulate(self._counts)
        return Seen(count, self.sum, tuple(buckets))
