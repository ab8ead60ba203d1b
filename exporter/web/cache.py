"""The cache as callers may read it: refused while it cannot be trusted, every reading counted."""

import msgspec

from exporter.kube.objects import Key
from exporter.store.delta import Record
from exporter.web.answers import Details, Refused
from exporter.web.sources import AskFreshness, Freshness, Store

RETRY_AFTER = 5
"""Seconds after which it is worth asking a cache again that is not filled yet or too old."""


class CacheStatistics(msgspec.Struct, frozen=True):
    """What was read from the cache since the start."""

    lookups: int = 0
    misses: int = 0


class Cache:
    """A store, and the word on whether to trust it."""

    def __init__(self, store: Store, ask_freshness: AskFreshness) -> None:
        self._store = store
        self._ask_freshness = ask_freshness
        self._lookups = 0
        self._misses = 0

    def trusted(self) -> Freshness:
        """How fresh the cache is.

        Raises:
            Refused: 503, nothing may be read from it now.
        """
        freshness = self._ask_freshness()
        if freshness.problem is None:
            return freshness
        raise Refused(
            503,
            "ServiceUnavailable",
            freshness.problem,
            Details(retry_after_seconds=RETRY_AFTER),
            {"Retry-After": str(RETRY_AFTER)},
        )

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


def age_headers(freshness: Freshness) -> dict[str, str]:
    """The cache's version and its age in whole seconds."""
    return {"X-Cache-Resource-Version": freshness.version, "Age": str(max(0, int(freshness.age)))}
