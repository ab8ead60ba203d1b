"""The dashboard of those who own templates: which fail, how long they take, what they cost, what has not succeeded."""

from dashboards.about import ANY_IS_ODD, About, Limits, Query
from dashboards.frame import FIELDS, LABELS, NAMESPACE, TEMPLATE, Plan, Row, page, scope_of, to
from dashboards.listing import Column, Words, listing
from dashboards.panels import HALF, THIRD, bars, heat, lines, number, ranking, stacked
from dashboards.shapes import FAILED, RANGE

UID = "argowf-templates"

_IN = scope_of(NAMESPACE, TEMPLATE)
_COMPLETIONS, _CREATIONS = "argowf_workflow_completions_total", "argowf_workflow_creations_total"
_DURATION, _GROUP_DURATION = "argowf_workflow_duration_seconds", "argowf_workflow_group_duration_seconds"
_ENDED_AT = "argowf_workflow_last_completion_timestamp_seconds"
_SHARE = Limits(warn=0.05, bad=0.25)
_EACH = ("namespace", "template_name")
_NAMED = "{{namespace}}/{{template_name}}"
_THIS = ("This template", to(UID, namespace=LABELS["namespace"], template=LABELS["template_name"]))
_FAILURES = ("Failed workflows", page("failures", namespace=LABELS["namespace"]))


def plan() -> Plan:
    """Give the dashboard."""
    rows = (_glance(), _failing(), _lasting(), _silent(), _queueing(), _built())
    about = (
        "Argo Workflows by template: which fail, how long they take and wait, which have not succeeded for long. "
        "A template that many namespaces use is told apart in each."
    )
    return Plan(UID, "Argo Workflows / Templates and durations", about, (NAMESPACE, TEMPLATE), rows)


def _glance() -> Row:
    return Row(
        "At a glance",
        (
            number(
                About("Completions", "Workflows of the chosen templates that ended within the time shown.", "short"),
                Query(_IN.increase(_COMPLETIONS)),
                width=4,
            ),
            number(
                About(
                    "Failed", "Those that ended as Failed or Error.", "short", (("Failed workflows", page("failures")),)
                ),
                Query(_IN.increase(_COMPLETIONS, phase=FAILED)),
                width=4,
                limits=ANY_IS_ODD,
            ),
            number(
                About("Failed share", "Of all that ended within the time shown.", "percentunit"),
                Query(_IN.failed_share(over=RANGE)),
                width=4,
                limits=_SHARE,
                nothing="no completions",
            ),
            number(
                About("Mean duration", "From start to end, of those that succeeded within the time shown.", "s"),
                Query(_IN.mean(_GROUP_DURATION, over=RANGE, phase="Succeeded")),
                width=4,
                nothing="no completions",
            ),
            number(
                About("Since the last success", "Of any of the chosen templates.", "s"),
                Query(_IN.since_latest(_ENDED_AT, phase="Succeeded")),
                width=4,
                nothing="never",
            ),
            number(
                About(
                    "Never observed",
                    "Workflows that vanished before the exporter saw how they ended, within the time shown.",
                    "short",
                ),
                Query(_IN.increase(_COMPLETIONS, phase="Unobserved")),
                width=4,
                limits=Limits(warn=0.5),
            ),
        ),
    )


def _failing() -> Row:
    lead = (
        ("This template", to(UID, namespace=FIELDS["namespace"], template=FIELDS["template_name"])),
        ("On the live page", page("groups", namespace=FIELDS["namespace"])),
    )
    return Row(
        "Which templates fail?",
        (
            listing(
                About(
                    "Templates",
                    "Within the time shown; the most failures first. The mean is of successes.",
                    "short",
                ),
                {"namespace": Words("Namespace"), "template_name": Words("Template", lead)},
                (
                    Column("Failed", _IN.increase(_COMPLETIONS, *_EACH, phase=FAILED), limits=Limits(warn=0.5)),
                    Column("Ended", _IN.increase(_COMPLETIONS, *_EACH)),
                    Column("Failed share", _IN.failed_share(*_EACH, over=RANGE), "percentunit", _SHARE),
                    Column("Mean duration", _IN.mean(_GROUP_DURATION, *_EACH, over=RANGE, phase="Succeeded"), "s"),
                    Column(
                        "Since the last success",
                        _IN.since_latest(_ENDED_AT, *_EACH, phase="Succeeded"),
                        "s",
                        Limits(warn=86_400),
                    ),
                ),
            ),
            bars(
                About("Failures by template", "Workflows that ended as Failed or Error.", "short", (_THIS, _FAILURES)),
                Query(f"topk(12, {_IN.per_step(_COMPLETIONS, *_EACH, phase=FAILED)} > 0)", _NAMED, exemplars=True),
            ),
            bars(
                About("Completions by phase", "Workflows of the chosen templates that ended, by how.", "short"),
                Query(_IN.per_step(_COMPLETIONS, "phase"), "{{phase}}", exemplars=True),
            ),
        ),
    )


