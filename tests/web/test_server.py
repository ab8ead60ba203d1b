"""Sockets and their lifetimes."""

import asyncio
import os
import socket
from contextlib import closing

import pytest
from aiohttp.web import BaseRequest, Response, StreamResponse

from exporter.web.address import Address
from exporter.web.server import CannotListen, Server
from tests.web.fakes import read_reply

LOOPBACK = Address("127.0.0.1", 0)
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Gate:
    """A handler that waits to be let through."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.open = asyncio.Event()
        self.cancelled = False
        self.turned_away = 0

    async def __call__(self, request: BaseRequest) -> Response:
        self.entered.set()
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return Response(text="through")

    def refuse(self, code: int, reason: str) -> Response:
        return Response(status=code, text=reason)

    def turn_away(self) -> None:
        self.turned_away += 1


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


async def test_every_address_is_served() -> None:
    gate = Gate()
    gate.open.set()
    server = Server(gate)
    await server.start([LOOPBACK, Address("localhost", 0), Address("", 0)])
    assert len(server.addresses) == 3
    for address in server.addresses:
        reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
        with closing(writer):
            writer.write(REQUEST)
            assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
    assert await server.stop(5)
    assert not server.addresses


@pytest.mark.skipif(
    not has_ipv6() and os.environ.get("REQUIRE_CONTROL_PLANE") != "1", reason="this machine has no IPv6 loopback"
)
async def test_ipv6_is_served() -> None:
    gate = Gate()
    gate.open.set()
    server = Server(gate)
    await server.start([Address("::1", 0)])
    (address,) = server.addresses
    assert str(address).startswith("[::1]:")
    reader, writer = await asyncio.open_connection("::1", address.port)
    with closing(writer):
        writer.write(REQUEST)
        assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
    assert await server.stop(5)


async def test_an_address_in_use_is_told_and_the_others_are_let_go() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
        probe.close()
        server = Server(Gate())
        with pytest.raises(CannotListen, match=r"^cannot listen on 127\.0\.0\.1:\d+: Address already in use$"):
            await server.start([Address("127.0.0.1", port), Address("127.0.0.1", taken.getsockname()[1])])
        socket.create_server(("127.0.0.1", port)).close()
    assert await server.stop(5)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "no..host", "x" * 64])
async def test_an_address_that_is_not_ours_is_told(host: str) -> None:
    with pytest.raises(CannotListen, match=rf"^cannot listen on {host}:1: [A-Za-z][^\n]+$"):
        await Server(Gate()).start([Address(host, 1)])


async def test_a_request_in_flight_ends_before_the_server_does() -> None:
    gate = Gate()
    server = Server(gate)
    await server.start([LOOPBACK])
    address = server.addresses[0]
    reader, writer = await asyncio.open_connection(address.host, address.port)
    with closing(writer):
        writer.write(REQUEST)
        await gate.entered.wait()
        stopping = asyncio.ensure_future(server.stop(60))
        await asyncio.sleep(0)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(address.host, address.port)
        assert not stopping.done()
        gate.open.set()
        assert (await reader.read()).endswith(b"through")
        assert await stopping


async def test_an_idle_connection_does_not_keep_the_server() -> None:
    server = Server(Gate())
    await server.start([LOOPBACK])
    address = server.addresses[0]
    reader, writer = await asyncio.open_connection(address.host, address.port)
    with closing(writer):
        writer.write(REQUEST[:10])
        await writer.drain()
        assert await server.stop(60)
        assert await reader.read() == b""


async def test_a_request_that_does_not_end_is_cancelled() -> None:
    gate = Gate()
    server = Server(gate)
    await server.start([LOOPBACK])
    address = server.addresses[0]
    _, writer = await asyncio.open_connection(address.host, address.port)
    with closing(writer):
        writer.write(REQUEST)
        await gate.entered.wait()
        assert not await server.stop(0)
    assert gate.cancelled


async def test_a_client_that_leaves_cancels_its_request() -> None:
    gate = Gate()
    server = Server(gate)
    await server.start([LOOPBACK])
    address = server.addresses[0]
    _, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(REQUEST)
    await gate.entered.wait()
    writer.transport.abort()
    assert await server.stop(60)
    assert gate.cancelled


class Flood:
    """A handler whose answer has no end."""

    transport: asyncio.Transport | None = None

    async def __call__(self, request: BaseRequest) -> StreamResponse:
        self.transport = request.transport
        response = StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 1_000_000)

    def refuse(self, code: int, reason: str) -> Response:
        return Response(status=code, text=reason)

    def turn_away(self) -> None:
        """Never asked to."""


async def test_a_client_that_takes_nothing_does_not_keep_the_server() -> None:
    flood = Flood()
    server = Server(flood)
    await server.start([LOOPBACK])
    address = server.addresses[0]
    reader, writer = await asyncio.open_connection(address.host, address.port)
    with closing(writer):
        writer.write(REQUEST)
        await reader.readline()
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        assert not await server.stop(0)
    assert flood.transport is not None
    assert flood.transport.get_write_buffer_size() == 0  # nothing waits to be taken


async def test_a_connection_too_many_is_told_so_and_closed(caplog: pytest.LogCaptureFixture) -> None:
    gate = Gate()
    gate.open.set()
    server = Server(gate, limit=1)
    await server.start([LOOPBACK])
    address = server.addresses[0]
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(REQUEST)
    assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
    for _ in range(2):
        refused, closed = await asyncio.open_connection(address.host, address.port)
        reply = read_reply(await refused.read())
        assert (reply.code, reply.body) == (503, b"too many connections are open\n")
        assert int(reply.headers["content-length"]) == len(reply.body)
        closed.close()
    writer.close()
    await writer.wait_closed()
    assert await _answers(address)
    assert gate.turned_away == 2
    assert [record.getMessage() for record in caplog.records] == ["too many connections are open"]
    assert await server.stop(5)


async def _answers(address: Address) -> bool:
    reader, writer = await asyncio.open_connection(address.host, address.port)
    with closing(writer):
        writer.write(REQUEST)
        return await reader.readline() == b"HTTP/1.1 200 OK\r\n"
