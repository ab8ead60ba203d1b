"""GET of a collection: whole or in pages, selected, of one moment, in slices that leave others their turn.

The records of a list are pinned when it is asked for, and each body is decoded when its turn to be sent comes: a list
costs a table of keys and records, one slice, and whatever is replaced while it is read. A page's ``continue`` names its
last key, so the next page is of its own moment: it never expires.
"""

import asyncio
from collections.abc import Iterator

from aiohttp.web import BaseRequest, Response, StreamResponse

from exporter.kube.objects import Key
from exporter.store.delta import Record
from exporter.web.answers import COMMON, JSON, PRIVATE, not_acceptable, timed_out, unsupported
from exporter.web.cache import Cache
from exporter.web.conditions import not_modified
from exporter.web.exchange import Gone, in_slices, send
from exporter.web.lookup.paths import Collection
from exporter.web.lookup.query import Query
from exporter.web.lookup.question import Question, read_question, token_after
from exporter.web.lookup.selection import Selection
from exporter.web.lookup.shapes import METADATA, TABLE, Form, Page, Shape, choose_form, shape_of
from exporter.web.negotiation import accept_of
from exporter.web.sources import Served, Snapshot

STRIDE = 256
"""Objects that are looked at, with few conditions and none decoded, before others get a turn."""
CONDITIONS = 8
"""Conditions that an object is held against in the time in which it is looked at."""
EFFORT = 128 * 1024
"""Bytes that are decoded before others get a turn."""
LIST_PATIENCE = 60.0
"""Seconds in which a list must be found and taken, as an API server grants them; the next page has its own."""


async def answer_list(request: BaseRequest, place: Collection, cache: Cache) -> StreamResponse:
    """A list, or 304 where the caller has this very list already.

    Raises:
        Refused: 400 or 422 the query makes no sense, 405 it asks to watch, 406 no such form, 410 the exact version
            is gone, 429 too many are being read, 503 the cache cannot be trusted, 504 it has not reached the version
            in time, or nothing was found in time.
        Gone: nobody takes the answer.
    """
    served, query = place.served, Query(request)
    if query.watches():
        raise unsupported("watch", served.resource)
    form = choose_form(accept_of(request))
    question = read_question(query)
    shape = _shape(served, form, query)
    selection = Selection(served, question, place.namespace)
    headers = await _headers(question, selection, cache)
    if form.kind != TABLE:  # its ages change with the time
        headers["ETag"] = f'"{served.store.stamp(selection.namespace)}{form.mark}"'
        if unchanged := not_modified(request, headers):
            return unchanged
    if request.method == "HEAD":
        return Response(headers=headers)
    with cache.reading_list(), _snapshot(served, question, selection) as snapshot:
        slices = in_slices(_pieces(snapshot, question.limit, selection, shape))
        try:
            async with asyncio.timeout(min(question.patience or LIST_PATIENCE, LIST_PATIENCE)):
                return await send(request, headers, slices, cache.turn)
        except TimeoutError as error:
            if request.writer.output_size:
                raise Gone from error
            raise timed_out() from error


def _shape(served: Served, form: Form, query: Query) -> Shape:
    if form.kind == METADATA:
        raise not_acceptable(f"you requested {METADATA}, but the requested object is a list")
    return shape_of(form, served, query)


async def _headers(question: Question, selection: Selection, cache: Cache) -> dict[str, str]:
    """Wait for the version that is asked for; give the headers of what is there then."""
    namespace = selection.namespace
    cache.check_watched(namespace)
    freshness = await cache.caught_up(namespace, question.version, question.patience)
    if question.exact:
        cache.check_exact(namespace, question.version)
    return {"Content-Type": JSON, **PRIVATE, **COMMON, **cache.headers(freshness, namespace)}


def _snapshot(served: Served, question: Question, selection: Selection) -> Snapshot:
    limit = question.limit if question.limit and (selection.is_whole or selection.is_indexed) else None
    among = selection.candidates()
    return served.store.snapshot(namespace=selection.namespace, after=question.after, among=among, limit=limit)


def _pieces(snapshot: Snapshot, limit: int, selection: Selection, shape: Shape) -> Iterator[bytes]:
    """The answer piece by piece; an empty one where others should have a turn."""
    walk = _Walk(snapshot, limit, selection)
    separator = b""
    yield shape.head
    for body in walk.bodies():
        if body is None:
            yield b""
        else:
            yield separator + shape.item(body)
            separator = b","
    yield shape.tail(walk.page)


class _Walk:
    """One walk through a snapshot, and what it came to know about the page."""

    def __init__(self, snapshot: Snapshot, limit: int, selection: Selection) -> None:
        self._snapshot = snapshot
        self._limit = limit
        self._selection = selection
        self._look = EFFORT // STRIDE * (1 + selection.conditions // CONDITIONS)
        self._effort = 0
        self._read: tuple[Record | None, bytes] = (None, b"")
        self.page = Page(snapshot.version)
        """Complete when the walk has ended."""

    def bodies(self) -> Iterator[bytes | None]:
        """Give the bodies that are meant, in the order of their keys; None where others should have a turn."""
        last: Key | None = None
        count = 0
        for key, record in self._snapshot:
            self._effort += self._look
            if self._selection.accepts(key, record, self._body):
                yield self._body(record)
                last, count = key, count + 1
                if count == self._limit:
                    break
            if self._effort >= EFFORT:
                self._effort = 0
                yield None
        if count == self._limit and last is not None:
            self.page = self._full_page(last)

    def _full_page(self, last: Key) -> Page:
        # Like an API server, which does not look whether any of what follows is meant, nor counts what is selected.
        snapshot = self._snapshot
        if last == snapshot.end or self._selection.is_one:
            return self.page
        remaining = snapshot.remaining if self._selection.is_whole else 0
        return Page(snapshot.version, token_after(last), remaining)

    def _body(self, record: Record) -> bytes:
        known, body = self._read
        if known is not record:
            body = self._snapshot.body(record)
            self._read = record, body
            self._effort += len(body)
        return body
