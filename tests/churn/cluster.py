"""A simulated cluster whose API server is asked without a socket, in any loop's time, and misbehaves as real ones do.

What it hands out is told to an observer as well, byte for byte: what anybody could know who listed and watched it.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from random import Random
from typing import Protocol
from urllib.parse import urlencode

import msgspec

from exporter.kube.errors import KubeError, Unreachable, answered
from exporter.kube.objects import Resource
from exporter.kube.query import ListQuery, WatchQuery
from exporter.kube.wire import Page, read_page
from exporter.simulator.api.query import Query
from exporter.simulator.api.site import Answer, Api, Asked, Opened
from exporter.simulator.api.words import Refused, too_many_requests
from exporter.simulator.frames import frame_of
from exporter.simulator.history import History
from exporter.simulator.scenario import Books, Options, World

BEGINNING = 1_790_000_000.0
"""When the loop's time is 0."""
STEP = 0.25
"""Seconds from one step of the world to the next."""
BOOKMARKS = 60.0
READER = "churn"
LATENCY = 0.01
SLOWNESS = 2.0


class Observer(Protocol):
    """Whoever is told what is handed out."""

    def listed(self, resource: Resource, items: list[msgspec.Raw], *, first: bool, last: bool) -> None:
        """A page of a list."""

    def told(self, resource: Resource, frame: bytes) -> None:
        """A line of a watch."""


class Cluster:
    """A ``Source`` of the informers: one for all kinds."""

    clock_lead = 0.0

    def __init__(self, options: Options, observer: Observer, keep: int = 20_000) -> None:
        self.history = History(self.now, keep=keep)
        self.world = World(self.history, options)
        self.spent = 0.0
        """Seconds of a core that the simulation took, and that nobody else is to blame for."""
        self.lists = 0
        self._observer = observer
        self.world.advance(BEGINNING)
        self.books = Books(self.history)
        self._api = Api(self.history, Random(1), self.books.readers)
        self._streams: set[_Stream] = set()
        self._slow = self._throttled = self._down = False
        self._thawed = asyncio.Event()
        self._thawed.set()
        self.history.subscribe(lambda _: self._wake())

    def now(self) -> float:
        """Epoch seconds."""
        try:
            return BEGINNING + asyncio.get_running_loop().time()
        except RuntimeError:
            return BEGINNING

    async def live(self) -> None:
        """Go on for ever."""
        while True:
            with self.measured():
                self.world.advance(self.now())
            await asyncio.sleep(STEP)

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Count the time of a block as the simulation's."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.spent += time.perf_counter() - began

    # As a source.

    async def list_page(self, resource: Resource, query: ListQuery, hold: asyncio.Event | None = None) -> Page:
        """Read one page."""
        answer = await self._ask(resource, query.namespace, query.parameters())
        if hold is not None:
            await hold.wait()
        assert isinstance(answer, Answer)
        page = read_page(b"".join(answer.pieces))
        self.lists += not query.token
        with self.measured():
            self._observer.listed(resource, page.items, first=not query.token, last=not page.token)
        return page

    @asynccontextmanager
    async def watch(self, resource: Resource, query: WatchQuery) -> AsyncIterator[AsyncIterator[list[bytes]]]:
        """Open a watch."""
        opened = await self._ask(resource, query.namespace, query.parameters())
        assert isinstance(opened, Opened)
        stream = _Stream(resource, opened, self._observer, self.measured, self._pause)
        self._streams.add(stream)
        try:
            yield stream.lines()
        finally:
            self._streams.discard(stream)

    async def refresh_credentials(self) -> None:
        """There are none."""

    async def _ask(self, resource: Resource, namespace: str | None, parameters: Mapping[str, str]) -> Answer | Opened:
        await asyncio.sleep(LATENCY)
        await self._pause()
        path, call = resource.path(namespace), f"ask for {resource.name}"
        if self._down:
            raise Unreachable(f"{call}: connection refused")
        try:
            if self._throttled:
                raise too_many_requests()
            with self.measured():
                return self._api.answer(Asked("GET", path, Query(urlencode(parameters)), "", "", reader=READER))
        except Refused as refused:
            raise self._refusal(call, refused) from refused

    def _refusal(self, call: str, refused: Refused) -> KubeError:
        return answered(call, refused.code, msgspec.json.encode(refused.status()))

    async def _pause(self) -> None:
        await self._thawed.wait()
        if self._slow:
            await asyncio.sleep(SLOWNESS)

    def _wake(self) -> None:
        for stream in self._streams:
            stream.wake()

    # As a server that misbehaves: see ``exporter.simulator.faults``.

    def drop_watches(self) -> None:
        """Cut the connection of each watch."""
        for stream in self._streams:
            stream.cut()

    def expire(self) -> None:
        """Forget everything but the present, and end the watches."""
        self.history.skip()
        self.history.compact()
        for stream in self._streams:
            stream.end()

    def slow(self, on: bool) -> None:
        """Be late."""
        self._slow = on

    def throttle(self, on: bool) -> None:
        """Answer 429."""
        self._throttled = on

    def freeze(self, on: bool) -> None:
        """Fall silent, and reset everything afterwards."""
        if on:
            self._thawed.clear()
        else:
            self.drop_watches()
            self._thawed.set()

    async def restart(self, down: float) -> None:
        """Be gone for so many seconds."""
        self._down = True
        self.drop_watches()
        try:
            await asyncio.sleep(down)
        finally:
            self._down = False


class _Stream:
    """One watch on its way."""

    def __init__(
        self,
        resource: Resource,
        opened: Opened,
        observer: Observer,
        measured: Callable[[], AbstractContextManager[None]],
        pause: Callable[[], Awaitable[None]],
    ) -> None:
        self._resource = resource
        self._opened = opened
        self._observer = observer
        self._measured = measured
        self._pause = pause
        self._news = asyncio.Event()
        self._is_cut = self._ended = False

    def wake(self) -> None:
        self._news.set()

    def cut(self) -> None:
        self._is_cut = True
        self._news.set()

    def end(self) -> None:
        self._ended = True
        self._news.set()

    async def lines(self) -> AsyncGenerator[list[bytes], None]:
        """Give what is told, some lines at a time."""
        loop = asyncio.get_running_loop()
        until = loop.time() + (self._opened.timeout or 1800)
        bookmark = loop.time() + BOOKMARKS
        while True:
            await self._pause()
            if self._is_cut:
                raise Unreachable("the connection was reset")
            self._news.clear()
            while lines := self._tell():
                yield lines
            if self._ended or loop.time() >= until:
                return
            if loop.time() >= bookmark:
                bookmark = loop.time() + BOOKMARKS
                yield [self._opened.watch.bookmark().rstrip()]
            try:
                async with asyncio.timeout_at(min(until, bookmark)):
                    await self._news.wait()
            except TimeoutError:
                continue

    def _tell(self) -> list[bytes]:
        with self._measured():
            try:
                frames = self._opened.watch.news()
            except Refused as refused:
                self._ended = True
                return [frame_of("ERROR", refused.status()).rstrip()]
            for frame in frames:
                self._observer.told(self._resource, frame)
            self._opened.told(self._opened.watch.position)
            return [frame.rstrip() for frame in frames]
