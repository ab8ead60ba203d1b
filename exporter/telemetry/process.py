"""The process around the informers: what it runs with, what it answered, what it asked, how many series it shows."""

import platform
from collections.abc import Iterator, Mapping

import msgspec

from exporter import __version__
from exporter.kube.client import ClientStatistics
from exporter.metrics.family import Family, Type
from exporter.metrics.ledger import LedgerStatistics
from exporter.metrics.roll import RollStatistics
from exporter.telemetry.declare import Told, observed, of_resource, point, points
from exporter.web.cache import LOOKUP_BOUNDS
from exporter.web.scrape import SCRAPE_BOUNDS, ScrapeStatistics
from exporter.web.site import SiteStatistics

BUILD_INFO = Family(
    name="informer_exporter_build_info",
    type=Type.INFO,
    help="Versions of the exporter and of the Python that runs it.",
    labels=("version", "python_version"),
)
CONFIG_INFO = Family(
    name="informer_exporter_config_info",
    type=Type.INFO,
    help="The SHA-256 of the settings in force, as check-config prints them.",
    labels=("sha256",),
)
CONFIG_SUCCESSFUL = Family(
    name="informer_exporter_config_last_reload_successful",
    type=Type.GAUGE,
    help="Whether the settings could be used when they were last read.",
)
CONFIG_SUCCESS_TIME = Family(
    name="informer_exporter_config_last_reload_success_timestamp_seconds",
    type=Type.GAUGE,
    help="When settings that could be used were last read.",
    unit="seconds",
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
HTTP_IN_FLIGHT = Family(
    name="informer_exporter_http_requests_in_flight",
    type=Type.GAUGE,
    help="HTTP requests that are being answered.",
)
HTTP_FAILURES = Family(
    name="informer_exporter_http_failures_total",
    type=Type.COUNTER,
    help="HTTP requests that ended in an error nobody expected; the log says more.",
)
EXPOSITION_DURATION = Family(
    name="informer_exporter_exposition_duration_seconds",
    type=Type.HISTOGRAM,
    help="Time that it took to render and send the metrics.",
    unit="seconds",
    buckets=SCRAPE_BOUNDS,
)
EXPOSITION_BYTES = Family(
    name="informer_exporter_exposition_bytes",
    type=Type.GAUGE,
    help="Size of the metrics when all of them were last asked for, before compression.",
    unit="bytes",
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
LOOKUP_DURATION = Family(
    name="informer_exporter_lookup_duration_seconds",
    type=Type.HISTOGRAM,
    help="Time that it took to answer a lookup, by handler.",
    labels=("handler",),
    unit="seconds",
    buckets=LOOKUP_BOUNDS,
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
SERIES = of_resource("informer_exporter_series", Type.GAUGE, "Series that the objects of a resource are counted in.")
GROUPS = of_resource(
    "informer_exporter_groups",
    Type.GAUGE,
    "Groups (template kind, template name and cron workflow) told apart in the metrics.",
)
GROUPS_OVERFLOWED = of_resource(
    "informer_exporter_groups_overflowed_total",
    Type.COUNTER,
    "Groups and namespaces beyond the limits, counted under __overflow__ instead.",
)
CRONS_OVERFLOWED = Family(
    name="informer_exporter_cronworkflows_overflowed",
    type=Type.GAUGE,
    help="CronWorkflows beyond the limit, which have no series of their own.",
)
CRON_FACTS_DROPPED = Family(
    name="informer_exporter_cronworkflows_facts_dropped_total",
    type=Type.COUNTER,
    help="Runs of CronWorkflows that were counted for none, because theirs stayed unknown for too long.",
)

FAMILIES = (
    BUILD_INFO,
    CONFIG_INFO,
    CONFIG_SUCCESSFUL,
    CONFIG_SUCCESS_TIME,
    LOG_MESSAGES,
    HTTP_REQUESTS,
    HTTP_IN_FLIGHT,
    HTTP_FAILURES,
    EXPOSITION_DURATION,
    EXPOSITION_BYTES,
    LOOKUPS,
    LOOKUP_MISSES,
    LOOKUP_DURATION,
    API_REQUESTS,
    API_RECEIVED_BYTES,
    API_OPEN_WATCHES,
    SERIES,
    GROUPS,
    GROUPS_OVERFLOWED,
    CRONS_OVERFLOWED,
    CRON_FACTS_DROPPED,
)


class Configuration(msgspec.Struct, frozen=True):
    """The settings that the process runs with."""

    sha256: str
    """What tells two settings apart, in hexadecimal."""
    read_at: float
    """Epoch seconds."""
    successful: bool = True
    """Whether the settings could be used when they were last read; those in force are older where not."""


def told_of_process(configuration: Configuration, log: Mapping[str, int]) -> Iterator[Told]:
    """What it runs with, and what it wrote into the log."""
    yield point(BUILD_INFO, 1, __version__, platform.python_version())
    yield point(CONFIG_INFO, 1, configuration.sha256)
    yield point(CONFIG_SUCCESSFUL, int(configuration.successful))
    yield point(CONFIG_SUCCESS_TIME, configuration.read_at)
    yield from points(LOG_MESSAGES, log)


def told_of_site(site: SiteStatistics) -> Iterator[Told]:
    """What it answered."""
    for (handler, code), count in sorted(site.requests.items()):
        yield point(HTTP_REQUESTS, count, handler, str(code))
    yield point(HTTP_IN_FLIGHT, site.in_flight)
    yield point(HTTP_FAILURES, site.failures)
    yield from _told_of_scrapes(site.scrapes)
    yield point(LOOKUPS, site.cache.lookups)
    yield point(LOOKUP_MISSES, site.cache.misses)
    for handler, seconds in site.lookup_seconds.items():
        yield observed(LOOKUP_DURATION, seconds, handler)


def _told_of_scrapes(scrapes: ScrapeStatistics) -> Iterator[Told]:
    yield observed(EXPOSITION_DURATION, scrapes.seconds)
    yield point(EXPOSITION_BYTES, scrapes.size)


def told_of_client(client: ClientStatistics) -> Iterator[Told]:
    """What it asked of the API server."""
    for (verb, code), count in sorted(client.requests.items()):
        yield point(API_REQUESTS, count, verb, code)
    yield point(API_RECEIVED_BYTES, client.received_bytes)
    yield point(API_OPEN_WATCHES, client.open_watches)


def told_of_ledger(resource: str, ledger: LedgerStatistics) -> Iterator[Told]:
    """How many series the objects of a resource have."""
    yield point(SERIES, ledger.series, resource)
    yield point(GROUPS, ledger.groups, resource)
    yield point(GROUPS_OVERFLOWED, ledger.groups_overflowed + ledger.namespaces_overflowed, resource)


def told_of_roll(resource: str, roll: RollStatistics) -> Iterator[Told]:
    """How many of the objects that are shown one by one have series, and how many."""
    yield point(SERIES, roll.series, resource)
    yield point(CRONS_OVERFLOWED, roll.overflowed)
    yield point(CRON_FACTS_DROPPED, roll.facts_dropped)
