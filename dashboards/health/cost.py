"""The rows of the exporter's health that tell what it holds, what it answers, and what it costs."""

from dashboards.about import About, Limits, Query
from dashboards.frame import Row
from dashboards.health.ground import IN
from dashboards.listing import Column, Words, listing
from dashboards.panels import HALF, THIRD, bars, lines


def holding() -> Row:
    """Give the row."""
    return Row(
        "What does it hold?",
        (
            lines(
                About("Objects", "In the cache of one replica.", "short"),
                Query(IN.gauge("informer_objects", "resource"), "{{resource}}"),
                width=THIRD,
            ),
            lines(
                About("Cache", "Compressed objects, with what their decoding needs.", "bytes"),
                Query(IN.gauge("informer_cache_bytes", "resource"), "{{resource}}"),
                width=THIRD,
            ),
            lines(
                About(
                    "Groups and series",
                    "Groups are templates told apart in their namespaces; beyond the limit they are counted "
                    "as __overflow__.",
                    "short",
                ),
                Query(IN.gauge("informer_exporter_groups", "resource"), "groups of {{resource}}"),
                Query(IN.gauge("informer_exporter_series", "resource"), "series of {{resource}}"),
                width=THIRD,
            ),
            lines(
                About(
                    "State file",
                    "Age of the checkpoint by which completions count once across restarts; nothing without "
                    "--state.file.",
                    "s",
                ),
                Query(
                    IN.since_oldest("informer_exporter_state_last_write_timestamp_seconds", "instance"), "{{instance}}"
                ),
                width=THIRD,
                limits=Limits(warn=300),
            ),
            bars(
                About("State file: errors", "Not usable when read, or not written: the log says more.", "short"),
                Query(IN.per_step("informer_exporter_state_errors_total", "reason"), "{{reason}}"),
                width=THIRD,
            ),
            lines(
                About(
                    "Still to be counted",
                    "What happened while no exporter ran, and waits for a scrape to show the counters as they were.",
                    "short",
                ),
                Query(IN.gauge("informer_exporter_state_owed", "instance"), "{{instance}}"),
                width=THIRD,
            ),
        ),
    )


def answering() -> Row:
    """Give the row."""
    return Row(
        "What does it answer?",
        (
            lines(
                About("Scrapes", "Time to render and send the metrics.", "s"),
                Query(IN.quantile(0.99, "informer_exporter_exposition_duration_seconds"), "p99"),
                Query(IN.mean("informer_exporter_exposition_duration_seconds"), "mean"),
                width=THIRD,
                limits=Limits(warn=1),
            ),
            lines(
                About("Size of the metrics", "Before compression.", "bytes"),
                Query(IN.worst("informer_exporter_exposition_bytes", "instance"), "{{instance}}"),
                width=THIRD,
            ),
            lines(
                About("Requests", "By handler and code; 499 is a client that left.", "reqps"),
                Query(IN.rate("informer_exporter_http_requests_total", "handler", "code"), "{{handler}} {{code}}"),
                width=THIRD,
            ),
            lines(
                About("Lookups", "Keys asked for, and those that were not there.", "reqps"),
                Query(IN.rate("informer_exporter_lookups_total"), "keys"),
                Query(IN.rate("informer_exporter_lookup_misses_total"), "missing"),
                width=THIRD,
            ),
            lines(
                About("Duration of lookups", "Ninety-nine of a hundred were quicker.", "s"),
                Query(IN.quantile(0.99, "informer_exporter_lookup_duration_seconds", "handler"), "{{handler}}"),
                width=THIRD,
            ),
            bars(
                About("Log", "Messages of warnings and errors.", "short"),
                Query(
                    IN.per_step("informer_exporter_log_messages_total", "level", level="warning|error|critical"),
                    "{{level}}",
                ),
                width=THIRD,
            ),
        ),
    )


def process() -> Row:
    """Give the row."""
    return Row(
        "What does it cost?",
        (
            lines(
                About("Memory", "Resident, of each process.", "bytes"),
                Query(IN.worst("process_resident_memory_bytes", "instance"), "{{instance}}"),
                width=THIRD,
            ),
            lines(
                About("CPU", "Cores, of each process.", "none"),
                Query(IN.rate("process_cpu_seconds_total", "instance"), "{{instance}}"),
                width=THIRD,
            ),
            lines(
                About("File descriptors", "Open ones, of each process.", "short"),
                Query(IN.worst("process_open_fds", "instance"), "{{instance}}"),
                width=THIRD,
            ),
            listing(
                About("Versions", "What runs, and since when.", "s"),
                {"instance": Words("Instance"), "version": Words("Version"), "python_version": Words("Python")},
                (Column("Count", IN.gauge("informer_exporter_build_info", "instance", "version", "python_version")),),
                width=HALF,
                valued=False,
            ),
            listing(
                About("Running for", "Time since each process started.", "s"),
                {"instance": Words("Instance")},
                (Column("Since", IN.since_oldest("process_start_time_seconds", "instance"), "s"),),
                width=HALF,
            ),
        ),
    )
