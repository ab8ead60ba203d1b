import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.metrics.family import Family, Type
from exporter.metrics.series import Due, Histogram, Latest, Number, Oldest, Summary
from exporter.metrics.text import Format
from exporter.metrics.times import SLACK
from tests.metrics.exposition import numbers

WAITS = Family(
    name="wait_seconds", type=Type.HISTOGRAM, help="Waits.", labels=("town",), unit="seconds", buckets=(1, 2.5, 60)
)
SUMS = Family(name="sum_seconds", type=Type.SUMMARY, help="Waits.", labels=("town",), unit="seconds")
SINCE = Family(name="since_timestamp_seconds", type=Type.GAUGE, help="Since when.", labels=("town",), unit="seconds")


def test_a_number_is_the_sum_of_what_is_in() -> None:
    series = Number(SINCE, ("york",))
    for amount, sign in ((3, 1), (4, 1), (3, -1)):
        series.post(amount, sign)
    assert series.value == 4
    assert series.settle([2, 2]) is False
    assert series.settle([2]) is True
    assert series.value == 2


def test_a_line_is_kept_until_its_number_changes() -> None:
    series = Number(SINCE, ("york",))
    first = series.write(1)
    assert first == b'since_timestamp_seconds{town="york"} 1\n'
    assert series.write(1) is first
    assert series.write(2) == b'since_timestamp_seconds{town="york"} 2\n'


def test_a_line_can_be_written_with_an_earlier_number() -> None:
    series = Number(SINCE, ("york",))
    assert [series.write(2), series.write(1), series.write(2)] == [
        b'since_timestamp_seconds{town="york"} 2\n',
        b'since_timestamp_seconds{town="york"} 1\n',
        b'since_timestamp_seconds{town="york"} 2\n',
    ]


@given(st.lists(st.integers(0, 100)))
def test_a_histogram_says_how_many_were_within_each_bound(waits: list[int]) -> None:
    series = Histogram(WAITS, ('100% "new" york',))
    for wait in waits:
        series.post(wait, 1)
    town = ("town", '100% "new" york')
    assert numbers(series.write(series.value), Format.TEXT) == {
        **{
            ("wait_seconds_bucket", frozenset({town, ("le", le)})): sum(wait <= bound for wait in waits)
            for le, bound in (("1.0", 1), ("2.5", 2.5), ("60.0", 60), ("+Inf", 1000))
        },
        ("wait_seconds_count", frozenset({town})): len(waits),
        ("wait_seconds_sum", frozenset({town})): sum(waits),
    }


def test_a_histogram_is_written_once_for_as_long_as_nothing_is_observed() -> None:
    series = Histogram(WAITS, ("york",))
    early = series.value
    first = series.write(early)
    assert series.write(series.value) is first
    series.post(2, 1)
    assert series.write(series.value) != first
    assert series.write(early) == first
    assert first.count(b"\n") == WAITS.lines


def test_what_was_observed_cannot_be_taken_out_again() -> None:
    series = Histogram(WAITS, ("york",))
    series.post(2, 1)
    with pytest.raises(AssertionError):
        series.post(2, -1)
    assert series.value.count == 1


@given(st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=600))
def test_the_oldest_is_the_least_of_what_is_in_and_remembers_little_else(walk: list[tuple[int, bool]]) -> None:
    series, model = Oldest(SINCE, ("york",)), list[int]()
    for time, comes in walk:
        if comes:
            model.append(time)
            series.post(time, 1)
        elif time in model:
            model.remove(time)
            series.post(time, -1)
        assert len(series) <= 2 * len(model) + SLACK
        assert series.value == min(model, default=None)
    assert series.settle(model) is False
    assert series.settle([*model, 300]) is True


def test_times_that_pass_below_one_that_stays_are_forgotten() -> None:
    series = Oldest(SINCE, ("york",))
    series.post(0, 1)
    for time in range(1, 10_000):
        series.post(time, 1)
        series.post(time, -1)
    assert len(series) <= 2 + SLACK
    assert series.write(series.value or 0) == b'since_timestamp_seconds{town="york"} 0\n'


def test_a_time_that_was_never_in_can_leave_without_harm() -> None:
    series = Oldest(SINCE, ("york",))
    series.post(5, -1)
    assert series.value is None
    series.post(5, 1)
    assert series.value == 5


def line(number: object) -> bytes:
    return b'since_timestamp_seconds{town="york"} %a\n' % number


@given(st.lists(st.integers(0, 100)))
def test_a_summary_says_how_many_there_were_and_what_they_make_together(waits: list[int]) -> None:
    series = Summary(SUMS, ('100% \r "new" york',))
    for wait in waits:
        series.post(wait, 1)
        series.write(series.value)
    town = frozenset({("town", '100% \r "new" york')})
    assert numbers(series.write(series.value), Format.TEXT) == {
        ("sum_seconds_count", town): len(waits),
        ("sum_seconds_sum", town): sum(waits),
    }


def test_a_summary_is_written_once_for_as_long_as_nothing_is_observed() -> None:
    series = Summary(SUMS, ("york",))
    empty, early = series.value, series.write(series.value)
    assert early.count(b"\n") == SUMS.lines
    series.post(0, 1)
    first = series.write(series.value)
    assert first != early
    assert series.write(series.value) is first
    assert series.write(empty) == early


@pytest.mark.parametrize("series", [Summary(SUMS, ("york",)), Latest(SINCE, ("york",))])
def test_what_was_told_for_good_cannot_be_taken_out_again(series: Summary | Latest) -> None:
    with pytest.raises(AssertionError):
        series.post(2, -1)


@given(st.lists(st.integers(-5, 100)))
def test_the_latest_is_the_greatest_ever_told(times: list[int]) -> None:
    series = Latest(SINCE, ("york",))
    for number, time in enumerate(times, 1):
        series.post(time, 1)
        assert series.value == max(times[:number])
        assert series.write(series.value) == line(series.value)
    assert (series.value is None) == (not times)


moments = st.integers(0, 60)
walks = st.lists(st.tuples(st.sampled_from(["in", "in", "out", "advance", "settle"]), moments), max_size=300)


@given(walks)
def test_what_is_due_is_what_is_in_and_not_later_than_the_latest_moment(walk: list[tuple[str, int]]) -> None:
    series, model, now = Due(SINCE, ("york",)), list[int](), -1
    for what, moment in walk:
        match what:
            case "in":
                model.append(moment)
                series.post(moment, 1)
            case "out" if moment in model:
                model.remove(moment)
                series.post(moment, -1)
            case "advance":
                now = max(now, moment)
                series.advance(moment)
            case "settle":
                assert series.settle(model) is False
                model.append(moment)
                assert series.settle(model) is True
            case _:
                pass
        assert series.value == sum(time <= now for time in model)
        assert len(series) <= 2 * len(model) + SLACK
        assert series.write(series.value) == line(series.value)


def test_deadlines_that_are_moved_again_and_again_are_forgotten() -> None:
    series = Due(SINCE, ("york",))
    for time in range(10_000):
        series.post(time, 1)
        series.post(time, -1)
    series.post(20_000, 1)
    series.advance(15_000)
    assert series.value == 0
    assert len(series) <= 2 + SLACK
    series.advance(20_000)
    assert (series.value, len(series)) == (1, 0)


def test_a_deadline_that_was_never_in_can_leave_without_harm() -> None:
    series = Due(SINCE, ("york",))
    series.advance(10)
    series.post(5, -1)
    series.post(15, -1)
    assert series.value == 0
