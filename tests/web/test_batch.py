"""Many objects by their keys."""

import asyncio
import gzip
import json
from contextlib import closing, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kube.objects import Key
from exporter.web import exchange
from exporter.web.cache import Cache
from exporter.web.exchange import BODY_LIMIT, SLICE, in_slices
from exporter.web.lookup.batch import KEY_LIMIT, BatchLookup
from exporter.web.sources import Freshness
from tests.web.fakes import WORKFLOWS, FakeStore, Reply, World, keys, read_chunks, serving

LOOKUP = "/lookup/workflows"


def question(*names: str) -> bytes:
    return json.dumps({"workflows": [{"key": name} for name in names]}).encode()


async def ask(world: World, body: bytes, **headers: str) -> Reply:
    async with serving(world.site()) as client:
        return await client.ask("POST", LOOKUP, body, **headers)


def with_objects(**sizes: int) -> World:
    world = World()
    world.store = FakeStore(
        {f"a/{name}": json.dumps({"n": name, "pad": "x" * size}).encode() for name, size in sizes.items()}
    )
    return world


async def test_objects_come_in_the_order_asked_and_the_rest_is_missing() -> None:
    reply = await ask(with_objects(v=1, w=1), question("a/w", "b/w", "a/v", "a/w", "a/none"))
    assert reply.body == (
        b'{"items":[{"n": "w", "pad": "x"},{"n": "v", "pad": "x"},{"n": "w", "pad": "x"}],"missing":["b/w","a/none"]}\n'
    )
    assert (reply.headers["x-cache-resource-version"], reply.headers["age"]) == ("4711", "1")
    assert int(reply.headers["content-length"]) == len(reply.body)


@pytest.mark.parametrize(
    "body",
    [b'{"workflows":[]}', b'{"workflows":[ ]}\n'],
)
async def test_no_keys_is_a_question_too(body: bytes) -> None:
    assert (await ask(World(), body)).body == b'{"items":[],"missing":[]}\n'


@pytest.mark.parametrize("media_type", ["", "application/json", "text/plain", "application/x-www-form-urlencoded"])
async def test_the_content_type_does_not_matter(media_type: str) -> None:
    assert (await ask(with_objects(w=1), question("a/w"), Content_Type=media_type)).code == 200


async def test_a_long_answer_comes_in_slices() -> None:
    world = with_objects(big=700_000, small=10)
    async with serving(world.site()) as client:
        body = question("a/small", "a/big", "a/none", "a/big")
        head = f"POST {LOOKUP} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        raw = await client.exchange(head.encode() + body)
    chunks = read_chunks(raw.partition(b"\r\n\r\n")[2])
    assert max(map(len, chunks)) <= SLICE
    answer = json.loads(b"".join(chunks))
    assert [item["n"] for item in answer["items"]] == ["small", "big", "big"]
    assert answer["missing"] == ["a/none"]


async def test_an_old_client_gets_a_long_answer_up_to_the_close() -> None:
    async with serving(with_objects(big=700_000).site()) as client:
        body = question("a/big")
        raw = await client.exchange(f"POST {LOOKUP} HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    assert len(json.loads(raw.partition(b"\r\n\r\n")[2])["items"]) == 1


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"null", "null"),
        (b"[]", "array"),
        (b"{}", "workflows"),
        (b'{"workflows":{}}', "$.workflows"),
        (b'{"workflows":null}', "$.workflows"),
        (b'{"workflows":[1]}', "$.workflows[0]"),
        (b'{"workflows":[{}]}', "$.workflows[0]"),
        (b'{"workflows":[{"key":"a/b"},{"key":7}]}', "$.workflows[1].key"),
        (b'{"workflows":[{"key":"a/b","uid":"x"}]}', "uid"),
        (b'{"workflows":[],"limit":3}', "limit"),
        (b'{"pods":[]}', "pods"),
        (b'{"workflows":[]} x', "trailing"),
        (b'{"workflows":[{"key":"\xff"}]}', "UTF-8"),
        (b"[" * 100_000, "array"),
        (b'{"x":' + b"[" * 100_000, "x"),
    ],
)
async def test_a_question_that_cannot_be_read_is_refused_with_its_place(body: bytes, place: str) -> None:
    reply = await ask(World(), body)
    assert (reply.code, reply.status["reason"]) == (400, "BadRequest")
    assert place.lower() in str(reply.status["message"]).lower()


@pytest.mark.parametrize("key", ["", "w", "/w", "a/", "a/b/c", "/", "a//w"])
async def test_a_key_that_is_none_is_named(key: str) -> None:
    reply = await ask(World(), question("a/b", key))
    assert reply.status["message"] == f"workflows[1].key: {key!r} is not namespace/name"


async def test_a_very_long_key_is_repeated_in_part() -> None:
    reply = await ask(World(), question("x" * 100_000))
    assert reply.code == 400
    assert len(reply.body) < 2000


async def test_as_many_keys_as_allowed_and_no_more() -> None:
    world = World()
    for count, code in ((KEY_LIMIT, 200), (KEY_LIMIT + 1, 400)):
        body = json.dumps({"workflows": keys(count)}).encode()
        assert (await ask(world, body)).code == code


