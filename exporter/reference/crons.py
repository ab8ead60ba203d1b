"""Examples for the families of CronWorkflows."""

from exporter.reference.words import Example

_EACH = "by (namespace, cron_workflow)"

CRONS = {
    "argowf_cronworkflow_info": Example(
        "How many CronWorkflows are read in which time zone?",
        "count by (timezone) ({now})",
    ),
    "argowf_cronworkflow_created_timestamp_seconds": Example(
        "Which CronWorkflows are new since yesterday?",
        f"time() - max {_EACH} ({{now}}) < 86400",
    ),
    "argowf_cronworkflow_suspended": Example(
        "Which CronWorkflows are suspended?",
        f"max {_EACH} ({{now}}) == 1",
    ),
    "argowf_cronworkflow_stopped": Example(
        "Which CronWorkflows have stopped for good?",
        f"max {_EACH} ({{now}}) == 1",
    ),
    "argowf_cronworkflow_active_workflows": Example(
        "Of which CronWorkflows does more than one workflow run at a time?",
        f"max {_EACH} ({{now}}) > 1",
    ),
    "argowf_cronworkflow_last_schedule_timestamp_seconds": Example(
        "How many seconds ago was each run last?",
        f"time() - max {_EACH} ({{now}})",
    ),
    "argowf_cronworkflow_expected_schedule_timestamp_seconds": Example(
        "How many seconds ago should each have run? What has not run since (by its last schedule) is late.",
        f"time() - max {_EACH} ({{now}})",
    ),
    "argowf_cronworkflow_next_schedule_timestamp_seconds": Example(
        "What is to run within ten minutes?",
        f"max {_EACH} ({{now}}) - time() < 600",
    ),
    "argowf_cronworkflow_last_success_timestamp_seconds": Example(
        "Which CronWorkflows have had no success for a day?",
        f"time() - max {_EACH} ({{now}}) > 86400",
    ),
    "argowf_cronworkflow_last_failure_timestamp_seconds": Example(
        "Which CronWorkflows had a failure within the last hour?",
        f"time() - max {_EACH} ({{now}}) < 3600",
    ),
    "argowf_cronworkflow_runs_total": Example(
        "Which share of the runs of each has failed?",
        f'sum {_EACH} ({{increase:1d|phase=~"Failed|Error"}})\n  / (sum {_EACH} ({{increase:1d}}) > 0)',
    ),
    "argowf_cronworkflow_missed_schedules_total": Example(
        "Which CronWorkflows have missed a run within the last hour?",
        f"sum {_EACH} ({{increase:1h}}) > 0",
    ),
    "argowf_cronworkflow_condition": Example(
        "Which CronWorkflows complain, and of what?",
        "max by (namespace, cron_workflow, condition) ({now}) == 1",
    ),
    "argowf_cronworkflow_schedule_invalid": Example(
        "Which CronWorkflows can never run, since their schedule is none?",
        f"max {_EACH} ({{now}}) == 1",
    ),
}
