"""Who waits, who is late, what was used and when the last one ended; and what may be chosen about it."""

from itertools import pairwise
from typing import Any

import pytest

from exporter.kinds.workflow import WorkflowOptions, workflow_kind
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.kube.objects import Key
from exporter.metrics.ledger import Ledger
from exporter.metrics.text import Format
from exporter.store.delta import Added, Deleted, Delta, Record, Synced, Updated
from tests.kinds.samples import START, record, workflow
from tests.kinds.test_workflow_totals import (
    CREATIONS,
    FAILED,
    FAILED_AGAIN,
    KEY,
    LAST,
    PENDING,
    REOPENED,
    RUNNING,
    after,
    ledger_of,
)
from tests.metrics.exposition import Numbers, numbers, only, promtool_complaints, rendered, summed

DEFAULT = WorkflowOptions()
NOW = START + 1_000


def at(time: float, *deltas: Delta, options: WorkflowOptions = DEFAULT) -> Numbers:
    """Give the numbers at a time, of workflows that are read and counted as the options say."""
    ledger = Ledger(WorkflowAccounting(options), since=lambda: START, now=lambda: time)
    for delta in (*deltas, Synced()):
        ledger.apply(delta)
    return numbers(rendered(ledger))


def added(body: bytes, options: WorkflowOptions = DEFAULT) -> Delta:
    document = workflow_kind(options).read(body)
    return Added(KEY, Record(document.meta.uid, "1", body, (), document.projection), initial=True)


def late(time: float, name: str, body: bytes, options: WorkflowOptions = DEFAULT) -> set[str]:
    """Give the reasons of a gauge that are not 0."""
    lines = only(at(time, added(body, options), options=options), f"argowf_workflows_{name}")
    return {dict(line)["reason"] for line, number in lines.items() if number}


@pytest.mark.parametrize("limit", [60, "60"])
def test_a_workflow_is_overdue_from_the_second_of_its_deadline(limit: int | str) -> None:
    body = workflow(phase="Running", started=START, spec={"activeDeadlineSeconds": limit})
    assert late(START + 59.9, "overdue", body) == set()
    assert late(START + 60, "overdue", body) == {"deadline"}


def test_the_deadline_of_a_template_counts_where_the_workflow_has_none() -> None:
    stored = {"activeDeadlineSeconds": 60, "suspend": True}
    body = workflow(phase="Running", started=START, storedWorkflowTemplateSpec=stored)
    own = workflow(
        phase="Running", started=START, storedWorkflowTemplateSpec=stored, spec={"activeDeadlineSeconds": 9_000}
    )
    assert late(NOW, "overdue", body) == {"deadline"}
    assert late(NOW, "overdue", own) == set()
    assert summed(at(NOW, added(own)), "argowf_workflows_suspended") == 1


def test_a_workflow_is_overdue_past_a_factor_of_its_estimate() -> None:
    body = workflow(phase="Running", started=START, estimatedDuration=100)
    assert late(START + 199, "overdue", body) == set()
    assert late(START + 200, "overdue", body) == {"estimate"}
    assert late(START + 150, "overdue", body, WorkflowOptions(overdue_factor=1.5)) == {"estimate"}
    assert late(START + 9_999, "overdue", body, WorkflowOptions(overdue_factor=0)) == set()


def test_what_has_ended_or_not_begun_is_neither_overdue_nor_stuck() -> None:
    for phase in ("Pending", "Failed"):
        body = workflow(
            phase=phase, started=START, finished=START + 9, progress="2/2", spec={"activeDeadlineSeconds": 1}
        )
        assert late(START + 900_000, "overdue", body) == late(START + 900_000, "stuck", body) == set()


def test_a_workflow_that_did_everything_and_goes_on_is_stuck_until_something_happens() -> None:
    body = workflow(phase="Running", started=START, written=START + 100, progress="3/3")
    moved = workflow(phase="Running", started=START, written=START + 100, progress="3/4")
    assert late(START + 399, "stuck", body) == set()
    assert late(START + 700, "stuck", body) == {"complete"}
    assert late(START + 700, "stuck", moved) == set()


