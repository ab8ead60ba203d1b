"""Workflows and cron workflows as the page's tests want them: told in a line, with times counted from now."""

import time
from typing import Any

Object = dict[str, Any]

HOSTILE = '<img src=x onerror="window.pwned=1">'
"""What a stranger would write to have it run in the reader's browser."""
FINAL = frozenset({"Succeeded", "Failed", "Error"})
POSTPONED = "Workflow processing has been postponed because too many workflows are already running"
LOCKED = "Waiting for team-a/ConfigMap/locks/db lock. Lock status: 0/1"


def workflow(
    name: str,
    phase: str = "",
    *,
    namespace: str = "team-a",
    template: str = "",
    cron: str = "",
    age: float = 60,
    message: str = "",
    progress: str = "",
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    nodes: tuple[Object, ...] = (),
    **spec: object,
) -> Object:
    """Give a workflow that was created, and began, ``age`` seconds ago; a final one ended half of that ago."""
    created = moment(age)
    status: Object = {"phase": phase, "startedAt": created, "message": message, "progress": progress}
    if phase in FINAL:
        status["finishedAt"] = moment(age / 2)
    if nodes:
        status["nodes"] = {f"{name}-{index}": one for index, one in enumerate(nodes)}
    made_by = {"workflows.argoproj.io/cron-workflow": cron} if cron else {}
    reference = {"workflowTemplateRef": {"name": template}} if template else {}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "creationTimestamp": created,
            "labels": {**made_by, **(labels or {})},
            "annotations": annotations or {},
        },
        "spec": {**reference, **spec},
        **({"status": {key: value for key, value in status.items() if value}} if phase else {}),
    }


def node(name: str, phase: str = "Succeeded", *, type_: str = "Pod", age: float = 50, message: str = "") -> Object:
    """Give one step, which took ten seconds."""
    ended = {} if phase == "Running" else {"finishedAt": moment(age - 10)}
    return {
        "id": name,
        "name": name,
        "displayName": name,
        "type": type_,
        "phase": phase,
        "message": message,
        "startedAt": moment(age),
        **ended,
    }


def cron_workflow(name: str, schedule: str = "*/5 * * * *", *, namespace: str = "team-a", **more: Any) -> Object:
    """Give a cron workflow; ``suspend`` and ``timezone`` go into its spec, everything else into its status."""
    spec = {key: more.pop(key) for key in ("suspend", "timezone") if key in more}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "CronWorkflow",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"schedules": [schedule], "workflowSpec": {}, **spec},
        "status": more,
    }


def moment(age: float) -> str:
    """Write the time so many seconds ago as objects do."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - age))
