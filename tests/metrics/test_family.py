from typing import Any

import pytest

from exporter.metrics.family import Declaration, Distribution, Family, Point, Type, check_together, states


def family(**changes: Any) -> Family:
    sound: dict[str, Any] = {"name": "cars", "type": Type.GAUGE, "help": "Cars."}
    return Family(**(sound | changes))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"name": "Cars"}, "lower-case"),
        ({"name": "cars:rate"}, "lower-case"),
        ({"name": "1cars"}, "lower-case"),
        ({"name": "cars__x"}, "lower-case"),
        ({"name": ""}, "lower-case"),
        ({"help": ""}, "help"),
        ({"help": "  "}, "help"),
        ({"name": "cars_total"}, "only a type that means it"),
        ({"name": "cars_count"}, "only a type that means it"),
        ({"name": "cars_info"}, "only a type that means it"),
        ({"name": "cars_total_total", "type": Type.COUNTER}, "only a type that means it"),
        ({"type": Type.COUNTER}, "ends in _total"),
        ({"type": Type.INFO}, "ends in _info"),
        ({"name": "cars_gauge"}, "the type is not part"),
        ({"name": "cars_counter_total", "type": Type.COUNTER}, "the type is not part"),
        ({"labels": ("a", "a")}, "twice"),
        ({"labels": ("__name__",)}, "not a name"),
        ({"labels": ("a-b",)}, "not a name"),
        ({"labels": ("",)}, "not a name"),
        ({"labels": ("quantile",), "type": Type.SUMMARY}, "reserved"),
        ({"labels": ("le",), "type": Type.HISTOGRAM, "buckets": (1.0,)}, "reserved"),
        ({"labels": ("state",), "type": Type.STATESET}, "own name"),
        ({"type": Type.STATESET}, "own name"),
        ({"unit": "seconds"}, "says the unit"),
        ({"name": "cars_seconds_info", "unit": "seconds", "type": Type.INFO}, "no unit"),
        ({"type": Type.HISTOGRAM}, "has buckets"),
        ({"buckets": (1.0,)}, "nothing else has"),
        ({"type": Type.HISTOGRAM, "buckets": (2.0, 1.0)}, "rise"),
        ({"type": Type.HISTOGRAM, "buckets": (1.0, 1.0)}, "rise"),
        ({"type": Type.HISTOGRAM, "buckets": (1.0, float("inf"))}, "finite"),
        ({"type": Type.HISTOGRAM, "buckets": (float("nan"),)}, "finite"),
    ],
)
def test_a_family_that_a_scraper_would_mind_is_refused(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(Declaration, match=rule):
        family(**changes)


def test_the_message_names_the_family() -> None:
    with pytest.raises(Declaration, match="'cars_total'"):
        family(name="cars_total")


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": ("namespace", "_x", "le")},
        {"name": "cars_total", "type": Type.COUNTER},
        {"name": "wait_seconds_total", "type": Type.COUNTER, "unit": "seconds"},
        {"name": "build_info", "type": Type.INFO, "labels": ("version",)},
        {"name": "light", "type": Type.STATESET, "labels": ("crossing", "light")},
        {"name": "wait_seconds", "type": Type.HISTOGRAM, "unit": "seconds", "buckets": (0.1, 1)},
        {"name": "wait_seconds", "type": Type.SUMMARY, "unit": "seconds"},
        {"name": "created_timestamp_seconds", "unit": "seconds"},
    ],
)
def test_sound_families_of_each_type_are_taken(changes: dict[str, Any]) -> None:
    assert family(**changes).name == changes.get("name", "cars")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (family(), family(help="Others.")),
        (family(), family(name="cars_total", type=Type.COUNTER)),
        (family(), family(name="cars_info", type=Type.INFO)),
        (family(name="cars_total", type=Type.COUNTER), family(type=Type.SUMMARY)),
    ],
)
def test_families_that_could_be_taken_for_each_other_do_not_go_together(one: Family, other: Family) -> None:
    check_together([one])
    with pytest.raises(Declaration, match="also belongs to"):
        check_together([one, other])


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ((), True),
        (("wait_seconds",), True),
        (("others", "wait_seconds_sum"), True),
        (("wait_seconds_bucket",), False),
        (("wait",), False),
    ],
)
def test_a_family_is_asked_for_by_its_name_or_by_one_of_its_lines(asked: tuple[str, ...], answer: bool) -> None:
    assert family(name="wait_seconds", type=Type.SUMMARY).is_asked(frozenset(asked)) is answer


def test_a_counter_is_asked_for_by_the_name_that_openmetrics_gives_it_as_well() -> None:
    counter = family(name="cars_total", type=Type.COUNTER)
    assert counter.is_asked({"cars"})
    assert counter.is_asked({"cars_total"})


def test_a_state_set_has_exactly_one_state() -> None:
    assert states(("north",), ("red", "green"), "green") == (Point(("north", "red"), 0), Point(("north", "green"), 1))


def test_samples_are_values() -> None:
    assert Distribution((), 1, 2.0) == Distribution((), 1, 2.0)
