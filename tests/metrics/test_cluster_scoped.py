"""A kind whose objects live in no namespace."""

import pytest

from exporter.kube.objects import Key
from exporter.metrics.accounting import Plain
from exporter.metrics.family import Declaration, Family, Type
from exporter.metrics.ledger import Ledger
from exporter.metrics.rows import Column, Entries
from exporter.metrics.series import Latest
from exporter.store.delta import Added, Deleted, Synced
from tests.metrics.exposition import numbers, rendered
from tests.metrics.fruit import FRUITS, Fruit, record

TREES = Column(Family(name="trees", type=Type.GAUGE, help="Trees."))
OF_SORT = Column(Family(name="trees_by_sort", type=Type.GAUGE, help="Trees.", labels=("sort",)), by_group=True)
SEEN = Column(Family(name="tree_seen_timestamp_seconds", type=Type.GAUGE, help="When."), keeps=Latest)


class Trees(Plain):
    namespaced = False
    columns: tuple[Column, ...] = (TREES, OF_SORT, SEEN)
    group_labels = ("sort",)

    def group(self, projection: Fruit) -> tuple[str, ...]:
        return (projection.sort,)

    def gauges(self, projection: Fruit) -> Entries:
        return ((TREES, 1), (OF_SORT, 1))

    def baseline(self, new: Fruit) -> Entries:
        return ((SEEN, 7),)


def grown() -> Ledger:
    ledger = Ledger(Trees(), since=lambda: 0)
    for name, sort in (("a", "apple"), ("b", "apple"), ("c", "pear")):
        ledger.apply(Added(Key(name), record(name, Fruit(sort)), initial=True))
    ledger.apply(Synced())
    return ledger


def test_all_are_counted_in_one_row_without_a_label_for_a_namespace() -> None:
    ledger, last = grown(), record("a", Fruit("apple"))
    ledger.apply(Deleted(Key("a"), last, last))
    assert numbers(rendered(ledger)) == {
        ("trees", frozenset()): 2,
        ("trees_by_sort", frozenset({("sort", "apple")})): 1,
        ("trees_by_sort", frozenset({("sort", "pear")})): 1,
        ("tree_seen_timestamp_seconds", frozenset()): 7,
    }


def test_its_times_are_recalled_and_its_gauges_put_right() -> None:
    ledger = Ledger(Trees(), since=lambda: 0)
    ledger.recall(grown().marks())
    assert ledger.marks() == grown().marks()
    assert ledger.reconcile("", [Fruit("apple"), Fruit("pear")]) == 3
    assert ledger.reconcile("", [Fruit("apple"), Fruit("pear")]) == 0


class Misplaced(Trees):
    columns = (Column(FRUITS, "no"),)


def test_a_family_with_a_label_for_a_namespace_is_refused() -> None:
    with pytest.raises(Declaration):
        Ledger(Misplaced(), since=lambda: 0)
