"""The client against servers that behave: what it asks, and what it makes of the answers."""

import asyncio
import gzip
import json
import zlib

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from exporter import __version__
from exporter.kube.auth import Access
from exporter.kube.client import Client
from exporter.kube.client.body import Gunzip
from exporter.kube.errors import Malformed
from exporter.kube.objects import Resource
from exporter.kube.query import ListQuery, WatchQuery
from tests.kube.servers import FixedAccess, access_to, answering, serving, streaming

WORKFLOWS = Resource("argoproj.io", "v1alpha1", "workflows", "Workflow")
FRAMES = [json.dumps({"type": "ADDED", "object": {"n": n, "pad": "x" * 50 * n}}).encode() for n in range(20)]
PAGE = json.dumps({"metadata": {"resourceVersion": "7", "continue": "c"}, "items": [{"a": 1}, {"b": 2}]}).encode()


async def read_watch(client: Client, version: str = "1") -> list[bytes]:
    lines: list[bytes] = []
    async with client.watch(WORKFLOWS, WatchQuery(version)) as chunks:
        async for some in chunks:
            lines += some
    return lines


async def test_a_page_comes_with_its_items_as_the_server_wrote_them() -> None:
    async with serving(answering(PAGE)) as server, Client(access_to(server)) as client:
        page = await client.list_page(WORKFLOWS, ListQuery(namespace="ns", limit=2, token="a&b"))
    assert (page.version, page.token, [bytes(item) for item in page.items]) == ("7", "c", [b'{"a": 1}', b'{"b": 2}'])
    assert server.requests[0].line == (
        "GET /apis/argoproj.io/v1alpha1/namespaces/ns/workflows?limit=2&continue=a%26b HTTP/1.1"
    )


async def test_it_knows_how_far_our_clock_is_ahead_of_the_servers() -> None:
    script = answering(PAGE, Date="Thu, 01 Jan 1970 00:01:00 GMT")
    async with serving(script) as server, Client(access_to(server), clock=lambda: 100.0) as client:
        assert client.clock_lead == 0
        await client.list_page(WORKFLOWS, ListQuery())
        assert client.clock_lead == 40


async def test_an_answer_that_took_its_time_does_not_count_for_the_clock() -> None:
    times = iter([1_000.0, 1_000.0, 961.5])
    script = answering(PAGE, Date="Thu, 01 Jan 1970 00:16:00 GMT")
    async with serving(script) as server, Client(access_to(server), clock=lambda: next(times)) as client:
        for lead in (40, 40, 1.5):
            await client.list_page(WORKFLOWS, ListQuery())
            assert client.clock_lead == lead


async def test_clocks_that_differ_by_less_than_a_server_tells_agree() -> None:
    script = answering(PAGE, Date="Thu, 01 Jan 1970 00:16:00 GMT")
    async with serving(script) as server, Client(access_to(server), clock=lambda: 960.9) as client:
        await client.list_page(WORKFLOWS, ListQuery())
        assert client.clock_lead == 0


async def test_a_server_that_names_no_time_is_taken_to_agree() -> None:
    async with serving(answering(PAGE, Date="soon")) as server, Client(access_to(server)) as client:
        await client.list_page(WORKFLOWS, ListQuery())
        assert client.clock_lead == 0


async def test_it_says_who_it_is_and_what_it_accepts() -> None:
    async with (
        serving(answering(PAGE)) as server,
        Client(access_to(server, headers=(("Authorization", "Bearer t"), ("Impersonate-Group", "g")))) as client,
    ):
        await client.list_page(WORKFLOWS, ListQuery())
    headers = server.requests[0].headers
    assert headers["user-agent"] == f"informer-exporter/{__version__}"
    assert headers["accept"] == "application/json"
    assert headers["accept-encoding"] == "gzip"
    assert headers["authorization"] == "Bearer t"
    assert headers["impersonate-group"] == "g"


async def test_without_compression_it_asks_for_the_bytes_as_they_are() -> None:
    async with serving(answering(PAGE)) as server, Client(access_to(server, compression=False)) as client:
        await client.list_page(WORKFLOWS, ListQuery())
    assert server.requests[0].headers["accept-encoding"] == "identity"


async def test_pages_share_a_connection() -> None:
    async with serving(answering(PAGE)) as server, Client(access_to(server)) as client:
        for _ in range(3):
            await client.list_page(WORKFLOWS, ListQuery())
    assert (server.connections, len(server.requests)) == (1, 3)


async def test_a_compressed_page_is_the_same_page() -> None:
    async with (
        serving(answering(gzip.compress(PAGE), Content_Encoding="gzip")) as server,
        Client(access_to(server)) as client,
    ):
        page = await client.list_page(WORKFLOWS, ListQuery())
    assert len(page.items) == 2
    assert client.statistics().received_bytes == len(PAGE)


