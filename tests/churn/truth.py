"""Every gauge, folded plainly over the simulator's own objects at one moment: what there is, whoever saw it."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from exporter.simulator.history import History
from exporter.simulator.resources import (
    CLUSTER_WORKFLOW_TEMPLATES,
    CRON_WORKFLOWS,
    WORKFLOW_TEMPLATES,
    WORKFLOWS,
    Kind,
)
from tests.churn.observed import Numbers, nodes_of, seconds

FACTOR = 2.0
"""Of the estimate, after which a workflow is overdue."""
STUCK_AFTER, PATIENCE = 40.0, 300
"""Seconds without an update: for one that runs, and for one whose steps are done."""
GRAIN = 4
"""Seconds to which the exporter may be late with that."""
UNREADABLE = "61 "
"""How the one schedule begins that is none."""
_WAITS = (
    ("too many workflows are already running", "parallelism"),
    ("Waiting for a PVC", "pvc"),
    ("lock. Lock status", "lock"),
)


def gauges(history: History, now: float, *, unpacks: bool) -> Numbers:
    """Give every gauge that is not 0 but ``stuck``; ``unpacks`` says whether compressed nodes are looked at."""
    found: Numbers = Counter()
    oldest: dict[tuple[str, ...], float] = {}
    for thing in _things(history, WORKFLOWS):
        found.update(dict(_counted(thing, now, unpacks)))
        for line, moment in _moments(thing):
            oldest[line] = min(moment, oldest.get(line, math.inf))
    for thing in _things(history, WORKFLOW_TEMPLATES):
        found["argowf_workflowtemplates", thing["metadata"]["namespace"]] += 1
    if count := history.count(CLUSTER_WORKFLOW_TEMPLATES):
        found["argowf_clusterworkflowtemplates",] = count
    for thing in _things(history, CRON_WORKFLOWS):
        found.update(dict(_of_cron(thing)))
    return found + Counter(oldest)


def stuck(history: History, now: float, *, unpacks: bool) -> dict[tuple[str, str], tuple[int, int]]:
    """Give by namespace and reason how many are stuck: at least those that are so for a while, at most all."""
    least: Counter[tuple[str, str]] = Counter()
    most: Counter[tuple[str, str]] = Counter()
    for thing in _things(history, WORKFLOWS):
        for reason, since in _stuck_since(thing, unpacks):
            place = (thing["metadata"]["namespace"], reason)
            most[place] += since <= now
            least[place] += since + GRAIN <= now
    return {place: (least[place], most[place]) for place in most}


def _things(history: History, kind: Kind) -> Iterator[dict[str, Any]]:
    return (stored.thing for stored in history.things(kind))


def _counted(thing: dict[str, Any], now: float, unpacks: bool) -> Iterator[tuple[tuple[str, ...], float]]:
    namespace, status = thing["metadata"]["namespace"], thing.get("status", {})
    phase = status.get("phase") or "Unset"
    yield ("argowf_workflows", namespace, phase), 1
    if phase in {"Succeeded", "Failed", "Error"}:
        return
    if phase in {"Unset", "Pending"}:
        yield ("argowf_workflows_pending", namespace, _wait(phase, status.get("message", ""))), 1
    if _waits_for_person(thing, unpacks):
        yield ("argowf_workflows_suspended", namespace), 1
    for node, count in Counter((node["type"], node["phase"]) for node in nodes_of(thing) or ()).items():
        yield ("argowf_workflow_nodes", namespace, *node), count
    if phase == "Running":
        done, _, planned = status.get("progress", "0/0").partition("/")
        yield ("argowf_workflow_tasks", namespace), int(planned)
        yield ("argowf_workflow_tasks_completed", namespace), int(done)
        for reason in _overdue(thing, now):
            yield ("argowf_workflows_overdue", namespace, reason), 1


def _wait(phase: str, message: str) -> str:
    if phase == "Unset":
        return "not_admitted"
    return next((reason for part, reason in _WAITS if part in message), "other")


def _waits_for_person(thing: dict[str, Any], unpacks: bool) -> bool:
    nodes = (nodes_of(thing) if unpacks else [*thing.get("status", {}).get("nodes", {}).values()]) or []
    return thing["spec"].get("suspend") is True or any(
        node["type"] == "Suspend" and node["phase"] == "Running" for node in nodes
    )


def _overdue(thing: dict[str, Any], now: float) -> Iterator[str]:
    status = thing["status"]
    started = seconds(status["startedAt"]) or 0
    stored = status.get("storedWorkflowTemplateSpec", {})
    limit = thing["spec"].get("activeDeadlineSeconds", stored.get("activeDeadlineSeconds"))
    estimate = status.get("estimatedDuration")
    if limit is not None and started + limit <= now:
        yield "deadline"
    if estimate and started + math.ceil(FACTOR * estimate) <= now:
        yield "estimate"


def _moments(thing: dict[str, Any]) -> Iterable[tuple[tuple[str, ...], float]]:
    metadata, status = thing["metadata"], thing.get("status", {})
    phase, created = status.get("phase") or "Unset", seconds(metadata["creationTimestamp"])
    if phase in {"Unset", "Pending"} and created:
        yield ("argowf_workflow_oldest_creation_timestamp_seconds", metadata["namespace"], phase), created
    if phase == "Running" and (started := seconds(status["startedAt"])):
        yield ("argowf_workflow_oldest_start_timestamp_seconds", metadata["namespace"]), started


def _stuck_since(thing: dict[str, Any], unpacks: bool) -> Iterator[tuple[str, float]]:
    status = thing.get("status", {})
    if status.get("phase") != "Running" or _waits_for_person(thing, unpacks):
        return
    heard = max(seconds(entry["time"]) or 0 for entry in thing["metadata"]["managedFields"])
    yield "silent", heard + STUCK_AFTER
    done, _, planned = status.get("progress", "0/0").partition("/")
    if done == planned != "0":
        yield "complete", heard + PATIENCE


def _of_cron(thing: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], float]]:
    metadata, spec, status = thing["metadata"], thing["spec"], thing["status"]
    key = (metadata["namespace"], metadata["name"])

    def line(name: str, value: float, *labels: str) -> tuple[tuple[str, ...], float]:
        return (f"argowf_cronworkflow_{name}", *key, *labels), value

    for text in spec["schedules"]:
        zone = text.split()[0].partition("=")[2] if text.startswith("CRON_TZ=") else spec["timezone"] or "UTC"
        yield line("info", 1, text, zone, spec["concurrencyPolicy"])
    yield line("created_timestamp_seconds", seconds(metadata["creationTimestamp"]) or 0)
    yield line("suspended", int(spec["suspend"]))
    yield line("stopped", int(status["phase"] == "Stopped"))
    yield line("active_workflows", len(status["active"]))
    if last := seconds(status["lastScheduledTime"]):
        yield line("last_schedule_timestamp_seconds", last)
    for condition in status["conditions"]:
        yield line("condition", 1, condition["type"])
    yield line("schedule_invalid", int(any(text.startswith(UNREADABLE) for text in spec["schedules"])))
