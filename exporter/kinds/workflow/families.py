"""What is told of workflows: the families, each declared once."""

from exporter.metrics.family import Family, Type
from exporter.store.store import SIZE_BOUNDS

GROUP_LABELS = ("template_kind", "template_name", "cron_workflow")
_BY_GROUP = ("namespace", *GROUP_LABELS)

WORKFLOWS = Family(
    name="argowf_workflows",
    type=Type.GAUGE,
    help="Workflows in the cache by status.phase: Pending, Running, Succeeded, Failed, Error, Unset (not admitted by "
    "the controller yet), or Other (whatever else stands there).",
    labels=("namespace", "phase"),
)
CREATIONS = Family(
    name="argowf_workflow_creations_total",
    type=Type.COUNTER,
    help="Workflows created since the exporter started, counted when first seen.",
    labels=_BY_GROUP,
)
COMPLETIONS = Family(
    name="argowf_workflow_completions_total",
    type=Type.COUNTER,
    help="Workflows that reached a final phase, once for each finishedAt of each uid, and without a finishedAt once "
    "for each attempt; Unobserved are those that vanished before a final phase was seen.",
    labels=(*_BY_GROUP, "phase"),
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
OBJECT_BYTES = Family(
    name="argowf_workflow_object_bytes",
    type=Type.HISTOGRAM,
    help="Sizes of workflows as they came from the API server, one observation for each that was taken into the cache.",
    unit="bytes",
    buckets=SIZE_BOUNDS,
)
