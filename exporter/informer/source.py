"""What an informer asks of the world: where objects come from, which of them, at what pace, by which clock."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from exporter.kube.objects import Resource
from exporter.kube.query import ListQuery, WatchQuery
from exporter.kube.wire import Page


class Source(Protocol):
    """Where the objects come from. Every method raises ``KubeError`` and can be cancelled anywhere."""

    async def list_page(self, resource: Resource, query: ListQuery, hold: asyncio.Event | None = None) -> Page:
        """Read one page; with ``hold``, ask now, but take the answer in only when that is set."""

    def watch(self, resource: Resource, query: WatchQuery) -> AbstractAsyncContextManager[AsyncIterator[list[bytes]]]:
        """Open a watch; iterating gives the lines that came, some at a time, until the server ends it."""

    async def refresh_credentials(self) -> None:
        """Get new credentials, since the server does not accept the present ones."""


class Selection(msgspec.Struct, frozen=True):
    """What one reflector reads."""

    resource: Resource
    scope: str | None = None
    """One namespace, or None for all of them."""
    label_selector: str = ""

    def __str__(self) -> str:
        where = f" in namespace {self.scope}" if self.scope else ""
        return f"{self.resource.name}{where}"

    def page(self, limit: int, token: str = "") -> ListQuery:
        """Ask for a page of it."""
        return ListQuery(self.scope, self.label_selector, limit=limit, token=token)

    def watch(self, version: str, timeout_seconds: int) -> WatchQuery:
        """Ask for what happens to it after a version."""
        return WatchQuery(version, self.scope, self.label_selector, timeout_seconds=timeout_seconds)


class Timing(msgspec.Struct, frozen=True):
    """How the API server is asked; seconds."""

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
