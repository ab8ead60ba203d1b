"""Which row the objects of a name are counted in: its own, while there is room, or one shared with others.

Rows are opened as names turn up, up to a limit; the names beyond it share one row, so that their numbers are coarse
and not lost.
"""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from exporter.metrics.rows import Row

NameT = TypeVar("NameT")
RowT = TypeVar("RowT", bound=Row)


class Quota:
    """How many rows may be open at a time; shared by all that take from the same limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self.refused = 0
        """How often a name had to go into an overflow row, here or because a part of the whole was full."""


class Place(Generic[RowT]):
    """Where the objects of one name are counted, and how many they are."""

    __slots__ = ("empty_since", "objects", "row")

    def __init__(self, row: RowT) -> None:
        self.row = row
        self.objects = 0
        self.empty_since: float | None = None


class Rows(Generic[NameT, RowT]):
    """Rows by name, each with a count of its objects.

    A name keeps its row for as long as an object is in it. A name in the overflow row is forgotten with its last
    object; any other is kept at hand for a while, so that its counters do not begin again after every quiet hour.
    """

    def __init__(self, limit: int, quota: Quota, open_row: Callable[[NameT | None], RowT]) -> None:
        """Take a row for up to ``limit`` names, each from ``quota``; ``open_row(None)`` opens the overflow row."""
        self._limit = limit
        self._quota = quota
        self._open = open_row
        self._places: dict[NameT, Place[RowT]] = {}
        self._owned = 0
        self._overflow: RowT | None = None

    def __getitem__(self, name: NameT) -> RowT:
        """The row of a name that is kept."""
        return self._places[name].row

    def __contains__(self, name: object) -> bool:
        """Whether a name is kept."""
        return name in self._places

    def __iter__(self) -> Iterator[RowT]:
        """All rows, the overflow row included."""
        yield from (place.row for place in self._places.values() if place.row is not self._overflow)
        if self._overflow is not None:
            yield self._overflow

    def enter(self, name: NameT) -> RowT:
        """Count an object in; gives its row, which is opened when the name is new."""
        place = self._places.get(name) or self._seat(name)
        place.objects += 1
        place.empty_since = None
        return place.row

    def leave(self, name: NameT) -> RowT:
        """Count an object out again; gives the row that it was in."""
        place = self._places[name]
        place.objects -= 1
        if not place.objects and place.row is self._overflow:
            del self._places[name]
        return place.row

    def reserve(self, name: NameT) -> RowT | None:
        """The own row of a name, opened without an object if there is room; None if the name has none."""
        if name not in self._places:
            if not self._has_room():
                return None
            self._seat(name)
        return None if self.shares(name) else self[name]

    def names(self) -> tuple[NameT, ...]:
        """All names, with objects or lately without."""
        return tuple(self._places)

    def counted(self) -> Iterator[tuple[RowT, int]]:
        """All rows, each with how many objects are in it; the overflow row comes last."""
        shared = 0
        for place in self._places.values():
            if place.row is self._overflow:
                shared += place.objects
            else:
                yield place.row, place.objects
        if self._overflow is not None:
            yield self._overflow, shared

    def shares(self, name: NameT) -> bool:
        """Whether a name that is kept has no row of its own."""
        return self._places[name].row is self._overflow

    def recount(self, name: NameT, objects: int) -> None:
        """Let exactly so many objects be in; the row is opened, or the name forgotten, as if they had come or gone."""
        if not objects and name not in self._places:
            return
        place = self._places.get(name) or self._seat(name)
        place.objects = objects
        if objects:
            place.empty_since = None
        elif place.row is self._overflow:
            del self._places[name]

    def expire(self, now: float, keep: float) -> None:
        """Close the rows whose last object left ``keep`` seconds ago, as far as earlier calls can tell."""
        for name, place in list(self._places.items()):
            if place.objects:
                continue
            if place.empty_since is None:
                place.empty_since = now
            elif now - place.empty_since >= keep:
                self._drop(name, place)

    def close(self) -> None:
        """Close every row."""
        for row in self:
            row.close()
        self._quota.taken -= self._owned

    def _has_room(self) -> bool:
        return self._owned < self._limit and self._quota.taken < self._quota.limit

    def _seat(self, name: NameT) -> Place[RowT]:
        if self._has_room():
            self._owned += 1
            self._quota.taken += 1
            row = self._open(name)
        else:
            self._quota.refused += 1
            row = self._overflow = self._overflow or self._open(None)
        place = self._places[name] = Place(row)
        return place

    def _drop(self, name: NameT, place: Place[RowT]) -> None:
        place.row.close()
        del self._places[name]
        self._owned -= 1
        self._quota.taken -= 1
