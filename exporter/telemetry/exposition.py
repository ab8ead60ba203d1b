"""All that /metrics shows, put together: the totals of each kind, the rooms' statistics, the process."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain

import msgspec
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client import generate_latest as classic_text
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_text

from exporter.checkpoint import CheckpointStatistics
from exporter.informer.statistics import InformerStatistics
from exporter.kube.client import ClientStatistics
from exporter.metrics.family import Family, Sample, check_together
from exporter.metrics.ledger import Ledger
from exporter.metrics.roll import Roll
from exporter.metrics.text import Format, block
from exporter.reviews import ReviewStatistics
from exporter.telemetry import cache, process, reviews, standing, state, traffic
from exporter.telemetry.declare import Told, observed
from exporter.telemetry.process import Configuration
from exporter.web.site import SiteStatistics

FAMILIES = (
    *process.FAMILIES,
    *reviews.FAMILIES,
    *state.FAMILIES,
    *standing.FAMILIES,
    *traffic.FAMILIES,
    *cache.FAMILIES,
)
"""Every family that this room declares, in the order of an exposition."""


def _no_drift() -> int:
    return 0


def _no_state() -> None:
    """There is no state file."""


def _no_reviews() -> None:
    """Whoever reaches the address is let in."""


class Watched(msgspec.Struct, frozen=True):
    """One watched kind: how to ask its informer, and its totals if it has any."""

    ask_informer: Callable[[], InformerStatistics]
    ledger: Ledger | None = None
    """None for a kind that has no families of its own."""
    ask_drift: Callable[[], int] = _no_drift
    """How many series of the ledger had drifted from the cache and were put right."""
    sizes: Family | None = None
    """The histogram of the sizes of the kind's objects, by the store's bounds."""
    roll: Roll | None = None
    """What each of its objects shows by itself, for a kind of which there are few."""


class Exposition:
    """Renders everything at one moment."""

    def __init__(  # noqa: PLR0913 - keyword questions to every room
        self,
        watched: Iterable[Watched],
        *,
        ask_site: Callable[[], SiteStatistics],
        ask_client: Callable[[], ClientStatistics],
        ask_log: Callable[[], Mapping[str, int]],
        ask_configuration: Callable[[], Configuration],
        ask_state: Callable[[], CheckpointStatistics | None] = _no_state,
        ask_reviews: Callable[[], ReviewStatistics | None] = _no_reviews,
    ) -> None:
        self._watched = tuple(watched)
        self._ask_site = ask_site
        self._ask_client = ask_client
        self._ask_log = ask_log
        self._ask_configuration = ask_configuration
        self._ask_state = ask_state
        self._ask_reviews = ask_reviews
        self._families = (*FAMILIES, *(one.sizes for one in self._watched if one.sizes))
        check_together(self._families)
        self._process = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self._process)
        PlatformCollector(registry=self._process)
        GCCollector(registry=self._process)

    def render(self, fmt: Format, names: frozenset[str]) -> Iterator[bytes]:
        """Give the exposition in chunks, all of one moment; an empty set of names asks for every family."""
        totals = [part.slices(fmt, names) for one in self._watched for part in (one.ledger, one.roll) if part]
        samples = self._samples()
        own = (block(family, samples[family], fmt) for family in self._families if family.is_asked(names))
        rest = (b"".join(own), self._of_the_process(fmt, names), fmt.end)
        return (chunk for chunks in (*totals, rest) for chunk in chunks)

    def _samples(self) -> Mapping[Family, list[Sample]]:
        samples: dict[Family, list[Sample]] = {family: [] for family in self._families}
        checkpoint, reviewed = self._ask_state(), self._ask_reviews()
        rooms = (
            state.told(checkpoint) if checkpoint else (),
            reviews.told(reviewed) if reviewed else (),
            process.told_of_process(self._ask_configuration(), self._ask_log()),
            process.told_of_site(self._ask_site()),
            process.told_of_client(self._ask_client()),
            *map(_told_of_kind, self._watched),
        )
        for family, sample in chain.from_iterable(rooms):
            samples[family].append(sample)
        return samples

    def _of_the_process(self, fmt: Format, names: frozenset[str]) -> bytes:
        registry = self._process.restricted_registry(names) if names else self._process
        write = openmetrics_text if fmt.openmetrics else classic_text
        text: bytes = write(registry)
        return text.removesuffix(Format.OPENMETRICS.end)


def _told_of_kind(watched: Watched) -> Iterator[Told]:
    informer = watched.ask_informer()
    if watched.ledger is not None:
        yield from process.told_of_ledger(informer.resource.name, watched.ledger.statistics())
    if watched.roll is not None:
        yield from process.told_of_roll(informer.resource.name, watched.roll.statistics())
    yield from standing.told(informer)
    yield from traffic.told(informer)
    yield from cache.told(informer, watched.ask_drift())
    if watched.sizes is not None:
        yield observed(watched.sizes, informer.store.sizes)
