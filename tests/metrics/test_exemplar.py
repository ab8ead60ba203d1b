"""Exemplars: judged by prometheus_client's parser of OpenMetrics."""

from operator import attrgetter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.metrics.exemplar import LONGEST, Exemplar, ExemplarLabels, NotingHistogram, NotingNumber, fitting
from exporter.metrics.family import Declaration, Family, Type
from exporter.metrics.ledger import Ledger
from exporter.metrics.rows import Account, Column
from exporter.metrics.text import Format
from exporter.store.delta import Synced
from tests.metrics.exposition import exemplars, numbers, promtool_complaints, rendered, value
from tests.metrics.job import ENDS, JOBS, SECONDS, TOOK, Job, JobAccounting, became, came

RUNS = Family(name="runs_total", type=Type.COUNTER, help="Runs.", labels=("town",))
WAITS = Family(
    name="wait_seconds", type=Type.HISTOGRAM, help="Waits.", labels=("town",), unit="seconds", buckets=(1, 2.5, 60)
)
SOME: ExemplarLabels = (("trace_id", "abc"),)

names = st.from_regex(r"[a-z][a-z_]{0,19}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def account(family: Family, keeps: Any) -> tuple[Account, Any]:
    account = Account(family, keeps)
    return account, account.open(("york",))


def written(account: Account, fmt: Format = Format.OPENMETRICS) -> bytes:
    snapshot = account.snapshot(fmt)
    assert snapshot
    return snapshot.head + b"".join(map(snapshot.write, snapshot.series, snapshot.values))


@given(st.dictionaries(names, texts, min_size=1, max_size=6))
def test_whatever_its_labels_are_a_judge_reads_what_fits_of_them(labels: dict[str, str]) -> None:
    runs, series = account(RUNS, NotingNumber)
    series.post(1, 1)
    kept = fitting(tuple(labels.items()))
    assert dict(kept).items() <= labels.items()
    assert sum(len(name) + len(text) for name, text in kept) <= LONGEST
    if kept:
        series.note(Exemplar(kept, 2.5, 1_700_000_000.12345))
        assert exemplars(written(runs)) == {("runs_total", ""): (dict(kept), 2.5, 1_700_000_000.123)}


@pytest.mark.parametrize(
    ("labels", "left"),
    [
        ((("a", "x" * 127),), 1),
        ((("a", "x" * 128),), 0),
        ((("a", "x" * 63), ("b", "y" * 63)), 2),
        ((("a", "x" * 63), ("b", "y" * 64)), 1),
        ((("a", "x" * 128), ("b", "y")), 0),
        ((), 0),
        ((("a", 'say "hello"'),), 0),
        ((("a", "one\ntwo"),), 0),
    ],
)
def test_labels_beyond_the_limit_are_left_out_from_the_end(labels: ExemplarLabels, left: int) -> None:
    assert fitting(labels) == labels[:left]


def test_the_newest_exemplar_of_a_counter_wins_and_stays_while_it_counts_on() -> None:
    runs, series = account(RUNS, NotingNumber)
    for trace in ("a", "b"):
        series.post(1, 1)
        series.note(Exemplar((("trace_id", trace),), 1, 9))
    series.post(1, 1)
    body = written(runs)
    assert exemplars(body) == {("runs_total", ""): ({"trace_id": "b"}, 1, 9)}
    assert numbers(body) == {("runs_total", frozenset({("town", "york")})): 3}


def test_each_bucket_keeps_the_newest_exemplar_that_falls_into_it() -> None:
    waits, series = account(WAITS, NotingHistogram)
    for trace, seconds in (("a", 1), ("b", 0.5), ("c", 61), ("d", 2.5)):
        series.post(seconds, 1)
        series.note(Exemplar((("trace_id", trace),), seconds, 9))
    body = written(waits)
    assert exemplars(body) == {
        ("wait_seconds_bucket", "1.0"): ({"trace_id": "b"}, 0.5, 9),
        ("wait_seconds_bucket", "2.5"): ({"trace_id": "d"}, 2.5, 9),
        ("wait_seconds_bucket", "+Inf"): ({"trace_id": "c"}, 61, 9),
    }
    assert value(numbers(body), "wait_seconds_count", town="york") == 4


@pytest.mark.parametrize(("family", "keeps"), [(RUNS, NotingNumber), (WAITS, NotingHistogram)])
def test_the_text_format_is_as_if_there_were_no_exemplars(family: Family, keeps: Any) -> None:
    (noted, series), (plain, other) = account(family, keeps), account(family, keeps.__base__)
    for each in (series, other):
        each.post(2, 1)
    series.note(Exemplar(SOME, 2, 9))
    written(noted)
    assert written(noted, Format.TEXT) == written(plain, Format.TEXT)
    assert promtool_complaints(written(noted, Format.TEXT)) == ""


@pytest.mark.parametrize(("family", "keeps"), [(RUNS, NotingNumber), (WAITS, NotingHistogram)])
def test_lines_are_written_once_for_as_long_as_nothing_changes_in_both_formats(family: Family, keeps: Any) -> None:
    _, series = account(family, keeps)
    series.post(2, 1)
    assert series.write_shown(series.shown) == series.write(series.value)
    series.note(Exemplar(SOME, 2, 9))
    early = series.shown
    first, text = series.write_shown(early), series.write(series.value)
    assert series.write_shown(series.shown) is first
    assert series.write(series.value) is text
    series.post(2, 1)
    assert series.write_shown(series.shown) != first
    assert series.write_shown(early) == first


def test_exemplars_show_the_moment_of_the_snapshot() -> None:
    runs, series = account(RUNS, NotingNumber)
    series.note(Exemplar(SOME, 1, 9))
    snapshot = runs.snapshot(Format.OPENMETRICS)
    assert snapshot
    series.note(Exemplar((("trace_id", "later"),), 1, 10))
    body = snapshot.head + b"".join(map(snapshot.write, snapshot.series, snapshot.values))
    assert exemplars(body) == {("runs_total", ""): ({"trace_id": "abc"}, 1, 9)}


@pytest.mark.parametrize("family", [JOBS, TOOK])
def test_only_counters_and_histograms_can_have_exemplars(family: Family) -> None:
    with pytest.raises(Declaration):
        Ledger(_with(Column(family, *("open",) * (family is JOBS), exemplars=True)), since=lambda: 0, now=lambda: 0)


def test_exemplars_need_a_clock() -> None:
    with pytest.raises(Declaration, match="clock"):
        Ledger(JobAccounting(), since=lambda: 0)


def test_what_is_worth_it_is_opened_and_leads_to_the_object() -> None:
    ledger = Ledger(JobAccounting(), since=lambda: 0, now=lambda: 77.5, open_body=attrgetter("body"))
    bad = Job(ended=50, good=False)
    for delta in (came("a", Job()), Synced(), became("a", Job(), bad, b"fire"), came("b", Job(ended=5), body=b"flood")):
        ledger.apply(delta)
    body = rendered(ledger)
    leads = {"job": "blue/a", "cause": "fire"}
    assert exemplars(body) == {(ENDS.name, ""): (leads, 1, 77.5), (f"{SECONDS.name}_bucket", "60.0"): (leads, 50, 77.5)}
    assert value(numbers(body), "job_causes_total", namespace="blue", cause="fire") == 1
    assert value(numbers(body), "job_causes_total", namespace="blue", cause="flood") is None
    assert promtool_complaints(rendered(ledger, Format.TEXT)) == ""


def test_without_a_way_to_open_objects_counts_are_the_same_and_lead_nowhere() -> None:
    ledger = Ledger(JobAccounting(), since=lambda: 0, now=lambda: 77.5)
    for delta in (came("a", Job(ended=50, good=False), body=b"fire"), Synced()):
        ledger.apply(delta)
    body = rendered(ledger)
    assert exemplars(body) == {}
    assert value(numbers(body), ENDS.name, namespace="blue", queue="main", how="badly") == 1


def _with(column: Column) -> JobAccounting:
    accounting = JobAccounting()
    accounting.columns = (column,)
    return accounting
