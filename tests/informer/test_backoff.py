"""How waits grow, vary and are forgotten."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from exporter.informer.backoff import Backoff, Pace
from exporter.informer.machine import PACES, Cause
from tests.store.profile import STEADY

PACE = Pace(1.0, 10.0)


def test_waits_double_up_to_the_most() -> None:
    backoff = Backoff(lambda: 0.5)
    assert [backoff.delay(PACE, 0.0) for _ in range(6)] == [1, 2, 4, 8, 10, 10]


def test_the_jitter_goes_both_ways() -> None:
    assert Backoff(lambda: 0.0).delay(PACE, 0.0) == 0.8
    assert Backoff(lambda: 1.0).delay(PACE, 0.0) == 1.2


def test_one_row_is_kept_for_all_causes() -> None:
    backoff = Backoff(lambda: 0.5)
    backoff.delay(PACE, 0.0)
    assert backoff.delay(Pace(3.0, 100.0), 0.0) == 6


def test_a_healthy_spell_after_the_wait_ends_the_row() -> None:
    backoff = Backoff(lambda: 0.5, forget=60.0)
    backoff.delay(PACE, 0.0)
    assert backoff.delay(PACE, 60.9) == 2
    assert backoff.delay(PACE, 60.9 + 2 + 60) == 1


def test_thousands_of_failures_are_no_overflow() -> None:
    backoff = Backoff(lambda: 0.5)
    waits = [backoff.delay(PACE, 0.0) for _ in range(3000)]
    assert waits[-1] == 10


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=60))
@STEADY
def test_an_outage_costs_at_most_ten_tries_in_the_first_minute_and_four_in_each_later_one(chances: list[float]) -> None:
    for cause in (Cause.NETWORK, Cause.SERVER):
        backoff = Backoff(itertools.cycle(chances).__next__)
        tries = [0.0]
        while tries[-1] < 1200:
            tries.append(tries[-1] + backoff.delay(PACES[cause], tries[-1]))
        for minute, group in itertools.groupby(tries, lambda at: int(at // 60)):
            assert len(list(group)) <= (10 if minute == 0 else 4)
