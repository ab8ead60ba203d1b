"""The dashboard of cron workflows: which did not run, which fail, what is next, what is wrong with them."""

from dashboards.about import ANY_IS_BAD, ANY_IS_ODD, About, Limits, Query
from dashboards.frame import CRON_WORKFLOW, FIELDS, LABELS, NAMESPACE, Plan, Row, page, scope_of, to
from dashboards.listing import Column, Words, listing
from dashboards.panels import HALF, bars, lines, number, stacked
from dashboards.shapes import FAILED, RANGE

UID = "argowf-cronworkflows"

_IN = scope_of(NAMESPACE, CRON_WORKFLOW)
_OF = "argowf_cronworkflow_"
_EACH = ("namespace", "cron_workflow")
_NAMED = "{{namespace}}/{{cron_workflow}}"
_THIS = ("This cron workflow", to(UID, namespace=LABELS["namespace"], cron_workflow=LABELS["cron_workflow"]))
_LIVE = ("Cron workflows, live", page("cron"))
_SHARE = Limits(warn=0.05, bad=0.25)


def plan() -> Plan:
    """Give the dashboard."""
    rows = (_glance(), _missing(), _running(), _failing(), _coming(), _wrong())
    about = (
        "Argo's cron workflows: which did not run when they should have, which fail, what comes next, which are "
        "switched off or cannot be read."
    )
    return Plan(UID, "Argo Workflows / CronWorkflows", about, (NAMESPACE, CRON_WORKFLOW), rows)


def _glance() -> Row:
    off = f"sum(({_IN.gauge(_OF + 'suspended', *_EACH)} + {_IN.gauge(_OF + 'stopped', *_EACH)}) > bool 0)"
    return Row(
        "At a glance",
        (
            number(
                About("Cron workflows", "All that there are in the namespaces shown.", "short", (_LIVE,)),
                Query(_IN.gauge(_OF + "info")),
            ),
            number(
                About("Missed", "Schedules missed within the time shown.", "short", (_LIVE,)),
                Query(_IN.increase(_OF + "missed_schedules_total")),
                limits=Limits(bad=0.5),
            ),
            number(
                About("Late now", "Cron workflows whose latest run is due and has not come.", "short", (_LIVE,)),
                Query(f"count({_IN.late(*_EACH)} > 60) or vector(0)"),
                limits=ANY_IS_BAD,
            ),
            number(
                About("Failed share", "Of the runs that ended within the time shown.", "percentunit", (_LIVE,)),
                Query(_IN.failed_share(over=RANGE, name=_OF + "runs_total")),
                limits=_SHARE,
                nothing="no runs",
            ),
            number(
                About("Running", "Workflows of cron workflows that are active.", "short", (_LIVE,)),
                Query(_IN.gauge(_OF + "active_workflows")),
            ),
            number(
                About("Switched off", "Suspended by a person, or stopped by their own strategy.", "short", (_LIVE,)),
                Query(off),
                limits=ANY_IS_ODD,
            ),
            number(
                About(
                    "Schedule not readable",
                    "They never run, and the controller only says so in a condition.",
                    "short",
                    (_LIVE,),
                ),
                Query(_IN.gauge(_OF + "schedule_invalid")),
                limits=ANY_IS_BAD,
            ),
            number(
                About(
                    "Without series",
                    "Cron workflows beyond the limit of the exporter: nothing here tells of them.",
                    "short",
                ),
                Query(_IN.gauge("informer_exporter_cronworkflows_overflowed")),
                limits=ANY_IS_BAD,
            ),
        ),
    )


def _missing() -> Row:
    words = {
        "namespace": Words("Namespace"),
        "cron_workflow": Words(
            "Cron workflow",
            (("This cron workflow", to(UID, namespace=FIELDS["namespace"], cron_workflow=FIELDS["cron_workflow"])),),
        ),
    }
    return Row(
        "Which did not run?",
        (
            listing(
                About(
                    "Late now",
                    "How long ago a run was due that has not come. The controller itself looks every ten "
                    "seconds. Suspended and stopped ones are not expected to run.",
                    "s",
                ),
                words,
                (Column("Late for", _IN.late(*_EACH), "s", Limits(warn=60, bad=300)),),
                width=HALF,
            ),
            listing(
                About("Missed", "Schedules that passed without a run, within the time shown.", "short"),
                words,
                (
                    Column(
                        "Missed",
                        f"topk(20, {_IN.increase(_OF + 'missed_schedules_total', *_EACH)} > 0)",
                        "short",
                        Limits(bad=0.5),
                    ),
                ),
                width=HALF,
            ),
            bars(
                About("Missed over time", "When it was noticed that a run had not come.", "short", (_THIS, _LIVE)),
                Query(f"topk(12, {_IN.per_step(_OF + 'missed_schedules_total', *_EACH)} > 0)", _NAMED),
            ),
            lines(
                About(
                    "Lateness",
                    "How far the latest run that was due lies back, of those where none has come since.",
                    "s",
                    (_THIS, _LIVE),
                ),
                Query(f"topk(12, {_IN.late(*_EACH)})", _NAMED),
                limits=Limits(bad=300),
            ),
        ),
    )


