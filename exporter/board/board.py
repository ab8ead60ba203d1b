"""The board hears every delta, and knows who is in which order and in which phase."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from exporter.board.census import Census
from exporter.board.ranking import Order, Ranking
from exporter.store.delta import Added, Deleted, Delta, Updated


class Board:
    """A handler of deltas. One that changes no projection costs a comparison and a look for each order."""

    def __init__(self, orders: Mapping[str, Order], phase: Callable[[Any], str], phases: Iterable[str] = ()) -> None:
        """Begin with nothing.

        Args:
            orders: by the names under which they are asked for.
            phase: gives the phase of a projection; the words are few.
            phases: those that are told even when nothing is in them.
        """
        self._rankings = {name: Ranking(order) for name, order in orders.items()}
        self._each = tuple(self._rankings.values())
        self._phase = phase
        self._census = Census(phases)
        self._turns = 0

    @property
    def stamp(self) -> str:
        """A text that changes with whatever is counted of the objects."""
        return f"{self._turns:x}"

    @property
    def phases(self) -> Mapping[str, int]:
        """How many objects are in each phase. Not a copy."""
        return self._census.totals

    def namespaces(self) -> Mapping[str, Mapping[str, int]]:
        """The same for each namespace that has objects, without zeros. Not a copy."""
        return self._census.namespaces

    def ranking(self, order: str) -> Ranking:
        """An order by its name.

        Raises:
            KeyError: there is no such order.
        """
        return self._rankings[order]

    def apply(self, delta: Delta) -> None:
        """Take one delta. Deltas must come in order, and each object begin with ``Added``."""
        match delta:
            case Updated():
                self._updated(delta)
            case Added():
                self._turns += 1
                new = delta.new.projection
                self._census.enter(delta.key, self._phase(new))
                for ranking in self._each:
                    ranking.put(delta.key, new)
            case Deleted():
                self._turns += 1
                # Where it stands is where the cache had it; a deletion may have brought a newer state.
                old = delta.old.projection
                self._census.leave(delta.key, self._phase(old))
                for ranking in self._each:
                    ranking.drop(delta.key, old)
            case _:
                pass  # what else there is tells no news of an object

    def _updated(self, delta: Updated) -> None:
        old, new = delta.old.projection, delta.new.projection
        if old is new or old == new:
            for ranking in self._each:
                ranking.touch(new)
            return
        self._turns += 1
        before, after = self._phase(old), self._phase(new)
        if before != after:
            self._census.leave(delta.key, before)
            self._census.enter(delta.key, after)
        for ranking in self._each:
            ranking.move(delta.key, old, new)