def test_a_workflow_of_which_nothing_was_heard_for_long_is_stuck() -> None:
    body = workflow(phase="Running", started=START, written=START + 7)
    assert late(START + 86_400, "stuck", body) == set()
    assert late(START + 86_800, "stuck", body) == {"silent"}
    assert late(START + 90_000, "stuck", body, WorkflowOptions(stuck_after=0)) == set()
    assert late(START + 50, "stuck", body, WorkflowOptions(stuck_after=30)) == {"silent"}


def test_most_updates_of_a_workflow_leave_its_projection_as_it_was() -> None:
    seen = [
        record(workflow(phase="Running", started=START, written=START + 101 + after)) for after in range(0, 290, 10)
    ]
    assert len({repr(one.projection) for one in seen}) <= 2


SUSPEND = {"1": {"type": "Suspend", "phase": "Running"}, "2": {"type": "Pod", "phase": "Succeeded"}}


@pytest.mark.parametrize(
    ("spec", "status", "suspended"),
    [
        ({"suspend": True}, {}, 1),
        ({"suspend": False}, {}, 0),
        ({}, {"nodes": SUSPEND}, 1),
        ({}, {"nodes": {"1": {"type": "Suspend", "phase": "Succeeded"}}}, 0),
        ({}, {"nodes": {"1": {"type": "Pod", "phase": "Running", "displayName": "Suspend"}}}, 0),
    ],
)
def test_a_workflow_that_waits_for_a_person_is_suspended_and_never_stuck(
    spec: dict[str, Any], status: dict[str, Any], suspended: int
) -> None:
    body = workflow(phase="Running", started=START, progress="1/1", spec=spec, **status)
    assert summed(at(NOW, added(body)), "argowf_workflows_suspended") == suspended
    assert (late(NOW, "stuck", body) == set()) == bool(suspended)


def test_a_workflow_can_be_suspended_before_it_runs_but_not_after_it_ended() -> None:
    for phase, suspended in (("", 1), ("Pending", 1), ("Failed", 0)):
        found = at(NOW, added(workflow(phase=phase, spec={"suspend": True})))
        assert summed(found, "argowf_workflows_suspended") == suspended


def test_progress_is_summed_over_what_runs() -> None:
    body = workflow(phase="Running", started=START, progress="3/7")
    ledger = ledger_of(Added(Key("ns/a"), record(body)), Added(Key("ns/b"), record(body)), Added(KEY, FAILED))
    found = numbers(rendered(ledger))
    assert summed(found, "argowf_workflow_tasks") == 14
    assert summed(found, "argowf_workflow_tasks_completed") == 6


def test_what_waits_is_told_by_what_it_waits_for() -> None:
    found = after(
        Added(Key("ns/a"), PENDING),
        Added(Key("ns/b"), REOPENED),
        Added(Key("ns/c"), record(workflow(phase="Pending", message="Waiting for a PVC to be created."))),
    )
    pending = {dict(line)["reason"]: number for line, number in only(found, "argowf_workflows_pending").items()}
    assert pending == {"not_admitted": 1, "parallelism": 0, "lock": 0, "pvc": 1, "other": 1}


def used(cpu: int, memory: int, phase: str = "Running") -> Record:
    return record(workflow(phase=phase, resourcesDuration={"cpu": cpu, "memory": memory, "nvidia.com/gpu": 3}))


def test_resources_are_counted_as_far_as_they_grow_while_somebody_watches() -> None:
    first, more, less, last = used(10, 1), used(15, 1), used(5, 2), used(6, 4, "Failed")
    found = after(
        Added(KEY, first, initial=True), *(Updated(KEY, *pair) for pair in pairwise((first, more, less, last)))
    )
    assert summed(found, "argowf_workflow_cpu_core_seconds_total") == 5 + 1
    assert summed(found, "argowf_workflow_memory_byte_seconds_total") == 3 * 100 * 1024 * 1024


def test_a_new_workflow_brings_all_that_it_used_and_one_that_comes_back_nothing() -> None:
    found = after(Added(KEY, used(10, 1)), Deleted(KEY, used(10, 1), used(10, 1)), Added(KEY, used(12, 1)))
    assert summed(found, "argowf_workflow_cpu_core_seconds_total") == 10


