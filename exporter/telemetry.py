"""The exporter about itself: each room's statistics turned into metric families.

The rooms count with plain numbers and know no metric; this file alone knows what the numbers are called.
"""

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain

import msgspec
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client import generate_latest as classic_text
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_text

from exporter import __version__
from exporter.informer.informer import InformerStatistics
from exporter.informer.standing import STATES
from exporter.kube.client import ClientStatistics
from exporter.metrics.family import Distribution, Family, Point, Sample, Type, check_together, states
from exporter.metrics.ledger import Ledger, LedgerStatistics
from exporter.metrics.text import Format, block
from exporter.web.site import SiteStatistics

RESOURCE = ("resource",)

BUILD_INFO = Family(
    name="informer_exporter_build_info",
    type=Type.INFO,
    help="Versions of the exporter and of the Python that runs it.",
    labels=("version", "python_version"),
)
LOG_MESSAGES = Family(
    name="informer_exporter_log_messages_total",
    type=Type.COUNTER,
    help="Log messages written, by level.",
    labels=("level",),
)
HTTP_REQUESTS = Family(
    name="informer_exporter_http_requests_total",
    type=Type.COUNTER,
    help="HTTP requests answered, by handler and status code; 499 is a client that left.",
    labels=("handler", "code"),
)
HTTP_FAILURES = Family(
    name="informer_exporter_http_failures_total",
    type=Type.COUNTER,
    help="HTTP requests that ended in an error nobody expected; the log says more.",
)
LOOKUPS = Family(
    name="informer_exporter_lookups_total",
    type=Type.COUNTER,
    help="Keys looked up in the cache.",
)
LOOKUP_MISSES = Family(
    name="informer_exporter_lookup_misses_total",
    type=Type.COUNTER,
    help="Keys looked up in the cache that were not there.",
)
API_REQUESTS = Family(
    name="informer_exporter_api_requests_total",
    type=Type.COUNTER,
    help="Requests to the API server, by verb and HTTP code; the code is error where no answer came.",
    labels=("verb", "code"),
)
API_RECEIVED_BYTES = Family(
    name="informer_exporter_api_received_bytes_total",
    type=Type.COUNTER,
    help="Bytes that the API server sent in answers, counted after decompression.",
    unit="bytes",
)
API_OPEN_WATCHES = Family(
    name="informer_exporter_api_open_watches",
    type=Type.GAUGE,
    help="Watches open at the API server.",
)
SERIES = Family(
    name="informer_exporter_series",
    type=Type.GAUGE,
    help="Series that the objects of a resource are counted in.",
    labels=RESOURCE,
)
GROUPS = Family(
    name="informer_exporter_groups",
    type=Type.GAUGE,
    help="Groups (template kind, template name and cron workflow) told apart in the metrics.",
    labels=RESOURCE,
)
GROUPS_OVERFLOWED = Family(
    name="informer_exporter_groups_overflowed_total",
    type=Type.COUNTER,
    help="Groups and namespaces beyond the limits, counted under __overflow__ instead.",
    labels=RESOURCE,
)
STATE = Family(
    name="informer_state",
    type=Type.GAUGE,
    help="Where the informer stands: 1 for the present state, 0 for the others.",
    labels=("resource", "state"),
)
SYNCED = Family(
    name="informer_synced",
    type=Type.GAUGE,
    help="Whether the cache is complete and follows the API server at this moment.",
    labels=RESOURCE,
)
OBJECTS = Family(
    name="informer_objects",
    type=Type.GAUGE,
    help="Objects in the cache.",
    labels=RESOURCE,
)
CACHE_BYTES = Family(
    name="informer_cache_bytes",
    type=Type.GAUGE,
    help="Bytes of the compressed objects in the cache, with what their decoding needs.",
    labels=RESOURCE,
    unit="bytes",
)
INDEX_ENTRIES = Family(
    name="informer_index_entries",
    type=Type.GAUGE,
    help="Pairs of a value and an object in an index.",
    labels=("resource", "index"),
)
EVENTS = Family(
    name="informer_events_total",
    type=Type.COUNTER,
    help="Changes applied to the cache (added, modified, deleted), those that lists brought included.",
    labels=("resource", "event"),
)
IGNORED_EVENTS = Family(
    name="informer_ignored_events_total",
    type=Type.COUNTER,
    help="Events that told nothing new, because the cache was at their version or had passed it.",
    labels=RESOURCE,
)
BOOKMARKS = Family(
    name="informer_bookmarks_total",
    type=Type.COUNTER,
    help="Bookmarks received.",
    labels=RESOURCE,
)
LISTS = Family(
    name="informer_lists_total",
    type=Type.COUNTER,
    help="Lists begun, by what made them necessary.",
    labels=("resource", "reason"),
)
LIST_ERRORS = Family(
    name="informer_list_errors_total",
    type=Type.COUNTER,
    help="Pages of lists that failed, by HTTP code or by what failed instead.",
    labels=("resource", "code"),
)
WATCHES = Family(
    name="informer_watches_total",
    type=Type.COUNTER,
    help="Watches asked for.",
    labels=RESOURCE,
)
WATCH_ERRORS = Family(
    name="informer_watch_errors_total",
    type=Type.COUNTER,
    help="Watches that failed, by what failed.",
    labels=("resource", "reason"),
)
DECODE_ERRORS = Family(
    name="informer_decode_errors_total",
    type=Type.COUNTER,
    help="Frames, pages and objects that could not be read, and objects of which some part could not.",
    labels=RESOURCE,
)
HANDLER_ERRORS = Family(
    name="informer_handler_errors_total",
    type=Type.COUNTER,
    help="Deltas on which a handler or an index function failed.",
    labels=RESOURCE,
)
RESYNC_DURATION = Family(
    name="informer_resync_duration_seconds",
    type=Type.SUMMARY,
    help="Time that it took to tell the whole cache to the handlers again.",
    labels=RESOURCE,
    unit="seconds",
)
LAST_CONTACT = Family(
    name="informer_last_contact_timestamp_seconds",
    type=Type.GAUGE,
    help="When the API server was last heard (bookmarks count); of several watches, the one heard longest ago.",
    labels=RESOURCE,
    unit="seconds",
)

