"""Indexes: values to keys, several values for an object, nothing left behind."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kube.objects import Key
from exporter.store import index as module
from exporter.store.delta import Document
from exporter.store.index import Index, Indexer
from tests.store.profile import STEADY
from tests.store.things import body, by_colour, by_letters, read

A, B = Key("ns/a"), Key("ns/b")
RED = read(body(colour="red"))


def test_keys_are_found_by_every_value_of_their_object() -> None:
    index = Index()
    index.add(A, ("x", "y"))
    index.add(B, ("y",))
    assert (set(index.keys("x")), set(index.keys("y")), set(index.keys("z"))) == ({A}, {A, B}, set())
    assert (index.count("x"), index.count("y"), index.count("z")) == (1, 2, 0)
    assert len(index) == 3


def test_a_value_without_keys_leaves() -> None:
    index = Index()
    index.add(A, ("x", "y"))
    index.remove(A, ("x", "y"))
    assert list(index.values()) == []
    assert len(index) == 0


Walk = st.lists(st.tuples(st.sampled_from("abcd"), st.lists(st.sampled_from("xyz"), unique=True)))


@given(Walk)
@STEADY
def test_any_walk_of_changes_ends_like_an_index_made_anew(walk: list[tuple[str, list[str]]]) -> None:
    index, model = Index(), dict[Key, tuple[str, ...]]()
    for name, values in walk:
        key = Key(name)
        index.remove(key, model.get(key, ()))
        index.add(key, tuple(values))
        model[key] = tuple(values)
    true = {value: {key for key, has in model.items() if value in has} for has in model.values() for value in has}
    assert {value: set(index.keys(value)) for value in index.values()} == true
    assert len(index) == sum(map(len, model.values()))


def test_values_come_in_the_order_of_the_indexes_and_once_each() -> None:
    terms = Indexer({"letters": by_letters, "colour": by_colour}).terms(read(body(colour="green")))
    assert terms == (("g", "r", "e", "n"), ("green",))


def test_equal_values_share_one_tuple() -> None:
    indexer = Indexer({"letters": by_letters, "colour": by_colour})
    assert indexer.terms(RED) is indexer.terms(read(body("b", colour="red")))


def test_what_is_remembered_for_sharing_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARED_TERMS", 2)
    indexer = Indexer({"colour": by_colour})
    for colour in ("red", "green", "blue", "grey", "pink"):
        assert indexer.terms(read(body(colour=colour))) == ((colour,),)
        assert len(indexer._shared) <= 2


def _raises(_: Document) -> Iterable[str]:
    raise KeyError("missing")


def _raises_halfway(document: Document) -> Iterable[str]:
    yield document.meta.name
    raise KeyError("missing")


def _gives_nothing_iterable(_: Document) -> Iterable[str]:
    return None  # type: ignore[return-value]


def _gives_what_cannot_be_looked_up(_: Document) -> Iterable[str]:
    return [["red"]]  # type: ignore[list-item]


def _gives_one_that_cannot_be_looked_up(_: Document) -> Iterable[str]:
    return (["red"],)  # type: ignore[return-value]


@pytest.mark.parametrize(
    "function",
    [
        _raises,
        _raises_halfway,
        _gives_nothing_iterable,
        _gives_what_cannot_be_looked_up,
        _gives_one_that_cannot_be_looked_up,
    ],
)
def test_a_function_that_fails_is_counted_and_spoils_no_other(function: module.IndexFunction) -> None:
    indexer = Indexer({"bad": function, "colour": by_colour})
    assert indexer.terms(RED) == ((), ("red",))
    assert indexer.errors == 1
