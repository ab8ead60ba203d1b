"""What the objects of a kind amount to is said by an ``Accounting``; what was counted of each is remembered here.

An accounting is pure: it is asked about states of objects and answers with entries for columns. What it must know of
an object's past, so that nothing counts twice, it is told by the ledger.
"""

from collections.abc import Hashable
from typing import Any, Protocol, TypeAlias

from exporter.metrics.rows import Column, Entries

Outcome: TypeAlias = Hashable
"""What names one ending of an object, such as the second in which it finished, or another thing that counts once."""
Past: TypeAlias = tuple[Outcome | None, ...]
"""The outcomes remembered of an object, each once: those it showed before and does not show now, and None if it ever
went without one. Empty for an object that never went (or too long ago)."""


class Accounting(Protocol):
    """What the objects of a kind amount to. Pure; a projection is whatever the kind's ``read`` made of an object."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column there is. Families are rendered in the order of their first columns."""

    @property
    def group_labels(self) -> tuple[str, ...]:
        """The labels that tell groups apart."""

    def group(self, projection: Any) -> tuple[str, ...]:
        """Give the values of the group labels."""

    def gauges(self, projection: Any) -> Entries:
        """Give what an object contributes for as long as it is in the cache: whole amounts, so that sums are exact."""

    def expected(self, projection: Any) -> tuple[Column, ...]:
        """Give the columns that an object may soon be counted in, to be shown before it is. Constants, best of all."""

    def touched(self) -> Entries:
        """Count an update, whatever it brought."""

    def appeared(self, new: Any, past: Past, since: int) -> Entries:
        """Count an object that is news. What ended before ``since`` (epoch seconds) happened in another life."""

    def changed(self, old: Any, new: Any, past: Past) -> Entries:
        """Count what differs between two states of an object."""

    def vanished(self, last: Any, past: Past) -> Entries:
        """Count an object's going; how it came to its last state has been counted by ``changed``."""

    def remembered(self, past: Past, old: Any, new: Any | None) -> Past:
        """Give the past of an object that leaves a state for another, or for none at all: never empty then."""


LONGEST_PAST = 32
"""Outcomes remembered of one object: an endless retry must not cost more with each attempt."""


class Outcomes:
    """Past outcomes of objects by uid; of ``limit`` objects at most, the longest untouched one is forgotten first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._past: dict[str, Past] = {}

    def past(self, uid: str) -> Past:
        """What is remembered of an object."""
        return self._past.get(uid, ())

    def keep(self, uid: str, past: Past) -> None:
        """Remember this of an object, and nothing else."""
        self._past.pop(uid, None)
        if past:
            self._past[uid] = past[-LONGEST_PAST:]
        if len(self._past) > self._limit:
            del self._past[next(iter(self._past))]
