"""The informer: a source's objects, kept in a store, told to handlers, in that order.

::

    informer = Informer(source, Subject(resource, read, indexes), codec)
    informer.add_handler(ledger)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(informer.run())
        await informer.wait_synced()
        informer.store.get(key)

Any number of handlers and subscribers (``audience``) share one watch for each namespace chosen. Handlers are plain
calls, made for each delta after the store and its indexes hold it; what one raises is counted, logged, and kept from
the others. A handler added late hears the whole store first. Subscribers are for consumers that may be slow.
"""

import asyncio
import logging
import random
import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from itertools import islice

import msgspec

from exporter.informer.audience import Audience, Handler
from exporter.informer.milestones import Milestones
from exporter.informer.outage import Outage
from exporter.informer.reflector import Reflector
from exporter.informer.source import Selection, Source, Timing, Tools
from exporter.informer.standing import SETTLED, Stand
from exporter.informer.statistics import InformerStatistics
from exporter.informer.subscription import QUEUE, Subscription
from exporter.informer.turns import Turns
from exporter.kube.objects import Resource
from exporter.store.codec import Codec
from exporter.store.delta import ReadDocument, Synced
from exporter.store.index import IndexFunction
from exporter.store.store import Change, Relist, Store, Writer

log = logging.getLogger(__name__)

FIRST_SLICE = 512
"""Deltas of a first list that are told before other tasks get a turn."""

SLOTS = 2
"""Pages of one informer that may be fetched at once, over all its namespaces."""


class Subject(msgspec.Struct, frozen=True):
    """What is kept: which resource, how an object is read, what is indexed."""

    resource: Resource
    read: ReadDocument
    indexes: Mapping[str, IndexFunction]


def system_tools() -> Tools:
    """Real time and real chance; needs a running event loop."""
    return Tools(asyncio.get_running_loop().time, time.time, random.random)


