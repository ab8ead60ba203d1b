"""The first dashboard that somebody on call opens: one row for each question, in the order in which they are asked."""

from dashboards.about import ANY_IS_BAD, ANY_IS_ODD, About, Limits, Query
from dashboards.frame import NAMESPACE, Plan, Row, page
from dashboards.overview import course, troubles
from dashboards.overview.ground import COMPLETIONS, IN, SHARE, UID
from dashboards.panels import number
from dashboards.shapes import FAILED, RANGE


def plan() -> Plan:
    """Give the dashboard."""
    rows = (
        _glance(),
        troubles.failing(),
        troubles.waiting(),
        troubles.stuck(),
        troubles.crons(),
        course.burning(),
        course.flowing(),
        course.trusted(),
    )
    about = (
        "Argo Workflows across namespaces: what fails, what waits and why, what is stuck, which cron workflow "
        "did not run, who uses the cluster, and whether these numbers can be trusted."
    )
    return Plan(UID, "Argo Workflows / Overview", about, (NAMESPACE,), rows)


def _glance() -> Row:
    return Row(
        "At a glance",
        (
            number(
                About(
                    "Failed share",
                    "Failed and Error of all workflows that ended within the time shown. Ratios come from "
                    "counters: successes are deleted sooner than failures, so what lies in the cluster now "
                    "says nothing.",
                    "percentunit",
                ),
                Query(IN.failed_share(over=RANGE)),
                limits=SHARE,
                nothing="no completions",
            ),
            number(
                About(
                    "Failed",
                    "Workflows that ended as Failed or Error within the time shown.",
                    "short",
                    (("Failed workflows", page("failures")),),
                ),
                Query(IN.increase(COMPLETIONS, phase=FAILED)),
                limits=ANY_IS_ODD,
            ),
            number(
                About(
                    "Waiting",
                    "Workflows that were created and do not run yet.",
                    "short",
                    (("Waiting workflows", page("waiting")),),
                ),
                Query(IN.gauge("argowf_workflows_pending")),
            ),
            number(
                About("Longest wait", "Age of the oldest workflow that does not run yet.", "s"),
                Query(IN.since_oldest("argowf_workflow_oldest_creation_timestamp_seconds")),
                limits=Limits(warn=900, bad=3600),
                nothing="nobody waits",
            ),
            number(
                About(
                    "Stuck",
                    "Running workflows that are done with all tasks, or were not updated for too long.",
                    "short",
                    (("Running workflows", page("running")),),
                ),
                Query(IN.gauge("argowf_workflows_stuck")),
                limits=ANY_IS_BAD,
            ),
            number(
                About(
                    "Schedules missed",
                    "Times within the time shown at which a cron workflow should have run, and did not.",
                    "short",
                ),
                Query(IN.increase("argowf_cronworkflow_missed_schedules_total")),
                limits=Limits(bad=0.5),
            ),
            number(
                About(
                    "Cores",
                    "CPU that pods of workflows have asked for, by Argo's account of finished work. Argo "
                    "adds a workflow's share up when its pods end.",
                    "none",
                ),
                Query(IN.rate("argowf_workflow_cpu_core_seconds_total")),
            ),
            number(
                About(
                    "Last contact",
                    "Seconds since the exporter last heard of the API server, of the informer that was heard "
                    "longest ago. More than a minute or two: what this dashboard shows is old.",
                    "s",
                ),
                Query(IN.since_oldest("informer_last_contact_timestamp_seconds")),
                limits=Limits(warn=90, bad=300),
            ),
        ),
    )
