"""A consumer that may be slow: a bounded queue of deltas, coalesced by key.

A subscriber that falls behind hears ``Lagged``, then every object of the store as ``Added(initial=True)``, then
``Synced``; from there on it follows again. So it can neither stall the watch nor grow memory, and after each
``Synced`` it knows exactly what the store knows.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TypeAlias

import msgspec

from exporter.kube.objects import Key
from exporter.store.delta import Added, Deleted, Delta, Synced, Updated
from exporter.store.store import Store

QUEUE = 1_000
"""Keys that may wait by default."""


class Lagged(msgspec.Struct, frozen=True, gc=False):
    """Too much waited: forget what was told; all of the store follows, and then ``Synced``."""


Told: TypeAlias = Delta | Lagged
News: TypeAlias = Added | Updated | Deleted


class Subscription:
    """One subscriber's queue. Iterate it once; it ends when the informer stops or ``close`` is called.

    ``whole`` says whether ``Synced`` was told before: until then no replay may end with it.
    """

    def __init__(self, store: Store, limit: int = QUEUE, *, whole: bool = False) -> None:
        self._store = store
        self._limit = limit
        self._whole = whole
        self._waiting: dict[Key, tuple[Deleted | None, Added | Updated | None]] = {}
        self._synced = False
        self._lagging = False
        self._closed = False
        self._bell = asyncio.Event()
        self.lags = 0

    def offer(self, delta: Delta) -> None:
        """Take a delta; never blocks."""
        match delta:
            case Added() | Updated() | Deleted():
                self._coalesce(delta)
            case Synced():
                self._synced = self._whole = True
            case _:
                return
        self._bell.set()

    def replay(self) -> None:
        """Tell the whole store from its beginning: for a subscriber that comes late."""
        self._waiting.clear()
        self._lagging = True
        self._bell.set()

    def close(self) -> None:
        """End the iteration; what waits is dropped."""
        self._closed = True
        self._bell.set()

    async def __aiter__(self) -> AsyncIterator[Told]:
        while not self._closed:
            if self._lagging:
                for told in self._replayed():
                    yield told
            elif self._waiting:
                for delta in self._take():
                    yield delta
            elif self._synced:
                self._synced = False
                yield Synced()
            else:
                self._bell.clear()
                await self._bell.wait()

    def _take(self) -> Iterator[Delta]:
        key = next(iter(self._waiting))
        return (delta for delta in self._waiting.pop(key) if delta is not None)

    def _replayed(self) -> Iterator[Told]:
        self._lagging = self._synced = False
        # Before the first word: from here on, what is deleted is waiting as well.
        keys = tuple(self._store.keys())
        yield Lagged()
        for key in keys:
            # What the store holds now includes whatever waits for this key.
            self._waiting.pop(key, None)
            record = self._store.get(key)
            if record is not None:
                yield Added(key, record, initial=True)
            if self._lagging or self._closed:
                return
        # What changed behind the replay is told before its end is.
        self._synced = self._whole

    def _coalesce(self, delta: News) -> None:
        if self._lagging:
            return
        gone, there = _merge(*self._waiting.get(delta.key, (None, None)), delta)
        if gone is None and there is None:
            del self._waiting[delta.key]
        else:
            # In its old place: a key that changes all the time must not wait for ever.
            self._waiting[delta.key] = gone, there
        if len(self._waiting) > self._limit:
            self.lags += 1
            self.replay()


def _merge(  # noqa: PLR0911 - one line for each pair
    gone: Deleted | None, there: Added | Updated | None, delta: News
) -> tuple[Deleted | None, Added | Updated | None]:
    match there, delta:
        case _, Added():
            return gone, delta
        case Added() as first, Updated():
            return gone, Added(first.key, delta.new, first.initial)
        case Updated() as first, Updated():
            return gone, Updated(first.key, first.old, delta.new)
        case Added(), Deleted():
            return gone, None
        case Updated() as first, Deleted():
            return Deleted(delta.key, delta.last, first.old, delta.reason), None
        case _, Deleted():
            return delta, None
        case _:
            return gone, delta
