"""The dashboard of the exporter: whether its numbers can be trusted, and what it costs."""

from dashboards.about import ONE_IS_GOOD, About, Limits, Query
from dashboards.colours import BAD, GOOD
from dashboards.frame import Plan, Row
from dashboards.health import cost, trust
from dashboards.health.ground import IN, LIVE, UID, YES
from dashboards.panels import number


def plan() -> Plan:
    """Give the dashboard."""
    rows = (
        _glance(),
        trust.following(),
        trust.agreeing(),
        trust.hearing(),
        trust.asking(),
        cost.holding(),
        cost.answering(),
        cost.process(),
    )
    about = (
        "informer-exporter itself: whether its caches follow the API server, what it asked and was told, how "
        "many series it shows, what it costs. Here replicas are told apart."
    )
    return Plan(UID, "Argo Workflows / Exporter health", about, (), rows)


def _glance() -> Row:
    return Row(
        "At a glance",
        (
            number(
                About("Targets up", "Exporters that Prometheus can scrape.", "short"),
                Query(f"sum({IN.gauge('up', 'instance')})"),
                limits=ONE_IS_GOOD,
            ),
            number(
                About(
                    "In sync",
                    "Whether every cache of the exporter (of the best replica) is complete and follows the API server.",
                    "short",
                    LIVE,
                ),
                Query(IN.least("informer_synced")),
                limits=ONE_IS_GOOD,
                names=YES,
            ),
            number(
                About(
                    "Last contact",
                    "Seconds since the API server was last heard, by the informer that heard it longest ago.",
                    "s",
                    LIVE,
                ),
                Query(IN.since_oldest("informer_last_contact_timestamp_seconds")),
                limits=Limits(warn=90, bad=300),
            ),
            number(About("Objects", "In the caches.", "short"), Query(IN.gauge("informer_objects"))),
            number(
                About("Series", "Told of workflows and the like.", "short"), Query(IN.gauge("informer_exporter_series"))
            ),
            number(
                About(
                    "Beyond the limits",
                    "Groups and namespaces that had to be counted together, within the time shown.",
                    "short",
                ),
                Query(IN.increase("informer_exporter_groups_overflowed_total")),
                limits=Limits(warn=0.5),
            ),
            number(
                About("Memory", "Of the largest process.", "bytes"), Query(IN.worst("process_resident_memory_bytes"))
            ),
            number(
                About(
                    "Settings",
                    "Whether the settings could be used when they were last read; those in force are older where not.",
                    "short",
                ),
                Query(IN.least("informer_exporter_config_last_reload_successful")),
                limits=ONE_IS_GOOD,
                names={"0": ("refused", BAD), "1": ("in force", GOOD)},
            ),
        ),
    )
