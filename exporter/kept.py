"""One kind of objects as the program keeps it: its informer, what it amounts to, how readers may trust it."""

import asyncio
import math
import time
from collections.abc import Callable

from exporter.audit import Audit
from exporter.checkpoint import Books, Checkpoint
from exporter.config import Settings
from exporter.informer.hearing import Hearing
from exporter.informer.informer import Informer, Subject
from exporter.informer.source import Timing
from exporter.informer.standing import SETTLED, ReflectorStatistics
from exporter.kinds.kind import Kind
from exporter.kube.client import Client
from exporter.metrics.ledger import Ledger, LedgerLimits
from exporter.metrics.roll import Roll
from exporter.store.codec import ZstdCodec
from exporter.telemetry import Watched
from exporter.web.sources import Check, Freshness, Served


class Kept:
    """Everything the program has of one kind. Built, then run by ``informer.run()`` and, now and then, ``tidy()``."""

    def __init__(
        self,
        kind: Kind,
        settings: Settings,
        client: Client,
        since: Callable[[], float],
        checkpoint: Checkpoint | None = None,
    ) -> None:
        """``since`` gives the epoch seconds of the start by the API server's clock: what came earlier is no news.

        With a checkpoint what came after it is, and it is followed from now on.
        """
        self.kind = kind
        self._settings = settings
        self._client = client
        self._since = since
        self.informer = _informer(kind, settings, client)
        self._hearing = Hearing(self._heard, -math.inf)
        self.ledger: Ledger | None = None
        self.roll: Roll | None = None
        self._audit: Audit | None = None
        self._resyncs = 0
        if kind.accounting is not None:
            self.ledger = self._begin_ledger(checkpoint)
            self.informer.add_handler(self.ledger)
            self._audit = Audit(kind.resource, self.informer.store, self.ledger)
        if kind.portrayal is not None:
            limit = settings.metrics_max_cronworkflows
            self.roll = Roll(kind.portrayal, now=self.now, known=lambda: self._hearing.until, limit=limit)
            self.informer.add_handler(self.roll)

    def now(self) -> float:
        """Epoch seconds by the API server's clock, which wrote the times in its objects."""
        return time.time() - self._client.clock_lead

    def advance(self) -> None:
        """See to what time alone changes in what is shown of each object. Every ten seconds or so."""
        if self.roll is not None:
            self._hearing.look()
            self.roll.advance()

    async def tidy(self, now: float) -> None:
        """See to what time brings: groups long empty, counts that are owed, totals to be compared with the cache.

        Now and then; ``now`` by any clock.
        """
        if self.ledger is None or self._audit is None:
            return
        self.ledger.expire(now)
        while self.ledger.catch_up():  # noqa: ASYNC110 - nothing is waited for: others have a turn
            await asyncio.sleep(0)
        told = self.informer.statistics().resyncs
        if told > self._resyncs:
            await self._audit.check()
        self._resyncs = told

    def watched(self) -> Watched:
        """It as the metrics tell of it."""
        audit = self._audit
        drift = (lambda: audit.corrections) if audit else (lambda: 0)
        return Watched(self.informer.statistics, self.ledger, ask_drift=drift, sizes=self.kind.sizes, roll=self.roll)

    def served(self) -> Served:
        """It as lookups answer it."""
        kind = self.kind
        return Served(
            kind.resource,
            kind.singular,
            kind.short_names,
            kind.categories,
            columns=kind.printer_columns,
            fields=kind.fields,
            namespaces=self._settings.namespaces if kind.resource.namespaced else (),
            store=self.informer.store,
            ask_freshness=self.freshness,
            wait_version=self.informer.wait_version,
            now=self.now,
        )

    def check(self) -> Check:
        """Say what keeps the cache from being complete and current, for each watch that is not."""
        return Check(f"informer {self.kind.resource.name}", self.problems() or None)

    def freshness(self) -> Freshness:
        """Say how far the cache can be trusted."""
        informer, limit = self.informer, self._settings.cache_stale_after
        age = informer.age
        if not informer.synced:
            return Freshness(age, f"the cache is not complete yet: {self.problems()}")
        if age > limit:
            problems = self.problems() or informer.state
            return Freshness(age, f"the API server has not been heard for {age:.0f} seconds: {problems}")
        return Freshness(age)

    def problems(self) -> str:
        """Say in one line what is wrong with the watches; empty when nothing is."""
        unsettled = [one for one in self.informer.statistics().reflectors if one.state not in SETTLED]
        return "; ".join(map(_problem, unsettled))

    def _begin_ledger(self, checkpoint: Checkpoint | None) -> Ledger:
        accounting, resource = self.kind.accounting, self.kind.resource
        assert accounting is not None
        earlier = None if checkpoint is None else checkpoint.since(resource)
        since = self._since
        ledger = Ledger(
            accounting,
            since=since if earlier is None else (lambda: min(earlier, since())),
            limits=_limits(self._settings),
            now=self.now,
            open_body=self.informer.store.body,
            before=None if checkpoint is None else checkpoint.before(resource),
        )
        if checkpoint is not None:
            ledger.recall(checkpoint.marks(resource))
            checkpoint.follow(
                Books(
                    resource=resource,
                    accounting=accounting,
                    store=self.informer.store,
                    ledger=ledger,
                    ask_synced=lambda: self.informer.synced,
                    ask_heard=self._heard,
                    ask_started=since,
                )
            )
        return ledger

    def _heard(self) -> float | None:
        return self.now() - self.informer.age if self.informer.fresh else None


def _limits(settings: Settings) -> LedgerLimits:
    return LedgerLimits(
        namespaces=settings.metrics_max_namespaces,
        groups=settings.metrics_max_groups,
        groups_of_namespace=settings.metrics_max_groups_per_namespace,
        keep_seconds=settings.metrics_group_retention,
    )


def _informer(kind: Kind, settings: Settings, client: Client) -> Informer:
    indexes = kind.index_functions(settings.index_labels, settings.index_annotations)
    timing = Timing(
        page_size=settings.list_page_size,
        jitter=settings.list_jitter,
        watch_timeout=settings.watch_timeout,
        resync=settings.resync_period,
    )
    return Informer(
        client,
        Subject(kind.resource, kind.read, indexes),
        ZstdCodec(),
        namespaces=settings.namespaces if kind.resource.namespaced else (),
        label_selector=settings.label_selector,
        epoch=f"{','.join(settings.namespaces)} {settings.label_selector}",
        timing=timing,
    )


def _problem(reflector: ReflectorStatistics) -> str:
    if reflector.reason:
        return f"{reflector.state}: {reflector.reason}"
    if reflector.remaining is not None:
        return f"{reflector.state}: {reflector.remaining} objects to come"
    return reflector.state
