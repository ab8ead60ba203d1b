"""Plays prepared lists and watches at the speed of the wire: everything is encoded before the first request.

A page is a slice of one run of bytes, a watch a slice of another (``tape``), and a ``Replay`` serves them to any
informer: discovery, LIST with ``limit`` and ``continue``, WATCH from a version, then bookmarks. Nothing is selected,
narrowed or changed: it serves one kind, in all namespaces at once.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from urllib.parse import parse_qsl

import msgspec

from exporter.simulator.frames import frame_of
from exporter.simulator.resources import WORKFLOWS, Kind
from exporter.simulator.tape import Tape

CHUNK = 1 << 20
"""Bytes that are handed to the kernel at once."""
HEAD_LIMIT = 64 * 1024
TRUE = frozenset({"true", "1", "True"})


class Question(msgspec.Struct, frozen=True):
    """One request, as far as it matters."""

    method: str
    path: str
    query: dict[str, str]
    keeps_alive: bool
    """HTTP/1.1, so that an answer may come in chunks, and another question after it."""

    def number(self, name: str) -> int:
        """Give a parameter that is a number; 0 if it is absent.

        Raises:
            Refused: it is something else.
        """
        text = self.query.get(name) or "0"
        if not (text.isascii() and text.isdecimal()):
            raise Refused(HTTPStatus.BAD_REQUEST, "BadRequest", f"{name} is not a number: {text[:100]}")
        return int(text)


class Refused(Exception):
    """The question has no answer but this one."""

    def __init__(self, code: HTTPStatus, reason: str, message: str) -> None:
        self.code = code
        self.status = status(code, reason, message)
        super().__init__(message)


def status(code: HTTPStatus, reason: str, message: str) -> dict[str, object]:
    """Give the object with which an API server says no."""
    words = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    return {**words, "message": message, "reason": reason, "code": code.value}


def documents(kind: Kind) -> dict[str, object]:
    """Give what clients read before they ask for a kind, by path."""
    root, core = f"/apis/{kind.group}", {"kind": "APIResourceList", "groupVersion": "v1", "resources": []}
    version = {"groupVersion": kind.api_version, "version": kind.version}
    group = {"name": kind.group, "versions": [version], "preferredVersion": version}
    return {
        "/version": {"major": "1", "minor": "36", "gitVersion": "v1.36.0+replay", "platform": ""},
        "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
        "/api/v1": core,
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [group]},
        root: {"kind": "APIGroup", "apiVersion": "v1", **group},
        f"{root}/{kind.version}": _resources(kind),
    }


def _resources(kind: Kind) -> dict[str, object]:
    resource = {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": ["list", "watch"],
        "shortNames": kind.short_names,
    }
    words = {"kind": "APIResourceList", "apiVersion": "v1"}
    return {**words, "groupVersion": kind.api_version, "resources": [resource]}


class Replay:
    """Serves a tape to any number of clients, each from wherever it asks, for as long as it stays."""

    def __init__(
        self,
        objects: Iterable[bytes],
        events: Iterable[tuple[str, bytes]] = (),
        kind: Kind = WORKFLOWS,
        bookmark_seconds: float = 10.0,
    ) -> None:
        """``objects`` are in the list's order, ``events`` pairs of type and object, in the order of their versions.

        ``bookmark_seconds`` is how often a watch that has told everything says so.

        Raises:
            Unfit: as ``Tape`` does.
        """
        self.tape = Tape(kind, objects, events)
        self._bookmark_seconds = bookmark_seconds
        self._collection = f"/apis/{kind.group}/{kind.version}/{kind.plural}"
        self._documents = {path: msgspec.json.encode(document) for path, document in documents(kind).items()}
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> tuple[str, int]:
        """Listen; give the address.

        Raises:
            OSError: nobody can listen there.
        """
        self._server = await asyncio.start_server(self._serve, host, port, limit=HEAD_LIMIT)
        found: tuple[str, int] = self._server.sockets[0].getsockname()[:2]
        return found

    async def stop(self) -> None:
        """Drop every connection and stop listening."""
        if self._server is not None:
            self._server.close()
            for task in self._serving:
                task.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        writer.transport.set_write_buffer_limits(high=4 * CHUNK)
        try:
            while await self._answer(await _question(reader), reader, writer):
                pass
        except (OSError, EOFError, asyncio.LimitOverrunError, UnicodeDecodeError, asyncio.CancelledError):
            # The client is gone, speaks no HTTP, or everything ends: there is nobody to tell. A task that ends as
            # cancelled would be reported as a failure of the stream's own.
            pass
        finally:
            self._serving.discard(task)
            if task.cancelling():
                writer.transport.abort()
            else:
                writer.close()

    async def _answer(self, asked: Question, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one question, and say whether there may be another."""
        try:
            if self._is_watch(asked):
                return await self._watch(asked, reader, writer)
            await _send(writer, asked, HTTPStatus.OK, self._body(asked))
        except Refused as refused:
            await _send(writer, asked, refused.code, (msgspec.json.encode(refused.status),))
        return asked.keeps_alive

    def _is_watch(self, asked: Question) -> bool:
        return asked.method == "GET" and asked.path == self._collection and asked.query.get("watch") in TRUE

    def _body(self, asked: Question) -> Sequence[bytes | memoryview]:
        if asked.method != "GET":
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", "a replay is only read")
        return self._list(asked) if asked.path == self._collection else (self._document(asked.path),)

    def _document(self, path: str) -> bytes:
        if (found := self._documents.get(path.rstrip("/"))) is None:
            raise Refused(HTTPStatus.NOT_FOUND, "NotFound", "the server could not find the requested resource")
        return found

    def _list(self, asked: Question) -> Sequence[bytes | memoryview]:
        first = asked.number("continue")
        if first > len(self.tape.items):
            raise Refused(HTTPStatus.BAD_REQUEST, "BadRequest", "continue is a token of another list")
        return self.tape.page(first, asked.number("limit"))

    async def _watch(self, asked: Question, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if asked.query.get("sendInitialEvents") in TRUE:
            # What a server without streaming lists says; clients list then.
            words = "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid", words)
        version = asked.number("resourceVersion")
        if not version:
            raise Refused(HTTPStatus.BAD_REQUEST, "BadRequest", "a replay is watched from the version of its list")
        stream = _Stream(writer, chunked=asked.keeps_alive)
        await stream.begin()
        if version < self.tape.version:
            gone = status(HTTPStatus.GONE, "Expired", f"too old resource version: {version} ({self.tape.version})")
            await stream.send(frame_of("ERROR", gone))
        else:
            # A deadline is kept once everything was told: to reach that is what a replay is for.
            for chunk in self.tape.frames.chunks(self.tape.after(version), CHUNK):
                await stream.send(chunk)
            await self._stay(asked, reader, stream)
        return await stream.end()

    async def _stay(self, asked: Question, reader: asyncio.StreamReader, stream: "_Stream") -> None:
        """Keep a watch open that has told everything, until its time is over or the client has gone."""
        marks = asked.query.get("allowWatchBookmarks") in TRUE
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(asked.number("timeoutSeconds") or None):
                while not await _gone_within(reader, self._bookmark_seconds):
                    if marks:
                        await stream.send(self.tape.bookmark())


