"""GET of a collection: whole or in pages, selected, of one moment, in slices that leave others their turn.

The records of a list are pinned when it is asked for, and each body is decoded when its turn to be sent comes: a
hundred thousand objects cost their keys and one slice. A page's ``continue`` names its last key, so the next page is
of its own moment: it never expires.
"""

import asyncio
from collections.abc import Iterator

from aiohttp.web import BaseRequest, Response, StreamResponse

from exporter.kube.objects import Key
from exporter.store.delta import Record
from exporter.web.answers import COMMON, JSON, NOT_ACCEPTABLE, Refused, unsupported
from exporter.web.cache import Cache, age_headers
from exporter.web.conditions import not_modified
from exporter.web.exchange import Gone, begin, send_slice
from exporter.web.lookup.paths import Place
from exporter.web.lookup.question import Query, Question, asks_to_watch, read_include, read_question, token_after
from exporter.web.lookup.selection import Selection
from exporter.web.lookup.shapes import METADATA, TABLE, Form, Metadata, Objects, Page, Shape, Table, choose_form
from exporter.web.sources import Served, Snapshot

SLICE = 64 * 1024
"""Bytes that are handed to a connection at once."""
STRIDE = 256
"""Objects that are looked at before others get a turn, at least."""
EFFORT = 128 * 1024
"""Bytes that are decoded before others get a turn."""
LIST_PATIENCE = 60.0
"""Seconds in which a client must have taken a whole list, as an API server grants them; the next page has its own."""


async def answer_list(request: BaseRequest, place: Place, cache: Cache) -> StreamResponse:
    """A list, or 304 where the caller has this very list already.

    Raises:
        Refused: 400 or 422 the query makes no sense, 405 it asks to watch, 406 no such form, 410 the exact version
            is gone, 429 too many are being read, 503 the cache cannot be trusted, 504 it has not reached the version
            in time.
        Gone: nobody takes the answer.
    """
    served, query = place.served, Query(request)
    if asks_to_watch(query):
        raise unsupported("watch", served.resource)
    form = choose_form(request.headers.get("Accept", ""))
    question = read_question(query)
    shape = _shape(served, form, query)
    selection = Selection(served, question, place.namespace)
    cache.check_watched(place.namespace)
    freshness = await cache.caught_up(selection.namespace, question.version, question.patience)
    if question.exact:
        cache.check_exact(selection.namespace, question.version)
    headers = {"Content-Type": JSON, "Cache-Control": "no-cache, private", **COMMON, **age_headers(freshness)}
    if form.kind != TABLE:  # its ages change with the time
        headers["ETag"] = f'"{served.store.stamp(selection.namespace)}{form.kind[:1].lower()}"'
        if unchanged := not_modified(request, headers):
            return unchanged
    if request.method == "HEAD":
        return Response(headers=headers)
    with cache.reading_list(), _snapshot(served, question, selection) as snapshot:
        return await _send(request, headers, _slices(snapshot, question, selection, shape))


def _shape(served: Served, form: Form, query: Query) -> Shape:
    if form.kind == TABLE:
        return Table(form, served.columns, read_include(query), served.now())
    if form.kind == METADATA:
        raise Refused(NOT_ACCEPTABLE, "NotAcceptable", f"you requested {METADATA}, but the requested object is a list")
    return Metadata(form) if form.kind else Objects(served.resource)


def _snapshot(served: Served, question: Question, selection: Selection) -> Snapshot:
    limit = question.limit if question.limit and selection.is_whole else None
    among = selection.candidates()
    return served.store.snapshot(namespace=selection.namespace, after=question.after, among=among, limit=limit)


async def _send(request: BaseRequest, headers: dict[str, str], slices: Iterator[bytes]) -> StreamResponse:
    """Send what is short at once, with its length, and the rest piece by piece."""
    first = await _next(slices)
    second = await _next(slices)
    if not second:
        return Response(body=first, headers=headers)
    response = StreamResponse(headers=headers)
    try:
        async with asyncio.timeout(LIST_PATIENCE):
            await begin(request, response)
            await send_slice(response, first)
            while second:
                await send_slice(response, second)
                second = await _next(slices)
    except TimeoutError as error:
        raise Gone from error
    return response


async def _next(slices: Iterator[bytes]) -> bytes:
    """The next slice that holds anything; empty at the end."""
    for piece in slices:
        if piece:
            return piece
        await asyncio.sleep(0)
    return b""


def _slices(snapshot: Snapshot, question: Question, selection: Selection, shape: Shape) -> Iterator[bytes]:
    """The answer in slices; an empty one means that others should have a turn."""
    pending = bytearray(shape.head)
    walk = _Walk(snapshot, question.limit, selection)
    separator = b""
    for body in walk.bodies():
        if body is None:
            yield b""
            continue
        pending += separator
        pending += shape.item(body)
        separator = b","
        while len(pending) >= SLICE:
            yield bytes(memoryview(pending)[:SLICE])
            del pending[:SLICE]
    pending += shape.tail(walk.page)
    for start in range(0, len(pending), SLICE):
        yield bytes(memoryview(pending)[start : start + SLICE])


class _Walk:
    """One walk through a snapshot, and what it came to know about the page."""

    def __init__(self, snapshot: Snapshot, limit: int, selection: Selection) -> None:
        self._snapshot = snapshot
        self._limit = limit
        self._selection = selection
        self._effort = 0
        self._read: tuple[Record | None, bytes] = (None, b"")
        self.page = Page(snapshot.version)
        """Complete when the walk has ended."""

    def bodies(self) -> Iterator[bytes | None]:
        """Give the bodies that are meant, in the order of their keys; None where others should have a turn."""
        last: Key | None = None
        count = 0
        for key, record in self._snapshot:
            self._effort += EFFORT // STRIDE
            if self._selection.accepts(key, record, self._body):
                if count == self._limit > 0:
                    break
                yield self._body(record)
                last, count = key, count + 1
            if self._effort >= EFFORT:
                self._effort = 0
                yield None
        else:
            if not self._snapshot.remaining:
                return
        if last is not None:
            self.page = Page(self._snapshot.version, token_after(last), self._snapshot.remaining)

    def _body(self, record: Record) -> bytes:
        known, body = self._read
        if known is not record:
            body = self._snapshot.body(record)
            self._read = record, body
            self._effort += len(body)
        return body
