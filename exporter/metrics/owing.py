"""What happened while nobody looked, found by comparing the first list with a checkpoint, and counted later.

``increase()`` of a counter that is first seen at 1 is 0, so these counts are owed until a scrape has seen the zeros.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from exporter.kube.objects import Key
from exporter.metrics.accounting import Whole
from exporter.metrics.rows import Entries

Standing: TypeAlias = tuple[Key, Any]
"""Where an object was, and what it was: its key and its projection."""


class Debt(msgspec.Struct, frozen=True):
    """What is owed for one object."""

    key: Key
    projection: Any
    """Its state in the first list; its last known one if it was not there any more."""
    counts: Entries
    whole: Whole = Whole()


class Owing:
    """The objects of a checkpoint that were not met again yet, and what is owed for those that were."""

    def __init__(self, before: Mapping[str, Standing] | None) -> None:
        self.compares = before is not None
        """Whether there is a checkpoint, and the first list is still being compared with it."""
        self._unmet = dict(before or {})
        self._debts: list[Debt] = []
        self.shown = False
        """Whether a scrape of everything was drawn after the first list ended."""

    def __len__(self) -> int:
        """How many objects are waited for."""
        return len(self._debts)

    def meet(self, uid: str) -> Standing | None:
        """Give an object as it was in the checkpoint, once; None if it is news."""
        return self._unmet.pop(uid, None)

    def owe(self, debt: Debt) -> None:
        """Keep what will be counted, unless it is nothing."""
        if debt.counts or debt.whole.entries:
            self._debts.append(debt)

    def end(self) -> dict[str, Standing]:
        """Everything has been told: give the objects of the checkpoint that were not met, and compare no more."""
        unmet, self._unmet, self.compares = self._unmet, {}, False
        return unmet

    def due(self, limit: int) -> list[Debt]:
        """Give what may be counted now, each once and up to ``limit``: nothing before everything was shown."""
        if not self.shown:
            return []
        debts, self._debts = self._debts[:limit], self._debts[limit:]
        return debts
