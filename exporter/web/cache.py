"""The cache as callers may read it: refused while it cannot be trusted, waited for until it has caught up."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from exporter.kube.objects import Key, is_older
from exporter.store.delta import Record
from exporter.web.answers import Cause, Details, Refused
from exporter.web.sources import Freshness, Served

RETRY_AFTER = 1
"""Seconds after which it is worth asking a cache again that is not filled yet, too old, behind or busy: as few as can
be, for kubectl asks ten times before it shows anybody the reason."""
CATCH_UP = 10.0
"""Seconds in which a cache must reach the version that a caller has seen elsewhere. An API server takes 3; ours may
have to open its watch anew meanwhile."""
LOOKUP_BOUNDS = (0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0)
"""Seconds: a lookup by key is answered in a fraction of a millisecond, a list takes as long as its reader."""


LISTS = 32
"""Lists that may be read at once. Each keeps its moment alive: at worst, all of the cache once more."""


class CacheStatistics(msgspec.Struct, frozen=True):
    """What was read from the cache since the start."""

    lookups: int = 0
    """Keys looked up."""
    misses: int = 0


class Cache:
    """The objects of one resource, and the word on whether to trust them."""

    def __init__(self, served: Served, turn: asyncio.Lock) -> None:
        """``turn`` is shared by all who send long answers."""
        self.turn = turn
        self._served = served
        self._store = served.store
        self._lookups = 0
        self._misses = 0
        self._lists = 0

    def trusted(self) -> Freshness:
        """How fresh the cache is.

        Raises:
            Refused: 503, nothing may be read from it now.
        """
        freshness = self._served.ask_freshness()
        if freshness.problem is None:
            return freshness
        raise Refused(503, "ServiceUnavailable", freshness.problem, Details(retry_after_seconds=RETRY_AFTER))

    async def caught_up(self, namespace: str | None, version: str, patience: float | None = None) -> Freshness:
        """Wait until the cache has reached a version (empty: whatever it has), but not for long.

        Raises:
            Refused: 503 nothing may be read from it now, 504 it has not reached the version in time.
        """
        freshness = self.trusted()
        if not is_older(self._store.version_of(namespace), version):
            return freshness
        try:
            async with asyncio.timeout(min(patience or CATCH_UP, CATCH_UP)):
                await self._served.wait_version(version, namespace)
        except TimeoutError:
            raise _too_large(version, self._store.version_of(namespace)) from None
        return self.trusted()

    def check_exact(self, namespace: str | None, version: str) -> None:
        """Make sure that the cache is at a version and not past it.

        Raises:
            Refused: 410 it is past it.
        """
        if self._store.version_of(namespace) != version:
            raise Refused(410, "Expired", "The resourceVersion for the provided list is too old.")

    def check_watched(self, namespace: str | None) -> None:
        """Make sure that the objects of a namespace would be here if there were any.

        Raises:
            Refused: 403 the namespace is not watched.
        """
        if namespace is not None and not self.is_watched(namespace):
            resource = self._served.resource
            message = f'{resource.name} is forbidden: the namespace "{namespace}" is not watched here'
            raise Refused(403, "Forbidden", message, Details(group=resource.group, kind=resource.plural))

    def headers(self, freshness: Freshness, namespace: str | None) -> dict[str, str]:
        """How far the cache has read a namespace (None: everything), and its age in whole seconds."""
        age = str(max(0, int(freshness.age)))
        return {"X-Cache-Resource-Version": self._store.version_of(namespace), "Age": age}

    def is_watched(self, namespace: str) -> bool:
        """Whether the objects of a namespace would be here if there were any."""
        watched = self._served.namespaces
        return not watched or namespace in watched

    @contextmanager
    def reading_list(self) -> Iterator[None]:
        """Count a list that is being read.

        Raises:
            Refused: 429, there are too many already.
        """
        if self._lists >= LISTS:
            message = "too many lists are being read, please try again later"
            raise Refused(429, "TooManyRequests", message, Details(retry_after_seconds=RETRY_AFTER))
        self._lists += 1
        try:
            yield
        finally:
            self._lists -= 1

    def find(self, key: Key) -> Record | None:
        """The record under a key, or None."""
        self._lookups += 1
        record = self._store.get(key)
        if record is None:
            self._misses += 1
        return record

    def body(self, record: Record) -> bytes:
        """A found record's object; asked for before the next await, since the store may let go of it then."""
        return self._store.body(record)

    def statistics(self) -> CacheStatistics:
        """What was read so far."""
        return CacheStatistics(self._lookups, self._misses)


def _too_large(version: str, current: str) -> Refused:
    message = f"Timeout: Too large resource version: {version}, current: {current or 0}"
    cause = Cause("ResourceVersionTooLarge", "Too large resource version")
    return Refused(504, "Timeout", message, Details(causes=(cause,), retry_after_seconds=RETRY_AFTER))
