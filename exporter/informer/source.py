"""What a reflector asks of the world: where objects come from and go to, which of them, how often, by which clock."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from exporter.kube.objects import Resource
from exporter.kube.query import ListQuery, WatchQuery
from exporter.kube.wire import Page
from exporter.store.store import Change, Relist


class Source(Protocol):
    """Where the objects come from. Every method raises ``KubeError`` and can be cancelled anywhere."""

    async def list_page(self, resource: Resource, query: ListQuery, hold: asyncio.Event | None = None) -> Page:
        """Read one page; with ``hold``, ask now, but take the answer in only when that is set."""

    def watch(self, resource: Resource, query: WatchQuery) -> AbstractAsyncContextManager[AsyncIterator[list[bytes]]]:
        """Open a watch; iterating gives the lines that came, some at a time, until the server ends it."""

    @property
    def clock_lead(self) -> float:
        """Seconds by which the clock here is ahead of the server's; 0 while that is not known."""

    async def refresh_credentials(self) -> None:
        """Get new credentials, since the server does not accept the present ones."""


class Target(Protocol):
    """Where the objects go."""

    def begin(self, scope: str | None) -> Relist:
        """Begin to collect a list of this scope."""

    async def commit(self, relist: Relist, version: str) -> Mapping[str, int]:
        """Make the list the truth; give what it added, modified and deleted, unless it was the first of its scope."""

    def apply(self, scope: str | None, body: bytes) -> Change:
        """Take an added or modified object; say what that did. ``Malformed`` if it is none."""

    def delete(self, scope: str | None, body: bytes) -> Change:
        """Take a deleted object; say what that did. ``Malformed`` if it is none."""

    def advance(self, scope: str | None, version: str) -> None:
        """Know that nothing else changed up to a version."""

    def changed(self) -> None:
        """The reflector stands somewhere else: look again."""


class Selection(msgspec.Struct, frozen=True):
    """What one reflector reads."""

    resource: Resource
    scope: str | None = None
    """One namespace, or None for all of them."""
    label_selector: str = ""

    def __str__(self) -> str:
        where = f" in namespace {self.scope}" if self.scope else ""
        return f"{self.resource.name}{where}"

    def list_query(self, limit: int, token: str = "") -> ListQuery:
        """The query for one page."""
        return ListQuery(self.scope, self.label_selector, limit=limit, token=token)

    def watch_query(self, version: str, timeout_seconds: int) -> WatchQuery:
        """The query for what happens after a version."""
        return WatchQuery(version, self.scope, self.label_selector, timeout_seconds=timeout_seconds)


class Timing(msgspec.Struct, frozen=True):
    """How much is asked for, how often and how long; times in seconds."""

    page_size: int = 500
    jitter: float = 0.0
    """The first list waits up to this long, so that many replicas do not start as one."""
    watch_timeout: float = 300.0
    """Watches are asked to end after a random time between this and twice this."""
    resync: float = 600.0
    """How often the cache is told to the handlers again; 0 never."""


class Tools(msgspec.Struct, frozen=True):
    """Time and chance, so that tests can own them."""

    clock: Callable[[], float]
    """Seconds that never go back, as the event loop counts them."""
    now: Callable[[], float]
    """Seconds since the epoch."""
    random: Callable[[], float]
    """Floats in [0, 1)."""
    stopwatch: Callable[[], float] = time.perf_counter
    """Seconds that never go back, as finely as can be: an event loop may count in milliseconds."""
