"""A watch on its way to a client, frame by frame, until it ends or the client is gone."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from aiohttp.web import StreamResponse

from exporter.simulator.api.site import Opened
from exporter.simulator.api.watching import error_frame
from exporter.simulator.api.words import Refused

SLICE = 256 * 1024
"""Bytes that are handed to a connection at once; others have a turn after each."""
BOOKMARK_INTERVAL = 60.0
"""Seconds between two bookmarks of a watch."""


class Stream:
    """A watch on its way to a client."""

    def __init__(
        self, opened: Opened, response: StreamResponse, until: float, pause: Callable[[], Awaitable[None]]
    ) -> None:
        """It ends at ``until``, by the loop's clock; ``pause`` is awaited before anything is written."""
        self._watch = opened.watch
        self._bookmarks = opened.bookmarks
        self._response = response
        self._until = until
        self._pause = pause
        self._news = asyncio.Event()
        self._ended = False

    def wake(self) -> None:
        """Say that there is something new."""
        self._news.set()

    def end(self) -> None:
        """Let it end as if its time was over."""
        self._ended = True
        self._news.set()

    async def run(self) -> None:
        """Tell everything until it ends."""
        pending = bytearray()
        for frame in self._watch.initial():
            pending += frame
            if len(pending) >= SLICE:
                await self._write(pending)
                pending = bytearray()
        await self._write(pending)
        loop = asyncio.get_running_loop()
        bookmark = loop.time() + BOOKMARK_INTERVAL
        while not self._ended and loop.time() < self._until:
            self._news.clear()
            if not await self._tell():
                return
            if self._bookmarks and loop.time() >= bookmark:
                await self._write(self._watch.bookmark())
                bookmark = loop.time() + BOOKMARK_INTERVAL
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(min(self._until, bookmark)):
                    await self._news.wait()

    async def _tell(self) -> bool:
        """Write what is new; False when the watch cannot go on."""
        try:
            while frames := self._watch.news():
                await self._write(b"".join(frames))
        except Refused as refused:
            await self._write(error_frame(refused.status()))
            return False
        return True

    async def _write(self, frames: bytes | bytearray) -> None:
        if frames:
            await self._pause()
            await self._response.write(frames)