FAMILIES = (
    BUILD_INFO,
    LOG_MESSAGES,
    HTTP_REQUESTS,
    HTTP_FAILURES,
    LOOKUPS,
    LOOKUP_MISSES,
    API_REQUESTS,
    API_RECEIVED_BYTES,
    API_OPEN_WATCHES,
    SERIES,
    GROUPS,
    GROUPS_OVERFLOWED,
    STATE,
    SYNCED,
    OBJECTS,
    CACHE_BYTES,
    INDEX_ENTRIES,
    EVENTS,
    IGNORED_EVENTS,
    BOOKMARKS,
    LISTS,
    LIST_ERRORS,
    WATCHES,
    WATCH_ERRORS,
    DECODE_ERRORS,
    HANDLER_ERRORS,
    RESYNC_DURATION,
    LAST_CONTACT,
)
"""Every family of this file, in the order of an exposition."""

check_together(FAMILIES)


class Watched(msgspec.Struct, frozen=True):
    """One watched kind: how to ask its informer, and its totals."""

    ask_informer: Callable[[], InformerStatistics]
    ledger: Ledger


class Exposition:
    """All that /metrics shows: the totals of each kind, the rooms' statistics, the process."""

    def __init__(
        self,
        watched: Iterable[Watched],
        *,
        ask_site: Callable[[], SiteStatistics],
        ask_client: Callable[[], ClientStatistics],
        ask_log: Callable[[], Mapping[str, int]],
    ) -> None:
        self._watched = tuple(watched)
        self._ask_site = ask_site
        self._ask_client = ask_client
        self._ask_log = ask_log
        self._process = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self._process)
        PlatformCollector(registry=self._process)
        GCCollector(registry=self._process)

    def render(self, fmt: Format, names: frozenset[str]) -> Iterator[bytes]:
        """Give the exposition in chunks, all of one moment; an empty set of names asks for every family."""
        totals = [watched.ledger.slices(fmt, names) for watched in self._watched]
        samples = self._samples()
        own = (block(family, samples[family], fmt) for family in FAMILIES if family.is_asked(names))
        rest = (b"".join(own), self._of_the_process(fmt, names), fmt.end)
        return (chunk for chunks in (*totals, rest) for chunk in chunks)

    def _samples(self) -> Mapping[Family, list[Sample]]:
        samples: dict[Family, list[Sample]] = {family: [] for family in FAMILIES}
        samples[BUILD_INFO].append(Point((__version__, platform.python_version()), 1))
        samples[LOG_MESSAGES] += [Point((level,), count) for level, count in self._ask_log().items()]
        rooms = (_of_the_site(self._ask_site()), _of_the_client(self._ask_client()), *map(_of_a_kind, self._watched))
        for family, sample in chain.from_iterable(rooms):
            samples[family].append(sample)
        return samples

    def _of_the_process(self, fmt: Format, names: frozenset[str]) -> bytes:
        registry = self._process.restricted_registry(names) if names else self._process
        write = openmetrics_text if fmt.openmetrics else classic_text
        text: bytes = write(registry)
        return text.removesuffix(Format.OPENMETRICS.end)


