"""What is due when: a heap of steps, taken in the order of their moments."""

import heapq
from collections.abc import Callable
from typing import TypeAlias

Step: TypeAlias = Callable[[float], None]
"""What is done at a moment (seconds since the epoch), which it is told."""


class Agenda:
    """Steps by moment; of one moment, the one that was added first comes first."""

    __slots__ = ("_added", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Step]] = []
        self._added = 0

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def next_due(self) -> float:
        """When the next step is due; infinity if there is none."""
        return self._heap[0][0] if self._heap else float("inf")

    def add(self, due: float, step: Step) -> None:
        """Do a step at a moment. There is no taking back: a step looks whether it still makes sense."""
        self._added += 1
        heapq.heappush(self._heap, (due, self._added, step))

    def take(self) -> tuple[float, Step]:
        """Give the next step, with its moment."""
        due, _, step = heapq.heappop(self._heap)
        return due, step

    def shift(self, seconds: float) -> None:
        """Put everything off by so many seconds."""
        self._heap = [(due + seconds, place, step) for due, place, step in self._heap]
