"""Examples for what the process tells of itself: each replica did its own, so they are told apart, or summed up."""

from exporter.reference.words import Example

PROCESS = {
    "informer_exporter_build_info": Example(
        "Which versions are running?",
        "count by (version) ({now})",
        of_process=True,
    ),
    "informer_exporter_config_info": Example(
        "Do all replicas run with the same settings? More than 1 says no.",
        "count(count by (sha256) ({now}))",
        of_process=True,
    ),
    "informer_exporter_config_last_reload_successful": Example(
        "Where could the settings not be read again?",
        "min by (instance) ({now}) == 0",
        of_process=True,
    ),
    "informer_exporter_config_last_reload_success_timestamp_seconds": Example(
        "How many seconds ago were the settings in force read?",
        "time() - max by (instance) ({now})",
        of_process=True,
    ),
    "informer_exporter_log_messages_total": Example(
        "Is there something in the log to look at?",
        'sum by (instance, level) ({increase:15m|level=~"warning|error|critical"}) > 0',
        of_process=True,
    ),
    "informer_exporter_http_requests_total": Example(
        "How many requests are answered each second, and how?",
        "sum by (handler, code) ({rate:5m})",
        of_process=True,
    ),
    "informer_exporter_http_requests_in_flight": Example(
        "How many requests are being answered?",
        "sum by (instance) ({now})",
        of_process=True,
    ),
    "informer_exporter_http_failures_total": Example(
        "Did an answer fail on the way, or for a mistake of the exporter?",
        "sum by (instance) ({increase:1h}) > 0",
        of_process=True,
    ),
    "informer_exporter_exposition_duration_seconds": Example(
        "How long does it take on average to write what is scraped?",
        "sum by (instance) ({sum:15m}) / (sum by (instance) ({count:15m}) > 0)",
        of_process=True,
    ),
    "informer_exporter_exposition_bytes": Example(
        "How large is a scrape?",
        "max by (instance) ({now})",
        of_process=True,
    ),
    "informer_exporter_lookups_total": Example(
        "How many objects are looked up each second?",
        "sum ({rate:5m})",
        of_process=True,
    ),
    "informer_exporter_lookup_misses_total": Example(
        "How many objects that are looked up are not there, each second?",
        "sum ({rate:5m})",
        of_process=True,
    ),
    "informer_exporter_lookup_duration_seconds": Example(
        "Within how many seconds are 99 % of the lookups answered?",
        "histogram_quantile(0.99, sum by (handler, le) ({buckets:15m}))",
        of_process=True,
    ),
    "informer_exporter_api_requests_total": Example(
        "How many requests does the exporter send to the API server each second, and which fail?",
        "sum by (verb, code) ({rate:15m})",
        of_process=True,
    ),
    "informer_exporter_api_received_bytes_total": Example(
        "How many bytes come from the API server each second?",
        "sum by (instance) ({rate:5m})",
        of_process=True,
    ),
    "informer_exporter_api_open_watches": Example(
        "How many watches does each replica keep open?",
        "sum by (instance) ({now})",
        of_process=True,
    ),
    "informer_exporter_auth_reviews_total": Example(
        "How many callers are turned away each second, and can the API server be asked about them?",
        "sum by (review, decision) ({rate:5m})",
        of_process=True,
    ),
    "informer_exporter_auth_reviews_overloaded_total": Example(
        "How many requests are put off each second because too many callers are new?",
        "sum ({rate:5m})",
        of_process=True,
    ),
    "informer_exporter_state_writes_total": Example(
        "Where was the state file not written for ten minutes?",
        "sum by (instance) ({increase:10m}) == 0",
        of_process=True,
    ),
    "informer_exporter_state_errors_total": Example(
        "What is wrong with the state file?",
        "sum by (instance, reason) ({increase:1h}) > 0",
        of_process=True,
    ),
    "informer_exporter_state_last_write_timestamp_seconds": Example(
        "How much would be told late, in seconds, if the exporter ended now?",
        "time() - max by (instance) ({now})",
        of_process=True,
    ),
    "informer_exporter_state_bytes": Example(
        "How large is the state file?",
        "max by (instance) ({now})",
        of_process=True,
    ),
    "informer_exporter_state_owed": Example(
        "Is there something that was found after a restart and is not counted yet, since nothing was scraped?",
        "max by (instance) ({now}) > 0",
        of_process=True,
    ),
}