async def test_a_body_over_the_limit_is_refused() -> None:
    reply = await ask(World(), b" " * (BODY_LIMIT + 1))
    assert (reply.code, reply.status["reason"]) == (413, "RequestEntityTooLarge")


async def test_a_body_that_grows_while_it_is_unpacked_is_refused() -> None:
    reply = await ask(World(), gzip.compress(b" " * (64 * BODY_LIMIT)), Content_Encoding="gzip")
    assert reply.code == 413


async def test_a_packed_question_is_read() -> None:
    reply = await ask(with_objects(w=1), gzip.compress(question("a/w")), Content_Encoding="gzip")
    assert reply.code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
async def test_only_post_is_allowed(method: str) -> None:
    async with serving(World().site()) as client:
        reply = await client.ask(method, LOOKUP)
    assert (reply.code, reply.headers["allow"]) == (405, "POST")


async def test_a_cache_that_cannot_be_trusted_answers_nothing() -> None:
    world = with_objects(w=1)
    world.freshness = Freshness(0.0, "too old")
    assert (await ask(world, question("a/w"))).code == 503


async def test_half_an_answer_never_looks_like_a_whole_one() -> None:
    world = with_objects(**{f"big{place}": 300_000 for place in range(4)})
    world.store.damaged.add(world.store.records[Key("a/big3")].body)
    site = world.site()
    async with serving(site) as client:
        body = question("a/big0", "a/big1", "a/big2", "a/big3")
        head = f"POST {LOOKUP} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        try:
            raw = await client.exchange(head.encode() + body)
        except ConnectionResetError:
            raw = b""
    assert not raw.endswith(b"0\r\n\r\n")
    assert site.statistics().failures == 1


async def test_a_client_that_leaves_ends_the_answer_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    world = with_objects(big=1_000_000, w=1)
    site = world.site()
    async with serving(site) as client:
        body = question(*["a/big"] * 100)
        _, writer = await asyncio.open_connection(client.address.host, client.address.port)
        with closing(writer):
            writer.write(f"POST {LOOKUP} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
            writer.transport.abort()
        assert (await client.ask("POST", LOOKUP, question("a/w"))).code == 200
    assert site.statistics().in_flight == 0
    assert not caplog.records


@given(
    sizes=st.lists(st.integers(0, 3 * SLICE), max_size=6),
    asked=st.lists(st.integers(0, 8), max_size=12),
)
def test_any_batch_is_the_join_of_its_objects_in_slices(sizes: list[int], asked: list[int]) -> None:
    bodies = {f"a/{place}": b'"' + b"x" * size + b'"' for place, size in enumerate(sizes)}
    world = World()
    world.store = FakeStore(bodies)
    batch = BatchLookup(WORKFLOWS, Cache(world.served(), asyncio.Lock()))
    wanted = [Key(f"a/{place}") for place in asked]
    slices = list(in_slices(batch._pieces(wanted, {"a"})))
    assert all(0 < len(piece) <= SLICE for piece in slices)
    found = b",".join(bodies[key] for key in wanted if key in bodies)
    missing = json.dumps([key for key in wanted if key not in bodies], separators=(",", ":")).encode()
    assert b"".join(slices) == b'{"items":[' + found + b'],"missing":' + missing + b"}\n"


async def test_a_question_that_does_not_arrive_in_time_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "READ_PATIENCE", 0.0)
    async with serving(World().site()) as client:
        reply = await client.ask("POST", LOOKUP, b"", Content_Length="10")
    assert (reply.code, reply.status["reason"]) == (408, "Timeout")


@pytest.mark.parametrize("sizes", [{"big": 20_000_000}, {f"big{place}": 200_000 for place in range(100)}])
async def test_a_client_that_takes_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch, sizes: dict[str, int]) -> None:
    monkeypatch.setattr(exchange, "WRITE_PATIENCE", 0.0)
    site = with_objects(**sizes).site()
    async with serving(site) as client:
        body = question(*(f"a/{name}" for name in sizes))
        reader, writer = await asyncio.open_connection(client.address.host, client.address.port)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        with closing(writer), suppress(ConnectionResetError):
            writer.write(f"POST {LOOKUP} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            while not site.statistics().requests:  # noqa: ASYNC110 - no word comes to a client that hears nothing
                await asyncio.sleep(0)
            writer.transport.resume_reading()  # type: ignore[attr-defined]
            assert not (await reader.read()).endswith(b"0\r\n\r\n")
    assert site.statistics().requests == {("batch", 499): 1}


async def test_a_batch_waits_for_the_version_of_a_write() -> None:
    world = with_objects(a=1)
    async with serving(world.site()) as client:
        asked = asyncio.create_task(client.ask("POST", f"{LOOKUP}?resourceVersion=5000", question("a/a", "b/c", "a/b")))
        await world.waiting.wait()
        world.caught_up.set()
        assert (await asked).code == 200
        refused = await client.ask("POST", f"{LOOKUP}?resourceVersion=x", question("a/a"))
    assert world.waited_for == [("5000", "a"), ("5000", "b")]
    assert refused.code == 400


async def test_a_batch_does_not_wait_for_what_is_not_watched() -> None:
    world = World()
    world.namespaces = ("a",)
    async with serving(world.site()) as client:
        reply = await client.ask("POST", f"{LOOKUP}?resourceVersion=5000", question("c/x"))
    assert (reply.code, world.waited_for) == (200, [])
