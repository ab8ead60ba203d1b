"""The body of an answer: decompressed as it comes, and for a watch cut into lines."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, Self

import aiohttp

from exporter.kube.client.transport import guarded
from exporter.kube.errors import Malformed, TooLarge
from exporter.kube.wire import Lines

WINDOW = 16 * 1024
"""Compressed bytes that are taken at once: this bounds what a step may give (16 MB), and what a member costs."""

_GZIP = 16 + zlib.MAX_WBITS


class Decoder(Protocol):
    """Undoes a Content-Encoding."""

    def feed(self, chunk: bytes) -> Iterable[bytes]:
        """Give what a chunk stands for, in pieces."""
        ...

    def finish(self) -> None:
        """Be told that nothing more comes."""
        ...


class Plain:
    """No encoding at all."""

    def feed(self, chunk: bytes) -> Iterable[bytes]:
        """Give the chunk itself."""
        return (chunk,)

    def finish(self) -> None:
        """Nothing can be missing."""


class Gunzip:
    """gzip in chunks of any size, one member after another: a server may end one with each flush."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._begun = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Give what a chunk stands for, in pieces.

        Raises:
            Malformed: this is not gzip; what came before was given.
        """
        for start in range(0, len(chunk), WINDOW):
            yield from self._inflate(chunk[start : start + WINDOW])

    def finish(self) -> None:
        """Be told that nothing more comes.

        Raises:
            Malformed: the last member is not complete.
        """
        if self._begun:
            raise Malformed("gzip that breaks off")

    def _inflate(self, rest: bytes) -> Iterator[bytes]:
        while rest:
            try:
                piece = self._member.decompress(rest)
            except zlib.error as error:
                raise Malformed("broken gzip") from error
            self._begun, rest = not self._member.eof, self._member.unused_data
            if not self._begun:
                self._member = zlib.decompressobj(_GZIP)
            if piece:
                yield piece


class Body:
    """One answer's body.

    Raises:
        Malformed: it is in an encoding that was not asked for.
    """

    def __init__(self, call: str, response: aiohttp.ClientResponse, count: Callable[[int], None]) -> None:
        self._call = call
        self._content = response.content
        self._count = count
        self._decoder = _decoder(call, response.headers.get("Content-Encoding", ""))

    async def read(self) -> Iterator[bytes] | None:
        """Wait for the next chunk, give what it stands for, or None at the end.

        Raises:
            Unreachable: the connection broke.
            Malformed: the encoding is broken; raised while iterating, or at the end.
        """
        chunk = await guarded(self._call, self._content.readany())
        if chunk:
            return self._decoded(chunk)
        self._finish()
        return None

    async def read_all(self, limit: int) -> bytearray:
        """Read everything, into one piece of memory.

        Raises:
            TooLarge: there is more than the limit.
            KubeError: as ``read`` does.
        """
        whole = bytearray()
        while (pieces := await self.read()) is not None:
            for piece in pieces:
                whole += piece
                if len(whole) > limit:
                    raise TooLarge(f"{self._call}: the answer is longer than {limit} bytes")
        return whole

    def _decoded(self, chunk: bytes) -> Iterator[bytes]:
        try:
            for piece in self._decoder.feed(chunk):
                self._count(len(piece))
                yield piece
        except Malformed as error:
            raise Malformed(f"{self._call}: {error}") from error

    def _finish(self) -> None:
        try:
            self._decoder.finish()
        except Malformed as error:
            raise Malformed(f"{self._call}: {error}") from error


class WatchLines:
    """The lines of a watch, one list for each chunk that arrives.

    Not a generator, so that one that is left unread holds nothing open.
    """

    def __init__(self, call: str, body: Body, lines: Lines) -> None:
        self._call = call
        self._body = body
        self._lines = lines
        self._failure: Malformed | None = None
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[bytes]:
        if self._failure is not None:
            raise self._failure
        if self._ended:
            raise StopAsyncIteration
        pieces = await self._body.read()
        return self._last() if pieces is None else self._completed(pieces)

    def _completed(self, pieces: Iterator[bytes]) -> list[bytes]:
        lines: list[bytes] = []
        try:
            for piece in pieces:
                lines += self._lines.feed(piece)
        except TooLarge as error:
            self._failure = TooLarge(f"{self._call}: {error}")
        except Malformed as error:
            self._failure = error
        if self._failure is not None and not lines:
            raise self._failure
        return lines

    def _last(self) -> list[bytes]:
        self._ended = True
        line = self._lines.finish()
        if not line:
            raise StopAsyncIteration
        return [line]


def _decoder(call: str, encoding: str) -> Decoder:
    match encoding.strip().lower():
        case "" | "identity":
            return Plain()
        case "gzip" | "x-gzip":
            return Gunzip()
        case _:
            raise Malformed(f"{call}: the answer has an encoding that was not asked for")
