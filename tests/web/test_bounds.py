"""What one caller can cost the others: long selectors, slow lists, and callers who leave."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Self, cast

import pytest
from aiohttp.web import BaseRequest

from exporter.web.exchange import in_slices, send
from exporter.web.lookup import lists
from tests.web.fakes import PATH, World, serving
from tests.web.kept import ALL, Kept, names


@pytest.fixture
def kept() -> Kept:
    kept = Kept()
    for number in range(2 * lists.STRIDE):
        kept.keep("a", f"w{number:04}", labels={"team": "x", "n": str(number)})
    return kept


class Heartbeat:
    """Counts how often others had a turn."""

    def __init__(self) -> None:
        self.beats = 0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()

    async def _beat(self) -> None:
        while True:
            self.beats += 1
            await asyncio.sleep(0)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def beats_during(kept: Kept, query: str) -> int:
    async with serving(kept.world.site()) as client:
        await client.ask("GET", f"{ALL}?limit=1")
        async with Heartbeat() as heart:
            before = heart.beats
            assert names(await client.ask("GET", f"{ALL}?{query}")) == []
            return heart.beats - before


async def test_the_more_conditions_there_are_the_sooner_others_have_a_turn(kept: Kept) -> None:
    few = await beats_during(kept, "labelSelector=zz")
    many = await beats_during(kept, "labelSelector=" + ",".join(f"!c{number}" for number in range(800)) + ",zz")
    assert many > few + len(kept.bodies) / 4


async def test_a_condition_that_is_repeated_is_asked_once(kept: Kept) -> None:
    once = await beats_during(kept, "labelSelector=!c,zz")
    again = await beats_during(kept, "labelSelector=" + "!c," * 1_000 + "zz")
    assert again < once + len(kept.bodies) / 4


async def test_a_list_that_finds_nothing_in_its_time_is_told_so(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "LIST_PATIENCE", 0.0)
    async with serving(kept.world.site()) as client:
        reply = await client.ask("GET", f"{ALL}?labelSelector=zz")
    assert (reply.code, reply.status["reason"]) == (504, "Timeout")


async def test_a_list_that_is_not_taken_in_its_time_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept()
    for number in range(200):
        kept.keep("a", f"w{number:03}", labels={"pad": "x" * 100_000})
    monkeypatch.setattr(lists, "LIST_PATIENCE", 0.05)
    site = kept.world.site()
    async with serving(site) as client:
        reader, writer = await asyncio.open_connection(client.address.host, client.address.port, limit=1024)
        writer.write(f"GET {ALL} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        with suppress(ConnectionError):
            await reader.readexactly(1)
            while not site.statistics().requests:  # nothing more is read: the server can but wait  # noqa: ASYNC110
                await asyncio.sleep(0)
        await hang_up(writer)
    assert site.statistics().requests == {("list", 499): 1}


async def test_a_caller_who_leaves_is_counted(kept: Kept) -> None:
    site = kept.world.site()
    async with serving(site) as client:
        _, writer = await asyncio.open_connection(client.address.host, client.address.port)
        writer.write(f"GET {ALL}?resourceVersion=99999 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await kept.world.waiting.wait()
        writer.transport.abort()
        await hang_up(writer)
        await client.ask("GET", "/livez")
    assert site.statistics().requests == {("list", 499): 1, ("livez", 200): 1}
    assert site.statistics().lookup_seconds["list"].count == 1


async def test_slices_of_several_answers_are_made_in_turn() -> None:
    turn, order = asyncio.Lock(), list[str]()

    def pieces(name: str) -> Iterator[bytes]:
        for _ in range(3):
            order.append(name)
            yield b""

    async def answer(name: str) -> None:
        await send(cast(BaseRequest, None), {}, in_slices(pieces(name)), turn)  # nothing is sent to it

    await asyncio.gather(answer("a"), answer("b"))
    assert order == ["a", "b"] * 3


async def test_a_batch_tells_apart_what_is_not_watched() -> None:
    world = World()
    world.namespaces = ("a",)
    async with serving(world.site()) as client:
        question = b'{"workflows":[{"key":"a/x"},{"key":"c/x"}]}'
        reply = await client.ask("POST", "/lookup/workflows", question)
        refused = await client.ask("GET", f"{PATH}/c/workflows/x")
    assert reply.body == b'{"items":[],"missing":["a/x"],"forbidden":["c/x"]}\n'
    assert refused.code == 403


async def test_a_field_selector_cannot_look_where_nothing_is_watched(kept: Kept) -> None:
    kept.world.namespaces = ("a",)
    async with serving(kept.world.site()) as client:
        reply = await client.ask("GET", f"{ALL}?fieldSelector=metadata.namespace%3Dc")
    assert reply.status["reason"] == "Forbidden"