def _lasting() -> Row:
    quantiles = ((0.5, "p50"), (0.9, "p90"), (0.99, "p99"))
    return Row(
        "How long do they take?",
        (
            lines(
                About(
                    "Mean duration by template",
                    "From start to end of the last attempt, of successes; the twelve that take longest.",
                    "s",
                    (_THIS,),
                ),
                Query(f"topk(12, {_IN.mean(_GROUP_DURATION, *_EACH, phase='Succeeded')})", _NAMED),
            ),
            lines(
                About(
                    "Duration, all templates of the namespaces",
                    "Quantiles of successes, by namespace: the choice of templates does not narrow them.",
                    "s",
                ),
                *(
                    Query(_IN.quantile(of, _DURATION, phase="Succeeded"), word, exemplars=word == "p99")
                    for of, word in quantiles
                ),
            ),
            heat(
                About(
                    "Durations of successes",
                    "How many took how long. Two bands: two kinds of work, or a cache that is sometimes cold.",
                    "s",
                ),
                Query(_IN.heat(_DURATION, phase="Succeeded"), "{{le}}", exemplars=True),
            ),
            heat(
                About(
                    "Durations of failures",
                    "How long workflows ran that failed in the end: early is cheap, a band at one height is a timeout.",
                    "s",
                ),
                Query(_IN.heat(_DURATION, phase=FAILED), "{{le}}", exemplars=True),
            ),
            ranking(
                About(
                    "Time that went into each",
                    "All durations together, within the time shown: where a tenth less would be felt.",
                    "s",
                    (_THIS,),
                ),
                Query(f"topk(15, {_IN.increase(f'{_GROUP_DURATION}_sum', *_EACH)} > 0)", _NAMED),
                width=HALF,
            ),
            ranking(
                About(
                    "Time that went into failures",
                    "All durations of what failed, within the time shown: work for nothing.",
                    "s",
                    (_THIS,),
                ),
                Query(f"topk(15, {_IN.increase(f'{_GROUP_DURATION}_sum', *_EACH, phase=FAILED)} > 0)", _NAMED),
                width=HALF,
            ),
        ),
    )


def _silent() -> Row:
    lead = (("This template", to(UID, namespace=FIELDS["namespace"], template=FIELDS["template_name"])),)
    words = {"namespace": Words("Namespace"), "template_name": Words("Template", lead)}
    return Row(
        "What has not succeeded for long?",
        (
            listing(
                About(
                    "Since the last success",
                    "The longest first. Not here: what never succeeded while the exporter knew it.",
                    "s",
                ),
                words,
                (
                    Column(
                        "Since",
                        f"topk(20, {_IN.since_latest(_ENDED_AT, *_EACH, phase='Succeeded')})",
                        "s",
                        Limits(warn=86_400, bad=604_800),
                    ),
                ),
                width=HALF,
            ),
            listing(
                About("Since the last failure", "The latest failures are at the end; sort to see them first.", "s"),
                words,
                (Column("Since", f"topk(20, {_IN.since_latest(_ENDED_AT, *_EACH, phase=FAILED)})", "s"),),
                width=HALF,
            ),
        ),
    )


def _queueing() -> Row:
    return Row(
        "How many come, and how long do they wait?",
        (
            lines(
                About("Created by template", "The twelve with most.", "cps", (_THIS,)),
                Query(f"topk(12, {_IN.rate(_CREATIONS, *_EACH)})", _NAMED),
            ),
            heat(
                About("Time in the queue", "From creation to start, in the namespaces shown.", "s"),
                Query(_IN.heat("argowf_workflow_start_delay_seconds"), "{{le}}"),
            ),
            ranking(
                About(
                    "Kinds of templates",
                    "What the workflows created within the time shown were made from; Inline: from no template.",
                    "short",
                ),
                Query(_IN.increase(_CREATIONS, "template_kind"), "{{template_kind}}"),
            ),
            lines(
                About("From cron workflows", "Created by a cron workflow, and by anybody else.", "cps"),
                Query(_IN.rate(_CREATIONS, cron_workflow="!"), "cron workflows"),
                Query(_IN.rate(_CREATIONS, cron_workflow=""), "others"),
                width=THIRD,
            ),
            bars(
                About("Tries again", "Workflows that had ended and were retried.", "short"),
                Query(_IN.per_step("argowf_workflow_retries_total", "namespace"), "{{namespace}}"),
                width=THIRD,
            ),
        ),
    )


def _built() -> Row:
    nodes, size = "argowf_workflow_node_completions_total", "argowf_workflow_object_bytes"
    return Row(
        "What are they made of?",
        (
            bars(
                About(
                    "Steps ended, by type",
                    "Nodes of workflows that completed. Pods are what costs; Retry: how much is tried again.",
                    "short",
                ),
                Query(_IN.per_step(nodes, "node_type"), "{{node_type}}"),
                width=THIRD,
            ),
            bars(
                About(
                    "Steps failed, by type",
                    "Nodes that ended as Failed or Error. When a pod fails, so do the steps around it.",
                    "short",
                ),
                Query(_IN.per_step(nodes, "node_type", node_phase=FAILED), "{{node_type}}"),
                width=THIRD,
            ),
            stacked(
                About("Steps now", "Nodes of workflows that have not ended; only with --collector.nodes.", "short"),
                Query(_IN.gauge("argowf_workflow_nodes", "node_phase"), "{{node_phase}}"),
                width=THIRD,
            ),
            heat(
                About(
                    "Size of workflows",
                    "As they come from the API server, which takes no object of more than about 1.5 MiB.",
                    "bytes",
                ),
                Query(_IN.heat(size), "{{le}}"),
            ),
            bars(
                About(
                    "Steps not readable",
                    "Workflows whose steps could not be counted: offloaded to a database, damaged, or too large.",
                    "short",
                ),
                Query(_IN.per_step("argowf_workflow_nodes_unreadable_total", "reason"), "{{reason}}"),
            ),
        ),
    )
