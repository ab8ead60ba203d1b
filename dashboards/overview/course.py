"""The rows of the overview that tell of the usual course: what is used, what goes through, what to trust."""

from dashboards.about import About, Limits, Query
from dashboards.colours import BAD, GOOD
from dashboards.frame import Row, to
from dashboards.overview.ground import COMPLETIONS, HEALTH, IN, TO_NAMESPACE, TO_RUNNING
from dashboards.panels import THIRD, bars, lines, number, ranking, stacked

SECONDS = "$__range_s"
YES = {"0": ("no", BAD), "1": ("yes", GOOD)}


def burning() -> Row:
    """Give the row."""
    return Row(
        "Who burns the CPU?",
        (
            stacked(
                About(
                    "Cores by namespace",
                    "CPU that pods of workflows have asked for: Argo's own account, added when pods end, so "
                    "it comes in steps.",
                    "none",
                    (TO_NAMESPACE, TO_RUNNING),
                ),
                Query(f"topk(12, {IN.rate('argowf_workflow_cpu_core_seconds_total', 'namespace')})", "{{namespace}}"),
            ),
            stacked(
                About(
                    "Memory by namespace",
                    "Memory that pods of workflows have asked for: Argo's own account, added when pods end.",
                    "bytes",
                    (TO_NAMESPACE, TO_RUNNING),
                ),
                Query(
                    f"topk(12, {IN.rate('argowf_workflow_memory_byte_seconds_total', 'namespace')})", "{{namespace}}"
                ),
            ),
            bars(
                About(
                    "Steps ended",
                    "Nodes of completed workflows by how they ended, counted when their workflow completes.",
                    "short",
                ),
                Query(IN.per_step("argowf_workflow_node_completions_total", "node_phase"), "{{node_phase}}"),
                width=THIRD,
            ),
            ranking(
                About("Busiest namespaces", "Cores over the time shown.", "none", (TO_NAMESPACE,)),
                Query(
                    f"topk(12, {IN.increase('argowf_workflow_cpu_core_seconds_total', 'namespace')} / {SECONDS} > 0)",
                    "{{namespace}}",
                ),
            ),
            lines(
                About(
                    "Updates of workflows",
                    "Each is a write of a whole object by the controller: what workflows cost the API server and etcd.",
                    "wps",
                    (TO_RUNNING,),
                ),
                Query(f"topk(12, {IN.rate('argowf_workflow_updates_total', 'namespace')})", "{{namespace}}"),
                width=THIRD,
            ),
        ),
    )


def flowing() -> Row:
    """Give the row."""
    return Row(
        "How much goes through?",
        (
            stacked(
                About(
                    "Workflows by phase",
                    "What lies in the cluster now. Not for ratios: successes are deleted sooner than failures.",
                    "short",
                ),
                Query(IN.gauge("argowf_workflows", "phase"), "{{phase}}"),
            ),
            lines(
                About("Created and ended", "Ended below created for long: a queue grows.", "cps"),
                Query(IN.rate("argowf_workflow_creations_total"), "created"),
                Query(IN.rate(COMPLETIONS), "ended", exemplars=True),
                Query(IN.rate("argowf_workflow_retries_total"), "retried"),
            ),
            bars(
                About(
                    "Deleted",
                    "Workflows that left the cluster, by their last phase. Running or Pending: somebody deleted them.",
                    "short",
                ),
                Query(IN.per_step("argowf_workflow_deletions_total", "phase"), "{{phase}}"),
                width=THIRD,
            ),
            bars(
                About("Deleted without archive", "They are gone, and no archive holds them.", "short"),
                Query(IN.per_step("argowf_workflow_deletions_total", "namespace", archived="false"), "{{namespace}}"),
                width=THIRD,
            ),
            number(
                About("Templates", "Workflow templates in the namespaces shown.", "short"),
                Query(IN.gauge("argowf_workflowtemplates")),
                width=4,
                tall=True,
            ),
            number(
                About("Cluster templates", "Cluster workflow templates.", "short"),
                Query(IN.gauge("argowf_clusterworkflowtemplates")),
                width=4,
                tall=True,
            ),
        ),
    )


def trusted() -> Row:
    """Give the row."""
    health = ("Exporter health", to(HEALTH))
    return Row(
        "Can I trust these numbers?",
        (
            lines(
                About(
                    "Since the last contact",
                    "Seconds since the API server was last heard, by what is watched. Quiet is not dead: "
                    "bookmarks count as contact.",
                    "s",
                    (health,),
                ),
                Query(IN.since_oldest("informer_last_contact_timestamp_seconds", "resource"), "{{resource}}"),
                width=THIRD,
                limits=Limits(warn=90, bad=300),
            ),
            number(
                About(
                    "Informers in sync",
                    "The least of them: 1 when every cache is complete and follows the API server.",
                    "short",
                    (health,),
                ),
                Query(IN.least("informer_synced")),
                width=4,
                tall=True,
                limits=Limits(rising=False),
                names=YES,
            ),
            number(
                About(
                    "Counted elsewhere",
                    "Groups and namespaces that are beyond the limits and are counted together as __overflow__.",
                    "short",
                    (health,),
                ),
                Query(IN.increase("informer_exporter_groups_overflowed_total")),
                width=4,
                tall=True,
                limits=Limits(warn=0.5),
            ),
            number(
                About(
                    "Put right",
                    "Changes that no watch had told, found by a later list, and series that had drifted, "
                    "within the time shown.",
                    "short",
                    (health,),
                ),
                Query(IN.increase("informer_resync_corrections_total")),
                width=4,
                tall=True,
                limits=Limits(warn=0.5),
            ),
            number(
                About(
                    "Not readable",
                    "Objects and parts of objects that could not be read, within the time shown.",
                    "short",
                    (health,),
                ),
                Query(IN.increase("informer_decode_errors_total")),
                width=4,
                tall=True,
                limits=Limits(warn=0.5),
            ),
        ),
    )
