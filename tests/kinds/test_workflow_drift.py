"""What a ledger that missed something holds after it was reconciled."""

from collections.abc import Iterator
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.kube.objects import Key, split_key
from exporter.metrics.ledger import Ledger, LedgerLimits
from exporter.metrics.rows import OVERFLOW
from exporter.store.delta import Added, Deleted, Delta, Record, Synced, Updated
from tests.kinds.samples import START, record, workflow
from tests.metrics.exposition import Labels, numbers, only, rendered

GAUGES = (
    "argowf_workflows",
    "argowf_workflows_pending",
    "argowf_workflows_suspended",
    "argowf_workflows_overdue",
    "argowf_workflows_stuck",
    "argowf_workflow_tasks",
    "argowf_workflow_tasks_completed",
    "argowf_workflow_oldest_creation_timestamp_seconds",
    "argowf_workflow_oldest_start_timestamp_seconds",
)
KEYS = [Key(f"{namespace}/{name}") for namespace in ("blue", "green") for name in ("a", "b", "c")]

states = st.builds(
    lambda phase, created, started, template, limit, progress: record(
        workflow(
            phase=phase,
            created=created,
            started=started,
            template=template,
            spec={"activeDeadlineSeconds": limit, "suspend": limit == 7},
            progress=progress,
        )
    ),
    st.sampled_from(["", "Pending", "Running", "Succeeded"]),
    st.integers(START, START + 5),
    st.none() | st.integers(START, START + 5),
    st.sampled_from(["build", "test"]),
    st.sampled_from([None, 0, 7, 100]),
    st.sampled_from(["0/0", "1/2", "2/2"]),
)
steps = st.tuples(st.sampled_from(KEYS), st.none() | states)
Walk = list[tuple[Key, Record | None]]


def ledger_of(limits: LedgerLimits | None = None) -> Ledger:
    ledger = Ledger(WorkflowAccounting(), since=lambda: START, now=lambda: START + 900, limits=limits)
    ledger.apply(Synced())
    return ledger


def told(walk: Walk, here: dict[Key, Record]) -> Iterator[Delta]:
    for key, new in walk:
        old = here.pop(key, None)
        if new is not None:
            here[key] = new
            yield Added(key, new) if old is None else Updated(key, old, new)
        elif old is not None:
            yield Deleted(key, old, old)


def reconcile(ledger: Ledger, here: dict[Key, Record]) -> int:
    namespaces = {split_key(key)[0] for key in KEYS}
    return sum(ledger.reconcile(namespace, projections(here, namespace)) for namespace in namespaces)


def projections(here: dict[Key, Record], namespace: str) -> list[object]:
    return [record.projection for key, record in here.items() if split_key(key)[0] == namespace]


def gauges(ledger: Ledger) -> dict[tuple[str, Labels], float]:
    found = numbers(rendered(ledger))
    return {(name, line): number for name in GAUGES for line, number in only(found, name).items() if number}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(steps, st.booleans()), max_size=20), st.lists(steps, max_size=10))
def test_whatever_was_lost_the_gauges_are_right_again_and_stay_so(
    lossy: list[tuple[tuple[Key, Record | None], bool]], after: Walk
) -> None:
    here: dict[Key, Record] = {}
    ledger, fresh = ledger_of(), ledger_of()
    for step, lost in lossy:
        for delta in told([step], here):
            if not lost:
                with suppress(KeyError):  # an update of what was never added
                    ledger.apply(delta)
    reconcile(ledger, here)
    assert reconcile(ledger, here) == 0
    for key, new in here.items():
        fresh.apply(Added(key, new))
    assert gauges(ledger) == gauges(fresh)
    for delta in told(after, here):
        ledger.apply(delta)
        fresh.apply(delta)
        assert gauges(ledger) == gauges(fresh)


def test_each_series_that_was_wrong_is_told() -> None:
    running = record(workflow(phase="Running", started=START + 4))
    ledger = ledger_of()
    ledger.apply(Added(KEYS[0], running))
    assert ledger.reconcile("blue", []) == 3  # its phase, its start, when it would be silent for too long
    assert ledger.reconcile("blue", [running.projection]) == 3
    assert ledger.reconcile("blue", [running.projection]) == 0


def test_counters_are_left_as_they_are() -> None:
    failed = record(workflow(phase="Failed", finished=START + 4))
    ledger = ledger_of()
    ledger.apply(Added(KEYS[0], failed))
    ledger.reconcile("blue", [])
    found = numbers(rendered(ledger))
    assert sum(only(found, "argowf_workflow_completions_total").values()) == 1
    assert not any(only(found, "argowf_workflows").values())


def test_a_namespace_that_nobody_has_heard_of_is_opened_only_for_objects() -> None:
    ledger = ledger_of()
    assert ledger.reconcile("blue", []) == 0
    assert ledger.namespaces() == ()
    assert ledger.reconcile("blue", [record(workflow()).projection]) == 3
    assert ledger.namespaces() == ("blue",)


def test_a_namespace_in_the_overflow_row_is_left_alone() -> None:
    ledger = ledger_of(LedgerLimits(namespaces=1))
    unset = record(workflow())
    for key in (KEYS[0], KEYS[3], KEYS[4]):
        ledger.apply(Added(key, unset))
    before = gauges(ledger)
    assert ledger.reconcile("green", []) == 0
    assert gauges(ledger) == before
    assert any(("namespace", OVERFLOW) in line for _, line in before)
