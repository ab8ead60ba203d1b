"""A flood of names: series and memory stay within the limits, and what found no place of its own is seen."""

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from exporter.kube.objects import Key
from exporter.metrics.ledger import Ledger, LedgerLimits
from exporter.metrics.rows import OVERFLOW
from exporter.metrics.text import Format
from exporter.store.delta import Added, Deleted, Delta, Synced
from tests.metrics.exposition import numbers, only, rendered, summed, value
from tests.metrics.job import CREATIONS, ENDS, GONE, Job, JobAccounting, record

GROUPS, NAMESPACES = 100_000, 1_000
LIMITS = LedgerLimits()
LINES_OF_NAMESPACE, LINES_OF_GROUP = 3 + 5 + 1, 1 + 2 + 2 + 2
"""What a quiet row of jobs shows, the last ends of those that ended included."""


def flood() -> Iterator[tuple[Key, Job]]:
    """A hundred thousand jobs, each of a queue of its own, in a thousand namespaces."""
    for number in range(GROUPS):
        yield Key(f"namespace-{number % NAMESPACES}/job-{number}"), Job(f"queue-{number}", created=5, ended=9)


def added(key: Key, job: Job) -> Delta:
    return Added(key, record(key, job))


@contextmanager
def traced() -> Iterator[Callable[[], int]]:
    """Give what tells the bytes that are kept of those taken since."""
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def flooded_and_bytes() -> tuple[Ledger, int]:
    ledger = Ledger(JobAccounting(), since=lambda: 0, now=lambda: 0)
    ledger.apply(Synced())
    with traced() as kept:
        for key, job in flood():
            ledger.apply(added(key, job))
        return ledger, kept()


@pytest.fixture
def flooded(flooded_and_bytes: tuple[Ledger, int]) -> Ledger:
    return flooded_and_bytes[0]


def test_series_stay_under_the_limits_and_nothing_is_lost(flooded: Ledger) -> None:
    statistics = flooded.statistics()
    rows = LIMITS.groups + LIMITS.namespaces + 1  # each namespace has an overflow row besides
    assert statistics.series <= (LIMITS.namespaces + 1) * LINES_OF_NAMESPACE + rows * LINES_OF_GROUP
    found = numbers(rendered(flooded))
    assert len(found) == statistics.series
    assert summed(found, "jobs") == summed(found, CREATIONS.name) == summed(found, ENDS.name) == GROUPS


def test_the_overflow_is_visible_in_rows_and_in_statistics(flooded: Ledger) -> None:
    statistics, found = flooded.statistics(), numbers(rendered(flooded))
    namespaces = {dict(line)["namespace"] for line in only(found, GONE.name)}
    assert (statistics.namespaces, statistics.groups) == (LIMITS.namespaces, LIMITS.groups)
    assert len(namespaces) == LIMITS.namespaces + 1
    assert statistics.namespaces_overflowed == NAMESPACES - LIMITS.namespaces
    assert statistics.groups_overflowed == GROUPS - LIMITS.groups
    assert value(found, "jobs", namespace=OVERFLOW, state="closed") == GROUPS / 2
    shared = {line: number for line, number in only(found, CREATIONS.name).items() if ("queue", OVERFLOW) in line}
    assert sum(shared.values()) == GROUPS - LIMITS.groups


def test_names_that_have_gone_take_no_place() -> None:
    """Each job goes before the next one comes: what is kept is as for the rows alone."""

    def passing(ledger: Ledger, jobs: int) -> None:
        for number, (key, job) in enumerate(flood()):
            if number == jobs:
                return
            ledger.apply(added(key, job))
            ledger.apply(Deleted(key, record(key, job), record(key, job)))

    ledger = Ledger(JobAccounting(), since=lambda: 0, limits=LedgerLimits(memory=100), now=lambda: 0)
    passing(ledger, 5 * NAMESPACES)
    with traced() as kept:
        passing(ledger, 20 * NAMESPACES)
        grown = kept()
    assert grown < 200_000


def test_a_name_costs_little_beyond_the_rows(flooded_and_bytes: tuple[Ledger, int]) -> None:
    rows = LIMITS.groups + 2 * LIMITS.namespaces
    assert flooded_and_bytes[1] < rows * 3_000 + GROUPS * 250


def test_a_flood_does_not_make_a_scrape_longer_than_its_series(flooded: Ledger) -> None:
    lines = sum(part.count(b"\n") - part.count(b"# ") for part in flooded.slices(Format.TEXT))
    assert lines == flooded.statistics().series
