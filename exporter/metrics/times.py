"""Times of many objects, each counted, with the least of them at hand.

Beside each distinct time stands how many have it. Times whose last owner left stay in the heap until they surface, or
until they are more than the others: memory follows what is in, also below one that never leaves.
"""

from collections import Counter
from collections.abc import Iterable
from heapq import heapify, heappop, heappush

SLACK = 64
"""Times that a heap may always hold beyond twice those that are in."""


class Times:
    """Times that are in, for as long as their owners are."""

    __slots__ = ("_counts", "_heap")

    def __init__(self) -> None:
        self._counts: dict[float, int] = {}
        self._heap: list[float] = []

    def __len__(self) -> int:
        """How many times the heap holds, those included that left and have not surfaced."""
        return len(self._heap)

    def least(self) -> float | None:
        """The least time that is in, or None."""
        while self._heap and self._heap[0] not in self._counts:
            heappop(self._heap)
        return self._heap[0] if self._heap else None

    def post(self, time: float, sign: int) -> None:
        """Take a time in (sign 1), or out (-1); one that was never in leaves without harm."""
        before = self._counts.get(time, 0)
        after = before + sign
        if after > 0:
            self._counts[time] = after
            if not before:
                heappush(self._heap, time)
        else:
            self._counts.pop(time, None)
        if len(self._heap) > 2 * len(self._counts) + SLACK:
            self._tidy()

    def drop(self, time: float) -> int:
        """Take a time out of all that have it; give how many had."""
        return self._counts.pop(time, 0)

    def settle(self, times: Iterable[float]) -> bool:
        """Hold exactly these times; give whether others were in."""
        before, self._counts = self._counts, dict(Counter(times))
        self._tidy()
        return before != self._counts

    def _tidy(self) -> None:
        self._heap = list(self._counts)
        heapify(self._heap)
