"""The ledger turns deltas into running totals for each namespace and group; a scrape is then a join.

What a delta means is the business of an ``Accounting``, which is pure; the ledger keeps the state: the series, who
is counted where, and what was counted about objects that can come back. Nothing here grows with the number of
objects except a count for each name that has no row of its own, and for each time that is compared with others;
rendering costs by series, never by objects.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias

import msgspec

from exporter.kube.objects import Key
from exporter.metrics.accounting import Accounting, Outcomes, Whole, check_columns
from exporter.metrics.exemplar import fitting
from exporter.metrics.marks import Mark, marks_of, put_back
from exporter.metrics.namespaces import (
    Group,
    LedgerLimits,
    Namespaces,
    RowPair,
    expect,
    note,
    open_columns,
    post,
    repost,
)
from exporter.metrics.owing import Debt, Owing, Standing
from exporter.metrics.rows import Column, Entries, Row, Sheet
from exporter.metrics.text import Format
from exporter.store.delta import Added, Deleted, Delta, Record, Synced, Updated

__all__ = ["Ledger", "LedgerLimits", "LedgerStatistics", "Listener", "Mark"]

CATCH_UP_OBJECTS = 1_000
"""Objects whose counts are caught up with at a time, in some 5 ms."""


class LedgerStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger about itself."""

    series: int
    namespaces: int
    namespaces_overflowed: int
    """How often a namespace got no row of its own since the start."""
    groups: int
    groups_overflowed: int
    """How often a group got no row of its own since the start."""


Listener: TypeAlias = Callable[[Key, Any, Entries], None]
"""Is told an object, what it is now, and what was just counted of it. What it raises stops the counting: do not."""


