"""What changes with time alone: at every scrape it is a fold over what is there and the time."""

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exporter.metrics.family import Declaration
from exporter.metrics.ledger import Ledger
from exporter.store.delta import Synced
from tests.metrics.exposition import Numbers, numbers, only, rendered, value
from tests.metrics.job import LAST, Job, JobAccounting, became, came, went

Walk = list[tuple[str, Job | None, int]]

jobs = st.builds(Job, st.sampled_from(["main", "side"]), st.just(0), st.integers(0, 40), st.none() | st.integers(0, 9))
walks = st.lists(st.tuples(st.sampled_from("abcd"), st.none() | jobs, st.integers(-3, 9)), max_size=40)


def apply(ledger: Ledger, here: dict[str, Job], name: str, new: Job | None) -> None:
    old = here.pop(name, None)
    if new is not None:
        here[name] = new
        ledger.apply(came(name, new) if old is None else became(name, old, new))
    elif old is not None:
        ledger.apply(went(name, old))


def late(found: Numbers) -> float:
    return value(found, "jobs_late", namespace="blue") or 0


@settings(max_examples=100, deadline=None)
@given(walks)
@example([("a", None, 0), ("a", Job(due=0), -1)])  # a series that is opened after the clock was set back
def test_the_late_are_those_that_are_open_and_due_by_the_latest_clock(walk: Walk) -> None:
    clock, latest = [0.0], -math.inf
    here: dict[str, Job] = {}
    ledger = Ledger(JobAccounting(), since=lambda: 0, now=lambda: clock[0])
    ledger.apply(Synced())
    for name, new, seconds in walk:
        apply(ledger, here, name, new)
        clock[0] += seconds
        latest = max(latest, clock[0])
        found = numbers(rendered(ledger))
        assert late(found) == sum(job.ended is None and job.due <= latest for job in here.values())
        assert value(found, "jobs", namespace="blue", state="open") in {
            None,
            sum(j.ended is None for j in here.values()),
        }


def test_a_reconciliation_puts_deadlines_right_and_leaves_last_times_alone() -> None:
    ledger = Ledger(JobAccounting(), since=lambda: 0, now=lambda: 50)
    for delta in (came("a", Job(due=40)), came("b", Job(due=60)), came("c", Job(ended=7)), Synced()):
        ledger.apply(delta)
    before = only(numbers(rendered(ledger)), LAST.name)
    assert ledger.reconcile("blue", [Job(due=40), Job(due=60), Job(ended=7)]) == 0
    assert ledger.reconcile("blue", [Job(due=30), Job(due=40), Job(due=70)]) > 0
    found = numbers(rendered(ledger))
    assert late(found) == 2
    assert only(found, LAST.name) == before


def test_deadlines_need_a_clock() -> None:
    with pytest.raises(Declaration, match="'jobs_late': needs a clock"):
        Ledger(JobAccounting(), since=lambda: 0)
