"""The ledger turns deltas into running totals for each namespace and group; a scrape is then a join.

What a delta means is the business of an ``Accounting``, which is pure; the ledger keeps the state: the numbers, who
is counted where, and what was counted about objects that can come back. Nothing here grows with the number of
objects except a count for each name that has no row of its own, and rendering costs by series, never by objects.
"""

from collections.abc import Callable, Hashable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any, Protocol, TypeAlias

import msgspec

from exporter.kube.objects import Key, split_key
from exporter.metrics.family import Declaration, check_together
from exporter.metrics.rows import OVERFLOW, Column, Entries, Quota, Row, Rows, Series, Sheet
from exporter.metrics.text import Format
from exporter.store.delta import Added, Deleted, Delta, Synced, Updated

DAY = 86_400
SLICE_LINES = 1_024
"""Lines after which a slice of a rendering ends, at most twice that: some 150 to 300 kB, and 1 or 2 ms to write."""

Outcome: TypeAlias = Hashable
"""What names one ending of an object, such as the second in which it finished."""
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
        """Give what an object contributes for as long as it is in the cache."""

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


class LedgerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is told apart; the rest goes into rows named ``__overflow__``."""

    namespaces: int = 500
    groups: int = 1_000
    """Groups in all namespaces together; the same group in two namespaces is two."""
    groups_of_namespace: int = 100
    keep_seconds: float = 7 * DAY
    """How long a group or namespace without objects stays. Keep it over the longest window of any alert."""
    memory: int = 10_000
    """Objects gone (or begun anew) of which the outcomes are remembered."""


class LedgerStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger about itself."""

    series: int
    namespaces: int
    namespaces_overflowed: int
    """How often a namespace got no row of its own since the start."""
    groups: int
    groups_overflowed: int
    """How often a group got no row of its own since the start."""


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


class NamespaceRow(Row):
    """The numbers of a namespace, and the rows of its groups."""

    __slots__ = ("groups",)

    def __init__(self, sheet: Sheet, namespace: str, groups: "Rows[tuple[str, ...], Row]") -> None:
        super().__init__(sheet, (namespace,), by_group=False)
        self.groups = groups

    def close(self) -> None:
        """End all series of the namespace and of its groups."""
        super().close()
        self.groups.close()


RowPair: TypeAlias = tuple[NamespaceRow, Row]
"""Where one object is counted: its namespace, and its group in there."""


