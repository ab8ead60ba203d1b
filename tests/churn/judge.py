"""Leads a company through hours of troubles in virtual time, and compares the exporter's numbers with what is true."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from exporter.informer.audience import Handler
from exporter.informer.informer import Informer, Subject
from exporter.informer.source import Timing, Tools
from exporter.kinds.cronworkflow import CronOptions, cron_workflow_kind, run_listener
from exporter.kinds.kind import Kind
from exporter.kinds.template import CLUSTER_WORKFLOW_TEMPLATE, WORKFLOW_TEMPLATE
from exporter.kinds.workflow import WorkflowOptions, workflow_kind
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.metrics.ledger import Ledger
from exporter.metrics.roll import Roll
from exporter.metrics.text import Format
from exporter.simulator.resources import ARGO_KINDS
from exporter.simulator.scenario import Options
from exporter.store.codec import ZstdCodec
from tests.churn import comparison, truth
from tests.churn.cluster import BEGINNING, READER, Cluster
from tests.churn.observed import Observed
from tests.churn.unrest import Unrest
from tests.informer.virtual import VirtualLoop

COMPANY = Options(workflows=400, namespaces=13, rate=20, seed=1, speed=200)
OPTIONS = WorkflowOptions(nodes=True, overdue_factor=truth.FACTOR, stuck_after=truth.STUCK_AFTER)
REST_EVERY = 60.0
"""Seconds between two rests, in which everything is compared."""
CATCHING_UP = 600.0
"""Seconds in which the exporter must have caught up when the company rests."""

Wrap = Callable[[Ledger], Handler]
"""Gives what is told of the workflows' deltas in place of their ledger: so that a test can let it err."""


@dataclass(slots=True)
class Verdict:
    """What was found."""

    events: int = 0
    """Changes of workflows that could be observed."""
    rests: int = 0
    differences: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    unseen: Counter[str] = field(default_factory=Counter)
    """Creations, and completions by phase, that nobody could see."""
    lists: int = 0
    series: int = 0
    exporter_seconds: float = 0.0
    """All but what the simulation and its judges took, most of it for the events."""
    scrape_seconds: list[float] = field(default_factory=list)
    virtual_seconds: float = 0.0
    met: set[str] = field(default_factory=set)
    """The names of the lines that were not 0 at some rest."""


def churn(
    events: int,
    seed: int = 1,
    *,
    company: Options = COMPANY,
    options: WorkflowOptions = OPTIONS,
    wrap: Wrap | None = None,
) -> Verdict:
    """Lead a company until so many events of workflows were observed; compare at every rest."""

    async def lead() -> Verdict:
        return await Judge(company, options, seed, wrap or (lambda ledger: ledger)).run(events)

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(lead())


