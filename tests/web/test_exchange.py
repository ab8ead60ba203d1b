"""The slow half of a request: what is said before its body, and whose turn it is while an answer goes out."""

import asyncio
from contextlib import closing

import pytest
from aiohttp.web import StreamResponse

from exporter.web.exchange import send_slice
from tests.web.fakes import World, read_reply, serving

QUESTION = b'{"workflows":[]}'
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Greedy(StreamResponse):
    """An answer whose client takes everything at once."""

    async def write(self, data: object) -> None:
        """Take it."""


async def test_others_have_their_turn_after_each_slice() -> None:
    turns = []

    async def other() -> None:
        for _ in range(3):
            turns.append("other")
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    for _ in range(3):
        turns.append("slice")
        await send_slice(Greedy(), b"x")
    await task
    assert turns == ["slice", "other"] * 3


@pytest.mark.parametrize("word", ["100-continue", "100-Continue"])
async def test_a_client_that_waits_to_be_asked_for_its_body_is_asked(word: str) -> None:
    site = World().site()
    async with serving(site) as client:
        reader, writer = await asyncio.open_connection(client.address.host, client.address.port)
        with closing(writer):
            writer.write(head(f"HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: {word}"))
            assert await reader.readuntil(b"\r\n\r\n") == CONTINUE
            writer.write(QUESTION)
            assert read_reply(await reader.read()).code == 200
    assert site.statistics().requests == {("batch", 200): 1}


@pytest.mark.parametrize("rest", ["HTTP/1.0\r\nExpect: 100-continue", "HTTP/1.1\r\nHost: x\r\nConnection: close"])
async def test_who_does_not_wait_is_not_asked(rest: str) -> None:
    async with serving(World().site()) as client:
        assert read_reply(await client.exchange(head(rest) + QUESTION)).code == 200


async def test_who_is_refused_is_not_asked_for_a_body() -> None:
    async with serving(World().site()) as client:
        raw = await client.exchange(
            b"GET /lookup/workflows HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n"
        )
    assert read_reply(raw).code == 405


def head(rest: str) -> bytes:
    return f"POST /lookup/workflows {rest}\r\nContent-Length: {len(QUESTION)}\r\n\r\n".encode()
