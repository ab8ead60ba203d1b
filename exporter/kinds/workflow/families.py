"""What is told of workflows: the families, each declared once."""

import re

from exporter.kinds.workflow.options import WorkflowOptions
from exporter.metrics.family import Family, Type
from exporter.store.store import SIZE_BOUNDS

GROUP_LABELS = ("template_kind", "template_name", "cron_workflow")

WORKFLOWS = Family(
    name="argowf_workflows",
    type=Type.GAUGE,
    help="Workflows in the cache by status.phase: Pending, Running, Succeeded, Failed, Error, Unset (not admitted by "
    "the controller yet), or Other (whatever else stands there).",
    labels=("namespace", "phase"),
)
PENDING = Family(
    name="argowf_workflows_pending",
    type=Type.GAUGE,
    help="Unset and Pending workflows by what they wait for: not_admitted (the controller has not looked at them), "
    "parallelism, lock, pvc, other.",
    labels=("namespace", "reason"),
)
SUSPENDED = Family(
    name="argowf_workflows_suspended",
    type=Type.GAUGE,
    help="Unfinished workflows that wait for a person: their spec says so, or a Suspend node of theirs is Running "
    "(which compressed nodes tell only with the nodes collector).",
    labels=("namespace",),
)
OVERDUE = Family(
    name="argowf_workflows_overdue",
    type=Type.GAUGE,
    help="Running workflows that are late, by what they exceed: deadline (activeDeadlineSeconds) or estimate (a factor "
    "of their estimatedDuration).",
    labels=("namespace", "reason"),
)
STUCK = Family(
    name="argowf_workflows_stuck",
    type=Type.GAUGE,
    help="Running workflows that do not move though nobody suspended them: complete (a progress of N/N, and no end "
    "five to ten minutes after the last update) or silent (no update for long).",
    labels=("namespace", "reason"),
)
TASKS = Family(
    name="argowf_workflow_tasks",
    type=Type.GAUGE,
    help="Tasks of Running workflows: the sum of M over their progress N/M.",
    labels=("namespace",),
)
TASKS_COMPLETED = Family(
    name="argowf_workflow_tasks_completed",
    type=Type.GAUGE,
    help="Tasks of Running workflows that are done: the sum of N over their progress N/M.",
    labels=("namespace",),
)
TRANSITIONS = Family(
    name="argowf_workflow_phase_transitions_total",
    type=Type.COUNTER,
    help="Observed changes of status.phase.",
    labels=("namespace", "from_phase", "to_phase"),
)
DELETIONS = Family(
    name="argowf_workflow_deletions_total",
    type=Type.COUNTER,
    help="Workflows that left the cluster (or the selection), by last known phase and by whether they were archived.",
    labels=("namespace", "phase", "archived"),
)
RETRIES = Family(
    name="argowf_workflow_retries_total",
    type=Type.COUNTER,
    help="Workflows that left a final phase for another attempt.",
    labels=("namespace",),
)
UPDATES = Family(
    name="argowf_workflow_updates_total",
    type=Type.COUNTER,
    help="Changes of workflows: how busy the controller keeps the API server.",
    labels=("namespace",),
)
DURATION = Family(
    name="argowf_workflow_duration_seconds",
    type=Type.HISTOGRAM,
    help="From startedAt to finishedAt of workflows that reached a final phase, one observation for each completion "
    "that has both times; of a retried workflow its latest attempt.",
    labels=("namespace", "phase"),
    unit="seconds",
    buckets=(1, 5, 15, 60, 120, 300, 600, 1_800, 3_600, 10_800, 28_800, 86_400),
)
START_DELAY = Family(
    name="argowf_workflow_start_delay_seconds",
    type=Type.HISTOGRAM,
    help="From the creation of workflows to their first startedAt: their time in the queue, one observation for each.",
    labels=("namespace",),
    unit="seconds",
    buckets=(1, 2, 5, 15, 30, 60, 120, 300, 900, 3_600, 14_400, 86_400),
)
OLDEST_CREATION = Family(
    name="argowf_workflow_oldest_creation_timestamp_seconds",
    type=Type.GAUGE,
    help="When the oldest workflow of an Unset or Pending phase was created; nothing while there is none.",
    labels=("namespace", "phase"),
    unit="seconds",
)
OLDEST_START = Family(
    name="argowf_workflow_oldest_start_timestamp_seconds",
    type=Type.GAUGE,
    help="When the workflow that has been Running for longest was started; nothing while there is none.",
    labels=("namespace",),
    unit="seconds",
)
MAPPING_ERRORS = Family(
    name="argowf_workflow_mapping_errors_total",
    type=Type.COUNTER,
    help="Durations and start delays that were negative, and were observed as 0.",
    labels=("namespace",),
)
FAILURES = Family(
    name="argowf_workflow_failures_total",
    type=Type.COUNTER,
    help="Workflows that ended Failed or Error, by the first reason that their message tells, or else that of the node "
    "that failed first: deadline, stopped, terminated, oom, evicted, image_pull, spec_error, lock, quota, exit_code, "
    "other, and those of configured patterns.",
    labels=("namespace", "reason"),
)
CPU = Family(
    name="argowf_workflow_cpu_core_seconds_total",
    type=Type.COUNTER,
    help="Seconds of a core that the pods of workflows asked for (resourcesDuration), as far as it grew while watched.",
    labels=("namespace",),
    unit="seconds",
)
MEMORY = Family(
    name="argowf_workflow_memory_byte_seconds_total",
    type=Type.COUNTER,
    help="Bytes of memory that the pods of workflows asked for, times seconds (resourcesDuration, which Argo tells in "
    "100 MiB), as far as it grew while watched.",
    labels=("namespace",),
    unit="seconds",
)
NODE_COMPLETIONS = Family(
    name="argowf_workflow_node_completions_total",
    type=Type.COUNTER,
    help="Nodes of workflows by type and phase, all counted when their workflow reaches a final phase.",
    labels=("namespace", "node_type", "node_phase"),
)
NODES = Family(
    name="argowf_workflow_nodes",
    type=Type.GAUGE,
    help="Nodes of unfinished workflows by type and phase, as far as they can be read; needs the nodes collector.",
    labels=("namespace", "node_type", "node_phase"),
)
NODES_UNREADABLE = Family(
    name="argowf_workflow_nodes_unreadable_total",
    type=Type.COUNTER,
    help="Workflows whose nodes could not be counted when they completed: offloaded (to Argo's database), corrupt, "
    "codec (compressed in an unknown way), too_large.",
    labels=("namespace", "reason"),
)
OBJECT_BYTES = Family(
    name="argowf_workflow_object_bytes",
    type=Type.HISTOGRAM,
    help="Sizes of workflows as they came from the API server, one observation for each that was taken into the cache.",
    unit="bytes",
    buckets=SIZE_BOUNDS,
)


