"""Who hears of a store's changes: handlers at once, subscribers at their own pace; all of them in the same order."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Protocol

import msgspec

from exporter.informer.source import Tools
from exporter.informer.subscription import QUEUE, Subscription
from exporter.kube.objects import Key
from exporter.store.delta import Added, Deleted, Delta, Resynced, Synced, Updated
from exporter.store.store import Store
from exporter.tally import Seen, Tally

log = logging.getLogger(__name__)

RESYNC_SLICE = 256
"""Objects of a resync that are told before other tasks get a turn."""


class Handler(Protocol):
    """Hears every delta, at once and in order; must be quick."""

    def apply(self, delta: Delta) -> None:
        """Take one delta."""


class AudienceStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """What was told, and what it took."""

    events: Mapping[str, int]
    """added, modified, deleted: what was applied to the cache, lists included."""
    resyncs: int
    resync_seconds: float
    handler_errors: int
    handler_seconds: Seen
    """Time that all handlers together took, for each frame and each batch of a list or of a resync."""
    subscriber_lags: int


class Audience:
    """Tells deltas that the store and its indexes hold already; what a handler raises is kept from the others."""

    def __init__(self, store: Store, tools: Tools) -> None:
        self._store = store
        self._tools = tools
        self._handlers: list[Handler] = []
        self._subscriptions: list[Subscription] = []
        self.events: Counter[str] = Counter(added=0, modified=0, deleted=0)
        """What was told of objects so far, resyncs left out."""
        self._resyncs = 0
        self._resync_seconds = 0.0
        self._handler_errors = 0
        self._handler_seconds = Tally()
        self._lags = 0
        self.synced = False
        """Whether ``Synced`` was told, or is being told."""

    def add_handler(self, handler: Handler) -> None:
        """Tell a handler every delta from now on, and the whole store first if there is something in it."""
        self._handlers.append(handler)
        for key, record in self._store.items():
            self._tell_one(handler, Added(key, record, initial=True))
        if self.synced:
            self._tell_one(handler, Synced())

    @contextmanager
    def subscribe(self, limit: int = QUEUE) -> Iterator[Subscription]:
        """Give an asynchronous iterator of deltas that may be read slowly; ``limit`` keys may wait in it."""
        subscription = Subscription(self._store, limit, whole=self.synced)
        if self.synced or len(self._store):
            subscription.replay()
        self._subscriptions.append(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.remove(subscription)
            self._lags += subscription.lags
            subscription.close()

    def tell(self, deltas: Iterable[Delta]) -> None:
        """Tell everybody, one delta after the other."""
        began = self._tools.stopwatch()
        for delta in deltas:
            self._note(delta)
            for handler in self._handlers:
                self._tell_one(handler, delta)
            for subscription in self._subscriptions:
                subscription.offer(delta)
        self._handler_seconds.observe(self._tools.stopwatch() - began)

    async def resync(self, period: float) -> None:
        """Tell the whole store again about every ``period`` seconds, for ever, once ``Synced`` was told."""
        while True:
            await asyncio.sleep(period * (0.9 + 0.2 * self._tools.random()))
            if self.synced:
                await self._tell_again()

    def close(self) -> None:
        """End all subscriptions."""
        for subscription in self._subscriptions:
            subscription.close()

    def statistics(self) -> AudienceStatistics:
        """What was told so far."""
        return AudienceStatistics(
            events=dict(self.events),
            resyncs=self._resyncs,
            resync_seconds=self._resync_seconds,
            handler_errors=self._handler_errors,
            handler_seconds=self._handler_seconds.seen(),
            subscriber_lags=self._lags + sum(one.lags for one in self._subscriptions),
        )

    def _note(self, delta: Delta) -> None:
        match delta:
            case Updated():
                self.events["modified"] += 1
            case Added():
                self.events["added"] += 1
            case Deleted():
                self.events["deleted"] += 1
            case Synced():
                self.synced = True
            case _:
                pass

    def _tell_one(self, handler: Handler, delta: Delta) -> None:
        try:
            handler.apply(delta)
        except Exception:
            self._handler_errors += 1
            log.exception("a handler failed", extra={"fields": {"handler": type(handler).__name__}})

    async def _tell_again(self) -> None:
        began = self._tools.stopwatch()
        keys = iter(tuple(self._store.keys()))
        while batch := tuple(islice(keys, RESYNC_SLICE)):
            self.tell(tuple(self._resynced(batch)))
            await asyncio.sleep(0)
        self._resyncs += 1
        self._resync_seconds += self._tools.stopwatch() - began

    def _resynced(self, keys: Iterable[Key]) -> Iterator[Delta]:
        for key in keys:
            record = self._store.get(key)
            if record is not None:
                yield Resynced(key, record)
