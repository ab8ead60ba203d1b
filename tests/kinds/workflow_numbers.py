"""What a scrape of a ledger tells of workflows, in the words of the model, and what its histories are made of."""

from collections import Counter

import msgspec
from hypothesis import strategies as st

from exporter.kinds.workflow import WORKFLOW
from exporter.kinds.workflow.families import DURATION, OLDEST_CREATION, OLDEST_START, START_DELAY
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.metrics.owing import Standing
from tests.kinds.histories import Cache
from tests.kinds.samples import record
from tests.metrics.exposition import Labels, Numbers, only

phases = st.sampled_from(["Unset", "Pending", "Running", "Succeeded", "Failed", "Error", "Other"])
templates = st.sampled_from(["build", "test"])
spans = st.none() | st.sampled_from([0, 50, 3_000])
amounts = st.sampled_from([0, 1, 7, 300])
messages = st.sampled_from(
    ["", "child 'wf-1' failed", "Stopped with strategy 'Stop'", "Error (exit code 3)", "Waiting for a/Mutex/b lock."]
)


GAUGES: dict[str, tuple[str, ...]] = {
    "workflows": ("phase",),
    "workflows_pending": ("reason",),
    "workflows_suspended": (),
    "workflows_overdue": ("reason",),
    "workflows_stuck": ("reason",),
    "workflow_tasks": (),
    "workflow_tasks_completed": (),
}
"""The labels of each gauge beside the namespace."""
COUNTERS: dict[str, tuple[str, ...]] = {
    "creations": ("template_name",),
    "completions": ("template_name", "phase"),
    "transitions": ("from_phase", "to_phase"),
    "failures": ("reason",),
    "deletions": ("phase", "archived"),
    "retries": (),
    "updates": (),
    "cpu_core_seconds": (),
    "memory_byte_seconds": (),
    "node_completions": ("node_type", "node_phase"),
    "nodes_unreadable": ("reason",),
    "mapping_errors": (),
}
NAMES = tuple({column.family.name for column in WorkflowAccounting().columns})
HISTOGRAMS = {"duration": DURATION, "start_delay": START_DELAY}
BOUNDS = {what: family.buckets for what, family in HISTOGRAMS.items()}


def standings_of(cache: Cache, since: int) -> dict[str, Standing]:
    """Give what a checkpoint holds, as it comes back from a file."""
    accounting = WorkflowAccounting()
    records = {key: record(state.body) for key, state in cache.states.items()}
    return {
        one.uid: (key, msgspec.json.decode(msgspec.json.encode(one.projection), type=WORKFLOW.projection))
        for key, one in records.items()
        if accounting.unsettled(one.projection, since)
    }


def counters_of(found: Numbers) -> Counter[tuple[str, ...]]:
    lines = {"transitions": "argowf_workflow_phase_transitions_total"}
    counted: Counter[tuple[str, ...]] = Counter()
    for name, wanted in COUNTERS.items():
        for line, number in only(found, lines.get(name, f"argowf_workflow_{name}_total")).items():
            counted[name, *labels(line, wanted)] += int(number)
    return +counted


def gauges_of(found: Numbers) -> Counter[tuple[str, ...]]:
    lines = ((name, wanted, only(found, f"argowf_{name}")) for name, wanted in GAUGES.items())
    return +Counter(
        {(name, *labels(line, wanted)): int(number) for name, wanted, part in lines for line, number in part.items()}
    )


def labels(line: Labels, wanted: tuple[str, ...]) -> list[str]:
    return [dict(line)[label] for label in ("namespace", *wanted)]


def histograms_of(found: Numbers) -> dict[tuple[str, ...], tuple[float, float, tuple[float, ...]]]:
    """Give the count, the sum and the buckets of every histogram that is not empty."""
    return {
        (what, *(dict(line)[label] for label in family.labels)): (
            number,
            found[f"{family.name}_sum", line],
            tuple(found[f"{family.name}_bucket", line | {("le", str(float(bound)))}] for bound in family.buckets),
        )
        for what, family in HISTOGRAMS.items()
        for line, number in only(found, f"{family.name}_count").items()
        if number
    }


def summaries_of(found: Numbers) -> dict[tuple[str, ...], tuple[float, float]]:
    name, wanted = "argowf_workflow_group_duration_seconds", ("template_name", "phase")
    counts = only(found, f"{name}_count").items()
    return {tuple(labels(line, wanted)): (number, found[f"{name}_sum", line]) for line, number in counts if number}


def latest_of(found: Numbers) -> dict[tuple[str, ...], float]:
    lines = only(found, "argowf_workflow_last_completion_timestamp_seconds").items()
    return {tuple(labels(line, ("template_name", "phase"))): number for line, number in lines}


def oldest_of(found: Numbers) -> dict[tuple[str, str], float]:
    lines = {**only(found, OLDEST_CREATION.name), **only(found, OLDEST_START.name)}
    return {(dict(line)["namespace"], dict(line).get("phase", "Running")): number for line, number in lines.items()}
