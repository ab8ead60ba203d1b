"""Order: the keys of a store as an API server lists them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kube.objects import Key, key_of
from exporter.store.order import Order
from tests.store.profile import STEADY
from tests.store.things import key

# What sorts on either side of the slash, a namespace that begins like another, and no namespace.
Namespaces = st.sampled_from(["", "a", "a-b", "a.b", "a0", "ab", "b"])
Keys = st.builds(key_of, Namespaces, st.sampled_from(["a", "b", "b-1", "b.c", "z9"]))


def order_of(keys: set[Key]) -> Order:
    order = Order()
    for one in keys:
        order.add(one)
    return order


@given(st.sets(Keys), st.lists(Keys))
@STEADY
def test_keys_that_come_and_go_stay_sorted(first: set[Key], toggled: list[Key]) -> None:
    order, model = order_of(first), set(first)
    for one in toggled:
        (order.remove if one in model else order.add)(one)
        model ^= {one}
    assert order.cut(order.span()) == sorted(model)
    assert len(order) == len(model)


@given(st.sets(Keys), Namespaces.filter(bool) | st.none(), Keys | st.none())
@STEADY
def test_a_span_holds_the_keys_of_a_namespace_that_come_after_a_key(
    keys: set[Key], namespace: str | None, after: Key | None
) -> None:
    order = order_of(keys)
    assert order.cut(order.span(namespace, after)) == [
        one
        for one in sorted(keys)
        if (namespace is None or one.startswith(f"{namespace}/")) and (after is None or one > after)
    ]


@given(st.sets(Keys), st.lists(Keys), Keys | st.none())
@STEADY
def test_a_choice_is_sorted_and_holds_what_is_there_of_the_span(
    keys: set[Key], among: list[Key], after: Key | None
) -> None:
    order = order_of(keys)
    expected = [one for one in sorted(keys) if one in among and (after is None or one > after)]
    for chosen in (among, set(among), iter(among), dict.fromkeys(among).keys()):
        assert order.choose(order.span(after=after), chosen, keys) == expected


@pytest.mark.parametrize("step", [1, 2, 40])
def test_many_and_few_are_chosen_alike(step: int) -> None:
    keys = [Key(f"ns/{number:04}") for number in range(2_000)]
    order = order_of(set(keys))
    wanted = keys[::step]
    expected = wanted[100 // step + 1 :]
    for most in (None, 0, 1, 7, 5_000):
        chosen = order.choose(order.span(after=keys[100]), {*wanted, key("gone")}, set(keys), most)
        assert chosen == expected[:most]


def test_a_namespace_is_not_mixed_with_those_that_begin_like_it() -> None:
    order = order_of({key("x", "team"), key("y", "team-a"), key("z", "team0")})
    assert order.cut(order.span()) == [key("y", "team-a"), key("x", "team"), key("z", "team0")]
    assert order.cut(order.span("team")) == [key("x", "team")]


def test_the_text_that_was_entered_is_given_back_to_be_shared() -> None:
    entered, equal = key("a"), key("a")
    assert entered is not equal
    assert order_of({key("b"), entered}).kept(equal) is entered


def test_a_key_that_is_not_there_cannot_be_taken_out() -> None:
    with pytest.raises(ValueError, match="not in list"):
        order_of({key("a")}).remove(key("b"))
