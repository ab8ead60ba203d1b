"""What is kept of each workflow: its phase, its group, its times, what it used, and how it does while unfinished."""

from typing import Annotated, TypeAlias

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

Group: TypeAlias = tuple[str, ...]
"""``template_kind``, ``template_name``, ``cron_workflow``, and the value of the group label if there is one."""

INLINE, TEMPLATE, CLUSTER_TEMPLATE = "Inline", "WorkflowTemplate", "ClusterWorkflowTemplate"

NodeCounts: TypeAlias = tuple[tuple[str, str, int], ...]
"""How many nodes there are of which type in which phase, sorted."""

# These are checked when a projection comes back from a file; in the making they cost nothing.
_Phase: TypeAlias = Annotated[str, msgspec.Meta(pattern=f"^({'|'.join(PHASES)})$")]
_Wait: TypeAlias = Annotated[str, msgspec.Meta(pattern=f"^({'|'.join(WAITS)})?$")]


class Underway(msgspec.Struct, frozen=True, gc=False):
    """What matters of a workflow only while it is unfinished. Times are epoch seconds."""

    deadline: int | None = None
    """When it will have run for longer than it may."""
    estimate: int | None = None
    """When it will have run for too many times its estimate."""
    silent: int | None = None
    """When it will have gone without an update for too long."""
    complete: int | None = None
    """When it should have ended, since all that was to do is done."""
    planned: int = 0
    """The M of a progress of N/M."""
    done: int = 0
    """The N."""
    suspended: bool = False
    """Whether it waits for a person."""
    nodes: NodeCounts = ()
    """Known only if that was chosen."""


UNKNOWN = -1
"""In place of what has been used, if that is told in a way that cannot be read."""


class Workflow(msgspec.Struct, frozen=True, gc=False):
    """What is kept of each workflow, about 170 bytes when it has ended; the texts are shared."""

    phase: _Phase
    """One of ``PHASES``."""
    group: Group
    created: int | None = None
    """Epoch seconds."""
    started: int | None = None
    """Epoch seconds. Of the latest attempt: a retry begins it anew."""
    finished: int | None = None
    """Epoch seconds. Only with a final phase does it tell of the current attempt."""
    archived: bool = False
    waits_for: _Wait = ""
    """One of ``WAITS`` while it is Unset or Pending, else empty."""
    cpu: int = 0
    """Seconds of one core that its pods asked for so far, as the controller sums them up."""
    memory: int = 0
    """The same for memory, in the controller's unit: 100 MiB for a second."""
    underway: Underway | None = None
    """None for one that has ended, and where nothing is to be told."""
