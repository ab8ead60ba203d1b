"""The slow half of a request: what a client sends and what it takes, each within a bound of size and time."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping

from aiohttp import HttpVersion11
from aiohttp.web import BaseRequest, RequestPayloadError, Response, StreamResponse

from exporter.web.answers import Refused, bad_request

BODY_LIMIT = 1024 * 1024
"""Bytes of a request's body, after decompression."""
READ_PATIENCE = 30.0
"""Seconds in which a client must have sent its body."""
WRITE_PATIENCE = 60.0
"""Seconds in which a client must take a whole answer, or one slice of a long one: as long as a scrape may last."""
AT_ONCE = 32 * 1024
"""Bytes that an idle connection takes into its buffer without waiting, with room to spare."""

SLICE = 64 * 1024
"""Bytes of a long answer that are handed to a connection at once. The client reads one slice while the next is made:
with four times this, a batch of 20 takes three times as long as one of 10."""

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Gone(Exception):
    """The client left, or takes its answer too slowly; there is nobody to answer."""


def path_of(request: BaseRequest) -> str:
    """The path as the client wrote it: percent-encoded, without the query."""
    target = request.raw_path
    if not target.startswith("/"):  # a proxy's form, http://host/path, or nonsense
        target = request.rel_url.raw_path
    return target.partition("?")[0]


async def read_body(request: BaseRequest) -> bytes:
    """The request's body.

    Raises:
        Refused: 400 it is not encoded as the headers say, 408 it came too slowly, 413 it is too large.
    """
    _ask_for_body(request)
    # The length a client announces is not believed: a compressed body grows while it is read.
    body = bytearray()
    try:
        async with asyncio.timeout(READ_PATIENCE):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > BODY_LIMIT:
                    raise Refused(413, "RequestEntityTooLarge", f"the body is larger than {BODY_LIMIT} bytes")
    except RequestPayloadError:
        raise bad_request("the body is not encoded as the headers say") from None
    except TimeoutError:
        raise Refused(408, "Timeout", f"the body did not arrive within {READ_PATIENCE:.0f} seconds") from None
    return bytes(body)


async def begin(request: BaseRequest, response: StreamResponse) -> None:
    """Send the headers of an answer whose body follows in slices.

    Raises:
        Gone: nobody takes it.
    """
    try:
        await response.prepare(request)
    except ConnectionError as error:
        raise Gone from error


async def send_slice(response: StreamResponse, piece: bytes) -> None:
    """Send a part of an answer's body; returns when the connection has room for more and others had their turn.

    Raises:
        Gone: nobody takes it.
    """
    try:
        async with asyncio.timeout(WRITE_PATIENCE):
            await response.write(piece)
    except (ConnectionError, TimeoutError) as error:
        raise Gone from error
    await asyncio.sleep(0)  # a client that reads as fast as we write leaves nothing to wait for


def in_slices(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Join pieces into slices; an empty piece is handed on, so that others have a turn before the next."""
    pending = bytearray()
    for piece in pieces:
        if not piece:
            yield b""
            continue
        pending += piece
        while len(pending) >= SLICE:
            yield bytes(memoryview(pending)[:SLICE])
            del pending[:SLICE]
    if pending:
        yield bytes(pending)


async def send(
    request: BaseRequest, headers: Mapping[str, str], slices: Iterator[bytes], turn: asyncio.Lock
) -> StreamResponse:
    """Send an answer of one slice with its length, and a longer one slice by slice.

    Each slice is made while holding ``turn``: of all who share it one makes a slice, then the rest of the program has
    a turn, then the next one.

    Raises:
        Gone: nobody takes it.
    """
    first, second = await _next(slices, turn), await _next(slices, turn)
    if not second:
        return Response(body=first, headers=headers)
    response = StreamResponse(headers=headers)
    await begin(request, response)
    await send_slice(response, first)
    while second:
        await send_slice(response, second)
        second = await _next(slices, turn)
    return response


async def _next(slices: Iterator[bytes], turn: asyncio.Lock) -> bytes:
    """The next slice that holds anything; empty at the end."""
    while True:
        async with turn:
            piece = next(slices, None)
        if piece is None:
            return b""
        if piece:
            return piece
        await asyncio.sleep(0)


async def finish(request: BaseRequest, response: StreamResponse) -> None:
    """Send an answer, or what is left of it, to its last byte.

    Raises:
        Gone: nobody takes it.
    """
    try:
        if _cannot_wait(request, response):
            await _send(request, response)
        else:
            async with asyncio.timeout(WRITE_PATIENCE):
                await _send(request, response)
    except (ConnectionError, TimeoutError) as error:
        raise Gone from error


def _ask_for_body(request: BaseRequest) -> None:
    expects = request.headers.get("Expect", "").lower() == "100-continue"
    if expects and request.version >= HttpVersion11 and request.transport is not None:
        request.transport.write(_CONTINUE)  # past the response, which begins later


async def _send(request: BaseRequest, response: StreamResponse) -> None:
    await response.prepare(request)
    await response.write_eof()


def _cannot_wait(request: BaseRequest, response: StreamResponse) -> bool:
    # Most lookups: no timer is needed, and on that path a timer is a tenth of the work.
    transport = request.transport
    return (
        transport is not None and (response.content_length or 0) <= AT_ONCE and transport.get_write_buffer_size() == 0
    )
