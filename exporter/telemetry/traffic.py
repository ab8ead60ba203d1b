"""What passed between an informer and the API server: lists, watches, and what went wrong with them."""

from collections.abc import Iterator

from exporter.informer.counts import DELAY_BOUNDS, LIST_BOUNDS, WATCH_BOUNDS
from exporter.informer.statistics import InformerStatistics
from exporter.metrics.family import Type
from exporter.telemetry.declare import Told, observed, of_resource, point, points

LISTS = of_resource("informer_lists_total", Type.COUNTER, "Lists begun, by what made them necessary.", "reason")
LIST_DURATION = of_resource(
    "informer_list_duration_seconds",
    Type.HISTOGRAM,
    "Time that whole lists took, from asking for the first page until the cache held the last.",
    unit="seconds",
    buckets=LIST_BOUNDS,
)
LIST_ERRORS = of_resource(
    "informer_list_errors_total",
    Type.COUNTER,
    "Pages of lists that failed, by HTTP code or by what failed instead.",
    "code",
)
WATCHES = of_resource("informer_watches_total", Type.COUNTER, "Watches asked for.")
WATCH_DURATION = of_resource(
    "informer_watch_duration_seconds",
    Type.HISTOGRAM,
    "Time that watches lived, from their opening to their end.",
    unit="seconds",
    buckets=WATCH_BOUNDS,
)
WATCH_ERRORS = of_resource(
    "informer_watch_errors_total", Type.COUNTER, "Watches that failed, by what failed.", "reason"
)
BOOKMARKS = of_resource("informer_bookmarks_total", Type.COUNTER, "Bookmarks received.")
RECEIVED_BYTES = of_resource(
    "informer_received_bytes_total",
    Type.COUNTER,
    "Bytes of objects on the pages of lists and of lines of watches, after decompression.",
    unit="bytes",
)
DECODE_ERRORS = of_resource(
    "informer_decode_errors_total",
    Type.COUNTER,
    "Frames, pages and objects that could not be read, and objects of which some part could not.",
)
EVENT_DELAY = of_resource(
    "informer_event_delay_seconds",
    Type.HISTOGRAM,
    "Time from the newest moment that the API server wrote into an object (in whole seconds) until a watch brought the "
    "object, added or modified.",
    unit="seconds",
    buckets=DELAY_BOUNDS,
)

FAMILIES = (
    LISTS,
    LIST_DURATION,
    LIST_ERRORS,
    WATCHES,
    WATCH_DURATION,
    WATCH_ERRORS,
    BOOKMARKS,
    RECEIVED_BYTES,
    DECODE_ERRORS,
    EVENT_DELAY,
)


def told(informer: InformerStatistics) -> Iterator[Told]:
    """Every sample of these families."""
    resource = informer.resource.name
    yield from points(LISTS, informer.totals(lambda one: one.lists), resource)
    yield observed(LIST_DURATION, informer.seen(lambda one: one.list_seconds), resource)
    yield from points(LIST_ERRORS, informer.totals(lambda one: one.list_errors), resource)
    yield point(WATCHES, informer.total(lambda one: one.watches), resource)
    yield observed(WATCH_DURATION, informer.seen(lambda one: one.watch_seconds), resource)
    yield from points(WATCH_ERRORS, informer.totals(lambda one: one.watch_errors), resource)
    yield point(BOOKMARKS, informer.total(lambda one: one.bookmarks), resource)
    yield point(RECEIVED_BYTES, informer.total(lambda one: one.received_bytes), resource)
    decode_errors = informer.total(lambda one: one.decode_errors)
    yield point(DECODE_ERRORS, decode_errors + informer.store.partly_read, resource)
    yield observed(EVENT_DELAY, informer.seen(lambda one: one.event_delay), resource)
