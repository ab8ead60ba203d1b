"""Questions to an API server: a page of a list, a watch, and the creation of what is an answer itself.

All raise

- ``Misconfigured`` if there are no usable credentials,
- ``Unreachable`` if there is no answer, not in time, or one that breaks off,
- a kind of ``Answered`` if the server says no,
- ``Malformed`` if the answer is not what was asked for (HTML of a proxy, broken gzip, not a list).
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol, Self

import aiohttp
import msgspec

from exporter.kube.auth import Access
from exporter.kube.client.body import Body, WatchLines
from exporter.kube.client.transport import epoch_of, guarded, open_session, retry_after
from exporter.kube.errors import KubeError, Malformed, answered
from exporter.kube.objects import Resource
from exporter.kube.query import ListQuery, WatchQuery
from exporter.kube.wire import FRAME_LIMIT, Lines, Page, read_page

PAGE_LIMIT = 256 * 1024 * 1024
"""Bytes of the largest page that is read by default."""

ERROR_LIMIT = 64 * 1024
"""Bytes of an error's body that are read; a ``Status`` is much smaller."""

CREATED_LIMIT = 1024 * 1024
"""Bytes of what is created that are read."""

OK, CREATED = 200, 201


class Timeouts(msgspec.Struct, frozen=True):
    """Seconds to wait before a server counts as unreachable."""

    connect: float = 10.0
    """For a connection, TLS included."""
    headers: float = 60.0
    """For the beginning of an answer, connecting included."""
    between_bytes: float = 60.0
    """For more of a list; whoever reads a watch minds its silence."""


_DEFAULT_TIMEOUTS = Timeouts()


class _Question(msgspec.Struct, frozen=True):
    """One request."""

    verb: str
    resource: Resource
    namespace: str | None = None
    parameters: Mapping[str, str] = {}
    silence: float | None = None
    """Seconds without a byte after which an answer has broken off; None if it may last."""
    document: bytes | None = None
    """What is sent with it; None to read."""

    @property
    def call(self) -> str:
        """It in two words, for messages."""
        return f"{self.verb} {self.resource.name}"


class ClientStatistics(msgspec.Struct, frozen=True):
    """What the client has done."""

    requests: Mapping[tuple[str, str], int]
    """Answers by verb (``list``, ``watch``, ``create``) and HTTP code; the code is ``error`` where none came."""
    received_bytes: int
    """Bytes of bodies, after decompression."""
    open_watches: int


class Authenticator(Protocol):
    """Knows the access to use now; ``auth.Credentials`` is one."""

    async def current(self) -> Access:
        """Give it."""
        ...

    async def refresh(self) -> None:
        """Read it anew, since the server did not accept it."""
        ...


