"""The rows of the overview that tell of what is wrong: failing, waiting, stuck, not run."""

from dashboards.about import ANY_IS_BAD, ANY_IS_ODD, About, Limits, Query
from dashboards.frame import FIELDS, LABELS, Row, page, to
from dashboards.listing import Column, Words, listing
from dashboards.overview.ground import (
    COMPLETIONS,
    CRONS,
    IN,
    SHARE,
    TEMPLATES,
    TO_FAILURES,
    TO_NAMESPACE,
    TO_RUNNING,
    TO_WAITING,
)
from dashboards.panels import HALF, THIRD, bars, lines, ranking, stacked
from dashboards.shapes import FAILED, share


def failing() -> Row:
    """Give the row."""
    return Row(
        "What fails?",
        (
            bars(
                About(
                    "Completions",
                    "Workflows that ended, in each interval, by how. Each completion counts once, whatever "
                    "the exporter went through. The dots are single workflows.",
                    "short",
                    (("Failed workflows", page("failures")),),
                ),
                Query(IN.per_step(COMPLETIONS, "phase"), "{{phase}}", exemplars=True),
            ),
            lines(
                About(
                    "Failed share by namespace",
                    "Failed and Error of all that ended. Gaps: nothing ended.",
                    "percentunit",
                    (TO_NAMESPACE, TO_FAILURES),
                ),
                Query(IN.failed_share("namespace"), "{{namespace}}", exemplars=True),
                limits=SHARE,
                most=1,
            ),
            bars(
                About(
                    "Failures by reason",
                    "Why workflows failed, as far as the controller's messages tell: exit_code is the step's "
                    "own program, the rest is the cluster's, the limits' or a person's doing.",
                    "short",
                    (("Failed workflows", page("failures")),),
                ),
                Query(IN.per_step("argowf_workflow_failures_total", "reason"), "{{reason}}"),
            ),
            listing(
                About("Templates that failed most", "Within the time shown. Names of templates lead on.", "short"),
                {
                    "namespace": Words("Namespace"),
                    "template_name": Words(
                        "Template",
                        (
                            (
                                "This template",
                                to(TEMPLATES, namespace=FIELDS["namespace"], template=FIELDS["template_name"]),
                            ),
                            ("Failed workflows", page("failures", namespace=FIELDS["namespace"])),
                        ),
                    ),
                },
                (
                    Column(
                        "Failed",
                        f"topk(15, {IN.increase(COMPLETIONS, 'namespace', 'template_name', phase=FAILED)} > 0)",
                    ),
                ),
                width=HALF,
            ),
        ),
    )


def waiting() -> Row:
    """Give the row."""
    return Row(
        "What waits, and why?",
        (
            stacked(
                About(
                    "Waiting by reason",
                    "not_admitted: the controller has not looked at it yet; parallelism: a limit on how many "
                    "may run; lock: a mutex or semaphore; pvc: a volume.",
                    "short",
                    (("Waiting workflows", page("waiting", reason=LABELS["reason"])),),
                ),
                Query(IN.gauge("argowf_workflows_pending", "reason"), "{{reason}}"),
            ),
            lines(
                About(
                    "Longest wait by namespace",
                    "Age of the oldest workflow that does not run yet. Nothing where nobody waits.",
                    "s",
                    (TO_WAITING,),
                ),
                Query(
                    IN.since_oldest("argowf_workflow_oldest_creation_timestamp_seconds", "namespace"), "{{namespace}}"
                ),
                limits=Limits(warn=900, bad=3600),
            ),
            lines(
                About("Time in the queue", "From creation to start, of workflows that started in each interval.", "s"),
                *(
                    Query(IN.quantile(of, "argowf_workflow_start_delay_seconds"), word)
                    for of, word in ((0.5, "p50"), (0.9, "p90"), (0.99, "p99"))
                ),
            ),
            ranking(
                About("Waiting now, by namespace", "Where the queue is.", "short", (TO_WAITING,)),
                Query(f"topk(12, {IN.gauge('argowf_workflows_pending', 'namespace')} > 0)", "{{namespace}}"),
                width=HALF,
            ),
        ),
    )


def stuck() -> Row:
    """Give the row."""
    return Row(
        "What is stuck?",
        (
            stacked(
                About(
                    "Stuck and overdue",
                    "Stuck complete: every task is done, yet it is Running; stuck silent: not updated for "
                    "too long. Overdue deadline: past its own deadline; overdue estimate: past a multiple of "
                    "what it usually takes. Suspended: waits for a person.",
                    "short",
                ),
                Query(IN.gauge("argowf_workflows_stuck", "reason"), "stuck: {{reason}}"),
                Query(IN.gauge("argowf_workflows_overdue", "reason"), "overdue: {{reason}}"),
                Query(IN.gauge("argowf_workflows_suspended"), "suspended"),
            ),
            lines(
                About(
                    "Longest running by namespace",
                    "Age of the workflow that has been Running for longest.",
                    "s",
                    (TO_RUNNING,),
                ),
                Query(IN.since_oldest("argowf_workflow_oldest_start_timestamp_seconds", "namespace"), "{{namespace}}"),
                limits=Limits(warn=86_400),
            ),
            ranking(
                About("Stuck now", "By namespace and reason.", "short", (TO_RUNNING,)),
                Query(
                    f"topk(12, {IN.gauge('argowf_workflows_stuck', 'namespace', 'reason')} > 0)",
                    "{{namespace}}: {{reason}}",
                ),
                limits=ANY_IS_BAD,
            ),
            ranking(
                About("Overdue now", "By namespace and reason.", "short", (TO_RUNNING,)),
                Query(
                    f"topk(12, {IN.gauge('argowf_workflows_overdue', 'namespace', 'reason')} > 0)",
                    "{{namespace}}: {{reason}}",
                ),
                limits=ANY_IS_ODD,
            ),
            lines(
                About(
                    "Progress of what runs",
                    "Share of tasks that are done, of all workflows that are Running. A line that stays flat "
                    "while workflows run is worth a look.",
                    "percentunit",
                    (TO_RUNNING,),
                ),
                Query(
                    share(
                        IN.gauge("argowf_workflow_tasks_completed", "namespace"),
                        IN.gauge("argowf_workflow_tasks", "namespace"),
                    ),
                    "{{namespace}}",
                ),
                width=THIRD,
                most=1,
            ),
        ),
    )


def crons() -> Row:
    """Give the row."""
    cron = to(CRONS, namespace=FIELDS["namespace"], cron_workflow=FIELDS["cron_workflow"])
    late = IN.late("namespace", "cron_workflow")
    return Row(
        "Which cron workflow did not run?",
        (
            bars(
                About(
                    "Schedules missed",
                    "Times at which a cron workflow should have run, and did not, when that was noticed.",
                    "short",
                    (("This cron workflow", to(CRONS, cron_workflow=LABELS["cron_workflow"])),),
                ),
                Query(
                    f"{IN.per_step('argowf_cronworkflow_missed_schedules_total', 'namespace', 'cron_workflow')} > 0",
                    "{{namespace}}/{{cron_workflow}}",
                ),
            ),
            listing(
                About(
                    "Late now",
                    "How long ago a run was due that has not come. A few seconds are usual; suspended ones "
                    "are not expected to run.",
                    "s",
                ),
                {
                    "namespace": Words("Namespace"),
                    "cron_workflow": Words("Cron workflow", (("This cron workflow", cron),)),
                },
                (Column("Late for", late, "s", Limits(warn=60, bad=300)),),
                width=HALF,
            ),
        ),
    )