class GroupFamilies:
    """The families that tell groups apart, whose labels and buckets may be chosen."""

    def __init__(self, options: WorkflowOptions) -> None:
        key = options.group_label
        self.labels = (*GROUP_LABELS, label_name(key)) if key else GROUP_LABELS
        """The labels of a group."""
        by_group = ("namespace", *self.labels)
        self.creations = Family(
            name="argowf_workflow_creations_total",
            type=Type.COUNTER,
            help="Workflows created since the exporter started, counted when first seen.",
            labels=by_group,
        )
        self.completions = Family(
            name="argowf_workflow_completions_total",
            type=Type.COUNTER,
            help="Workflows that reached a final phase, once for each finishedAt of each uid, and without a finishedAt "
            "once for each attempt; Unobserved are those that vanished before a final phase was seen.",
            labels=(*by_group, "phase"),
        )
        self.durations = Family(
            name="argowf_workflow_group_duration_seconds",
            type=Type.HISTOGRAM if options.duration_buckets else Type.SUMMARY,
            help="From startedAt to finishedAt, as argowf_workflow_duration_seconds, for each group.",
            labels=(*by_group, "phase"),
            unit="seconds",
            buckets=options.duration_buckets,
        )
        self.last = Family(
            name="argowf_workflow_last_completion_timestamp_seconds",
            type=Type.GAUGE,
            help="The latest finishedAt of a workflow seen in a final phase; nothing before the first.",
            labels=(*by_group, "phase"),
            unit="seconds",
        )


def label_name(key: str) -> str:
    """Give the name under which the values of a label of objects are told, as kube-state-metrics writes it."""
    return "label_" + re.sub(r"[^a-zA-Z0-9_]", "_", key)