class _Stream:
    """The body of a watch: in chunks, or until the connection ends for a client that knows none."""

    def __init__(self, writer: asyncio.StreamWriter, *, chunked: bool) -> None:
        self._writer = writer
        self._chunked = chunked

    async def begin(self) -> None:
        """Send the head."""
        how = b"Transfer-Encoding: chunked" if self._chunked else b"Connection: close"
        self._writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%b\r\n\r\n" % how)
        await self._writer.drain()

    async def send(self, part: bytes | memoryview) -> None:
        """Send a part, and wait while too much is on its way."""
        pieces = (b"%x\r\n" % len(part), part, b"\r\n") if self._chunked else (part,)
        for piece in pieces:
            self._writer.write(piece)
        await self._writer.drain()

    async def end(self) -> bool:
        """Send the end; say whether the connection may be used again."""
        if self._chunked:
            self._writer.write(b"0\r\n\r\n")
            await self._writer.drain()
        return self._chunked


async def _question(reader: asyncio.StreamReader) -> Question:
    """Read one request; what it carries is read and left.

    Raises:
        EOFError: there is none, or it breaks off.
        LimitOverrunError: its head is too long.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *rest = head.split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    method, _, target = first.partition(" ")
    target, _, protocol = target.rpartition(" ")
    length = headers.get("content-length", "0")
    if not length.isdecimal() or "transfer-encoding" in headers:
        raise EOFError("a body of unknown length")
    await reader.readexactly(int(length))
    path, _, query = target.partition("?")
    keeps_alive = protocol == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
    return Question(method, path, dict(parse_qsl(query, keep_blank_values=True)), keeps_alive)


async def _send(
    writer: asyncio.StreamWriter, asked: Question, code: HTTPStatus, body: Sequence[bytes | memoryview]
) -> None:
    length = sum(map(len, body))
    how = b"keep-alive" if asked.keeps_alive else b"close"
    head = f"HTTP/1.1 {code.value} {code.phrase}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
    writer.write(b"%bConnection: %b\r\n\r\n" % (head.encode(), how))
    for part in body:
        for start in range(0, len(part), CHUNK):
            writer.write(part[start : start + CHUNK])
            await writer.drain()


async def _gone_within(reader: asyncio.StreamReader, seconds: float) -> bool:
    """Wait; say whether the client has gone (or spoken out of turn, which ends a watch too)."""
    try:
        async with asyncio.timeout(seconds):
            await reader.read(1)
    except TimeoutError:
        return False
    return True
