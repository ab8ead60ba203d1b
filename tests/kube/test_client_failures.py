"""The client against servers that misbehave: every failure is a ``KubeError`` that names the call and no secret."""

import asyncio
import gzip
import json
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.kube.auth import Access
from exporter.kube.client import Client, Timeouts
from exporter.kube.client.transport import retry_after
from exporter.kube.errors import (
    Expired,
    Forbidden,
    KubeError,
    Malformed,
    Misconfigured,
    Rejected,
    ServerError,
    Throttled,
    TooLarge,
    Unauthorized,
    Unreachable,
)
from exporter.kube.objects import Resource
from exporter.kube.query import ListQuery, WatchQuery
from tests.kube.servers import FixedAccess, Request, Script, Server, access_to, answering, serving, streaming

WORKFLOWS = Resource("argoproj.io", "v1alpha1", "workflows", "Workflow")
LINE = b'{"type":"ADDED","object":{"a":1}}'
SECRET = "very-secret-token"


def sees_secret(error: BaseException | None) -> bool:
    """Look through an error, its causes and its contexts, as a logger might."""
    return error is not None and (
        SECRET in f"{error} {error!r} {error.args!r}" or sees_secret(error.__cause__) or sees_secret(error.__context__)
    )


def client_of(server: Server, **fields: Any) -> Client:
    return Client(access_to(server, headers=(("Authorization", f"Bearer {SECRET}"),)), **fields)


async def failure_of_list(script: Script, **limits: int) -> KubeError:
    async with serving(script) as server, client_of(server, **limits) as client:
        with pytest.raises(KubeError) as caught:
            await client.list_page(WORKFLOWS, ListQuery())
    assert str(caught.value).startswith("list workflows.argoproj.io")
    assert not sees_secret(caught.value)
    return caught.value


async def read_watch(client: Client, lines: list[bytes]) -> None:
    async with client.watch(WORKFLOWS, WatchQuery("1")) as chunks:
        async for some in chunks:
            lines += some


async def read_until_failure(script: Script, **limits: int) -> tuple[list[bytes], KubeError]:
    lines: list[bytes] = []
    async with serving(script) as server, client_of(server, **limits) as client:
        with pytest.raises(KubeError) as caught:
            await read_watch(client, lines)
        assert client.statistics().open_watches == 0
    assert str(caught.value).startswith("watch workflows.argoproj.io")
    assert not sees_secret(caught.value)
    return lines, caught.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("401 Unauthorized", Unauthorized),
        ("403 Forbidden", Forbidden),
        ("404 Not Found", Rejected),  # in other words than an API server's own
        ("410 Gone", Expired),
        ("429 Too Many Requests", Throttled),
        ("500 Internal Server Error", ServerError),
        ("503 Service Unavailable", ServerError),
        ("302 Found", Rejected),
        ("204 No Content", Rejected),
    ],
)
async def test_a_refusal_is_an_error_of_its_kind(status: str, kind: type[KubeError]) -> None:
    error = await failure_of_list(answering(b"", status, Location="http://127.0.0.1:1/elsewhere"))
    assert type(error) is kind


async def test_the_message_of_a_status_is_repeated_and_other_bodies_are_not() -> None:
    status = json.dumps({"kind": "Status", "message": "no list for you", "code": 403}).encode()
    assert "no list for you" in str(await failure_of_list(answering(status, "403 Forbidden")))
    text = await failure_of_list(answering(SECRET.encode(), "404 Not Found", "text/plain"))
    assert SECRET not in str(text)


async def test_a_throttled_request_says_how_long_to_wait() -> None:
    script = answering(b"Too many requests", "429 Too Many Requests", "text/plain", Retry_After="7")
    assert (await failure_of_list(script)).retry_after == 7.0


@pytest.mark.parametrize("kind", ["application/json;0*", "application/json; =;;", "APPLICATION/JSON"])
async def test_a_strange_type_that_says_json_is_taken_for_it(kind: str) -> None:
    failure = await failure_of_list(answering(b"[]", "200 OK", kind))
    assert isinstance(failure, Malformed)
    assert "not a list" in str(failure)


