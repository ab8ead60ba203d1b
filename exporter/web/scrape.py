"""GET /metrics: what is in memory now, in the form the scraper asked for. No call leaves the process for it."""

import asyncio
import gzip
from collections.abc import Iterable

from aiohttp.web import BaseRequest, Response

from exporter.web.answers import COMMON
from exporter.web.negotiation import accepts_gzip, choose_format
from exporter.web.sources import Exposition

COMPRESSION_LEVEL = 1
INLINE_LIMIT = 64 * 1024
"""Bytes that are compressed at once, in about a millisecond; more is a thread's work."""


class Scrape:
    """Answers scrapes from one exposition."""

    def __init__(self, exposition: Exposition) -> None:
        self._exposition = exposition

    async def answer(self, request: BaseRequest) -> Response:
        """The exposition: all families, or those that ``name[]`` names; the last known state when nothing is new."""
        fmt = choose_format(",".join(request.headers.getall("Accept", ())))
        names = frozenset(request.query.getall("name[]", ()))
        parts = await _collect(self._exposition.render(fmt, names))
        headers = {
            "Content-Type": fmt.content_type,
            "Cache-Control": "no-store",
            "Vary": "Accept, Accept-Encoding",
            **COMMON,
        }
        if not accepts_gzip(",".join(request.headers.getall("Accept-Encoding", ()))):
            return Response(body=b"".join(parts), headers=headers)
        return Response(body=await _compress(parts), headers=headers | {"Content-Encoding": "gzip"})


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