class Judge:
    """One company, its exporter, and whoever compares them. To be made in a running loop."""

    def __init__(self, company: Options, options: WorkflowOptions, seed: int, wrap: Wrap) -> None:
        self._verdict = Verdict()
        self._rng = Random(seed)
        self._observed = Observed()
        self._options = options
        self._cluster = Cluster(company, self._observed)
        self._unrest = Unrest(self._cluster, self._rng, self._verdict.faults)
        self._informers: list[Informer] = []
        self._ledgers: list[Ledger] = []
        workflow, cron = workflow_kind(options), cron_workflow_kind(CronOptions())
        assert isinstance(workflow.accounting, WorkflowAccounting)
        assert cron.portrayal is not None
        self._keep(workflow, wrap)
        for kind in (WORKFLOW_TEMPLATE, CLUSTER_WORKFLOW_TEMPLATE):
            self._keep(kind, lambda ledger: ledger)
        self._roll = Roll(cron.portrayal, now=self._cluster.now, known=self._cluster.now)
        self._inform(cron).add_handler(self._roll)
        self._ledgers[0].listen(run_listener(workflow.accounting, self._roll.tell))

    async def run(self, events: int) -> Verdict:
        """Live and rest in turns until enough has happened."""
        began = time.perf_counter()
        reading = [asyncio.ensure_future(informer.run()) for informer in self._informers]
        for informer in self._informers:
            await informer.wait_synced()
        self._cluster.books.begin()
        while self._observed.events < events:
            await self._unrest.last(REST_EVERY, lambda: self._observed.events >= events)
            await self._rest()
        for task in reading:
            task.cancel()
        await asyncio.wait(reading)
        return self._summed_up(time.perf_counter() - began)

    def _keep(self, kind: Kind, wrap: Wrap) -> None:
        assert kind.accounting is not None
        informer = self._inform(kind)
        ledger = Ledger(kind.accounting, since=lambda: BEGINNING, now=self._cluster.now, open_body=informer.store.body)
        informer.add_handler(wrap(ledger))
        self._ledgers.append(ledger)

    def _inform(self, kind: Kind) -> Informer:
        informer = Informer(
            self._cluster,
            Subject(kind.resource, kind.read, kind.indexes),
            ZstdCodec(),
            timing=Timing(page_size=200, watch_timeout=120.0, resync=90.0),
            tools=Tools(asyncio.get_running_loop().time, self._cluster.now, self._rng.random),
        )
        self._informers.append(informer)
        return informer

    async def _rest(self) -> None:
        """Let the exporter catch up, and compare everything."""
        self._cluster.history.skip()
        loop = asyncio.get_running_loop()
        end = loop.time() + CATCHING_UP
        while loop.time() < end and not self._has_caught_up():  # noqa: ASYNC110 - in virtual time
            await asyncio.sleep(0.5)
        self._verdict.rests += 1
        with self._cluster.measured():
            found = [] if self._has_caught_up() else [f"the exporter has not caught up in {CATCHING_UP} seconds"]
            found += self._differences()
            self._verdict.differences += [f"rest {self._verdict.rests}: {difference}" for difference in found]

    def _has_caught_up(self) -> bool:
        return all(informer.fresh and self._is_true(informer) for informer in self._informers)

    def _is_true(self, informer: Informer) -> bool:
        """Say whether a cache holds what the cluster does."""
        kind = next(kind for kind in ARGO_KINDS if kind.plural == informer.statistics().resource.plural)
        true = {each.key: str(each.version) for each in self._cluster.history.things(kind)}
        return true == {key: record.version for key, record in informer.store.items()}

    def _differences(self) -> Iterator[str]:
        history, now, observed = self._cluster.history, self._cluster.now(), self._observed
        report = self._cluster.books.report(READER)
        shown = comparison.read(self._slices)
        unpacks = self._options.nodes
        gauges = comparison.GAUGES - (set() if unpacks else {"argowf_workflow_nodes"})
        latest = {(comparison.LATEST, *line): moment for line, moment in observed.latest.items()}
        yield from comparison.lines_differ("gauge", truth.gauges(history, now, unpacks=unpacks), shown, gauges)
        yield from comparison.lines_differ("counter", observed.numbers, shown, comparison.COUNTERS)
        yield from comparison.lines_differ("latest", latest, shown, {comparison.LATEST})
        yield from comparison.bounds_differ(truth.stuck(history, now, unpacks=unpacks), shown)
        yield from comparison.books_differ(report, shown)
        yield from comparison.runs_differ(observed.numbers, shown)
        self._note(report, shown)

    def _slices(self, fmt: Format) -> Iterator[bytes]:
        began = time.perf_counter()
        self._roll.advance()
        found = [piece for ledger in self._ledgers for piece in ledger.slices(fmt)] + [*self._roll.slices(fmt)]
        self._verdict.scrape_seconds.append(time.perf_counter() - began)
        yield from found

    def _note(self, report: comparison.Report, shown: comparison.Lines) -> None:
        verdict = self._verdict
        verdict.series = max(verdict.series, len(shown))
        verdict.met.update(line[0] for line, value in shown.items() if value)
        verdict.unseen.clear()
        for account in report["namespaces"].values():
            for what, _, unseen in comparison.booked_in(account):
                verdict.unseen[what] += unseen

    def _summed_up(self, seconds: float) -> Verdict:
        verdict = self._verdict
        verdict.events, verdict.lists = self._observed.events, self._cluster.lists
        verdict.exporter_seconds = seconds - self._cluster.spent
        verdict.virtual_seconds = asyncio.get_running_loop().time()
        return verdict
