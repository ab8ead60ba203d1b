"""What is shown, beside what is true: every way in which they can differ, in words."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.metrics.text import Format
from tests.churn.observed import FINAL, Numbers

LATEST = "argowf_workflow_last_completion_timestamp_seconds"
GAUGES = {
    *(f"argowf_workflows{rest}" for rest in ("", "_pending", "_suspended", "_overdue")),
    *(f"argowf_workflow_{rest}" for rest in ("tasks", "tasks_completed", "nodes")),
    *(f"argowf_workflow_oldest_{rest}_timestamp_seconds" for rest in ("creation", "start")),
    *("argowf_workflowtemplates", "argowf_clusterworkflowtemplates"),
    *(f"argowf_cronworkflow_{rest}_timestamp_seconds" for rest in ("created", "last_schedule")),
    *(
        f"argowf_cronworkflow_{rest}"
        for rest in ("info", "suspended", "stopped", "active_workflows", "condition", "schedule_invalid")
    ),
}
COUNTERS = {
    f"argowf_workflow_{rest}"
    for rest in (
        *("creations_total", "completions_total", "phase_transitions_total", "failures_total", "deletions_total"),
        *("retries_total", "updates_total", "cpu_core_seconds_total", "memory_byte_seconds_total"),
        *("node_completions_total", "nodes_unreadable_total", "mapping_errors_total"),
        *("duration_seconds_count", "duration_seconds_sum", "start_delay_seconds_count", "start_delay_seconds_sum"),
        *("group_duration_seconds_count", "group_duration_seconds_sum"),
    )
}

Lines = Mapping[tuple[str, ...], float]
Report = Mapping[str, Any]
"""The simulator's books."""


def read(slices: Callable[[Format], Iterable[bytes]]) -> Numbers:
    """Give every line by its name and the values of its labels, in their order.

    Raises:
        AssertionError: the two formats tell different things.
    """
    text, openmetrics = (b"".join((*slices(fmt), fmt.end)).decode() for fmt in Format)
    shown, again = _lines(parse_text(text)), _lines(parse_openmetrics(openmetrics))  # type: ignore[no-untyped-call]
    assert shown == again
    return shown


def _lines(metrics: Iterable[Any]) -> Numbers:
    return Counter(
        {(sample.name, *sample.labels.values()): sample.value for metric in metrics for sample in metric.samples}
    )


def lines_differ(what: str, true: Lines, shown: Lines, names: Iterable[str]) -> Iterator[str]:
    """Compare all lines of these names; one that is not there is as good as a 0."""
    names = set(names)
    for line in sorted(line for line in {*true, *shown} if line[0] in names):
        expected, got = true.get(line, 0), shown.get(line, 0)
        if abs(expected - got) > 1e-9 * abs(expected):
            yield f"{what} {line}: {expected} but {got}"


def bounds_differ(bounds: Mapping[tuple[str, str], tuple[int, int]], shown: Lines) -> Iterator[str]:
    """Compare how many are stuck with how many are so at least and at most."""
    found = _of("argowf_workflows_stuck", shown)
    for place in sorted({*bounds, *found}):
        least, most = bounds.get((place[0], place[1]), (0, 0))
        if not least <= found.get(place, 0) <= most:
            yield f"stuck {place}: {least} to {most} but {found.get(place, 0)}"


def books_differ(report: Report, shown: Lines) -> Iterator[str]:
    """Compare creations and completions with the simulator's books, without what nobody could see."""
    told: Counter[tuple[str, str]] = Counter()
    for line, value in _of("argowf_workflow_creations_total", shown).items():
        told[line[0], "created"] += int(value)
    for line, value in _of("argowf_workflow_completions_total", shown).items():
        told[line[0], line[-1]] += int(value)
    booked = {
        (namespace, what): count - unseen
        for namespace, account in report["namespaces"].items()
        for what, count, unseen in booked_in(account)
    }
    for place in sorted({*booked, *told}):
        if booked.get(place, 0) != told[place]:
            yield f"books {place}: {booked.get(place, 0)} but {told[place]}"


def booked_in(account: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Give what was booked in a namespace: what, how often, and how often unseen by all."""
    unseen = account["unseen"]
    yield "created", account["created"], unseen["created"]
    for phase in (*FINAL, "Unobserved"):
        yield phase, account["completed"].get(phase, 0), unseen["completed"].get(phase, 0)


def runs_differ(completions: Lines, shown: Lines) -> Iterator[str]:
    """Compare the runs of each CronWorkflow with the completions of its workflows."""
    true: Counter[tuple[str, ...]] = Counter()
    for (namespace, _, _, cron, phase), count in _of("argowf_workflow_completions_total", completions).items():
        true[namespace, cron, phase] += int(count)
    for place, value in _of("argowf_cronworkflow_runs_total", shown).items():
        if value != true[place]:
            yield f"runs {place}: {true[place]} but {value}"


def _of(name: str, lines: Lines) -> dict[tuple[str, ...], float]:
    return {line[1:]: value for line, value in lines.items() if line[0] == name}
