"""The board against a plain model: a sorted list of everything, made anew for each question."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.board import ranking
from exporter.board.board import Board
from exporter.board.ranking import Place, Ranking
from exporter.kube.objects import Key, split_key
from exporter.store.delta import Added, Deleted, Record, Resynced, Synced, Updated

Projection = tuple[int | None, str]
"""The place of a thing, and its colour, which is its phase and its tag."""


@dataclass(frozen=True, slots=True)
class ByPlace:
    place: Callable[[Any], int | None]
    tag: Callable[[Any], str] | None = None


def place_of(thing: Projection) -> int | None:
    return thing[0]


def colour_of(thing: Projection) -> str:
    return thing[1]


TAGGED, PLAIN = ByPlace(place_of, colour_of), ByPlace(place_of)

keys = st.builds(lambda namespace, name: Key(f"{namespace}/{name}"), st.sampled_from("ab"), st.sampled_from("vwxyz"))
things = st.tuples(st.none() | st.integers(0, 3), st.sampled_from(["red", "blue"]))
steps = st.lists(st.tuples(keys, things | st.none()), max_size=40)


def record(thing: Projection) -> Record:
    return Record("u", "1", b"", (), thing)


class Model:
    """A board, and a dict of what it was told."""

    def __init__(self) -> None:
        self.board = Board({"tagged": TAGGED, "plain": PLAIN}, colour_of, ["red"])
        self.things: dict[Key, Projection] = {}

    def put(self, key: Key, thing: Projection) -> None:
        old = self.things.get(key)
        self.board.apply(Added(key, record(thing)) if old is None else Updated(key, record(old), record(thing)))
        self.things[key] = thing

    def drop(self, key: Key) -> None:
        old = self.things.pop(key, None)
        if old is not None:
            # A deletion may bring a state that nobody was told of.
            self.board.apply(Deleted(key, record((2, "green")), record(old)))

    def take(self, key: Key, thing: Projection | None) -> None:
        if thing is None:
            self.drop(key)
        else:
            self.put(key, thing)

    def sorted(self, namespace: str | None = None, tag: str | None = None) -> list[Key]:
        found = [
            (number, key)
            for key, (number, colour) in self.things.items()
            if number is not None and namespace in {None, split_key(key)[0]} and tag in {None, colour}
        ]
        return [key for _, key in sorted(found)]


def all_of(order: Ranking, limit: int, namespace: str | None = None, tag: str | None = None) -> list[Key]:
    """Every part of an order, one after the other; what each says about the rest must be true."""
    found: list[Key] = []
    remaining: list[int | None] = []
    after: Place | None = None
    while True:
        cut = order.cut(limit, after=after, namespace=namespace, tag=tag)
        assert len(cut.keys) <= limit
        found += cut.keys
        remaining.append(None if cut.remaining is None else cut.remaining + len(found))
        after = cut.after
        if after is None:
            break
    assert {count for count in remaining if count is not None} <= {len(found)}
    return found


@given(steps)
def test_the_board_is_a_sorted_list_of_what_there_is(steps: list[tuple[Key, Projection | None]]) -> None:
    model = Model()
    for key, thing in steps:
        model.take(key, thing)
    plain, tagged = model.board.ranking("plain"), model.board.ranking("tagged")
    assert all_of(plain, 3) == all_of(tagged, 2) == model.sorted()
    assert len(tagged) == len(model.sorted())
    for namespace in ("a", "b", "c"):
        there = model.sorted(namespace)
        assert all_of(tagged, 2, namespace) == there
        assert tagged.count(namespace) == len(there)
        assert tagged.first(namespace) == (model.things[there[0]][0] if there else None)
        for tag in ("red", "blue", "green"):
            assert all_of(tagged, 2, namespace, tag) == model.sorted(namespace, tag)
    for tag in ("red", "blue", "green"):
        assert all_of(tagged, 2, tag=tag) == model.sorted(tag=tag)
        assert tagged.counts.get(tag, 0) == len(model.sorted(tag=tag))


@given(steps)
def test_phases_are_counted_in_all_and_in_each_namespace(steps: list[tuple[Key, Projection | None]]) -> None:
    model = Model()
    for key, thing in steps:
        model.take(key, thing)
    counts = Counter(colour for _, colour in model.things.values())
    assert {phase: count for phase, count in model.board.phases.items() if count} == counts
    assert "red" in model.board.phases
    assert {name: dict(found) for name, found in model.board.namespaces().items()} == {
        name: dict(Counter(colour for key, (_, colour) in model.things.items() if split_key(key)[0] == name))
        for name in {split_key(key)[0] for key in model.things}
    }


@given(steps, steps, st.integers(1, 4))
def test_what_stays_in_place_is_met_once_while_others_come_and_go(
    before: list[tuple[Key, Projection | None]], meanwhile: list[tuple[Key, Projection | None]], limit: int
) -> None:
    model = Model()
    for key, thing in before:
        model.take(key, thing)
    moved = {key for key, _ in meanwhile}
    staying = [key for key in model.sorted() if key not in moved]
    changes = iter(meanwhile)
    met: list[Key] = []
    after: Place | None = None
    while True:
        cut = model.board.ranking("tagged").cut(limit, after=after)
        met += cut.keys
        after = cut.after
        if after is None:
            break
        for key, thing in (change for _, change in zip(range(3), changes, strict=False)):
            model.take(key, thing)
    assert [key for key in met if key in staying] == staying


@given(steps)
def test_a_board_that_everything_left_is_empty(steps: list[tuple[Key, Projection | None]]) -> None:
    model = Model()
    for key, thing in steps:
        model.take(key, thing)
    for key in list(model.things):
        model.drop(key)
    order = model.board.ranking("tagged")
    assert (len(order), order.counts, model.board.namespaces()) == (0, {}, {})


def test_the_stamp_changes_with_who_is_there_and_what_is_known_of_them() -> None:
    model = Model()
    order, other = model.board.ranking("plain"), Key("a/w")
    stamps = [order.stamp]
    model.put(Key("a/v"), (1, "red"))
    stamps.append(order.stamp)
    model.put(Key("a/v"), (1, "red"))  # another version, of which the body may tell something else
    stamps.append(order.stamp)
    model.put(Key("a/v"), (1, "blue"))
    stamps.append(order.stamp)
    model.put(Key("a/v"), (None, "blue"))
    stamps.append(order.stamp)
    assert len(set(stamps)) == len(stamps)
    model.put(other, (None, "red"))
    model.put(other, (None, "blue"))
    model.drop(other)
    assert order.stamp == stamps[-1]


def test_the_stamp_of_the_board_changes_with_what_is_counted() -> None:
    model = Model()
    model.put(Key("a/v"), (1, "red"))
    stamp = model.board.stamp
    model.put(Key("a/v"), (1, "red"))
    assert model.board.stamp == stamp
    model.put(Key("a/v"), (1, "blue"))
    assert model.board.stamp != stamp


def test_what_tells_no_news_changes_nothing() -> None:
    model = Model()
    model.put(Key("a/v"), (1, "red"))
    stamp = model.board.stamp
    model.board.apply(Synced())
    model.board.apply(Resynced(Key("a/v"), record((1, "red"))))
    assert model.board.stamp == stamp
    assert model.sorted() == all_of(model.board.ranking("plain"), 1)


def test_a_rare_tag_in_a_large_namespace_is_looked_for_in_bounded_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "LOOKED_AT", 10)
    model = Model()
    for number in range(35):
        model.put(Key(f"a/{number:02}"), (number, "red"))
    model.put(Key("a/rare"), (100, "blue"))
    order = model.board.ranking("tagged")
    first = order.cut(5, namespace="a", tag="blue")
    assert (first.keys, first.remaining) == ([], None)
    assert first.after == (9, Key("a/09"))
    assert all_of(order, 5, "a", "blue") == ["a/rare"]


def test_an_order_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError):
        Model().board.ranking("size")
