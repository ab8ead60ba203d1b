"""What is told of each CronWorkflow: the families, each declared once."""

from exporter.metrics.family import Family, Type

_LABELS = ("namespace", "cron_workflow")


def _gauge(name: str, text: str, *labels: str, unit: str = "") -> Family:
    return Family(name=f"argowf_cronworkflow_{name}", type=Type.GAUGE, help=text, labels=(*_LABELS, *labels), unit=unit)


def _counter(name: str, text: str, *labels: str) -> Family:
    return Family(name=f"argowf_cronworkflow_{name}", type=Type.COUNTER, help=text, labels=(*_LABELS, *labels))


INFO = Family(
    name="argowf_cronworkflow_info",
    type=Type.INFO,
    help="1 for each schedule of a CronWorkflow, of up to 16, with the time zone that it is read in.",
    labels=(*_LABELS, "schedule", "timezone", "concurrency_policy"),
)
CREATED = _gauge("created_timestamp_seconds", "When the CronWorkflow was created.", unit="seconds")
SUSPENDED = _gauge("suspended", "Whether spec.suspend keeps the CronWorkflow from running.")
STOPPED = _gauge("stopped", "Whether the CronWorkflow has reached the end that its stopStrategy set.")
ACTIVE = _gauge("active_workflows", "Workflows of the CronWorkflow that have not ended, by its own status.")
LAST_SCHEDULE = _gauge(
    "last_schedule_timestamp_seconds",
    "The time for which a workflow was last submitted, by the status; nothing before the first.",
    unit="seconds",
)
EXPECTED = _gauge(
    "expected_schedule_timestamp_seconds",
    "The latest time at which it should have been run, by its schedules. Nothing while it should not run (suspended, "
    "stopped, unreadable), before the first such time, and where spec.when decides. An @every counts from the last "
    "change that was seen, else from the last schedule time, else from the creation.",
    unit="seconds",
)
NEXT = _gauge(
    "next_schedule_timestamp_seconds",
    "The next time at which its schedules are due; nothing while it should not run, and if there is none.",
    unit="seconds",
)
LAST_SUCCESS = _gauge(
    "last_success_timestamp_seconds", "When a workflow of it last succeeded, of those that were seen.", unit="seconds"
)
LAST_FAILURE = _gauge(
    "last_failure_timestamp_seconds",
    "When a workflow of it last ended Failed or Error, of those that were seen.",
    unit="seconds",
)
RUNS = _counter(
    "runs_total",
    "Workflows of it that ended since the exporter started, by their final phase; Unobserved are those that vanished "
    "before one was seen.",
    "phase",
)
MISSED = _counter(
    "missed_schedules_total",
    "Schedule times that passed since the exporter started, with the grace on top, and for which nothing was run, "
    "though it was neither suspended nor stopped nor kept back by an active workflow. Once a later time was run, only "
    "what had been seen to be late by then is counted, for the rest may have been run unseen. Not counted where "
    "spec.when decides.",
)
CONDITION = _gauge("condition", "Whether this condition of its status stands: SubmissionError, SpecError.", "condition")
INVALID = _gauge(
    "schedule_invalid", "Whether a schedule or the time zone cannot be read, or there is no schedule, or more than 16."
)

OF_OBJECT = (INFO, CREATED, SUSPENDED, STOPPED, ACTIVE, LAST_SCHEDULE, CONDITION, INVALID)
"""Those that tell of the object itself, and change with nothing else."""
OF_COURSE = (EXPECTED, NEXT, LAST_SUCCESS, LAST_FAILURE, RUNS, MISSED)
"""Those that change with time, and as workflows end."""
FAMILIES = (*OF_OBJECT, *OF_COURSE)
