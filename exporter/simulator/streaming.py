"""A watch on its way to a client, frame by frame, until it ends or the client is gone."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator

from exporter.simulator.api.site import Opened
from exporter.simulator.api.words import Refused
from exporter.simulator.frames import frame_of

SLICE = 256 * 1024
"""Bytes that are handed to a connection at once; others have a turn after each."""
ROWS = 64
"""Pieces that are made at once: the rows of a table are small, and each takes long."""
BOOKMARK_INTERVAL = 60.0
"""Seconds between two bookmarks of a watch."""


class Stream:
    """A watch on its way to a client."""

    def __init__(self, opened: Opened, until: float, write: Callable[[bytes], Awaitable[None]]) -> None:
        """It ends at ``until``, by the loop's clock."""
        self._watch = opened.watch
        self._bookmarks = opened.bookmarks
        self._told = opened.told
        self._until = until
        self._write = write
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
        for frames in sliced(self._watch.initial()):
            await self._write(frames)
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
                self._told(self._watch.position)
        except Refused as refused:
            await self._write(frame_of("ERROR", refused.status()))
            return False
        return True


def sliced(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Join pieces, but not so many that others would have to wait for them."""
    pending, count = bytearray(), 0
    for piece in pieces:
        pending += piece
        count += 1
        if len(pending) >= SLICE or count >= ROWS:
            yield bytes(pending)
            pending, count = bytearray(), 0
    if pending:
        yield bytes(pending)