def _running() -> Row:
    return Row(
        "What do they do?",
        (
            bars(
                About("Runs by phase", "Workflows of cron workflows that ended, by how.", "short", (_LIVE,)),
                Query(_IN.per_step(_OF + "runs_total", "phase"), "{{phase}}"),
            ),
            stacked(
                About(
                    "Active workflows",
                    "More than one of the same: runs overlap, as its concurrency policy allows.",
                    "short",
                    (_THIS, _LIVE),
                ),
                Query(f"topk(12, {_IN.gauge(_OF + 'active_workflows', *_EACH)} > 0)", _NAMED),
            ),
        ),
    )


def _failing() -> Row:
    words = {
        "namespace": Words("Namespace"),
        "cron_workflow": Words(
            "Cron workflow",
            (
                ("This cron workflow", to(UID, namespace=FIELDS["namespace"], cron_workflow=FIELDS["cron_workflow"])),
                ("Failed workflows", page("failures", namespace=FIELDS["namespace"])),
            ),
        ),
    }
    return Row(
        "Which fail, and since when?",
        (
            listing(
                About(
                    "Runs",
                    "Within the time shown; the most failures first. Times since the last success and "
                    "failure may be longer.",
                    "short",
                ),
                words,
                (
                    Column("Failed", _IN.increase(_OF + "runs_total", *_EACH, phase=FAILED), limits=Limits(warn=0.5)),
                    Column("Ended", _IN.increase(_OF + "runs_total", *_EACH)),
                    Column(
                        "Failed share",
                        _IN.failed_share(*_EACH, over=RANGE, name=_OF + "runs_total"),
                        "percentunit",
                        _SHARE,
                    ),
                    Column(
                        "Since the last success", _IN.since_latest(_OF + "last_success_timestamp_seconds", *_EACH), "s"
                    ),
                    Column(
                        "Since the last failure", _IN.since_latest(_OF + "last_failure_timestamp_seconds", *_EACH), "s"
                    ),
                ),
            ),
            lines(
                About("Since the last success", "The twelve that have waited longest for one.", "s", (_THIS, _LIVE)),
                Query(f"topk(12, {_IN.since_latest(_OF + 'last_success_timestamp_seconds', *_EACH)})", _NAMED),
            ),
            lines(
                About("Failed share by cron workflow", "Of the runs that ended.", "percentunit", (_THIS, _LIVE)),
                Query(f"topk(12, {_IN.failed_share(*_EACH, name=_OF + 'runs_total')})", _NAMED),
                limits=_SHARE,
                most=1,
            ),
        ),
    )


def _coming() -> Row:
    words = {
        "namespace": Words("Namespace"),
        "cron_workflow": Words("Cron workflow"),
        "schedule": Words("Schedule"),
        "timezone": Words("Time zone"),
        "concurrency_policy": Words("Concurrency"),
    }
    times = {"namespace": Words("Namespace"), "cron_workflow": Words("Cron workflow")}
    return Row(
        "What comes next?",
        (
            listing(
                About(
                    "Next runs",
                    "When each should run next, ran last, and was made; the farthest first, sort for the nearest.",
                    "dateTimeAsIso",
                ),
                times,
                (
                    Column("Next", _IN.latest(_OF + "next_schedule_timestamp_seconds", *_EACH), "dateTimeAsIso"),
                    Column("Last", _IN.latest(_OF + "last_schedule_timestamp_seconds", *_EACH), "dateTimeAsIso"),
                    Column("Made", _IN.latest(_OF + "created_timestamp_seconds", *_EACH), "dateTimeAsIso"),
                ),
                width=HALF,
            ),
            listing(
                About("Schedules", "As they are written; several of one cron workflow stand together.", "short"),
                words,
                (Column("Count", _IN.gauge(_OF + "info", *_EACH, "schedule", "timezone", "concurrency_policy")),),
                width=HALF,
                valued=False,
            ),
        ),
    )


def _wrong() -> Row:
    words = {"namespace": Words("Namespace"), "cron_workflow": Words("Cron workflow", (("Live", page("cron")),))}
    return Row(
        "What is wrong with them?",
        (
            listing(
                About(
                    "Conditions",
                    "What the controller complains of: SpecError, it cannot be used as it is written; "
                    "SubmissionError, its workflow could not be made.",
                    "short",
                ),
                {**words, "condition": Words("Condition")},
                (Column("Since then", f"{_IN.gauge(_OF + 'condition', *_EACH, 'condition')} > 0"),),
                width=HALF,
                valued=False,
            ),
            listing(
                About(
                    "Switched off",
                    "Suspended by a person; stopped because its own strategy says so, and never to run again.",
                    "short",
                ),
                words,
                (
                    Column("Suspended", f"{_IN.gauge(_OF + 'suspended', *_EACH)} > 0", "bool_yes_no"),
                    Column("Stopped", f"{_IN.gauge(_OF + 'stopped', *_EACH)} > 0", "bool_yes_no"),
                    Column(
                        "Schedule not readable", f"{_IN.gauge(_OF + 'schedule_invalid', *_EACH)} > 0", "bool_yes_no"
                    ),
                ),
                width=HALF,
            ),
        ),
    )