async def test_an_independent_server_is_understood_too() -> None:
    async def handle(request: web.Request) -> web.Response:
        response = web.Response(body=PAGE, content_type="application/json")
        response.enable_compression(web.ContentCoding.gzip)
        return response

    app = web.Application()
    app.router.add_get("/prefix/apis/argoproj.io/v1alpha1/workflows", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with Client(FixedAccess(Access(f"http://{host}:{port}/prefix", "test"))) as client:
        page = await client.list_page(WORKFLOWS, ListQuery())
    await runner.cleanup()
    assert page.version == "7"


@pytest.mark.parametrize("size", [1, 7, 100, 1000, 100_000])
async def test_a_watch_gives_every_line_wherever_chunks_end(size: int) -> None:
    stream = b"\n".join(FRAMES) + b"\n"
    chunks = [stream[start : start + size] for start in range(0, len(stream), size)]
    async with serving(streaming(*chunks)) as server, Client(access_to(server)) as client:
        lines = await read_watch(client)
    assert lines == FRAMES
    assert client.statistics().received_bytes == len(stream)
    assert "resourceVersion=1" in server.requests[0].line


async def test_an_unterminated_last_line_is_given() -> None:
    async with serving(streaming(FRAMES[1] + b"\n" + FRAMES[2])) as server, Client(access_to(server)) as client:
        assert await read_watch(client) == [FRAMES[1], FRAMES[2]]


async def test_a_watch_of_one_gzip_member_for_each_flush_is_read_to_its_end() -> None:
    members = [gzip.compress(frame + b"\n") for frame in FRAMES]
    async with serving(streaming(*members, Content_Encoding="gzip")) as server, Client(access_to(server)) as client:
        assert await read_watch(client) == FRAMES


async def test_a_watch_in_one_member_gives_lines_as_they_are_flushed() -> None:
    deflate = zlib.compressobj(wbits=31)
    first = deflate.compress(FRAMES[3] + b"\n") + deflate.flush(zlib.Z_SYNC_FLUSH)
    async with (
        serving(streaming(first, end=False, Content_Encoding="gzip")) as server,
        Client(access_to(server)) as client,
        client.watch(WORKFLOWS, WatchQuery("1")) as chunks,
    ):
        assert await anext(chunks) == [FRAMES[3]]


async def test_a_chunk_that_completes_no_line_shows_that_the_connection_lives() -> None:
    async with (
        serving(streaming(b'{"type":', end=False)) as server,
        Client(access_to(server)) as client,
        client.watch(WORKFLOWS, WatchQuery("1")) as chunks,
    ):
        assert await anext(chunks) == []


async def test_leaving_a_watch_drops_its_connection() -> None:
    async with serving(streaming(FRAMES[0] + b"\n", end=False)) as server, Client(access_to(server)) as client:
        async with client.watch(WORKFLOWS, WatchQuery("1")) as chunks:
            await anext(chunks)
            assert client.statistics().open_watches == 1
        assert client.statistics().open_watches == 0
        await asyncio.wait_for(server.idle.wait(), 10)


async def test_answers_are_counted_by_verb_and_code() -> None:
    async with serving(answering(PAGE)) as server, Client(access_to(server)) as client:
        await client.list_page(WORKFLOWS, ListQuery())
        await client.list_page(WORKFLOWS, ListQuery())
        await read_watch(client)
    assert client.statistics().requests == {("list", "200"): 2, ("watch", "200"): 1}


async def test_refreshing_is_left_to_the_credentials() -> None:
    async with serving(answering(PAGE)) as server:
        credentials = access_to(server)
        async with Client(credentials) as client:
            await client.refresh_credentials()
    assert credentials.refreshed == 1


@given(st.lists(st.binary(max_size=200), max_size=8), st.integers(1, 300))
def test_gunzip_undoes_any_members_in_any_chunks(parts: list[bytes], size: int) -> None:
    stream = b"".join(gzip.compress(part) for part in parts)
    gunzip = Gunzip()
    got = b"".join(
        piece for start in range(0, len(stream), size) for piece in gunzip.feed(stream[start : start + size])
    )
    gunzip.finish()
    assert got == b"".join(parts)


@given(st.binary(min_size=1, max_size=300), st.data())
def test_gunzip_notices_a_member_that_breaks_off(content: bytes, data: st.DataObject) -> None:
    stream = gzip.compress(content)
    gunzip = Gunzip()
    list(gunzip.feed(stream[: data.draw(st.integers(1, len(stream) - 1))]))
    with pytest.raises(Malformed):
        gunzip.finish()
