"""One resource in memory, as a program sees it: look up, find, hear, wait."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from inspect import iscoroutinefunction
from typing import Any, Generic, TypeVar

from exporter.informer.informer import Informer
from exporter.informer.standing import Stand
from exporter.informer.subscription import QUEUE
from exporter.kube.objects import Key, Resource
from exporter.library import naming
from exporter.library.changes import Change, Follower
from exporter.library.events import Ear, Event
from exporter.library.reading import Reader
from exporter.library.statistics import Statistics, statistics
from exporter.store.delta import Record

T = TypeVar("T")


class NotSynced(TimeoutError):
    """The cache did not come as far as was asked, in time or before its block ended; the message says why."""


class NotServed(LookupError):
    """The API server does not know the resource: its name is wrong, or its definition is not installed (yet)."""


class Watched(Generic[T]):
    """The objects of one resource by key, ``namespace/name`` (or ``name``, where there are no namespaces).

    A ``def`` answers at once from memory, an ``async def`` waits. Made by ``Cluster.informer``; ends with its block.
    """

    def __init__(self, resource: Resource, informer: Informer, reader: Reader[T]) -> None:
        self.resource = resource
        self._informer = informer
        self._reader = reader
        self._store = informer.store
        self._alarms: set[asyncio.Timeout] = set()
        self._stopped = False

    # Look up.

    def get(self, key: str) -> T | None:
        """The object under a key, or None; decoded anew each time, so it is the caller's to keep and to change.

        Raises:
            Misfit: it is there, and not of the type.
        """
        record = self._store.get(Key(key))
        return None if record is None else self._open(Key(key), record)

    def __getitem__(self, key: str) -> T:
        """The object under a key, as ``get`` gives it.

        Raises:
            KeyError: it is not there.
            Misfit: it is there, and not of the type.
        """
        record = self._store.get(Key(key))
        if record is None:
            raise KeyError(key)
        return self._open(Key(key), record)

    def raw(self, key: str) -> bytes | None:
        """The object's bytes as the API server wrote them, or None."""
        record = self._store.get(Key(key))
        return None if record is None else self._store.body(record)

    def find(self, index: str, value: str) -> Iterator[T]:
        """The objects with a value in an index, in no order, each decoded when it is drawn.

        Their keys are those of this moment; an object that goes before it is drawn is passed over. The index
        ``namespace`` is always there.

        Raises:
            KeyError: there is no such index.
            Misfit: the one that is drawn is not of the type, and nothing is drawn after it. It has no values but in
                ``namespace``, so in another index this is only one that changed meanwhile.
        """
        return self._objects(self.keys(index, value))

    def keys(self, index: str, value: str) -> tuple[Key, ...]:
        """The keys with a value in an index, in no order.

        Raises:
            KeyError: there is no such index.
        """
        return tuple(self._store.index(index).keys(value))

    def values(self) -> Iterator[T]:
        """All objects, as ``find`` gives them. Where some may not fit, go through the keys.

        Raises:
            Misfit: the one that is drawn is not of the type, and nothing is drawn after it.
        """
        return self._objects(tuple(self))

    def __iter__(self) -> Iterator[Key]:
        """All keys of this moment, in no order."""
        return iter(tuple(self._store.keys()))

    def __len__(self) -> int:
        return len(self._store)

    def __contains__(self, key: object) -> bool:
        return key in self._store

    # Hear.

    def on_change(self, hear: Callable[[Event[T]], object]) -> Callable[[Event[T]], object]:
        """Call a function for each event, at once and in order; usable as a decorator.

        First it hears what is there already. It runs in the event loop while the watch waits, so it must be quick;
        what it raises is logged and counted (``handler_errors``), and kept from everybody else.

        Raises:
            TypeError: it is a coroutine function.
        """
        if iscoroutinefunction(hear):
            raise TypeError("a handler cannot wait: what may take longer reads changes()")
        self._informer.add_handler(Ear(hear, self._open))
        return hear

    async def changes(self, limit: int = QUEUE) -> AsyncIterator[Change[T]]:
        """Tell what each object is, at the consumer's own pace: first all that is there, then whatever changes.

        What is there is ``initial``; nothing marks its end: who must see it whole reads the cache, once synced.
        Of an object that changes several times meanwhile only the last state is told, and no state is told twice.
        ``limit`` keys may wait; a consumer that falls further behind is told from the cache what is different from
        what it knows, deletions included. It ends when the informer does. Any number of consumers share one watch.
        """
        if self._stopped:
            return
        follower = Follower(self._store, self._reader.object)
        with self._informer.subscribe(limit) as subscription:
            async for told in subscription:
                for change in follower.take(told):
                    yield change

    # Wait.

    async def wait_synced(self, timeout: float | None = None, *, absent: bool = False) -> None:  # noqa: ASYNC109 - says why
        """Wait until everything was listed once and the watch follows; from then on there is never half a list.

        If the watch cannot be opened, or is not within ``timeout`` seconds, this returns nevertheless: the cache is
        whole, and as old as its list; ``healthy`` is False. ``absent`` says that a resource that is not served is as
        good as one without objects.

        Raises:
            NotSynced: the list took longer than ``timeout`` seconds, or the block ended before it was in.
            NotServed: the API server does not know the resource. The informer goes on asking.
        """
        try:
            await self._within(timeout, self._first_outcome(), "not listed")
        except NotSynced:
            if not self.synced:
                raise
        if self.state == Stand.ABSENT and not absent:
            raise NotServed(f"{self.resource.name}: the API server does not serve {self.resource.path()}")

    async def wait_version(self, version: str, timeout: float | None = None, *, namespace: str | None = None) -> None:  # noqa: ASYNC109
        """Wait until the cache is as new as a resourceVersion, that of an answer to a write of your own, say.

        ``namespace`` says where that was, if several were chosen and the others need not be waited for. NB of a write
        that the label selector leaves out nothing is heard; its version is passed only with a later one, or with the
        bookmark that the API server sends about once a minute.

        Raises:
            NotSynced: it took longer than ``timeout`` seconds, or the block ended.
            ValueError: it is no version; nobody waits.
        """
        version = naming.version(version)
        await self._within(timeout, self._informer.wait_version(version, namespace), f"not at version {version}")

    async def states(self) -> AsyncIterator[str]:
        """Tell the ``state``, and then each that is another than the one told last; it ends with the block.

        What came and went while the consumer was busy is not told.
        """
        told = ""
        while not self._stopped:
            if self.state == told:
                await self._informer.turns.wait()
            else:
                told = self.state
                yield told

    @property
    def synced(self) -> bool:
        """Whether everything was listed once; it may be old by now."""
        return self._informer.synced

    @property
    def healthy(self) -> bool:
        """Whether the cache follows the cluster at this moment."""
        return self._informer.fresh and not self._stopped

    @property
    def state(self) -> str:
        """``listing``, ``live``, ``degraded``, ``relisting``, ``absent``; ``stopped`` after the block."""
        return "stopped" if self._stopped else self._informer.state

    @property
    def reason(self) -> str:
        """Why it is not live, in words for people; empty when there is nothing to explain."""
        reflectors = self._informer.statistics().reflectors
        return "; ".join(dict.fromkeys(one.reason for one in reflectors if one.reason))

    @property
    def version(self) -> str:
        """The resourceVersion up to which the cache is complete; empty before the first list."""
        return self._store.version

    def statistics(self) -> Statistics:
        """What is kept, and what went wrong so far."""
        return statistics(self._informer.statistics())

    def stop(self) -> None:
        """End whatever waits; called when the block ends. What is in memory can still be read."""
        self._stopped = True
        self._informer.turns.ring()
        for alarm in self._alarms:
            if not alarm.expired():
                alarm.reschedule(asyncio.get_running_loop().time())

    async def _first_outcome(self) -> None:
        """Wait for the lists, and then until each watch is open or one has failed."""
        await self._informer.wait_synced()
        while self._informer.state is Stand.LISTING:
            await self._informer.turns.wait()

    async def _within(self, timeout: float | None, waiting: Coroutine[Any, Any, None], undone: str) -> None:  # noqa: ASYNC109
        try:
            async with asyncio.timeout(0 if self._stopped else timeout) as alarm:
                self._alarms.add(alarm)
                try:
                    await waiting
                finally:
                    self._alarms.discard(alarm)
        except TimeoutError:
            why = f"{self.state}: {self.reason}" if self.reason else self.state
            limit = "" if timeout is None or self._stopped else f" within {timeout:g} s"
            raise NotSynced(f"{self.resource.name}: {undone}{limit} ({why})") from None

    def _open(self, key: Key, record: Record) -> T:
        return self._reader.object(key, self._store.body(record))

    def _objects(self, keys: Iterable[Key]) -> Iterator[T]:
        for key in keys:
            record = self._store.get(key)
            if record is not None:
                yield self._open(key, record)