class Ledger:
    """A handler of deltas that owns the totals of one kind."""

    def __init__(
        self, accounting: Accounting, *, since: Callable[[], float], limits: LedgerLimits | None = None
    ) -> None:
        """Begin with nothing.

        Args:
            accounting: what the kind's objects amount to.
            since: gives the epoch seconds of the start, by the clock of those who write the objects' times: what
                happened earlier is never counted. Asked when needed; rounded down, because servers
                write whole seconds.
            limits: how much is told apart.

        Raises:
            Declaration: the columns do not fit their families, or two families clash.
        """
        self._accounting = accounting
        self._since = since
        self._limits = limits or LedgerLimits()
        self._sheet = Sheet(accounting.columns)
        _check(accounting)
        self._outcomes = Outcomes(self._limits.memory)
        self._group_quota = Quota(self._limits.groups)
        self._namespace_quota = Quota(self._limits.namespaces)
        self._namespaces = Rows(self._limits.namespaces, self._namespace_quota, self._open_namespace)
        self._whole = False

    def apply(self, delta: Delta) -> None:
        """Take one delta into the totals. Deltas must come in order, and each object begin with ``Added``."""
        match delta:
            case Updated():
                self._updated(delta)
            case Added():
                self._added(delta)
            case Deleted():
                self._deleted(delta)
            case Synced():
                self._whole = True
            case _:
                pass  # Resynced brings no news.

    def expire(self, now: float) -> None:
        """Let go of namespaces and groups that have been without objects for long; ``now`` in seconds of any clock.

        A row's emptiness begins with the first call that finds it empty, so call this now and then (each minute, say).
        """
        for row in self._namespaces:
            row.groups.expire(now, self._limits.keep_seconds)
        self._namespaces.expire(now, self._limits.keep_seconds)

    def slices(self, fmt: Format, names: AbstractSet[str] = frozenset()) -> Iterator[bytes]:
        """Give all families (or those named) in slices of about 256 kB, without the end of the exposition.

        All slices tell of the moment of this call, however long the caller takes to draw them: the numbers are copied
        here, and the drawing writes those lines anew whose number is not the one last written. Nothing is given
        before the first list has been told whole.
        """
        if not self._whole:
            return iter(())
        accounts = [account for account in self._sheet if account and account.family.is_asked(names)]
        return _slices([(account.head(fmt), list(account), account.values()) for account in accounts])

    def statistics(self) -> LedgerStatistics:
        """How much is kept."""
        return LedgerStatistics(
            series=self._sheet.series_count,
            namespaces=self._namespace_quota.taken,
            namespaces_overflowed=self._namespace_quota.refused,
            groups=self._group_quota.taken,
            groups_overflowed=self._group_quota.refused,
        )

    def _added(self, delta: Added) -> None:
        new = delta.new.projection
        past = self._outcomes.past(delta.new.uid)
        counts = () if delta.initial else self._accounting.appeared(new, past, int(self._since() // 1))
        namespace, group = self._enter(delta.key, new)
        _post(namespace, group, self._accounting.gauges(new), 1)
        _post(namespace, group, counts, 1)

    def _updated(self, delta: Updated) -> None:
        old, new = delta.old.projection, delta.new.projection
        here = self._find(delta.key, old)
        _post(*here, self._accounting.touched(), 1)
        if old is not new and old != new:
            self._change(here, delta.key, delta.new.uid, old, new)

    def _deleted(self, delta: Deleted) -> None:
        old, last, uid = delta.old.projection, delta.last.projection, delta.last.uid
        if old is not last and old != last:
            self._change(self._find(delta.key, old), delta.key, uid, old, last)
        past = self._outcomes.past(uid)
        counts = self._accounting.vanished(last, past)
        namespace, group = self._leave(delta.key, last)
        _post(namespace, group, self._accounting.gauges(last), -1)
        _post(namespace, group, counts, 1)
        self._outcomes.keep(uid, self._accounting.remembered(past, last, None))

    def _change(self, here: RowPair, key: Key, uid: str, old: Any, new: Any) -> None:
        accounting, past = self._accounting, self._outcomes.past(uid)
        counts = accounting.changed(old, new, past)
        into = self._move(here, key, old, new)
        before, after = accounting.gauges(old), accounting.gauges(new)
        if before is not after or here is not into:
            _post(*here, before, -1)
            _post(*into, after, 1)
        _post(*into, counts, 1)
        kept = accounting.remembered(past, old, new)
        if kept != past:
            self._outcomes.keep(uid, kept)

    def _move(self, here: RowPair, key: Key, old: Any, new: Any) -> RowPair:
        if self._accounting.group(old) == self._accounting.group(new):
            return here
        # Enter first: a name in the overflow row would be forgotten between leaving and entering.
        into = self._enter(key, new)
        self._leave(key, old)
        return into

    def _find(self, key: Key, projection: Any) -> RowPair:
        namespace = self._namespaces[split_key(key)[0]]
        return namespace, namespace.groups[self._accounting.group(projection)]

    def _enter(self, key: Key, projection: Any) -> RowPair:
        namespace = self._namespaces.enter(split_key(key)[0])
        return namespace, namespace.groups.enter(self._accounting.group(projection))

    def _leave(self, key: Key, projection: Any) -> RowPair:
        namespace = self._namespaces.leave(split_key(key)[0])
        return namespace, namespace.groups.leave(self._accounting.group(projection))

    def _open_namespace(self, name: str | None) -> NamespaceRow:
        label = OVERFLOW if name is None else name

        def open_group(group: tuple[str, ...] | None) -> Row:
            values = (OVERFLOW,) * len(self._accounting.group_labels) if group is None else group
            return Row(self._sheet, (label, *values), by_group=True)

        # The namespaces that share a row share one group as well.
        limit = 0 if name is None else self._limits.groups_of_namespace
        return NamespaceRow(self._sheet, label, Rows(limit, self._group_quota, open_group))


def _post(namespace: Row, group: Row, entries: Entries, sign: int) -> None:
    for column, amount in entries:
        (group if column.by_group else namespace).add(column, sign * amount)


def _slices(blocks: list[tuple[bytes, list[Series], list[float]]]) -> Iterator[bytes]:
    parts: list[bytes] = []
    for head, series, values in blocks:
        parts.append(head)
        for start in range(0, len(series), SLICE_LINES):
            end = start + SLICE_LINES
            parts += map(Series.write, series[start:end], values[start:end])
            if len(parts) >= SLICE_LINES:
                yield b"".join(parts)
                parts = []
    if parts:
        yield b"".join(parts)


def _check(accounting: Accounting) -> None:
    check_together({column.family: None for column in accounting.columns})
    for column in accounting.columns:
        row = ("namespace", *accounting.group_labels) if column.by_group else ("namespace",)
        labels = column.family.labels
        if labels[: len(row)] != row or len(labels) != len(row) + len(column.values):
            raise Declaration(f"family {column.family.name!r}: a column does not fit the labels {labels}")
