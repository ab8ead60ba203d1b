"""The ledger turns deltas into running totals for each namespace and group; a scrape is then a join.

What a delta means is the business of an ``Accounting``, which is pure; the ledger keeps the state: the series, who
is counted where, and what was counted about objects that can come back. Nothing here grows with the number of
objects except a count for each name that has no row of its own, and for each time that may be the oldest; rendering
costs by series, never by objects.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias

import msgspec

from exporter.kube.objects import Key, split_key
from exporter.metrics.accounting import Accounting, Outcomes
from exporter.metrics.family import Declaration, check_together
from exporter.metrics.places import Quota, Rows
from exporter.metrics.rows import OVERFLOW, Column, Entries, Row, Sheet, Snapshot
from exporter.metrics.text import Format
from exporter.store.delta import Added, Deleted, Delta, Synced, Updated

DAY = 86_400
SLICE_LINES = 1_024
"""Lines after which a slice of a rendering ends, at most twice that: some 150 to 300 kB, and 1 or 2 ms to write."""


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
        self._namespaces: Rows[str, NamespaceRow] = Rows(
            self._limits.namespaces, self._namespace_quota, self._open_namespace
        )
        self._counted: dict[Column, float] = {}
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

    def namespaces(self) -> tuple[str, ...]:
        """All namespaces that are kept, with objects or lately without."""
        return self._namespaces.names()

    def totals(self, columns: Iterable[Column]) -> tuple[float, ...]:
        """Give what was counted in each of some columns since the start, in all rows, those included that expired.

        It is kept for what objects are counted in as they come, change and go: neither for gauges, nor for updates that
        bring no news.
        """
        return tuple(self._counted.get(column, 0) for column in columns)

    def groups(self, columns: Sequence[Column]) -> Iterator[tuple[tuple[str, ...], int, tuple[float, ...]]]:
        """Give for each group, with objects or lately without: the labels of its row, its objects, and its numbers.

        Those of the overflow rows are told together, as in the metrics. The numbers are those of the columns asked for.
        """
        for namespace in self._namespaces:
            for group, objects in namespace.groups.counted():
                yield group.labels, objects, tuple([_value(group, column) for column in columns])

    def reconcile(self, namespace: str, projections: Iterable[Any]) -> int:
        """Put the gauges of a namespace right by all the objects that are in it; give how many series were wrong.

        That is 0 unless deltas were lost, or handled only in part. Counters are left as they are, and so is a
        namespace without a row of its own: its objects are counted together with those of others.
        """
        if namespace in self._namespaces and self._namespaces.shares(namespace):
            return 0
        members: defaultdict[tuple[str, ...], list[Any]] = defaultdict(list)
        for projection in projections:
            members[self._accounting.group(projection)].append(projection)
        self._namespaces.recount(namespace, sum(map(len, members.values())))
        if namespace not in self._namespaces or self._namespaces.shares(namespace):
            return 0
        row = self._namespaces[namespace]
        for group in {*row.groups.names(), *members}:
            row.groups.recount(group, len(members.get(group, ())))
        amounts = self._amounts(row, members)
        return sum(each.settle(amounts[each]) for each in (row, *row.groups))

    def slices(self, fmt: Format, names: AbstractSet[str] = frozenset()) -> Iterator[bytes]:
        """Give all families (or those named) in slices of about 256 kB, without the end of the exposition.

        All slices tell of the moment of this call, however long the caller takes to draw them: the values are copied
        here, and the drawing writes those lines anew whose value is not the one last written. Nothing is given
        before the first list has been told whole.
        """
        if not self._whole:
            return iter(())
        asked = [account for account in self._sheet if account.family.is_asked(names)]
        return _slices([snapshot for account in asked if (snapshot := account.snapshot(fmt))])

    def statistics(self) -> LedgerStatistics:
        """How much is kept."""
        return LedgerStatistics(
            series=self._sheet.series_count,
            namespaces=self._namespace_quota.taken,
            namespaces_overflowed=self._namespace_quota.refused,
            groups=self._group_quota.taken,
            groups_overflowed=self._group_quota.refused,
        )

    def _amounts(
        self, namespace: NamespaceRow, members: Mapping[tuple[str, ...], list[Any]]
    ) -> defaultdict[Row, defaultdict[Column, list[float]]]:
        """Give what the gauges of each row should hold."""
        amounts: defaultdict[Row, defaultdict[Column, list[float]]] = defaultdict(lambda: defaultdict(list))
        for group, projections in members.items():
            of_namespace, of_group = amounts[namespace], amounts[namespace.groups[group]]
            for projection in projections:
                for column, amount in self._accounting.gauges(projection):
                    (of_group if column.by_group else of_namespace)[column].append(amount)
        return amounts

    def _added(self, delta: Added) -> None:
        new = delta.new.projection
        past = self._outcomes.past(delta.new.uid)
        counts = () if delta.initial else self._accounting.appeared(new, past, int(self._since() // 1))
        namespace, group = self._enter(delta.key, new)
        _expect(namespace, group, self._accounting.expected(new))
        _post(namespace, group, self._accounting.gauges(new), 1)
        self._count(namespace, group, counts)

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
        self._count(namespace, group, counts)
        self._outcomes.keep(uid, self._accounting.remembered(past, last, None))

    def _change(self, here: RowPair, key: Key, uid: str, old: Any, new: Any) -> None:
        accounting, past = self._accounting, self._outcomes.past(uid)
        counts = accounting.changed(old, new, past)
        into = self._move(here, key, old, new)
        _expect(*into, accounting.expected(new))
        before, after = accounting.gauges(old), accounting.gauges(new)
        if before != after or here is not into:
            _post(*here, before, -1)
            _post(*into, after, 1)
        self._count(*into, counts)
        kept = accounting.remembered(past, old, new)
        if kept != past:
            self._outcomes.keep(uid, kept)

    def _count(self, namespace: Row, group: Row, counts: Entries) -> None:
        _post(namespace, group, counts, 1)
        for column, amount in counts:
            self._counted[column] = self._counted.get(column, 0) + amount

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


def _value(row: Row, column: Column) -> float:
    series = row.cells.get(column)  # to index would open it
    return series.value if series is not None else 0


def _post(namespace: Row, group: Row, entries: Entries, sign: int) -> None:
    for column, amount in entries:
        (group if column.by_group else namespace).cells[column].post(amount, sign)


def _expect(namespace: Row, group: Row, columns: tuple[Column, ...]) -> None:
    # Asked at nearly every delta, and mostly for what was asked for the last time.
    if columns is group.expected or not columns:
        return
    group.expected = columns
    group.open(column for column in columns if column.by_group)
    namespace.open(column for column in columns if not column.by_group)


def _slices(snapshots: list[Snapshot]) -> Iterator[bytes]:
    parts: list[bytes] = []
    lines = 0
    for snapshot in snapshots:
        parts.append(snapshot.head)
        step = max(1, SLICE_LINES // snapshot.lines)
        for start in range(0, len(snapshot.series), step):
            end = start + step
            parts += map(snapshot.write, snapshot.series[start:end], snapshot.values[start:end])
            lines += len(snapshot.series[start:end]) * snapshot.lines
            if lines >= SLICE_LINES:
                yield b"".join(parts)
                parts, lines = [], 0
    if parts:
        yield b"".join(parts)


def _check(accounting: Accounting) -> None:
    check_together({column.family: None for column in accounting.columns})
    for column in accounting.columns:
        row = ("namespace", *accounting.group_labels) if column.by_group else ("namespace",)
        labels = column.family.labels
        if labels[: len(row)] != row or len(labels) != len(row) + len(column.values):
            raise Declaration(f"family {column.family.name!r}: a column does not fit the labels {labels}")
