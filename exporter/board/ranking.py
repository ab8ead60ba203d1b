"""Some objects in an order that people look at: counted by tag, and cut into parts from any place on.

An object stands twice, with its tag and with its namespace, so that both can be asked for alone; all of them are
merged from the few tags. Coming or going costs some 3 us, and an object in an order some 150 bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import merge
from itertools import islice
from typing import Any, Protocol, TypeAlias

import msgspec
from sortedcontainers import SortedList

from exporter.kube.objects import Key, split_key

Place: TypeAlias = tuple[int, Key]
"""Where an object stands: by its number, then by its key."""

Standing: TypeAlias = tuple[int, Key, str]
"""A place and a tag; no two share a place, so the tag decides nothing about the order."""
Lane: TypeAlias = "SortedList[Standing]"

LOOKED_AT = 10_000
"""Objects of a namespace that are looked at for one part of those with a tag; it takes some 1 ms."""
_PAST = chr(0x10FFFF)
"""Behind every tag."""


class Order(Protocol):
    """Who is in an order, and where."""

    @property
    def place(self) -> Callable[[Any], int | None]:
        """The number by which a projection is sorted, the least first; None for one that is not among them."""

    @property
    def tag(self) -> Callable[[Any], str] | None:
        """Under which word one that is among them is counted; the words are few."""


class Cut(msgspec.Struct, frozen=True):
    """A part of an order."""

    keys: list[Key]
    after: Place | None = None
    """Where the next part begins: behind this place. None at the end."""
    remaining: int | None = 0
    """How many follow; None where that was not counted."""


class Ranking:
    """An order of objects that come, move and go."""

    def __init__(self, order: Order) -> None:
        self._place = order.place
        self._tag = order.tag or _no_tag
        self._by_tag: dict[str, Lane] = {}
        self._by_namespace: dict[str, Lane] = {}
        self._turns = 0

    def __len__(self) -> int:
        return sum(map(len, self._by_tag.values()))

    @property
    def stamp(self) -> str:
        """A text that changes with who is here, where they stand, and what is known of them."""
        return f"{self._turns:x}"

    @property
    def counts(self) -> Mapping[str, int]:
        """How many there are, by their tags; a tag that nobody has may be missing."""
        return {tag: len(lane) for tag, lane in self._by_tag.items()}

    def count(self, namespace: str) -> int:
        """How many are in a namespace."""
        return len(self._by_namespace.get(namespace, ()))

    def first(self, namespace: str) -> int | None:
        """The number of the first one of a namespace."""
        lane = self._by_namespace.get(namespace)
        return lane[0][0] if lane else None

    def put(self, key: Key, projection: Any) -> None:
        """Let an object in that is not here, if it belongs here."""
        number = self._place(projection)
        if number is not None:
            self._turns += 1
            self._enter((number, key, self._tag(projection)))

    def drop(self, key: Key, projection: Any) -> None:
        """Let go of an object that was put here with this projection."""
        number = self._place(projection)
        if number is not None:
            self._turns += 1
            self._leave((number, key, self._tag(projection)))

    def move(self, key: Key, old: Any, new: Any) -> None:
        """Put an object where another projection belongs."""
        before, after = self._place(old), self._place(new)
        if before is None and after is None:
            return
        self._turns += 1
        left = None if before is None else (before, key, self._tag(old))
        taken = None if after is None else (after, key, self._tag(new))
        if left == taken:
            return
        if left is not None:
            self._leave(left)
        if taken is not None:
            self._enter(taken)

    def touch(self, projection: Any) -> None:
        """Know that there is news of an object which stays where it is."""
        self._turns += self._place(projection) is not None

    def cut(
        self, limit: int, *, after: Place | None = None, namespace: str | None = None, tag: str | None = None
    ) -> Cut:
        """Give the next ones behind a place, so many at most: of a namespace, of a tag, or of both.

        Those of both are picked out of the namespace's, so a part of them can be short, or empty, before the end.
        """
        if namespace is not None and tag is not None:
            return _picked(limit, after, self._by_namespace.get(namespace), tag)
        if namespace is not None:
            return _merged(limit, after, [self._by_namespace.get(namespace)])
        if tag is not None:
            return _merged(limit, after, [self._by_tag.get(tag)])
        return _merged(limit, after, self._by_tag.values())

    def _enter(self, standing: Standing) -> None:
        _, key, tag = standing
        _lane(self._by_tag, tag).add(standing)
        _lane(self._by_namespace, split_key(key)[0]).add(standing)

    def _leave(self, standing: Standing) -> None:
        _, key, tag = standing
        _take(self._by_tag, tag, standing)
        _take(self._by_namespace, split_key(key)[0], standing)


def _merged(limit: int, after: Place | None, lanes: "Iterable[Lane | None]") -> Cut:
    every = [lane for lane in lanes if lane]
    behind = sum(len(lane) - (0 if after is None else lane.bisect_right((*after, _PAST))) for lane in every)
    found = list(islice(merge(*(_behind(lane, after) for lane in every)), limit))
    remaining = behind - len(found)
    return _cut(found, found[-1] if found and remaining else None, remaining)


def _picked(limit: int, after: Place | None, lane: "Lane | None", tag: str) -> Cut:
    looked_at = list(islice(_behind(lane, after), LOOKED_AT))
    found = [standing for standing in looked_at if standing[2] == tag]
    if len(found) > limit:
        return _cut(found[:limit], found[limit - 1], None)
    if len(looked_at) == LOOKED_AT:
        return _cut(found, looked_at[-1], None)
    return _cut(found, None, 0)


def _cut(found: list[Standing], last: Standing | None, remaining: int | None) -> Cut:
    return Cut([key for _, key, _ in found], None if last is None else last[:2], remaining)


def _behind(lane: "Lane | None", after: Place | None) -> Iterator[Standing]:
    if lane is None:
        return iter(())
    return iter(lane) if after is None else lane.irange((*after, _PAST))


def _lane(lanes: dict[str, Lane], name: str) -> Lane:
    lane = lanes.get(name)
    if lane is None:
        lane = lanes[name] = SortedList()
    return lane


def _take(lanes: dict[str, Lane], name: str, standing: Standing) -> None:
    lane = lanes[name]
    lane.remove(standing)
    if not lane:
        del lanes[name]


def _no_tag(_projection: Any) -> str:
    return ""
