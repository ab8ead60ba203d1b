"""Answers that hold for a while: as many as there is room for, those that were not asked for longest go first."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

AnswerT = TypeVar("AnswerT")


class Memory(Generic[AnswerT]):
    """Answers by question. Times are seconds by any clock that only moves on."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[Hashable, tuple[float, AnswerT]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, question: Hashable, answer: AnswerT, until: float) -> None:
        """Keep an answer, in place of an older one."""
        self._kept[question] = until, answer
        self._kept.move_to_end(question)
        if len(self._kept) > self._limit:
            self._kept.popitem(last=False)

    def find(self, question: Hashable, now: float) -> tuple[AnswerT] | None:
        """Give the answer that holds now, in a tuple, since it may be None itself."""
        found = self._kept.get(question)
        if found is None:
            return None
        until, answer = found
        if now >= until:
            del self._kept[question]
            return None
        self._kept.move_to_end(question)
        return (answer,)
