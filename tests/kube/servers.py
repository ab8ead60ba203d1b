"""Small servers for the tests of the client: each connection is a script that reads a request and writes bytes."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from exporter.kube.auth import Access


@dataclass
class Request:
    """What a client asked."""

    line: str
    headers: dict[str, str]
    certificate: str | None
    """The common name of the client's certificate."""
    reader: asyncio.StreamReader

    async def hold(self) -> None:
        """Keep the connection until the client drops it."""
        await self.reader.read()


Script = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """A running server, and what it saw."""

    url: str
    port: int
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the last connection is gone."""


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    """Read one request without a body; None when the client is gone."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    line, *rest = head.decode("latin-1").strip().split("\r\n")
    pairs = (text.split(": ", 1) for text in rest)
    peer = writer.get_extra_info("peercert") or {}
    names = [value for part in peer.get("subject", ()) for name, value in part if name == "commonName"]
    return Request(line, {name.lower(): value for name, value in pairs}, names[0] if names else None, reader)


@asynccontextmanager
async def serving(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Serve a script on a free port of loopback; every connection is closed at the end."""
    server = Server("", 0)
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        server.connections += 1
        server.open += 1
        server.idle.clear()
        try:
            while (request := await read_request(reader, writer)) is not None:
                server.requests.append(request)
                await script(request, writer)
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()
            server.open -= 1
            if not server.open:
                server.idle.set()
            tasks.discard(task)

    listener = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.port}"
    try:
        yield server
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listener.wait_closed()


def answer(body: bytes, status: str = "200 OK", kind: str = "application/json", **headers: str) -> bytes:
    """Write a whole answer."""
    named = {"Content-Type": kind, "Content-Length": str(len(body))} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def answering(body: bytes, status: str = "200 OK", kind: str = "application/json", **headers: str) -> Script:
    """Make a script that always answers the same."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(body, status, kind, **headers))

    return script


def streaming(*chunks: bytes, end: bool = True, abort: bool = False, **headers: str) -> Script:
    """Make a script that answers in HTTP chunks: ending cleanly, or staying open, or resetting the connection."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        named = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n".encode())
        for chunk in chunks:
            writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            await writer.drain()
        if end:
            writer.write(b"0\r\n\r\n")
        elif abort:
            writer.transport.abort()
        else:
            await request.hold()

    return script


@dataclass
class FixedAccess:
    """Credentials that are always these; counts how often they were refreshed."""

    access: Access
    refreshed: int = 0

    async def current(self) -> Access:
        return self.access

    async def refresh(self) -> None:
        self.refreshed += 1


def access_to(server: Server, **fields: object) -> FixedAccess:
    """Make credentials for a server."""
    return FixedAccess(Access(**({"server": server.url, "source": "test"} | fields)))  # type: ignore[arg-type]


@asynccontextmanager
async def proxying() -> AsyncIterator[Server]:
    """Run an HTTP proxy that knows CONNECT only."""
    pumps: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    proxy = Server("", 0)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader, writer)
        if request is None:
            writer.close()
            return
        proxy.requests.append(request)
        host, _, port = request.line.split()[1].rpartition(":")
        up_reader, up_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await writer.drain()
        for task in (asyncio.create_task(pump(reader, up_writer)), asyncio.create_task(pump(up_reader, writer))):
            pumps.add(task)

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    proxy.port = listener.sockets[0].getsockname()[1]
    proxy.url = f"http://127.0.0.1:{proxy.port}"
    try:
        yield proxy
    finally:
        listener.close()
        await listener.wait_closed()
        for task in pumps:
            task.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
