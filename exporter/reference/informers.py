"""Examples for what each informer tells of itself."""

from exporter.reference.words import Example

INFORMERS = {
    "informer_state": Example(
        "Which informers are not live, and what are they doing instead?",
        'max by (resource, state) ({now:|state!="live"}) == 1',
    ),
    "informer_degraded": Example(
        "Why is an informer degraded?",
        "max by (resource, reason) ({now}) == 1",
    ),
    "informer_transitions_total": Example(
        "How often was an informer degraded within the last hour?",
        'sum by (resource) ({increase:1h|state="degraded"}) > 0',
    ),
    "informer_synced": Example(
        "Is there something whose numbers cannot be trusted now?",
        "min by (resource) ({now}) == 0",
    ),
    "informer_backoff_seconds": Example(
        "Who waits for long before asking the API server again?",
        "max by (resource) ({now}) > 30",
    ),
    "informer_last_contact_timestamp_seconds": Example(
        "For how many seconds was nothing heard from the API server? A quiet cluster still sends bookmarks.",
        "time() - min by (resource) ({now})",
    ),
    "informer_last_sync_timestamp_seconds": Example(
        "How many seconds ago was everything listed last?",
        "time() - min by (resource) ({now})",
    ),
    "informer_last_event_timestamp_seconds": Example(
        "For how many seconds has nothing changed? Quiet is not dead.",
        "time() - max by (resource) ({now})",
    ),
    "informer_lists_total": Example(
        "How often was everything listed again, and why?",
        'sum by (resource, reason) ({increase:1h|reason!="initial"}) > 0',
    ),
    "informer_list_duration_seconds": Example(
        "How long does a list take on average?",
        "sum by (resource) ({sum:1h}) / (sum by (resource) ({count:1h}) > 0)",
    ),
    "informer_list_errors_total": Example(
        "Which errors do lists meet?",
        "sum by (resource, code) ({increase:1h}) > 0",
    ),
    "informer_watches_total": Example(
        "How many watches are opened each minute? More than a few are too many.",
        "60 * sum by (resource) ({rate:15m})",
    ),
    "informer_watch_duration_seconds": Example(
        "How long do watches live, in the median?",
        "histogram_quantile(0.5, sum by (resource, le) ({buckets:6h}))",
    ),
    "informer_watch_errors_total": Example(
        "What ends watches too soon?",
        "sum by (resource, reason) ({increase:1h}) > 0",
    ),
    "informer_bookmarks_total": Example(
        "Does the API server send bookmarks? Each watch is sent one a minute.",
        "60 * sum by (resource) ({rate:15m})",
    ),
    "informer_received_bytes_total": Example(
        "How many bytes of objects come in each second?",
        "sum by (resource) ({rate:5m})",
    ),
    "informer_decode_errors_total": Example(
        "Is there something that could not be read?",
        "sum by (resource) ({increase:1h}) > 0",
    ),
    "informer_event_delay_seconds": Example(
        "How late do 99 % of the events come at most? The API server's times are whole seconds.",
        "histogram_quantile(0.99, sum by (resource, le) ({buckets:15m}))",
    ),
    "informer_objects": Example(
        "How many objects are in the cache?",
        "sum by (resource) ({now})",
    ),
    "informer_cache_bytes": Example(
        "How many bytes does the cache take?",
        "sum by (resource) ({now})",
    ),
    "informer_cache_references": Example(
        "How many bodies are kept for others to be compressed against?",
        "sum by (resource, state) ({now})",
    ),
    "informer_index_entries": Example(
        "How large are the indexes?",
        "sum by (resource, index) ({now})",
    ),
    "informer_events_total": Example(
        "How many changes come in each second, and of which sort?",
        "sum by (resource, event) ({rate:5m})",
    ),
    "informer_ignored_events_total": Example(
        "How many events told nothing new?",
        "sum by (resource) ({increase:1h})",
    ),
    "informer_resync_corrections_total": Example(
        "Was there something that no watch had told, or a total that had drifted?",
        "sum by (resource, kind) ({increase:1h}) > 0",
    ),
    "informer_resync_duration_seconds": Example(
        "How long does it take on average to tell the whole cache to the handlers?",
        "sum by (resource) ({sum:6h}) / (sum by (resource) ({count:6h}) > 0)",
    ),
    "informer_handler_duration_seconds": Example(
        "Which share of its time does the exporter spend on the handlers?",
        "sum by (resource) ({sum:5m})",
    ),
    "informer_handler_errors_total": Example(
        "Did a handler fail? It should never.",
        "sum by (resource) ({increase:1h}) > 0",
    ),
    "informer_subscriber_lags_total": Example(
        "Did a reader of changes, such as the live page, fall behind?",
        "sum by (resource) ({increase:1h}) > 0",
    ),
    "informer_exporter_series": Example(
        "How many series do the objects of each resource have?",
        "sum by (resource) ({now})",
    ),
    "informer_exporter_groups": Example(
        "How many groups are told apart?",
        "sum by (resource) ({now})",
    ),
    "informer_exporter_groups_overflowed_total": Example(
        "Are there more groups or namespaces than are told apart?",
        "sum by (resource) ({increase:1h}) > 0",
    ),
    "informer_exporter_cronworkflows_overflowed": Example(
        "How many CronWorkflows have no series of their own, since there are too many?",
        "sum ({now}) > 0",
    ),
    "informer_exporter_cronworkflows_facts_dropped_total": Example(
        "Were ends of workflows told of CronWorkflows that nobody could be told of?",
        "sum ({increase:1h}) > 0",
    ),
}
