"""GET /metrics: what is in memory now, in the form the scraper asked for. No call leaves the process for it."""

import asyncio
import gzip
import time
from collections.abc import Callable, Iterable

import msgspec
from aiohttp.web import BaseRequest, Response

from exporter.metrics.text import Format
from exporter.tally import Seen, Tally
from exporter.web.answers import COMMON
from exporter.web.exchange import finish
from exporter.web.negotiation import accept_of, accepts_gzip, choose_format
from exporter.web.sources import Exposition

COMPRESSION_LEVEL = 1
INLINE_LIMIT = 64 * 1024
"""Bytes that are compressed at once, in about a millisecond; more is a thread's work."""

SCRAPE_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds; scrapers give up after ten as a rule."""


class ScrapeStatistics(msgspec.Struct, frozen=True):
    """What scrapes cost."""

    seconds: Seen = Seen()
    """From the request until the last byte was sent; by ``SCRAPE_BOUNDS``."""
    size: int = 0
    """Bytes of the last exposition of all families, before compression."""


class Scrape:
    """Answers scrapes from one exposition; ``stopwatch`` counts seconds and never goes back."""

    def __init__(self, exposition: Exposition, stopwatch: Callable[[], float] = time.perf_counter) -> None:
        self._exposition = exposition
        self._stopwatch = stopwatch
        self._seconds = Tally(SCRAPE_BOUNDS)
        self._size = 0

    async def answer(self, request: BaseRequest) -> Response:
        """The exposition: all families, or those that ``name[]`` names; the last known state when nothing is new."""
        began = self._stopwatch()
        response = await self._render(request)
        await finish(request, response)
        self._seconds.observe(self._stopwatch() - began)
        return response

    def statistics(self) -> ScrapeStatistics:
        """What the scrapes before this moment cost."""
        return ScrapeStatistics(self._seconds.seen(), self._size)

    async def _render(self, request: BaseRequest) -> Response:
        fmt = choose_format(accept_of(request))
        names = frozenset(request.query.getall("name[]", ()))
        parts = await _collect(self._exposition.render(fmt, names))
        if not names:
            self._size = sum(map(len, parts))
        headers = _headers(fmt)
        if not accepts_gzip(",".join(request.headers.getall("Accept-Encoding", ()))):
            return Response(body=b"".join(parts), headers=headers)
        return Response(body=await _compress(parts), headers=headers | {"Content-Encoding": "gzip"})


def _headers(fmt: Format) -> dict[str, str]:
    return {
        "Content-Type": fmt.content_type,
        "Cache-Control": "no-store",
        "Vary": "Accept, Accept-Encoding",
        **COMMON,
    }


async def _collect(chunks: Iterable[bytes]) -> list[bytes]:
    parts = []
    for chunk in chunks:
        parts.append(chunk)
        await asyncio.sleep(0)  # the loop is free for events between two chunks
    return parts


async def _compress(parts: list[bytes]) -> bytes:
    if sum(map(len, parts)) <= INLINE_LIMIT:
        return _gzip(parts)
    return await asyncio.to_thread(_gzip, parts)


def _gzip(parts: list[bytes]) -> bytes:
    return gzip.compress(b"".join(parts), COMPRESSION_LEVEL, mtime=0)