def test_the_latest_end_of_each_group_and_phase_is_remembered() -> None:
    found = after(
        Added(KEY, FAILED_AGAIN, initial=True), Added(Key("ns/b"), FAILED), Deleted(KEY, FAILED_AGAIN, FAILED_AGAIN)
    )
    assert summed(found, LAST, phase="Failed") == summed(found, LAST) == START + 9


def test_durations_of_groups_are_a_sum_and_a_count_or_buckets_if_wanted() -> None:
    name, ended = "argowf_workflow_group_duration_seconds", workflow(phase="Failed", started=START, finished=START + 7)
    found = after(Added(KEY, RUNNING), Updated(KEY, RUNNING, record(ended)))
    assert (summed(found, f"{name}_count"), summed(found, f"{name}_sum", phase="Failed")) == (1, 7)
    assert not only(found, f"{name}_bucket")
    ledger = Ledger(
        WorkflowAccounting(WorkflowOptions(duration_buckets=(5, 10))), since=lambda: START, now=lambda: START
    )
    for delta in (Synced(), Added(KEY, RUNNING), Updated(KEY, RUNNING, record(ended))):
        ledger.apply(delta)
    found = numbers(rendered(ledger))
    assert [summed(found, f"{name}_bucket", le=le) for le in ("5.0", "10.0")] == [0, 1]


def test_groups_may_be_told_apart_by_a_label_as_well() -> None:
    options = WorkflowOptions(group_label="example.com/cost-Team")
    body = workflow(phase="Failed", finished=START, labels={"example.com/cost-Team": "blue"})
    found = at(NOW, added(body, options), added(workflow(phase="Failed", finished=START), options), options=options)
    teams = {dict(line)["label_example_com_cost_Team"] for line in only(found, CREATIONS)}
    assert teams == {"blue", ""}


def test_a_quiet_namespace_costs_sixty_series_at_most_also_after_a_failure_with_all_it_used() -> None:
    failed = workflow(phase="Failed", created=START - 9, finished=START - 5, progress="2/2", estimatedDuration=7)
    ledger = ledger_of(Added(KEY, record(failed), initial=True))
    assert ledger.statistics().series <= 60
    assert len(only(numbers(rendered(ledger)), "argowf_workflow_failures_total")) == 11


def test_every_family_but_the_sizes_has_columns_and_passes_promtool() -> None:
    options = WorkflowOptions(nodes=True, group_label="team", duration_buckets=(1, 2))
    body = workflow(phase="Running", started=START, progress="1/1", nodes=SUSPEND, spec={"suspend": True})
    ledger = Ledger(WorkflowAccounting(options), since=lambda: START, now=lambda: NOW)
    for delta in (Synced(), added(body, options)):
        ledger.apply(delta)
    assert promtool_complaints(rendered(ledger, Format.TEXT)) == ""
    nodes = only(numbers(rendered(ledger)), "argowf_workflow_nodes")
    assert {(dict(line)["node_type"], dict(line)["node_phase"]): number for line, number in nodes.items()} == {
        ("Suspend", "Running"): 1,
        ("Pod", "Succeeded"): 1,
    }


def test_completions_are_told_to_listeners_by_their_columns() -> None:
    accounting, heard = WorkflowAccounting(), list[str]()
    ledger = Ledger(accounting, since=lambda: START, now=lambda: START)
    ledger.listen(
        lambda key, projection, counts: heard.extend(accounting.completions.get(one, "") for one, _ in counts)
    )
    for delta in (Synced(), Added(KEY, RUNNING), Updated(KEY, RUNNING, FAILED), Deleted(KEY, FAILED, FAILED)):
        ledger.apply(delta)
    assert [phase for phase in heard if phase] == ["Failed"]
    assert set(accounting.last_completions.values()) == {"Succeeded", "Failed", "Error"}


def test_an_end_whose_time_is_written_late_or_moves_on_is_the_latest() -> None:
    timeless = record(workflow(phase="Failed"))
    found = after(Added(KEY, timeless), Updated(KEY, timeless, FAILED))
    again = after(Added(KEY, FAILED), Updated(KEY, FAILED, FAILED_AGAIN))
    assert (summed(found, LAST), summed(again, LAST)) == (START + 5, START + 9)
