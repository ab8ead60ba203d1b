"""Workflows for a real API server: small ones to be changed by a test, and the names under which they are counted."""

from datetime import UTC, datetime, timedelta

from tests.cluster.program import Numbers
from tests.controlplane.admin import Object

KNOWN_PHASES = frozenset({"Pending", "Running", "Succeeded", "Failed", "Error"})
FINAL = frozenset({"Succeeded", "Failed", "Error"})

CREATIONS = "argowf_workflow_creations_total"
COMPLETIONS = "argowf_workflow_completions_total"
TRANSITIONS = "argowf_workflow_phase_transitions_total"
DELETIONS = "argowf_workflow_deletions_total"
RETRIES = "argowf_workflow_retries_total"
UPDATES = "argowf_workflow_updates_total"
COUNTERS = (CREATIONS, COMPLETIONS, TRANSITIONS, DELETIONS, RETRIES, UPDATES)

TEMPLATE = "nightly"


def workflow(namespace: str, name: str = "hello", phase: str = "", labels: dict[str, str] | None = None) -> Object:
    """Give a small workflow made from a template; without a phase the controller has not seen it yet."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
        "spec": {"workflowTemplateRef": {"name": TEMPLATE}},
        **({"status": status(phase)} if phase else {}),
    }


def status(phase: str, *, minutes: int = 0) -> Object:
    """Give a status, finished (that many minutes from now) if its phase is final."""
    finished = (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"phase": phase, "finishedAt": finished if phase in FINAL else None}


def phase_of(thing: Object) -> str:
    """Name the phase under which a workflow is counted, written anew from the documentation."""
    found = thing.get("status")
    phase = found.get("phase") if isinstance(found, dict) else None
    if phase in {None, ""}:
        return "Unset"
    return phase if phase in KNOWN_PHASES else "Other"


def counted(numbers: Numbers, namespace: str) -> dict[str, float]:
    """Give all counters of a namespace that have counted anything."""
    sums = {counter: numbers.sum(counter, namespace=namespace) for counter in COUNTERS}
    return {counter: number for counter, number in sums.items() if number}


def phases(numbers: Numbers, namespace: str) -> dict[str, float]:
    """Give the phases of a namespace that have workflows."""
    return numbers.by("phase", "argowf_workflows", namespace=namespace)
