"""The rows of the exporter's health that tell whether its numbers are those of the cluster."""

from dashboards.about import About, Limits, Query
from dashboards.frame import Row
from dashboards.health.ground import EACH, IN, LIVE, YES
from dashboards.panels import THIRD, bars, heat, lines, timeline


def following() -> Row:
    """Give the row."""
    return Row(
        "Do the caches follow the API server?",
        (
            timeline(
                About(
                    "In sync",
                    "Each informer of each replica. No: what it shows is old, or not complete yet.",
                    "short",
                    LIVE,
                ),
                Query(IN.gauge("informer_synced", "instance", "resource"), EACH),
                names=YES,
            ),
            lines(
                About("Since the last contact", "Bookmarks count: quiet is not dead.", "s", LIVE),
                Query(IN.since_oldest("informer_last_contact_timestamp_seconds", "instance", "resource"), EACH),
                limits=Limits(warn=90, bad=300),
            ),
            bars(
                About("Degraded, and why", "Informers that are degraded at the moment, by reason.", "short", LIVE),
                Query(IN.gauge("informer_degraded", "reason"), "{{reason}}"),
                width=THIRD,
            ),
            bars(
                About(
                    "Changes of state",
                    "States come to, even between two scrapes. Now and then relisting is daily business; "
                    "every minute is not.",
                    "short",
                    LIVE,
                ),
                Query(IN.per_step("informer_transitions_total", "state"), "{{state}}"),
                width=THIRD,
            ),
            heat(
                About(
                    "Delay of events",
                    "From the newest time that the API server wrote into an object until it was here. Times "
                    "in objects are whole seconds: a second is none.",
                    "s",
                ),
                Query(IN.heat("informer_event_delay_seconds"), "{{le}}"),
                width=THIRD,
            ),
        ),
    )


def agreeing() -> Row:
    """Give the row."""
    apart = f"{IN.gauge('informer_objects', 'resource')} - {IN.smallest('informer_objects', 'resource')}"
    return Row(
        "Do the numbers hold?",
        (
            lines(
                About(
                    "Replicas apart",
                    "Objects that one replica knows and another does not. They all read the same, moments "
                    "apart: a handful, for moments. Means nothing between shards.",
                    "short",
                ),
                Query(apart, "{{resource}}"),
                width=THIRD,
                limits=Limits(warn=100),
            ),
            bars(
                About(
                    "Put right",
                    "missed_*: what a list found that no watch had told; aggregate_drift: series that were "
                    "not what the cache says.",
                    "short",
                ),
                Query(IN.per_step("informer_resync_corrections_total", "kind"), "{{kind}}"),
                width=THIRD,
            ),
            bars(
                About(
                    "Not understood",
                    "Objects that could not be read or handled, times that made no sense, steps that could "
                    "not be counted.",
                    "short",
                ),
                Query(IN.per_step("informer_decode_errors_total"), "not readable"),
                Query(IN.per_step("informer_handler_errors_total"), "not handled"),
                Query(IN.per_step("argowf_workflow_mapping_errors_total"), "times"),
                Query(IN.per_step("argowf_workflow_nodes_unreadable_total"), "steps"),
                width=THIRD,
            ),
        ),
    )


def hearing() -> Row:
    """Give the row."""
    return Row(
        "What does it hear?",
        (
            lines(
                About("Changes", "Added, modified and deleted objects, those that lists brought included.", "cps"),
                Query(IN.rate("informer_events_total", "resource", "event"), "{{resource}} {{event}}"),
            ),
            lines(
                About("Received", "Objects in lists and watches, after decompression.", "Bps"),
                Query(IN.rate("informer_received_bytes_total", "instance", "resource"), EACH),
            ),
            lines(
                About("Time in handlers", "What one change or one batch costs the handlers, on average.", "s"),
                Query(IN.mean("informer_handler_duration_seconds", "resource"), "{{resource}}"),
            ),
            bars(
                About(
                    "Bookmarks, and events that told nothing",
                    "Bookmarks are about one a minute for each watch.",
                    "short",
                ),
                Query(IN.per_step("informer_bookmarks_total"), "bookmarks"),
                Query(IN.per_step("informer_ignored_events_total"), "nothing new"),
            ),
        ),
    )


def asking() -> Row:
    """Give the row."""
    return Row(
        "What does it ask of the API server?",
        (
            bars(
                About(
                    "Lists",
                    "By what made them necessary. Besides the first, each is a burden: look at the reason.",
                    "short",
                ),
                Query(IN.per_step("informer_lists_total", "resource", "reason"), "{{resource}}: {{reason}}"),
                width=THIRD,
            ),
            bars(
                About("Errors", "Of watches and of pages of lists.", "short"),
                Query(IN.per_step("informer_watch_errors_total", "reason"), "watch: {{reason}}"),
                Query(IN.per_step("informer_list_errors_total", "code"), "list: {{code}}"),
                width=THIRD,
            ),
            bars(
                About("Requests", "By verb and code.", "short"),
                Query(IN.per_step("informer_exporter_api_requests_total", "verb", "code"), "{{verb}} {{code}}"),
                width=THIRD,
            ),
            lines(
                About("Duration of lists", "Mean, from the first page asked for until the last is in the cache.", "s"),
                Query(IN.mean("informer_list_duration_seconds", "resource"), "{{resource}}"),
                width=THIRD,
            ),
            lines(
                About(
                    "Life of watches",
                    "The median. Watches end by themselves after minutes; in seconds: something cuts them.",
                    "s",
                ),
                Query(IN.quantile(0.5, "informer_watch_duration_seconds", "resource"), "{{resource}}"),
                width=THIRD,
            ),
            lines(
                About("Waiting", "Length of the pause before it asks again, after errors.", "s"),
                Query(IN.worst("informer_backoff_seconds", "instance", "resource"), EACH),
                width=THIRD,
            ),
        ),
    )
