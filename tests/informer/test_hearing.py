"""Until when everything has been heard, look by look."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.informer.hearing import Hearing


def marks(*heard: float | None, since: float = 0.0) -> list[float]:
    """Give the mark after each look."""
    told = iter(heard)
    hearing = Hearing(lambda: next(told), since)
    return [hearing.look() for _ in heard]


def test_the_mark_follows_one_look_behind() -> None:
    assert marks(10, 20, 30) == [0, 10, 20]


def test_the_first_word_after_an_outage_proves_nothing() -> None:
    assert marks(10, 20, None, None, 60, 65, 70) == [0, 10, 10, 10, 10, 60, 65]


def test_an_outage_between_two_looks_is_one_of_which_nothing_is_said() -> None:
    assert marks(10, None, 30, None, 50) == [0, 0, 0, 0, 0]


def test_the_mark_never_goes_back() -> None:
    assert marks(50, 40, 30, 20, since=45) == [45, 50, 50, 50]


def test_reading_the_mark_is_no_look() -> None:
    hearing = Hearing(lambda: 10, -math.inf)
    assert [hearing.look(), hearing.until, hearing.until] == [-math.inf] * 3
    assert [hearing.look(), hearing.until] == [10, 10]


@given(st.lists(st.none() | st.integers(1, 100), max_size=30))
def test_whatever_is_known_was_heard_at_one_of_two_good_looks_in_a_row(heard: list[int | None]) -> None:
    sure = [one for one, following in pairwise(heard) if one is not None and following is not None]
    assert marks(*heard)[-1:] == ([max([0, *sure])] if heard else [])


@pytest.mark.parametrize("since", [-math.inf, 0.0, 7.5])
def test_before_the_first_look_it_is_what_was_given(since: float) -> None:
    assert Hearing(lambda: None, since).until == since
