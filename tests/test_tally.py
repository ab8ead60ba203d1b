"""A tally is the cumulative histogram of what it was told."""

from hypothesis import given
from hypothesis import strategies as st

from exporter.tally import Seen, Tally

BOUNDS = (0.5, 1.0, 10.0)


@given(st.lists(st.floats(0, 100) | st.sampled_from(BOUNDS)))
def test_each_bucket_holds_what_is_not_above_its_bound(values: list[float]) -> None:
    tally = Tally(BOUNDS)
    for value in values:
        tally.observe(value)
    buckets = tuple(sum(value <= bound for value in values) for bound in BOUNDS)
    assert tally.seen() == Seen(len(values), sum(values), buckets)


def test_without_bounds_it_counts_and_sums() -> None:
    tally = Tally()
    tally.observe(2)
    tally.observe(3)
    assert tally.seen() == Seen(2, 5, ())
