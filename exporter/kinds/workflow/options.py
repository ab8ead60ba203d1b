"""What may be chosen about workflows: a label that tells groups apart, whether nodes are counted, when one is late."""

import msgspec

DAY = 86_400


class WorkflowOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Chosen once, before a workflow is read."""

    group_label: str = ""
    """The key of a label of the workflow whose values tell groups apart as well; empty for none."""
    nodes: bool = False
    """Whether the nodes of unfinished workflows are counted, for which they are read at every change."""
    overdue_factor: float = 2.0
    """A workflow is overdue that runs for so many times its estimated duration; 0 asks no estimate."""
    stuck_after: float = DAY
    """Seconds without an update after which a running workflow is stuck; 0 for never."""
    failure_patterns: tuple[tuple[str, str], ...] = ()
    """Reasons of failures and the regular expressions that tell of them, tried in this order before those built in."""
    duration_buckets: tuple[float, ...] = ()
    """Seconds; with any, the durations of groups are histograms instead of summaries."""
