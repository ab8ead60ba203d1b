"""What is kept of each workflow: its phase, its group, three times, whether it was archived, and what it waits for."""

from typing import TypeAlias

import msgspec

UNSET, PENDING, RUNNING = "Unset", "Pending", "Running"
SUCCEEDED, FAILED, ERROR, OTHER = "Succeeded", "Failed", "Error", "Other"
UNOBSERVED = "Unobserved"
"""The phase under which a workflow is completed that vanished before a final phase was seen."""

OPEN = (UNSET, PENDING, RUNNING)
FINAL = (SUCCEEDED, FAILED, ERROR)
PHASES = (*OPEN, *FINAL, OTHER)
"""Unset is a workflow that was not admitted yet; Other is a phase that Argo does not have, or not a text."""

NOT_ADMITTED, PARALLELISM, LOCK, CLAIM, OTHERWISE = "not_admitted", "parallelism", "lock", "pvc", "other"
WAITS = (NOT_ADMITTED, PARALLELISM, LOCK, CLAIM, OTHERWISE)
"""What an unset or pending workflow waits for: to be looked at, for others to end, for a lock, for a volume."""

Group: TypeAlias = tuple[str, str, str]
"""``template_kind``, ``template_name``, ``cron_workflow``."""

INLINE, TEMPLATE, CLUSTER_TEMPLATE = "Inline", "WorkflowTemplate", "ClusterWorkflowTemplate"


class Workflow(msgspec.Struct, frozen=True, gc=False):
    """What is kept of each workflow, about 150 bytes; the texts are shared."""

    phase: str
    """One of ``PHASES``."""
    group: Group
    created: int | None = None
    """Epoch seconds."""
    started: int | None = None
    """Epoch seconds. Of the latest attempt: a retry begins it anew."""
    finished: int | None = None
    """Epoch seconds. Only with a final phase does it tell of the current attempt."""
    archived: bool = False
    waits_for: str = ""
    """One of ``WAITS`` while it is Unset or Pending, else empty."""
