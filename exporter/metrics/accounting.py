"""What the objects of a kind amount to is said by an ``Accounting``; what was counted of each is remembered here.

An accounting is pure: it is asked about states of objects and answers with entries for columns. What it must know of
an object's past, so that nothing counts twice, it is told by the ledger.
"""

from collections.abc import Hashable
from typing import Any, Protocol, TypeAlias

import msgspec

from exporter.kube.objects import Key
from exporter.metrics.exemplar import ExemplarLabels
from exporter.metrics.family import Declaration, check_together
from exporter.metrics.rows import Column, Entries
from exporter.metrics.series import Due

Outcome: TypeAlias = Hashable
"""What names one ending of an object, such as the second in which it finished, or another thing that counts once."""
Past: TypeAlias = tuple[Outcome | None, ...]
"""The outcomes remembered of an object, each once: those it showed before and does not show now, and None if it ever
went without one. Empty for an object that never went (or too long ago)."""


class Whole(msgspec.Struct, frozen=True):
    """What only the whole object tells of something that was counted."""

    entries: Entries = ()
    """What is counted besides."""
    exemplar: ExemplarLabels = ()
    """What leads from the numbers to the object, for those columns that keep exemplars; empty for none."""


class Accounting(Protocol):
    """What the objects of a kind amount to. Pure; a projection is whatever the kind's ``read`` made of an object."""

    @property
    def namespaced(self) -> bool:
        """Whether objects live in namespaces; the families of others have no such label, and all have one row."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column there is. Families are rendered in the order of their first columns."""

    @property
    def group_labels(self) -> tuple[str, ...]:
        """The labels that tell groups apart."""

    def group(self, projection: Any) -> tuple[str, ...]:
        """Give the values of the group labels."""

    def gauges(self, projection: Any) -> Entries:
        """Give what an object contributes for as long as it is in the cache: whole amounts, so that sums are exact.

        An update posts what differs position by position: keep the order, and what rarely changes in front.
        """

    def expected(self, projection: Any) -> tuple[Column, ...]:
        """Give the columns that an object may soon be counted in, to be shown before it is. Constants, best of all."""

    def touched(self) -> Entries:
        """Count an update, whatever it brought."""

    def baseline(self, new: Any) -> Entries:
        """Give what an object of the first list shows without being news, only for columns that keep ``Latest``."""

    def appeared(self, new: Any, past: Past, since: int) -> Entries:
        """Count an object that is news. What ended before ``since`` (epoch seconds) happened in another life."""

    def changed(self, old: Any, new: Any, past: Past) -> Entries:
        """Count what differs between two states of an object."""

    def vanished(self, last: Any, past: Past) -> Entries:
        """Count an object's going; how it came to its last state has been counted by ``changed``."""

    def remembered(self, past: Past, old: Any, new: Any | None) -> Past:
        """Give the past of an object that leaves a state for another, or for none at all: never empty then."""

    def asks_whole(self, counts: Entries) -> bool:
        """Whether what was counted of an object is worth opening it for. Asked about everything that is counted."""

    def whole(self, key: Key, body: bytes, new: Any, counts: Entries) -> Whole:
        """Give what only the whole object tells about what was counted. Never raises; takes bounded time.

        NB When a deletion told of the last state, the body is that of the state before it.
        """

    def unsettled(self, projection: Any, since: int) -> bool:
        """Whether a checkpoint must hold an object: it may yet be counted, or was at or after ``since``."""


class Plain:
    """An accounting that counts no news: what a kind leaves unsaid. ``columns`` and ``gauges`` are always its own."""

    namespaced: bool = True
    group_labels: tuple[str, ...] = ()

    def group(self, projection: Any) -> tuple[str, ...]:  # noqa: ARG002 - a default
        """Tell no groups apart."""
        return ()

    def expected(self, projection: Any) -> tuple[Column, ...]:  # noqa: ARG002 - a default
        """Expect nothing."""
        return ()

    def touched(self) -> Entries:
        """Count no updates."""
        return ()

    def baseline(self, new: Any) -> Entries:  # noqa: ARG002 - a default
        """Show nothing that is not news."""
        return ()

    def appeared(self, new: Any, past: Past, since: int) -> Entries:  # noqa: ARG002 - a default
        """Count no news."""
        return ()

    def changed(self, old: Any, new: Any, past: Past) -> Entries:  # noqa: ARG002 - a default
        """Count no changes."""
        return ()

    def vanished(self, last: Any, past: Past) -> Entries:  # noqa: ARG002 - a default
        """Count no goings."""
        return ()

    def remembered(self, past: Past, old: Any, new: Any | None) -> Past:  # noqa: ARG002 - a default
        """Remember nothing: nothing counts, so nothing counts twice."""
        return past

    def asks_whole(self, counts: Entries) -> bool:  # noqa: ARG002 - a default
        """Never open an object."""
        return False

    def whole(self, key: Key, body: bytes, new: Any, counts: Entries) -> Whole:  # noqa: ARG002 - a default
        """Give nothing."""
        return Whole()

    def unsettled(self, projection: Any, since: int) -> bool:  # noqa: ARG002 - a default
        """Leave every object out of a checkpoint."""
        return False


def check_columns(accounting: Accounting, *, timeless: bool) -> None:
    """Make sure that all columns fit the rows of their kind, and that none follows a clock where there is none.

    Raises:
        Declaration: they do not, or two families clash.
    """
    check_together({column.family: None for column in accounting.columns})
    namespace = ("namespace",) if accounting.namespaced else ()
    for column in accounting.columns:
        row = (*namespace, *accounting.group_labels) if column.by_group else namespace
        labels = column.family.labels
        if labels[: len(row)] != row or len(labels) != len(row) + len(column.values):
            raise Declaration(f"family {column.family.name!r}: a column does not fit the labels {labels}")
        if timeless and (column.keeps is Due or column.exemplars):
            raise Declaration(f"family {column.family.name!r}: needs a clock, and none was given")


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
