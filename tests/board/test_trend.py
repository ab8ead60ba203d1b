"""Numbers over time."""

from exporter.board.trend import Trend


def test_counters_are_told_by_what_they_rose_and_gauges_as_they_are() -> None:
    trend = Trend()
    trend.sample(100, {"created": 40}, {"running": 3})
    trend.sample(105, {"created": 47}, {"running": 1})
    assert list(trend.times) == [100, 105]
    assert list(trend.series("created")) == [None, 7]
    assert list(trend.series("running")) == [3, 1]


def test_a_name_that_nobody_told_has_no_numbers() -> None:
    trend = Trend()
    assert list(trend.series("size")) == []
    trend.sample(100, {}, {})
    assert list(trend.series("size")) == [None]


def test_a_name_that_comes_later_is_unknown_before() -> None:
    trend = Trend()
    trend.sample(100, {}, {"a": 1})
    trend.sample(105, {}, {"b": 2})
    assert (trend.series("a"), trend.series("b")) == ((1, None), (None, 2))


def test_points_that_were_missed_are_left_empty() -> None:
    trend = Trend(step=5)
    trend.sample(100, {"n": 1}, {"g": 1})
    trend.sample(121, {"n": 5}, {"g": 2})
    assert list(trend.times) == [100, 106, 111, 116, 121]
    assert list(trend.series("n")) == [None, None, None, None, 4]
    assert list(trend.series("g")) == [1, None, None, None, 2]


def test_a_point_that_is_a_little_late_leaves_no_gap() -> None:
    trend = Trend(step=5)
    trend.sample(100, {}, {})
    trend.sample(107.4, {}, {})
    assert list(trend.times) == [100, 107.4]


def test_only_the_newest_points_are_kept() -> None:
    trend = Trend(step=5, points=3)
    for number in range(5):
        trend.sample(100 + 5 * number, {"n": number}, {"g": number})
    assert list(trend.times) == [110, 115, 120]
    assert list(trend.series("g")) == [2, 3, 4]
    trend.sample(1_000_000, {"n": 9}, {"g": 9})
    assert list(trend.series("g")) == [None, None, 9]


def test_a_counter_that_began_again_is_unknown_for_a_step() -> None:
    trend = Trend()
    for time, count in ((100, 10), (105, 3), (110, 5)):
        trend.sample(time, {"n": count}, {})
    assert list(trend.series("n")) == [None, None, 2]


def test_a_clock_that_is_set_back_begins_anew() -> None:
    trend = Trend()
    trend.sample(100, {"n": 1}, {"g": 1})
    trend.sample(50, {"n": 4}, {"g": 2})
    assert (trend.times, trend.series("n"), trend.series("g")) == ((50,), (3,), (2,))
