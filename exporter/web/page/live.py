"""The stream of what changes: one tick each second, made once for all who listen, and only while somebody does."""

import asyncio
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
from aiohttp.web import BaseRequest, Response, StreamResponse

from exporter.web.answers import Refused
from exporter.web.exchange import Gone, begin
from exporter.web.guard import visit
from exporter.web.page.headers import GUARDS
from exporter.web.page.sources import Json

PERIOD = 1.0
"""Seconds between two ticks."""
STREAMS = 64
"""Streams that may be open at once."""
PATIENCE = 10.0
"""Seconds in which a listener must take a tick."""

HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", **GUARDS}
_HELLO = b"retry: 2000\n\n"


class Live:
    """Streams to any number of listeners. Each waits for itself; whoever wakes first makes the tick for all."""

    def __init__(self, make: Callable[[], Json], period: float = PERIOD, most: int = STREAMS) -> None:
        """``make`` tells what there is now; it is asked once in each period in which anybody listens."""
        self._make = make
        self._period = period
        self._most = most
        self._left = asyncio.Event()
        self._listeners = 0
        self._writing: set[asyncio.Timeout] = set()
        self._tick = -1
        self._frame = b""

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return self._listeners

    def leave(self) -> None:
        """End all streams: the process is about to stop."""
        self._left.set()
        for limit in self._writing:
            limit.reschedule(0)  # a listener that does not read must not be waited for

    async def answer(self, request: BaseRequest) -> StreamResponse:
        """A stream until the listener leaves, or this process does.

        Raises:
            Refused: 503 there are too many.
            Gone: the listener left, or does not read.
        """
        if request.method == "HEAD":
            return Response(headers=HEADERS)
        if self._left.is_set() or self._listeners >= self._most:
            raise Refused(503, "ServiceUnavailable", f"no more than {self._most} streams can be open at once")
        with self._listening():
            response = StreamResponse(headers=HEADERS)
            await begin(request, response)
            await self._write(response, _HELLO)
            await self._stream(response, visit())
        return response

    async def _stream(self, response: StreamResponse, seconds: float | None) -> None:
        tick, until = -1, math.inf if seconds is None else _now() + seconds
        while not self._left.is_set() and _now() < until:
            tick = max(tick + 1, int(_now() / self._period))
            await self._write(response, self._told(tick))
            await self._until((tick + 1) * self._period)

    def _told(self, tick: int) -> bytes:
        if tick > self._tick:
            self._tick, self._frame = tick, self._encode()
        return self._frame

    def _encode(self) -> bytes:
        return b"event: tick\ndata: %b\n\n" % msgspec.json.encode(self._make())

    async def _until(self, moment: float) -> None:
        try:
            async with asyncio.timeout_at(moment):
                await self._left.wait()
        except TimeoutError:
            pass

    async def _write(self, response: StreamResponse, piece: bytes) -> None:
        limit = asyncio.timeout(PATIENCE)
        try:
            async with limit:
                self._writing.add(limit)
                await response.write(piece)
        except (ConnectionError, TimeoutError) as error:
            raise Gone from error
        finally:
            self._writing.discard(limit)

    @contextmanager
    def _listening(self) -> Iterator[None]:
        self._listeners += 1
        try:
            yield
        finally:
            self._listeners -= 1


def _now() -> float:
    return asyncio.get_running_loop().time()