async def test_a_date_to_wait_for_is_read_by_the_clock_of_the_answer() -> None:
    date, until = "Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:30 GMT"
    script = answering(b"", "503 Service Unavailable", Date=date, Retry_After=until)
    assert (await failure_of_list(script)).retry_after == 30.0


def test_a_wait_without_a_date_is_read_by_our_clock_and_bounded() -> None:
    assert retry_after({"Retry-After": "Thu, 01 Jan 1970 00:01:00 GMT"}, lambda: 50.0) == 10.0
    assert retry_after({"Retry-After": "Thu, 01 Jan 1970 00:01:00 GMT"}, lambda: 500.0) == 0.0
    assert retry_after({"Retry-After": "9" * 400}, lambda: 0.0) == 600.0


@example("Mon, 01 Jan 2024 00:00:00 +99999999999999999999")
@given(st.text(max_size=40))
def test_no_header_text_breaks_the_reading_of_a_wait(text: str) -> None:
    wait = retry_after({"Retry-After": text, "Date": text}, lambda: 0.0)
    assert wait is None or 0 <= wait <= 600


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"items":[]}', b'{"metadata":{"resourceVersion":"1"'])
async def test_an_answer_that_is_no_list_is_malformed(body: bytes) -> None:
    assert type(await failure_of_list(answering(body))) is Malformed


async def test_a_page_of_html_is_malformed_for_lists_and_watches() -> None:
    script = answering(b"<html>sign in</html>", kind="text/html")
    assert "text/html" in str(await failure_of_list(script))
    assert type((await read_until_failure(script))[1]) is Malformed


async def test_an_encoding_that_was_not_asked_for_is_malformed() -> None:
    assert type(await failure_of_list(answering(b"{}", Content_Encoding="br"))) is Malformed


async def test_a_page_over_the_limit_is_too_large_also_when_it_is_compressed() -> None:
    assert type(await failure_of_list(answering(b" " * 2000), page_limit=1000)) is TooLarge
    bomb = gzip.compress(b" " * 1_000_000)
    assert type(await failure_of_list(answering(bomb, Content_Encoding="gzip"), page_limit=1000)) is TooLarge


async def test_a_line_over_the_limit_is_too_large() -> None:
    _, error = await read_until_failure(streaming(LINE + b"\n", b"x" * 2000, end=False), frame_limit=1000)
    assert type(error) is TooLarge


async def test_a_huge_error_body_is_not_read_to_its_end() -> None:
    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 500 Broken\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 200_000)
        await request.hold()

    assert type(await failure_of_list(script)) is ServerError


async def test_a_list_whose_connection_breaks_is_unreachable() -> None:
    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"metadata":')
        await writer.drain()
        writer.transport.abort()

    assert type(await failure_of_list(script)) is Unreachable


async def test_a_watch_whose_connection_breaks_gives_its_good_lines_first() -> None:
    lines, error = await read_until_failure(streaming(LINE + b"\n", LINE[:10], end=False, abort=True))
    assert type(error) is Unreachable
    assert lines == [LINE]


async def test_a_watch_whose_gzip_breaks_off_gives_its_good_lines_first() -> None:
    whole = gzip.compress(LINE + b"\n")
    lines, error = await read_until_failure(streaming(whole + whole[:-4], Content_Encoding="gzip"))
    assert type(error) is Malformed
    assert lines[0] == LINE


async def test_a_watch_whose_gzip_is_garbage_gives_its_good_lines_first() -> None:
    whole = gzip.compress(LINE + b"\n")
    lines, error = await read_until_failure(streaming(whole + b"garbage, at length", Content_Encoding="gzip"))
    assert type(error) is Malformed
    assert lines == [LINE]


async def test_a_failed_watch_fails_again_when_it_is_read_on() -> None:
    async with (
        serving(streaming(b"not gzip, at length", end=False, Content_Encoding="gzip")) as server,
        Client(access_to(server)) as client,
        client.watch(WORKFLOWS, WatchQuery("1")) as chunks,
    ):
        for _ in range(2):
            with pytest.raises(Malformed):
                await anext(chunks)


@pytest.mark.parametrize(
    "raw", [b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"]
)
async def test_what_is_not_http_is_malformed(raw: bytes) -> None:
    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        writer.transport.close()

    assert type(await failure_of_list(script)) is Malformed


async def test_broken_chunks_of_http_are_unreachable() -> None:
    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        await writer.drain()
        writer.write(b"zz\r\nwhat?\r\n")
        await request.hold()

    assert isinstance(await failure_of_list(script), Unreachable | Malformed)


async def test_a_server_that_hangs_up_is_unreachable() -> None:
    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.transport.close()

    assert type(await failure_of_list(script)) is Unreachable


async def test_a_port_where_nobody_listens_is_unreachable_with_the_address() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        async with Client(FixedAccess(Access(f"http://127.0.0.1:{port}", "test"))) as client:
            with pytest.raises(Unreachable, match=f"at http://127.0.0.1:{port}: ") as caught:
                await client.list_page(WORKFLOWS, ListQuery())
    assert isinstance(caught.value.__cause__, ConnectionRefusedError | OSError)
    assert client.statistics().requests == {("list", "error"): 1}


async def test_a_name_that_cannot_be_is_unreachable() -> None:
    async with Client(FixedAccess(Access(f"http://{'a' * 70}.invalid", "test"))) as client:
        with pytest.raises(Unreachable):
            await client.list_page(WORKFLOWS, ListQuery())


async def silent(request: Request, writer: asyncio.StreamWriter) -> None:
    await request.hold()


async def test_headers_that_do_not_come_are_unreachable() -> None:
    async with serving(silent) as server, Client(access_to(server), timeouts=Timeouts(headers=0.01)) as client:
        with pytest.raises(Unreachable, match="no answer in time"):
            await client.list_page(WORKFLOWS, ListQuery())
        with pytest.raises(Unreachable, match="no answer in time"):
            async with client.watch(WORKFLOWS, WatchQuery("1")):
                pass


async def test_a_list_that_stalls_is_unreachable() -> None:
    async with (
        serving(streaming(b'{"metadata":', end=False)) as server,
        Client(access_to(server), timeouts=Timeouts(between_bytes=0.01)) as client,
    ):
        with pytest.raises(Unreachable, match="no answer in time"):
            await client.list_page(WORKFLOWS, ListQuery())


async def test_a_closed_client_is_unreachable() -> None:
    async with serving(streaming(LINE + b"\n", end=False)) as server, Client(access_to(server)) as client:
        async with client.watch(WORKFLOWS, WatchQuery("1")) as chunks:
            await anext(chunks)
            await client.close()
            with pytest.raises(Unreachable):
                await anext(chunks)
        with pytest.raises(Unreachable):
            await client.list_page(WORKFLOWS, ListQuery())


async def test_unusable_credentials_pass_through() -> None:
    class Unusable(FixedAccess):
        async def current(self) -> Access:
            raise Misconfigured("no such file")

    async with Client(Unusable(Access("http://127.0.0.1", "test"))) as client:
        with pytest.raises(Misconfigured):
            await client.list_page(WORKFLOWS, ListQuery())


def is_of_the_client(task: asyncio.Task[Any]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and ("aiohttp" in code.co_filename or "exporter" in code.co_filename)


async def a_list(client: Client) -> None:
    await client.list_page(WORKFLOWS, ListQuery())


async def a_watch(client: Client) -> None:
    await read_watch(client, [])


@pytest.mark.parametrize(
    ("script", "work"),
    [
        (silent, a_list),
        (silent, a_watch),
        (streaming(b'{"metadata":', end=False), a_list),
        (streaming(b'{"metadata":', end=False), a_watch),
    ],
    ids=["headers of a list", "headers of a watch", "body of a list", "body of a watch"],
)
@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5, 8, 13, 30])
async def test_cancelling_anywhere_ends_at_once_and_leaves_nothing(
    script: Script, work: Callable[[Client], Coroutine[Any, Any, None]], steps: int
) -> None:
    async with serving(script) as server, Client(access_to(server)) as client:
        before = asyncio.all_tasks()
        task = asyncio.create_task(work(client))
        for _ in range(steps):
            await asyncio.wait([task], timeout=0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 10)
        if server.connections:
            await asyncio.wait_for(server.idle.wait(), 10)
        assert client.statistics().open_watches == 0
        assert [left for left in asyncio.all_tasks() - before if is_of_the_client(left)] == []
