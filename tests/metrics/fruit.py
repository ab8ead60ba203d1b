"""A kind small enough to see through: fruit in baskets, which ripens, is eaten or rots."""

from typing import NamedTuple

from exporter.kube.objects import Key
from exporter.metrics.accounting import Past, Plain
from exporter.metrics.family import Family, Type
from exporter.metrics.rows import Column, Entries
from exporter.store.delta import Added, Deleted, Record, Updated


class Fruit(NamedTuple):
    sort: str
    ripe: bool = False


FRUITS = Family(name="fruits", type=Type.GAUGE, help="Fruits in baskets.", labels=("namespace", "ripe"))
SORTS = Family(name="fruits_by_sort", type=Type.GAUGE, help="Fruits by sort.", labels=("namespace", "sort"))
PICKED = Family(name="fruit_picked_total", type=Type.COUNTER, help="Fruits that came.", labels=("namespace", "sort"))
RIPENED = Family(
    name="fruit_ripened_total", type=Type.COUNTER, help="Fruits that ripened.", labels=("namespace", "sort", "how")
)
EATEN = Family(name="fruit_eaten_total", type=Type.COUNTER, help="Fruits that went.", labels=("namespace",))

_HERE = {False: Column(FRUITS, "no"), True: Column(FRUITS, "yes")}
_OF_SORT = Column(SORTS, by_group=True)
_PICKED = Column(PICKED, by_group=True)
_BY_SUN = Column(RIPENED, "sun", by_group=True)
BY_GAS = Column(RIPENED, "gas", by_group=True, eager=False)
_EATEN = Column(EATEN)
_GAUGES: dict[bool, Entries] = {ripe: ((column, 1), (_OF_SORT, 1)) for ripe, column in _HERE.items()}


class FruitAccounting(Plain):
    columns: tuple[Column, ...] = (*_HERE.values(), _OF_SORT, _PICKED, _BY_SUN, BY_GAS, _EATEN)
    group_labels: tuple[str, ...] = ("sort",)

    def group(self, projection: Fruit) -> tuple[str, ...]:
        return (projection.sort,)

    def gauges(self, projection: Fruit) -> Entries:
        return _GAUGES[projection.ripe]

    def appeared(self, new: Fruit, past: Past, since: int) -> Entries:
        return () if past else ((_PICKED, 1),)

    def changed(self, old: Fruit, new: Fruit, past: Past) -> Entries:
        return ((_BY_SUN, 1),) if new.ripe and not old.ripe and "ripe" not in past else ()

    def vanished(self, last: Fruit, past: Past) -> Entries:
        return ((_EATEN, 1),)

    def remembered(self, past: Past, old: Fruit, new: Fruit | None) -> Past:
        outcome = "ripe" if old.ripe else None
        shown_on = new is not None and (new.ripe or not old.ripe)
        return past if shown_on or outcome in past else (*past, outcome)


def picked(basket: str, name: str, fruit: Fruit, *, initial: bool = False) -> Added:
    return Added(Key(f"{basket}/{name}"), record(name, fruit), initial)


def turned(basket: str, name: str, old: Fruit, new: Fruit) -> Updated:
    return Updated(Key(f"{basket}/{name}"), record(name, old), record(name, new))


def eaten(basket: str, name: str, fruit: Fruit) -> Deleted:
    return Deleted(Key(f"{basket}/{name}"), record(name, fruit), record(name, fruit))


def record(uid: str, fruit: Fruit) -> Record:
    return Record(uid, "1", b"", (), fruit)
