"""What /metrics would show of an informer under test."""

from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.kube.client import ClientStatistics
from exporter.metrics.family import Family, Type
from exporter.metrics.ledger import Ledger
from exporter.metrics.text import Format
from exporter.store.delta import Synced
from exporter.store.store import SIZE_BOUNDS
from exporter.tally import Seen
from exporter.telemetry import Configuration, Exposition, Watched
from exporter.web.cache import LOOKUP_BOUNDS, CacheStatistics
from exporter.web.scrape import SCRAPE_BOUNDS, ScrapeStatistics
from exporter.web.site import SiteStatistics
from tests.informer.rig import EPOCH, Rig
from tests.metrics.exposition import Numbers, numbers

CLIENT = ClientStatistics({("list", "200"): 4, ("watch", "error"): 1}, received_bytes=7_000, open_watches=2)
SITE = SiteStatistics(
    requests={("metrics", 200): 3, ("object", 404): 1},
    in_flight=1,
    failures=1,
    cache=CacheStatistics(lookups=5, misses=2),
    lookup_seconds={"object": Seen(2, 0.0003, (1,) + (2,) * (len(LOOKUP_BOUNDS) - 1)), "list": Seen()},
    scrapes=ScrapeStatistics(Seen(3, 0.021, (2,) + (3,) * (len(SCRAPE_BOUNDS) - 1)), 4_000),
)
THING_BYTES = Family(
    name="thing_object_bytes", type=Type.HISTOGRAM, help="Sizes of things.", unit="bytes", buckets=SIZE_BOUNDS
)
CONFIGURATION = Configuration("c0ffee", EPOCH - 5)


def exposition_of(rig: Rig, drift: int = 0) -> Exposition:
    """An exposition of one informer, and of a process that has seen a little."""
    ledger = Ledger(WorkflowAccounting(), since=lambda: EPOCH, now=lambda: EPOCH)
    ledger.apply(Synced())
    return Exposition(
        [Watched(rig.informer.statistics, ledger, lambda: drift, THING_BYTES)],
        ask_site=lambda: SITE,
        ask_client=lambda: CLIENT,
        ask_log=lambda: {"info": 4, "warn": 1},
        ask_configuration=lambda: CONFIGURATION,
    )


def rendered(exposition: Exposition, fmt: Format, *names: str) -> bytes:
    """All families, or those named, with the end of the exposition."""
    return b"".join(exposition.render(fmt, frozenset(names)))


def read(exposition: Exposition, fmt: Format = Format.OPENMETRICS) -> Numbers:
    """Every number shown, read by another parser."""
    return numbers(rendered(exposition, fmt).removesuffix(fmt.end), fmt)
