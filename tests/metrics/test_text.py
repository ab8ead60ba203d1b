import math
import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.metrics.family import Distribution, Family, Point, Sample, Type, states
from exporter.metrics.text import Format, block, number
from tests.metrics.exposition import metrics_of, numbers, promtool_complaints, value

EVERY: Sequence[tuple[Family, Sequence[Sample]]] = (
    (
        Family(name="cars", type=Type.GAUGE, help="Cars.", labels=("colour",)),
        [Point(("red",), 3), Point(("blue",), 0.5)],
    ),
    (Family(name="wait_seconds_total", type=Type.COUNTER, help="Waiting.", unit="seconds"), [Point((), 12)]),
    (Family(name="build_info", type=Type.INFO, help="Version.", labels=("version",)), [Point(("1.2",), 1)]),
    (
        Family(name="light", type=Type.STATESET, help="Light.", labels=("crossing", "light")),
        states(("north",), ("red", "green"), "red"),
    ),
    (
        Family(
            name="trip_seconds", type=Type.HISTOGRAM, help="Trips.", labels=("to",), unit="seconds", buckets=(1, 2.5)
        ),
        [Distribution(("home",), 3, 9.25, (0, 2)), Distribution(("work",), 0, 0, (0, 0))],
    ),
    (Family(name="load_bytes", type=Type.SUMMARY, help="Loads.", unit="bytes"), [Distribution((), 2, 2048)]),
)


def exposition(fmt: Format) -> bytes:
    return b"".join(block(family, samples, fmt) for family, samples in EVERY)


def test_the_text_format_is_written_to_the_letter() -> None:
    assert exposition(Format.TEXT).decode() == (
        "# HELP cars Cars.\n# TYPE cars gauge\n"
        'cars{colour="red"} 3\ncars{colour="blue"} 0.5\n'
        "# HELP wait_seconds_total Waiting.\n# TYPE wait_seconds_total counter\nwait_seconds_total 12\n"
        '# HELP build_info Version.\n# TYPE build_info gauge\nbuild_info{version="1.2"} 1\n'
        "# HELP light Light.\n# TYPE light gauge\n"
        'light{crossing="north",light="red"} 1\nlight{crossing="north",light="green"} 0\n'
        "# HELP trip_seconds Trips.\n# TYPE trip_seconds histogram\n"
        'trip_seconds_bucket{to="home",le="1.0"} 0\ntrip_seconds_bucket{to="home",le="2.5"} 2\n'
        'trip_seconds_bucket{to="home",le="+Inf"} 3\ntrip_seconds_count{to="home"} 3\n'
        'trip_seconds_sum{to="home"} 9.25\n'
        'trip_seconds_bucket{to="work",le="1.0"} 0\ntrip_seconds_bucket{to="work",le="2.5"} 0\n'
        'trip_seconds_bucket{to="work",le="+Inf"} 0\ntrip_seconds_count{to="work"} 0\ntrip_seconds_sum{to="work"} 0\n'
        "# HELP load_bytes Loads.\n# TYPE load_bytes summary\nload_bytes_count 2\nload_bytes_sum 2048\n"
    )


def test_openmetrics_differs_in_what_introduces_a_family_only() -> None:
    def samples(fmt: Format) -> list[bytes]:
        return [line for line in exposition(fmt).splitlines() if not line.startswith(b"#")]

    assert samples(Format.TEXT) == samples(Format.OPENMETRICS)
    assert b"# TYPE wait_seconds counter\n# UNIT wait_seconds seconds\n" in exposition(Format.OPENMETRICS)
    assert b"# TYPE build info\n" in exposition(Format.OPENMETRICS)
    assert b"# TYPE light stateset\n" in exposition(Format.OPENMETRICS)


@pytest.mark.parametrize("fmt", Format)
def test_a_strict_parser_reads_every_type(fmt: Format) -> None:
    found = metrics_of(exposition(fmt), fmt)
    assert len(found) == len(EVERY)
    assert value(numbers(exposition(fmt), fmt), "trip_seconds_bucket", to="home", le="2.5") == 2


def test_promtool_finds_nothing_to_say() -> None:
    assert promtool_complaints(exposition(Format.TEXT)) == ""


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_label_of_any_text_stays_on_one_line_and_reads_back(label: str) -> None:
    family = Family(name="x", type=Type.GAUGE, help="X.", labels=("label",))
    _, _, line, rest = block(family, [Point((label,), 1)], Format.TEXT).decode().split("\n")
    # Undone by hand: the parsers split at every line break of Unicode, the formats only at a newline.
    escapes = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
    shown = line.removeprefix('x{label="').removesuffix('"} 1')
    assert re.sub(r"\\.", lambda escape: escapes[escape.group()], shown) == label
    assert rest == ""


@pytest.mark.parametrize("label", ['say "hi"', "back\\slash", "two\nlines", "\\n", "ünïcode", "", "a,b={}", " x "])
@pytest.mark.parametrize("fmt", Format)
def test_awkward_labels_are_understood_by_the_parsers(fmt: Format, label: str) -> None:
    family = Family(name="x", type=Type.GAUGE, help='Say "x" \\ y\nz', labels=("label",))
    metric = metrics_of(block(family, [Point((label,), 1)], fmt), fmt)[0]
    assert metric.samples[0].labels == {"label": label}
    assert metric.documentation == 'Say "x" \\ y\nz'


def test_a_lone_surrogate_does_not_break_a_scrape() -> None:
    family = Family(name="x", type=Type.GAUGE, help="X.", labels=("label",))
    assert block(family, [Point(("\ud800",), 1)], Format.TEXT).endswith(b'x{label="?"} 1\n')


def test_a_family_without_samples_is_left_out() -> None:
    assert block(EVERY[0][0], [], Format.TEXT) == b""


@settings(deadline=None)
@given(st.floats() | st.integers(-(2**53), 2**53))
def test_numbers_read_back_equal(given: float) -> None:
    back = float(number(given))
    assert back == given or (math.isnan(back) and math.isnan(given))


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (3, b"3"),
        (True, b"1"),
        (0.1, b"0.1"),
        (math.inf, b"+Inf"),
        (-math.inf, b"-Inf"),
        (math.nan, b"NaN"),
        (1e300, b"1e+300"),
    ],
)
def test_numbers_are_written_as_prometheus_does(given: float, written: bytes) -> None:
    assert number(given) == written