class Client:
    """Asks one API server. To be made inside a running event loop, and closed there (``async with`` does it)."""

    def __init__(
        self,
        credentials: Authenticator,
        *,
        timeouts: Timeouts = _DEFAULT_TIMEOUTS,
        page_limit: int = PAGE_LIMIT,
        frame_limit: int = FRAME_LIMIT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._credentials = credentials
        self._timeouts = timeouts
        self._page_limit = page_limit
        self._frame_limit = frame_limit
        self._clock = clock
        self._session = open_session(timeouts.connect)
        self._requests: Counter[tuple[str, str]] = Counter()
        self._received_bytes = 0
        self._open_watches = 0
        self._clock_lead: float | None = None

    @property
    def clock_lead(self) -> float:
        """Seconds by which our clock is ahead of the server's, to a second; 0 before its first answer.

        A server tells its time in whole seconds, so up to one more is what clocks that agree show.
        """
        lead = self._clock_lead or 0.0
        return lead if not 0 <= lead <= 1 else 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def list_page(self, resource: Resource, query: ListQuery, hold: asyncio.Event | None = None) -> Page:
        """Read one page of a list. With ``hold``, ask now, but take the answer's body in only when that is set.

        Raises:
            TooLarge: the page is over the limit.
            KubeError: as the module says.
        """
        question = _Question("list", resource, query.namespace, query.parameters(), self._timeouts.between_bytes)
        call, response = question.call, await self._open(question)
        try:
            if hold is not None:
                await hold.wait()
            body = await Body(call, response, self._count).read_all(self._page_limit)
        finally:
            response.close()
        try:
            return read_page(body)
        except Malformed as error:
            raise type(error)(f"{call}: {error}") from error

    @asynccontextmanager
    async def watch(self, resource: Resource, query: WatchQuery) -> AsyncIterator[AsyncIterator[list[bytes]]]:
        """Open a watch; its value gives, for each chunk of bytes that arrives, the lines that the chunk completed.

        A list of lines is empty when bytes came but no line was completed: the connection lives. When the server
        ends the watch, a last line without a newline is given as well. Nothing bounds the silence between chunks;
        cancel the reading at will. Leaving the context drops the connection.

        Raises:
            TooLarge: a line is over the limit; raised while reading.
            KubeError: as the module says. Lines that came before a failure are given first, except those of the
                chunk that holds a line over the limit, and those not yet asked for when a connection breaks.
        """
        question = _Question("watch", resource, query.namespace, query.parameters())
        call, response = question.call, await self._open(question)
        self._open_watches += 1
        try:
            yield WatchLines(call, Body(call, response, self._count), Lines(self._frame_limit))
        finally:
            self._open_watches -= 1
            response.close()

    async def create(self, resource: Resource, document: bytes) -> bytes:
        """Create an object of no namespace, and give what the server made of it. NB errors never repeat the document.

        Raises:
            TooLarge: the answer is over the limit.
            KubeError: as the module says.
        """
        question = _Question("create", resource, silence=self._timeouts.between_bytes, document=document)
        response = await self._open(question)
        try:
            return bytes(await Body(question.call, response, self._count).read_all(CREATED_LIMIT))
        finally:
            response.close()

    async def refresh_credentials(self) -> None:
        """Read the credentials anew; for after an ``Unauthorized``.

        Raises:
            Misconfigured: there are no usable ones.
        """
        await self._credentials.refresh()

    def statistics(self) -> ClientStatistics:
        """Say what has been done so far."""
        return ClientStatistics(dict(self._requests), self._received_bytes, self._open_watches)

    async def close(self) -> None:
        """Drop all connections; open watches end as unreachable."""
        await self._session.close()

    async def _open(self, question: _Question) -> aiohttp.ClientResponse:
        access, verb, call = await self._credentials.current(), question.verb, question.call
        try:
            response = await guarded(f"{call} at {access.server}", self._send(access, question))
        except KubeError:
            self._requests[verb, "error"] += 1
            raise
        self._requests[verb, str(response.status)] += 1
        self._compare_clocks(response.headers.get("Date", ""))
        if response.status in {OK, CREATED} and _is_json(response):
            return response
        try:
            raise await self._refusal(call, response)
        finally:
            response.close()

    async def _send(self, access: Access, question: _Question) -> aiohttp.ClientResponse:
        document, connect = question.document, self._timeouts.connect
        async with asyncio.timeout(self._timeouts.headers):
            return await self._session.request(
                "GET" if document is None else "POST",
                f"{access.server}{question.resource.path(question.namespace)}",
                data=document,
                params=question.parameters,
                headers=[
                    *access.headers,
                    ("Accept-Encoding", "gzip" if access.compression else "identity"),
                    *([] if document is None else [("Content-Type", "application/json")]),
                ],
                ssl=access.tls or True,
                proxy=access.proxy,
                server_hostname=access.server_hostname,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=question.silence),
                allow_redirects=False,
            )

    async def _refusal(self, call: str, response: aiohttp.ClientResponse) -> KubeError:
        if response.status == OK:
            said = response.headers.get("Content-Type", "nothing")
            return Malformed(f"{call}: 200 with {said!r:.80} instead of JSON")
        wait = retry_after(response.headers, self._clock)
        try:
            async with asyncio.timeout(self._timeouts.between_bytes):
                body = await Body(call, response, self._count).read_all(ERROR_LIMIT)
        except (KubeError, TimeoutError):
            body = bytearray()  # The code says enough.
        return answered(call, response.status, bytes(body), wait)

    def _compare_clocks(self, date: str) -> None:
        sent = epoch_of(date)
        if sent is not None:
            # What an answer took on its way, and the part of a second that its date leaves out, only add to the lead.
            lead = self._clock() - sent
            self._clock_lead = lead if self._clock_lead is None else min(lead, self._clock_lead)

    def _count(self, received: int) -> None:
        self._received_bytes += received


def _is_json(response: aiohttp.ClientResponse) -> bool:
    # A server that names no type is given the benefit of the doubt: the body will tell.
    # The header is read as it stands: parsing a strange one can fail in strange ways.
    return "json" in response.headers.get("Content-Type", "json").lower()