def _of_the_site(site: SiteStatistics) -> Iterator[tuple[Family, Sample]]:
    for (handler, code), count in sorted(site.requests.items()):
        yield HTTP_REQUESTS, Point((handler, str(code)), count)
    yield HTTP_FAILURES, Point((), site.failures)
    yield LOOKUPS, Point((), site.cache.lookups)
    yield LOOKUP_MISSES, Point((), site.cache.misses)


def _of_the_client(client: ClientStatistics) -> Iterator[tuple[Family, Sample]]:
    for (verb, code), count in sorted(client.requests.items()):
        yield API_REQUESTS, Point((verb, code), count)
    yield API_RECEIVED_BYTES, Point((), client.received_bytes)
    yield API_OPEN_WATCHES, Point((), client.open_watches)


def _of_a_kind(watched: Watched) -> Iterator[tuple[Family, Sample]]:
    informer = watched.ask_informer()
    yield from _of_the_ledger(informer.resource.name, watched.ledger.statistics())
    yield from _of_the_store(informer.resource.name, informer)
    yield from _of_the_informer(informer.resource.name, informer)


def _of_the_ledger(resource: str, ledger: LedgerStatistics) -> Iterator[tuple[Family, Sample]]:
    yield SERIES, Point((resource,), ledger.series)
    yield GROUPS, Point((resource,), ledger.groups)
    yield GROUPS_OVERFLOWED, Point((resource,), ledger.groups_overflowed + ledger.namespaces_overflowed)


def _of_the_store(resource: str, informer: InformerStatistics) -> Iterator[tuple[Family, Sample]]:
    store = informer.store
    yield OBJECTS, Point((resource,), store.objects)
    yield IGNORED_EVENTS, Point((resource,), store.ignored)
    yield CACHE_BYTES, Point((resource,), store.body_bytes + store.codec.reference_bytes)
    for index, entries in store.index_entries.items():
        yield INDEX_ENTRIES, Point((resource, index), entries)


def _of_the_informer(resource: str, informer: InformerStatistics) -> Iterator[tuple[Family, Sample]]:
    for point in states((resource,), STATES, informer.state):
        yield STATE, point
    yield SYNCED, Point((resource,), int(informer.fresh))
    yield LAST_CONTACT, Point((resource,), informer.last_contact)
    yield RESYNC_DURATION, Distribution((resource,), informer.resyncs, informer.resync_seconds)
    yield HANDLER_ERRORS, Point((resource,), informer.handler_errors + informer.store.index_errors)
    decode_errors = informer.total(lambda one: one.decode_errors)
    yield DECODE_ERRORS, Point((resource,), decode_errors + informer.store.partly_read)
    yield BOOKMARKS, Point((resource,), informer.total(lambda one: one.bookmarks))
    yield WATCHES, Point((resource,), informer.total(lambda one: one.watches))
    named = (
        (EVENTS, informer.events),
        (LISTS, informer.totals(lambda one: one.lists)),
        (LIST_ERRORS, informer.totals(lambda one: one.list_errors)),
        (WATCH_ERRORS, informer.totals(lambda one: one.watch_errors)),
    )
    for family, counts in named:
        for what, count in counts.items():
            yield family, Point((resource, what), count)
