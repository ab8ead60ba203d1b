"""The stream of ticks: made once for all, only while somebody listens, ended when the process leaves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiohttp.web import BaseRequest, StreamResponse

from exporter.web.address import Address
from exporter.web.answers import Refused
from exporter.web.exchange import Gone
from exporter.web.page import live
from exporter.web.page.live import Live
from exporter.web.page.replies import refusal
from exporter.web.route import Route
from exporter.web.server import Server
from tests.web.fakes import Client
from tests.web.page.wall import Wall

REQUEST = b"GET /api/v1/live HTTP/1.1\r\nHost: x\r\n\r\n"
Json = dict[str, Any]


class Maker:
    """Counts how often it is asked; says so in each tick."""

    def __init__(self) -> None:
        self.asked = 0
        self.point: list[float] | None = [1.0]
        self.padding = ""

    def __call__(self) -> Json:
        self.asked += 1
        return {"asked": self.asked, "point": self.point, "padding": self.padding}


class Alone:
    """A site with nothing but a stream."""

    def __init__(self, streamed: Live) -> None:
        self._streamed = streamed
        self.answered: asyncio.Queue[int] = asyncio.Queue()

    async def __call__(self, request: BaseRequest) -> StreamResponse:
        route = Route("live", self._streamed.answer, refuse=refusal)
        try:
            return await route.call(request)
        except Refused as refused:
            return refusal(refused)
        except Gone as error:
            assert request.transport is not None
            request.transport.abort()
            raise asyncio.CancelledError from error
        finally:
            self.answered.put_nowait(self._streamed.listeners)

    def refuse(self, code: int, reason: str) -> Any:
        raise AssertionError(reason)

    def turn_away(self) -> None:
        raise AssertionError


class Listener:
    """Reads a stream tick by tick."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def begin(self) -> bytes:
        self._writer.write(REQUEST)
        return await self._reader.readuntil(b"\r\n\r\n")

    async def tick(self) -> Json:
        await self._reader.readuntil(b"event: tick\ndata: ")
        found: Json = msgspec.json.decode(await self._reader.readuntil(b"\n\n"))
        return found

    async def rest(self) -> bytes:
        """What comes until the stream ends as a stream should."""
        return await self._reader.readuntil(b"\r\n0\r\n\r\n")

    def hang_up(self) -> None:
        self._writer.transport.abort()


@asynccontextmanager
async def listener(address: Address) -> AsyncIterator[Listener]:
    reader, writer = await asyncio.open_connection(address.host, address.port)
    try:
        yield Listener(reader, writer)
    finally:
        writer.transport.abort()


@asynccontextmanager
async def streaming(streamed: Live) -> AsyncIterator[tuple[Address, Alone]]:
    alone = Alone(streamed)
    server = Server(alone)
    await server.start([Address("127.0.0.1", 0)])
    try:
        yield server.addresses[0], alone
    finally:
        streamed.leave()
        assert await server.stop(5)


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - what is waited for rings no bell
        await asyncio.sleep(0)


async def test_a_listener_is_told_how_to_come_back_and_then_each_tick() -> None:
    async with streaming(Live(Maker(), period=0.001)) as (address, _), listener(address) as one:
        head = await one.begin()
        assert head.startswith(b"HTTP/1.1 200")
        assert b"Content-Type: text/event-stream; charset=utf-8\r\n" in head
        assert b"Cache-Control: no-store\r\n" in head
        assert b"Content-Security-Policy: default-src 'none'" in head
        assert [(await one.tick())["asked"] for _ in range(3)] == [1, 2, 3]


async def test_one_tick_serves_all_who_listen() -> None:
    maker = Maker()
    async with (
        streaming(Live(maker, period=3600)) as (address, _),
        listener(address) as one,
        listener(address) as two,
        listener(address) as three,
    ):
        for each in (one, two, three):
            await each.begin()
            assert (await each.tick())["asked"] == 1
    assert maker.asked == 1


async def test_nothing_is_made_while_nobody_listens() -> None:
    maker = Maker()
    streamed = Live(maker, period=0.001)
    async with streaming(streamed) as (address, alone):
        assert maker.asked == 0
        async with listener(address) as one:
            await one.begin()
            await one.tick()
        await alone.answered.get()
        assert streamed.listeners == 0
        asked = maker.asked
        async with listener(address) as other:
            await other.begin()
            assert (await other.tick())["asked"] in {asked, asked + 1}


async def test_streams_end_when_the_process_leaves_and_keep_nobody_waiting() -> None:
    streamed = Live(Maker(), period=3600)
    async with streaming(streamed) as (address, _), listener(address) as one:
        await one.begin()
        await one.tick()
        streamed.leave()
        await one.rest()
        assert streamed.listeners == 0


async def test_a_listener_that_does_not_read_is_not_waited_for() -> None:
    maker = Maker()
    maker.padding = "x" * 50_000_000
    streamed = Live(maker, period=3600)
    async with streaming(streamed) as (address, alone), listener(address) as one:
        await one.begin()
        await until(lambda: maker.asked == 1)
        streamed.leave()
        assert await alone.answered.get() == 0


async def test_a_listener_that_does_not_read_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATIENCE", 0.01)
    maker = Maker()
    maker.padding = "x" * 50_000_000
    async with streaming(Live(maker, period=3600)) as (address, alone), listener(address) as one:
        await one.begin()
        assert await alone.answered.get() == 0


async def test_so_many_may_listen_and_no_more() -> None:
    streamed = Live(Maker(), period=3600, most=2)
    async with streaming(streamed) as (address, alone), listener(address) as one, listener(address) as two:
        for each in (one, two):
            await each.begin()
            await each.tick()
        reply = await Client(address).ask("GET", "/api/v1/live")
        assert (reply.code, msgspec.json.decode(reply.body)) == (
            503,
            {"error": "no more than 2 streams can be open at once"},
        )
        assert await alone.answered.get() == 2
        one.hang_up()
        assert await alone.answered.get() == 1
        async with listener(address) as three:
            assert (await three.begin()).startswith(b"HTTP/1.1 200")


async def test_the_page_streams_its_state_and_ends_it_when_the_site_leaves() -> None:
    wall = Wall()
    wall.keep("a", "b", phase="Running")
    site = wall.site()
    server = Server(site)
    await server.start([Address("127.0.0.1", 0)])
    async with listener(server.addresses[0]) as one:
        await one.begin()
        tick = await one.tick()
        assert tick["phases"]["Running"] == 1
        assert set(tick) == {
            "now",
            "ready",
            "problems",
            "synced",
            "phases",
            "totals",
            "waiting",
            "namespaces",
            "point",
            "informers",
            "drill",
            "stamps",
        }
        site.leave()
        assert await server.stop(60)
        await one.rest()
    assert site.statistics().requests == {("live", 200): 1}


async def test_head_begins_no_stream() -> None:
    streamed = Live(Maker())
    async with streaming(streamed) as (address, _):
        reply = await Client(address).ask("HEAD", "/api/v1/live")
    assert (reply.code, reply.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
