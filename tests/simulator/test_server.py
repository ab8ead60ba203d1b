"""The simulated server over a real socket: what goes out, and how it misbehaves when it is told to."""

import asyncio
import io
import json
import select
import socket
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from aiohttp.web import StreamResponse
from hypothesis import given
from hypothesis import strategies as st

from exporter.simulator.history import History
from exporter.simulator.resources import NAMESPACES, WORKFLOWS
from exporter.simulator.server import Server
from exporter.simulator.streaming import ROWS, SLICE, sliced
from tests.simulator.rig import PATH, new_history, workflow

PATIENCE = 10.0


class House:
    """A server, and a client in the same loop."""

    def __init__(
        self, session: aiohttp.ClientSession, history: History, server: Server, address: tuple[str, int]
    ) -> None:
        self.session = session
        self.history = history
        self.server = server
        self.address = address
        self.url = "http://{}:{}".format(*address)
        self.watches = list[Watched]()

    async def get(self, target: str) -> tuple[int, Any]:
        async with self.session.get(self.url + target) as response:
            return response.status, await response.json(content_type=None)

    async def watch(self, query: str = "") -> "Watched":
        self.watches.append(Watched(await self.session.get(f"{self.url}{PATH}?watch=true&{query}")))
        return self.watches[-1]


