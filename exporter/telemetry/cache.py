"""What an informer holds, and what it hands on: objects, changes, handlers, subscribers."""

from collections.abc import Iterator, Mapping

from exporter.informer.statistics import InformerStatistics
from exporter.metrics.family import Type
from exporter.store.codec import CodecStatistics
from exporter.store.store import StoreStatistics
from exporter.tally import Seen
from exporter.telemetry.declare import Told, observed, of_resource, point, points

OBJECTS = of_resource("informer_objects", Type.GAUGE, "Objects in the cache.")
CACHE_BYTES = of_resource(
    "informer_cache_bytes",
    Type.GAUGE,
    "Bytes of the compressed objects in the cache, with what their decoding needs.",
    unit="bytes",
)
REFERENCES = of_resource(
    "informer_cache_references",
    Type.GAUGE,
    "Bodies that others in the cache are compressed against: current ones, retired ones that older objects still need, "
    "and those in limbo, which only a reader of a list needs.",
    "state",
)
INDEX_ENTRIES = of_resource(
    "informer_index_entries", Type.GAUGE, "Pairs of a value and an object in an index.", "index"
)
EVENTS = of_resource(
    "informer_events_total",
    Type.COUNTER,
    "Changes applied to the cache (added, modified, deleted), those that lists brought included.",
    "event",
)
IGNORED_EVENTS = of_resource(
    "informer_ignored_events_total",
    Type.COUNTER,
    "Events that told nothing new: the cache was at their version or had passed it, or did not hold what they deleted.",
)
CORRECTIONS = of_resource(
    "informer_resync_corrections_total",
    Type.COUNTER,
    "What was put right: changes that no watch had told, found by a list other than the first, and series that had "
    "drifted from the cache.",
    "kind",
)
RESYNC_DURATION = of_resource(
    "informer_resync_duration_seconds",
    Type.SUMMARY,
    "Time that it took to tell the whole cache to the handlers again.",
    unit="seconds",
)
HANDLER_DURATION = of_resource(
    "informer_handler_duration_seconds",
    Type.SUMMARY,
    "Time that the handlers took together, for each event and each batch of a list or of a resync.",
    unit="seconds",
)
HANDLER_ERRORS = of_resource(
    "informer_handler_errors_total", Type.COUNTER, "Deltas on which a handler or an index function failed."
)
SUBSCRIBER_LAGS = of_resource(
    "informer_subscriber_lags_total",
    Type.COUNTER,
    "Times that a subscriber fell so far behind that the cache was told to it from the beginning.",
)

FAMILIES = (
    OBJECTS,
    CACHE_BYTES,
    REFERENCES,
    INDEX_ENTRIES,
    EVENTS,
    IGNORED_EVENTS,
    CORRECTIONS,
    RESYNC_DURATION,
    HANDLER_DURATION,
    HANDLER_ERRORS,
    SUBSCRIBER_LAGS,
)


def told(informer: InformerStatistics, drift: int) -> Iterator[Told]:
    """Every sample of these families; ``drift`` counts the series that had drifted from the cache."""
    resource = informer.resource.name
    yield from _held(resource, informer.store)
    yield from points(EVENTS, informer.events, resource)
    corrections = informer.totals(lambda one: one.corrections)
    yield from points(CORRECTIONS, {**corrections, "aggregate_drift": drift}, resource)
    yield observed(RESYNC_DURATION, Seen(informer.resyncs, informer.resync_seconds), resource)
    yield observed(HANDLER_DURATION, informer.handler_seconds, resource)
    yield point(HANDLER_ERRORS, informer.handler_errors + informer.store.index_errors, resource)
    yield point(SUBSCRIBER_LAGS, informer.subscriber_lags, resource)


def _held(resource: str, store: StoreStatistics) -> Iterator[Told]:
    yield point(OBJECTS, store.objects, resource)
    yield point(CACHE_BYTES, store.body_bytes + store.codec.reference_bytes, resource)
    yield from points(REFERENCES, _references(store.codec), resource)
    yield from points(INDEX_ENTRIES, store.index_entries, resource)
    yield point(IGNORED_EVENTS, store.ignored, resource)


def _references(codec: CodecStatistics) -> Mapping[str, int]:
    limbo = codec.limbo_references
    return {"current": codec.references, "retired": codec.retired_references - limbo, "limbo": limbo}