class Ledger:
    """A handler of deltas that owns the totals of one kind."""

    def __init__(  # noqa: PLR0913 - keyword settings, each with a default
        self,
        accounting: Accounting,
        *,
        since: Callable[[], float],
        limits: LedgerLimits | None = None,
        now: Callable[[], float] | None = None,
        open_body: Callable[[Record], bytes] | None = None,
        before: Mapping[str, Standing] | None = None,
    ) -> None:
        """Begin with nothing.

        Args:
            accounting: what the kind's objects amount to.
            since: gives the epoch seconds of the start (or of the checkpoint), by the clock of those who write the
                objects' times: what happened earlier is never counted. Asked when needed; rounded down, because
                servers write whole seconds.
            limits: how much is told apart.
            now: gives the epoch seconds by the same clock; needed by columns that keep ``Due`` or exemplars.
            open_body: gives the bytes of an object that the store holds; without it no object is opened.
            before: a checkpoint's objects by uid. The first list is then compared with it, and what happened in between
                is owed until ``catch_up``. Without it the first list is a baseline: nothing of it counts.

        Raises:
            Declaration: the columns do not fit their families, two families clash, or a clock is needed.
        """
        self._accounting = accounting
        self._since = since
        self._now = now or since
        self._open_body = open_body
        self._sheet = Sheet(accounting.columns)
        check_columns(accounting, timeless=now is None)
        limits = limits or LedgerLimits()
        self._outcomes = Outcomes(limits.memory)
        self._namespaces = Namespaces(
            self._sheet, limits, namespaced=accounting.namespaced, group_labels=len(accounting.group_labels)
        )
        self._owing = Owing(before)
        self._listeners: list[Listener] = []
        self._counted: dict[Column, float] = {}
        self._whole = False

    def listen(self, listener: Listener) -> None:
        """Tell of everything that is counted of an object from now on, and of what the first list shows of each."""
        self._listeners.append(listener)

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
                self._synced()
            case _:
                pass  # Resynced brings no news.

    def expire(self, now: float) -> None:
        """Let go of namespaces and groups that have been without objects for long; ``now`` in seconds of any clock.

        A row's emptiness begins with the first call that finds it empty, so call this now and then (each minute, say).
        """
        self._namespaces.expire(now)

    @property
    def owes(self) -> int:
        """How many objects have counts that wait for ``catch_up``."""
        return len(self._owing)

    def catch_up(self) -> bool:
        """Count some of what is owed, once all families have been drawn since the first list ended.

        Call it now and then, and again soon if it says that more can be counted.
        """
        for debt in self._owing.due(CATCH_UP_OBJECTS):
            here = self._namespaces.visit(debt.key, self._accounting.group(debt.projection))
            self._count(here, debt.key, debt.projection, debt.counts, debt.whole)
        return self._owing.shown and bool(self._owing)

    def marks(self) -> list[Mark]:
        """Give all series that remember a time but those of overflow rows, to be recalled after a restart."""
        return marks_of(self._namespaces)

    def recall(self, marks: Iterable[Mark]) -> None:
        """Show again what ``marks`` gave, as far as there is a place for it. Call it before the first delta."""
        put_back(marks, self._sheet.columns, self._namespaces)

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
        members: defaultdict[Group, list[Entries]] = defaultdict(list)
        for projection in projections:
            members[self._accounting.group(projection)].append(self._accounting.gauges(projection))
        return self._namespaces.settle(namespace, members)

    def slices(self, fmt: Format, names: AbstractSet[str] = frozenset()) -> Iterator[bytes]:
        """Give all families (or those named) in slices of about 256 kB, without the end of the exposition.

        All slices tell of the moment of this call, however long the caller takes to draw them. Nothing is given
        before the first list has been told whole.
        """
        if not self._whole:
            return iter(())
        self._sheet.advance(self._now())
        slices = self._sheet.slices(fmt, names)
        return slices if names else self._drawn(slices)

    def statistics(self) -> LedgerStatistics:
        """How much is kept."""
        return LedgerStatistics(
            series=self._sheet.series_count,
            namespaces=self._namespaces.quota.taken,
            namespaces_overflowed=self._namespaces.quota.refused,
            groups=self._namespaces.group_quota.taken,
            groups_overflowed=self._namespaces.group_quota.refused,
        )

    def _drawn(self, slices: Iterator[bytes]) -> Iterator[bytes]:
        yield from slices
        self._owing.shown = True

    def _synced(self) -> None:
        self._whole = True
        for uid, (key, last) in self._owing.end().items():
            here = self._namespaces.visit(key, self._accounting.group(last))
            self._outcomes.keep(uid, self._accounting.remembered((), last, None))
            self._owe(here, Debt(key, last, self._accounting.vanished(last, ())))

    def _added(self, delta: Added) -> None:
        key, uid, new = delta.key, delta.new.uid, delta.new.projection
        past = self._outcomes.past(uid)
        counts = () if delta.initial else self._accounting.appeared(new, past, self._start())
        here = self._namespaces.enter(key, self._accounting.group(new))
        expect(here, self._accounting.expected(new))
        post(here, self._accounting.gauges(new), 1)
        if delta.initial:
            self._begin(here, key, new)
        before = self._owing.meet(uid) if self._owing.compares else None
        if before is not None or (delta.initial and self._owing.compares):
            self._compare(here, delta, before)
        else:
            self._count(here, key, new, counts, self._open(key, delta.new, counts))

    def _begin(self, here: RowPair, key: Key, new: Any) -> None:
        baseline = self._accounting.baseline(new)
        if baseline:
            post(here, baseline, 1)
            self._tell(key, new, baseline)

    def _compare(self, here: RowPair, delta: Added, before: Standing | None) -> None:
        accounting, key, uid, new = self._accounting, delta.key, delta.new.uid, delta.new.projection
        if before is None:
            counts = accounting.appeared(new, (), self._start())
        elif before[1] == new:
            return
        else:
            counts = accounting.changed(before[1], new, ())
            self._outcomes.keep(uid, accounting.remembered((), before[1], new))
        self._owe(here, Debt(key, new, counts, self._open(key, delta.new, counts)))

    def _owe(self, here: RowPair, debt: Debt) -> None:
        # The zeros of what will be counted are shown at once.
        expect(here, self._accounting.expected(debt.projection))
        open_columns(here, (column for column, _ in (*debt.counts, *debt.whole.entries)))
        self._owing.owe(debt)

    def _updated(self, delta: Updated) -> None:
        old, new = delta.old.projection, delta.new.projection
        here = self._namespaces.find(delta.key, self._accounting.group(old))
        post(here, self._accounting.touched(), 1)
        if old is not new and old != new:
            self._change(here, delta.key, delta.new, old)

    def _deleted(self, delta: Deleted) -> None:
        key, old, last, uid = delta.key, delta.old.projection, delta.last.projection, delta.last.uid
        if old is not last and old != last:
            self._change(self._namespaces.find(key, self._accounting.group(old)), key, delta.last, old)
        past = self._outcomes.past(uid)
        counts = self._accounting.vanished(last, past)
        here = self._namespaces.leave(key, self._accounting.group(last))
        post(here, self._accounting.gauges(last), -1)
        self._outcomes.keep(uid, self._accounting.remembered(past, last, None))
        self._count(here, key, last, counts, self._open(key, delta.last, counts))

    def _change(self, here: RowPair, key: Key, record: Record, old: Any) -> None:
        accounting, uid, new = self._accounting, record.uid, record.projection
        past = self._outcomes.past(uid)
        counts = accounting.changed(old, new, past)
        into = self._move(here, key, old, new)
        expect(into, accounting.expected(new))
        repost(here, into, accounting.gauges(old), accounting.gauges(new))
        kept = accounting.remembered(past, old, new)
        if kept != past:
            self._outcomes.keep(uid, kept)
        if counts:
            self._count(into, key, new, counts, self._open(key, record, counts))

    def _open(self, key: Key, record: Record, counts: Entries) -> Whole:
        if not counts or self._open_body is None or not self._accounting.asks_whole(counts):
            return _UNOPENED
        return self._accounting.whole(key, self._open_body(record), record.projection, counts)

    def _count(self, here: RowPair, key: Key, projection: Any, counts: Entries, whole: Whole) -> None:
        counts = (*counts, *whole.entries) if whole.entries else counts
        if not counts:
            return
        post(here, counts, 1)
        counted = self._counted
        for column, amount in counts:
            counted[column] = counted.get(column, 0) + amount
        if whole.exemplar:
            note(here, counts, fitting(whole.exemplar), self._now())
        self._tell(key, projection, counts)

    def _tell(self, key: Key, projection: Any, entries: Entries) -> None:
        for listener in self._listeners:
            listener(key, projection, entries)

    def _move(self, here: RowPair, key: Key, old: Any, new: Any) -> RowPair:
        before, after = self._accounting.group(old), self._accounting.group(new)
        if before == after:
            return here
        # Enter first: a name in the overflow row would be forgotten between leaving and entering.
        into = self._namespaces.enter(key, after)
        self._namespaces.leave(key, before)
        return into

    def _start(self) -> int:
        return int(self._since() // 1)


_UNOPENED = Whole()


def _value(row: Row, column: Column) -> float:
    series = row.cells.get(column)  # to index would open it
    return series.value if series is not None else 0