class Watched:
    """A watch that a client reads."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def frame(self) -> tuple[str, Any]:
        async with asyncio.timeout(PATIENCE):
            line = await self.response.content.readline()
        frame = json.loads(line)
        return frame["type"], frame["object"]

    async def ends(self) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.response.read()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    history = new_history()
    server = Server(history, sweep=0)
    address = await server.start()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE)) as session:
        house = House(session, history, server, address)
        yield house
        for watch in house.watches:
            watch.response.close()
    await server.stop()


async def test_a_watch_tells_what_is_there_and_then_what_happens(house: House) -> None:
    house.history.put(WORKFLOWS, workflow("a"))
    watch = await house.watch()
    assert (await watch.frame())[0] == "ADDED"
    house.history.put(WORKFLOWS, workflow("a", "Failed"))
    kind, thing = await watch.frame()
    assert (kind, thing["status"]["phase"]) == ("MODIFIED", "Failed")
    house.history.drop(WORKFLOWS, "red", "a")
    kind, thing = await watch.frame()
    assert (kind, thing["metadata"]["resourceVersion"]) == ("DELETED", str(house.history.version))


async def test_a_dropped_watch_breaks_off_and_goes_on_from_its_version(house: House) -> None:
    watch = await house.watch(f"resourceVersion={house.history.version}")
    version = house.history.put(WORKFLOWS, workflow("a"))["metadata"]["resourceVersion"]
    await watch.frame()
    house.server.drop_watches()
    with pytest.raises(aiohttp.ClientError):
        await watch.ends()
    house.history.put(WORKFLOWS, workflow("b"))
    again = await house.watch(f"resourceVersion={version}")
    assert (await again.frame())[1]["metadata"]["name"] == "b"


async def test_after_expiry_no_version_of_before_can_be_watched_from(house: House) -> None:
    version = house.history.put(WORKFLOWS, workflow("a"))["metadata"]["resourceVersion"]
    watch = await house.watch(f"resourceVersion={version}")
    house.server.expire()
    assert await watch.ends() == b""
    again = await house.watch(f"resourceVersion={version}")
    kind, status = await again.frame()
    assert (again.response.status, kind, status["code"], status["reason"]) == (200, "ERROR", 410, "Expired")
    assert await again.ends() == b""
    _, listed = await house.get(PATH)
    assert [item["metadata"]["name"] for item in listed["items"]] == ["a"]


async def test_a_page_of_a_forgotten_list_is_gone_and_says_where_to_go_on(house: House) -> None:
    for name in "abc":
        house.history.put(WORKFLOWS, workflow(name))
    _, first = await house.get(f"{PATH}?limit=1")
    house.server.expire()
    code, status = await house.get(f"{PATH}?limit=1&continue={first['metadata']['continue']}")
    assert (code, status["reason"]) == (410, "Expired")
    code, rest = await house.get(f"{PATH}?limit=1&continue={status['metadata']['continue']}")
    assert (code, [item["metadata"]["name"] for item in rest["items"]]) == (200, ["b"])


async def test_pages_of_one_list_are_of_one_moment(house: House) -> None:
    for name in "bdf":
        house.history.put(WORKFLOWS, workflow(name))
    _, page = await house.get(f"{PATH}?limit=1")
    house.history.put(WORKFLOWS, workflow("c"))
    house.history.drop(WORKFLOWS, "red", "d")
    house.history.put(WORKFLOWS, workflow("f", "Failed"))
    _, rest = await house.get(f"{PATH}?limit=5&continue={page['metadata']['continue']}")
    assert page["metadata"]["remainingItemCount"] == 2
    assert [(item["metadata"]["name"], item["status"]["phase"]) for item in rest["items"]] == [
        ("d", "Running"),
        ("f", "Running"),
    ]
    assert rest["metadata"]["resourceVersion"] == page["metadata"]["resourceVersion"]


async def test_a_throttled_server_answers_429_as_priority_and_fairness_does(house: House) -> None:
    house.server.throttle(True)
    async with house.session.get(house.url + PATH) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "1")
        assert await response.text() == "Too many requests, please try again later.\n"
    house.server.throttle(False)
    assert (await house.get(PATH))[0] == 200


async def test_a_frozen_server_takes_connections_and_answers_none_of_them(house: House) -> None:
    watch = await house.watch(f"resourceVersion={house.history.version}")
    house.server.freeze(True)
    reader, writer = await asyncio.open_connection(*house.address)
    writer.write(f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    answered, told = asyncio.create_task(reader.read()), asyncio.create_task(watch.ends())
    house.history.put(WORKFLOWS, workflow("a"))
    async with house.session.get(f"{house.url}/simulator/never") as response:
        assert response.status == 404, "what is not the API server's is answered still"
    assert not answered.done()
    assert not told.done()
    house.server.freeze(False)
    with pytest.raises(ConnectionResetError):
        await answered
    with pytest.raises(aiohttp.ClientError):
        await told
    writer.close()
    assert (await house.get(PATH))[0] == 200


async def test_a_restarted_server_is_gone_for_a_while_and_comes_back_at_its_port(house: House) -> None:
    watch = await house.watch(f"resourceVersion={house.history.version}")
    restart = asyncio.create_task(house.server.restart(0.05))
    with pytest.raises(aiohttp.ClientError):
        await watch.ends()
    with pytest.raises(aiohttp.ClientConnectorError):
        await house.get(PATH)
    await restart
    assert (await house.get(PATH))[0] == 200


async def test_a_slow_server_is_late_with_answers(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    slept = list[float]()
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        slept.append(seconds)
        await sleep(0)

    monkeypatch.setattr("exporter.simulator.server.asyncio.sleep", note)
    house.server.slow(True)
    assert (await house.get(PATH))[0] == 200
    assert max(slept) > 0
    slept.clear()
    house.server.slow(False)
    await house.get(PATH)
    assert not any(slept)


async def test_a_watch_that_is_told_too_late_ends_with_410(house: House) -> None:
    version = house.history.version
    watch = await house.watch(f"resourceVersion={version}")
    house.history.put(WORKFLOWS, workflow("a"))
    house.history.put(WORKFLOWS, workflow("b"))
    house.history.compact()  # before the watch had its turn
    kind, status = await watch.frame()
    assert (kind, status["message"]) == ("ERROR", f"too old resource version: {version} ({version + 2})")


async def test_a_deleted_namespace_is_emptied_first(house: House) -> None:
    house.history.put(WORKFLOWS, workflow("a"))
    watch = await house.watch(f"resourceVersion={house.history.version}")
    async with house.session.delete(f"{house.url}/api/v1/namespaces/red") as response:
        assert (await response.json())["status"] == {"phase": "Terminating"}
    assert (await watch.frame())[0] == "DELETED"
    assert house.history.get(NAMESPACES, "", "red") is None


async def test_a_version_that_is_to_come_is_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    waits, reach = asyncio.Event(), house.server._reach

    async def noted(version: int) -> None:
        waits.set()
        await reach(version)

    monkeypatch.setattr(house.server, "_reach", noted)
    version = house.history.version + 1
    asked = asyncio.create_task(house.get(f"{PATH}?resourceVersion={version}&resourceVersionMatch=NotOlderThan"))
    await waits.wait()
    house.history.put(WORKFLOWS, workflow("a"))
    code, listed = await asked
    assert (code, len(listed["items"])) == (200, 1)


async def test_a_body_has_a_limit(house: House) -> None:
    async with house.session.post(house.url + PATH, data=io.BytesIO(b"x" * (3 * 1024 * 1024 + 1))) as response:
        assert response.status == 413


async def test_extra_paths_are_answered_by_what_was_given_for_them(house: House) -> None:
    house.server.control({("GET", "/simulator/books"): lambda _: {"version": 7}})
    assert await house.get("/simulator/books") == (200, {"version": 7})
    async with house.session.post(f"{house.url}/simulator/books") as response:
        assert response.status == 404


async def test_a_mistake_of_the_server_is_a_status_and_one_line(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise TypeError("nobody\nforesaw that")

    monkeypatch.setattr(house.history, "get", fail)
    code, status = await house.get(f"{PATH}/a")
    assert (code, status["kind"], status["reason"]) == (500, "Status", "InternalError")
    assert capsys.readouterr().err == f"simulator: GET {PATH}/a: TypeError('nobody\\nforesaw that')\n"


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("127.0.0.1:80", 200),
        ("[::1]:80", 200),
        ("::1", 421),
        ("LocalHost:8001", 200),
        ("10.1.2.3", 200),
        ("rebound.example.org", 421),
        ("127.0.0.1.example.org:80", 421),
        ("localhost.example.org", 421),
    ],
)
async def test_only_addresses_and_localhost_are_answered(house: House, host: str, code: int) -> None:
    house.server.control({("GET", "/simulator/books"): lambda _: {}})
    for target in (PATH, "/simulator/books", "/version"):
        async with house.session.get(house.url + target, headers={"Host": host}) as response:
            assert response.status == code


async def test_a_page_in_a_browser_may_read_but_change_nothing(house: House) -> None:
    house.server.control({("POST", "/simulator/pause"): lambda _: {}, ("GET", "/simulator/books"): lambda _: {}})
    of_a_page = {"Origin": "https://example.org"}
    for method, target, code in (
        ("POST", "/simulator/pause", 403),
        ("POST", PATH, 403),
        ("DELETE", f"{PATH}/a", 403),
        ("GET", "/simulator/books", 200),
    ):
        async with house.session.request(method, house.url + target, headers=of_a_page) as response:
            assert response.status == code
    async with house.session.post(f"{house.url}/simulator/pause") as response:
        assert response.status == 200


async def test_a_watch_that_never_reads_is_cut() -> None:
    history = new_history()
    for name in map(str, range(16)):
        history.put(WORKFLOWS, workflow(name) | {"spec": {"padding": "x" * 500_000}})
    server = Server(history, taking=0.05)
    address = await server.start()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, address)
        client.send(f"GET {PATH}?watch=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        cut = select.poll()
        cut.register(client, 0)  # what is there to be read does not count
        assert await asyncio.to_thread(cut.poll, PATIENCE * 1000)
    await server.stop()


@pytest.mark.parametrize("accept", ["*/*", "application/json;as=Table;v=v1;g=meta.k8s.io"], ids=["objects", "table"])
@pytest.mark.parametrize("query", ["", "watch=1"], ids=["list", "watch"])
async def test_others_have_a_turn_between_the_slices_of_what_is_there(
    house: House, monkeypatch: pytest.MonkeyPatch, accept: str, query: str
) -> None:
    for number in range(5 * ROWS):
        house.history.put(WORKFLOWS, workflow(f"w-{number}"))
    order = list[str]()
    write = StreamResponse.write

    async def note(response: StreamResponse, data: bytes | bytearray | memoryview) -> None:
        order.append("write")
        await write(response, data)

    async def tick() -> None:
        while True:
            order.append("turn")
            await asyncio.sleep(0)

    monkeypatch.setattr(StreamResponse, "write", note)
    ticking = asyncio.create_task(tick())
    async with house.session.get(f"{house.url}{PATH}?{query}", headers={"Accept": accept}) as response:
        while order.count("write") < 5:
            await response.content.readany()
    ticking.cancel()
    first = order.index("write")
    assert ("write", "write") not in pairwise(order[first:])


@given(st.lists(st.binary(max_size=2 * SLICE // 3), max_size=9), st.integers(0, 300))
def test_slices_join_to_the_whole_and_none_is_long_in_the_making(large: list[bytes], small: int) -> None:
    taken = 0

    def pieces() -> Iterator[bytes]:
        nonlocal taken
        for piece in [*large, *[b"x"] * small]:
            taken += 1
            yield piece

    got = []
    for part in sliced(pieces()):
        assert taken <= ROWS
        assert len(part) < 2 * SLICE
        taken = 0
        got.append(part)
    assert b"".join(got) == b"".join(large) + b"x" * small