class Informer:
    """One resource of one cluster in memory. See the module's docstring for its use."""

    def __init__(  # noqa: PLR0913 - keyword settings, each with a default
        self,
        source: Source,
        subject: Subject,
        codec: Codec,
        *,
        namespaces: Iterable[str] = (),
        label_selector: str = "",
        timing: Timing | None = None,
        tools: Tools | None = None,
        slots: asyncio.Semaphore | None = None,
        epoch: str = "",
    ) -> None:
        self._subject = subject
        self._timing = timing or Timing()
        self._tools = tools or system_tools()
        self._writer = Writer(subject.read, codec, subject.indexes, epoch=epoch)
        self._audience = Audience(self.store, self._tools)
        self.turns = Turns()
        """Rings at each change of where a reflector stands, after ``state`` and ``synced`` say so."""
        self._begun = 0.0
        self._complete = asyncio.Event()
        self._milestones = Milestones(self.store.version_of)
        slots = slots or asyncio.Semaphore(SLOTS)
        outage = Outage()
        self._scopes: tuple[str | None, ...] = tuple(dict.fromkeys(namespaces)) or (None,)
        self._reflectors = tuple(
            Reflector(
                source,
                self,
                Selection(subject.resource, scope, label_selector),
                self._timing,
                tools=self._tools,
                slots=slots,
                outage=outage,
            )
            for scope in self._scopes
        )

    @property
    def store(self) -> Store:
        """The cache, to read."""
        return self._writer.store

    @property
    def synced(self) -> bool:
        """Whether every namespace chosen was listed completely once. What the store holds may be old by now."""
        return self._audience.synced

    @property
    def fresh(self) -> bool:
        """Whether the store follows the cluster at this moment, or the cluster is known to have no such resource."""
        return self.synced and all(one.standing.public.state in SETTLED for one in self._reflectors)

    @property
    def state(self) -> Stand:
        """The public state; of several reflectors, the one that deserves most attention."""
        return max((one.standing.public.state for one in self._reflectors), key=tuple(Stand).index)

    @property
    def last_contact(self) -> float:
        """Epoch seconds of the last word on the watch that was heard longest ago; 0 before the first."""
        return min(one.counts.last_contact for one in self._reflectors)

    @property
    def age(self) -> float:
        """Seconds since the API server was last heard on the watch that was heard longest ago."""
        return max(one.counts.age for one in self._reflectors)

    def add_handler(self, handler: Handler) -> None:
        """Tell a handler every delta from now on, and the whole store first if there is something in it."""
        self._audience.add_handler(handler)

    def subscribe(self, limit: int = QUEUE) -> AbstractContextManager[Subscription]:
        """Give an asynchronous iterator of deltas that may be read slowly; ``limit`` keys may wait in it."""
        return self._audience.subscribe(limit)

    async def run(self) -> None:
        """List, watch and recover until cancelled."""
        self._begun = self._tools.clock()
        try:
            async with asyncio.TaskGroup() as tasks:
                for reflector in self._reflectors:
                    tasks.create_task(reflector.run(), name=f"reflector {reflector.selection}")
                if self._timing.resync > 0:
                    resync = self._audience.resync(self._timing.resync)
                    tasks.create_task(resync, name=f"resync {self._subject.resource.name}")
        finally:
            self._audience.close()

    async def wait_synced(self) -> None:
        """Wait until ``synced``."""
        await self._complete.wait()

    async def wait_version(self, version: str, namespace: str | None = None) -> None:
        """Wait until one namespace, or all that was chosen, is in the cache as it was at a version, or newer.

        So a writer that waits for the version its write was answered with finds the write in the store. A version
        that never comes is waited for without end.
        """
        await self.wait_synced()  # before that, no version says anything about what was not listed yet
        # What is not watched by itself is as current as everything is: there are no more milestones than watches.
        await self._milestones.wait(version, namespace if namespace in self._scopes else None)

    def statistics(self) -> InformerStatistics:
        """What it did and where it stands."""
        return InformerStatistics(
            resource=self._subject.resource,
            synced=self.synced,
            fresh=self.fresh,
            state=self.state,
            last_contact=self.last_contact,
            reflectors=tuple(reflector.standing.statistics() for reflector in self._reflectors),
            store=self.store.statistics(),
            **msgspec.structs.asdict(self._audience.statistics()),
        )

    # What reflectors call: the Target protocol.

    def begin(self, scope: str | None) -> Relist:
        """Begin to collect a list."""
        return self._writer.relist(scope)

    async def commit(self, relist: Relist, version: str) -> Mapping[str, int]:
        """Make a list the truth and tell what it changed."""
        deltas = relist.commit(version)
        before = self._audience.events.copy()
        if relist.initial:
            while batch := tuple(islice(deltas, FIRST_SLICE)):
                self._audience.tell(batch)
                await asyncio.sleep(0)
        else:
            self._audience.tell(tuple(deltas))  # every change is in the store before the first handler hears of one
        changes = {} if relist.initial else self._audience.events - before
        if self.synced:
            self._audience.tell((Synced(),))
        # A relist may have replaced every body there was; they need not wait for the next change.
        self._writer.release()
        self._milestones.moved()
        return changes

    def apply(self, scope: str | None, body: bytes) -> Change:
        """Take an added or modified object."""
        return self._take(self._writer.apply(scope, body))

    def delete(self, scope: str | None, body: bytes) -> Change:
        """Take a deleted object."""
        return self._take(self._writer.delete(scope, body))

    def advance(self, scope: str | None, version: str) -> None:
        """Know that nothing else changed up to a version."""
        self._writer.advance(scope, version)
        self._milestones.moved()

    def changed(self) -> None:
        """A reflector stands somewhere else."""
        if not self.synced and all(reflector.standing.synced for reflector in self._reflectors):
            self._audience.tell((Synced(),))
            self._complete.set()
            seconds = round(self._tools.clock() - self._begun, 3)
            fields = {"resource": self._subject.resource.name, "objects": len(self.store), "seconds": seconds}
            log.info("cache complete", extra={"fields": fields})
        self.turns.ring()

    def _take(self, change: Change) -> Change:
        if change.deltas:
            self._audience.tell(change.deltas)
        if self._milestones:
            self._milestones.moved()
        return change
