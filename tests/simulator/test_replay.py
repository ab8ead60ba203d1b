"""A replay gives what was laid down, byte for byte and in pages, to any informer; ours ends with the right count."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from kubernetes import client, watch
from kubernetes.dynamic import DynamicClient

from benchmarks.fleet import Fleet
from benchmarks.replay import read_list, read_pages, read_watch, running
from exporter.library import connect
from exporter.simulator.replay import Replay
from exporter.simulator.resources import WORKFLOWS
from exporter.simulator.tape import Tape, Unfit
from tests import kubeconfigs

PATH = "/apis/argoproj.io/v1alpha1/workflows"
KIND = "argoproj.io/v1alpha1/workflows"
CHUNK = 300
"""Bytes: several frames of a test, and not all of them."""


def thing(name: str, version: int) -> bytes:
    metadata = {"name": name, "namespace": "ns", "resourceVersion": str(version), "uid": name}
    return json.dumps({"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": metadata}).encode()


LISTED = [thing(f"t{number}", number) for number in range(1, 8)]
"""The newest of them has version 7."""
TOLD = [
    ("ADDED", thing("new", 8)),
    ("MODIFIED", thing("t1", 10)),
    ("DELETED", thing("t2", 11)),
    ("ADDED", thing("t2", 15)),
]
FRAMES = [b'{"type":"%b","object":%b}' % (type_.encode(), body) for type_, body in TOLD]


@asynccontextmanager
async def replaying(
    objects: Iterable[bytes] = LISTED, events: Iterable[tuple[str, bytes]] = TOLD, bookmark_seconds: float = 60
) -> AsyncIterator[tuple[Replay, str]]:
    replay = Replay(objects, events, bookmark_seconds=bookmark_seconds)
    host, port = await replay.start()
    try:
        yield replay, f"http://{host}:{port}"
    finally:
        await replay.stop()


async def lines(url: str, number: int) -> list[bytes]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.status == 200
        return [(await response.content.readline()).rstrip() for _ in range(number)]


async def get(url: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.json()


def final(objects: Iterable[bytes], events: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """Fold: the version of each object at the end, by its key."""
    state: dict[str, str] = {}
    for type_, body in [*(("ADDED", body) for body in objects), *events]:
        metadata = json.loads(body)["metadata"]
        key = f"{metadata['namespace']}/{metadata['name']}"
        if type_ == "DELETED":
            state.pop(key)
        else:
            state[key] = metadata["resourceVersion"]
    return state


async def test_the_whole_list_carries_the_objects_as_they_were_given() -> None:
    async with replaying() as (_, url), aiohttp.ClientSession() as session, session.get(url + PATH) as response:
        body = await response.read()
    assert b",".join(LISTED) in body
    document = json.loads(body)
    assert (document["kind"], document["metadata"]) == ("WorkflowList", {"resourceVersion": "7"})


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
async def test_pages_of_any_size_add_up_to_the_list(limit: int) -> None:
    names, token, sizes = [], "", []
    async with replaying() as (_, url):
        while True:
            _, page = await get(f"{url}{PATH}?limit={limit}&continue={token}")
            names += [item["metadata"]["name"] for item in page["items"]]
            sizes.append(len(page["items"]))
            token = page["metadata"].get("continue", "")
            assert page["metadata"].get("remainingItemCount", 0) == len(LISTED) - len(names)
            assert page["metadata"]["resourceVersion"] == "7"
            if not token:
                break
    assert names == [f"t{number}" for number in range(1, 8)]
    assert max(sizes) <= limit


async def test_an_empty_list_is_a_list() -> None:
    async with replaying((), ()) as (_, url):
        assert await get(url + PATH) == (
            200,
            {
                "apiVersion": "argoproj.io/v1alpha1",
                "items": [],
                "kind": "WorkflowList",
                "metadata": {"resourceVersion": "0"},
            },
        )


@pytest.mark.parametrize(("version", "first"), [(7, 0), (8, 1), (9, 1), (10, 2), (11, 3)])
async def test_a_watch_tells_what_came_after_its_version(version: int, first: int) -> None:
    async with replaying() as (_, url):
        found = await lines(f"{url}{PATH}?watch=true&resourceVersion={version}", len(FRAMES) - first)
    assert found == FRAMES[first:]


async def test_a_watch_that_told_everything_stays_open_with_bookmarks() -> None:
    async with replaying(bookmark_seconds=0.001) as (_, url):
        found = await lines(f"{url}{PATH}?watch=1&allowWatchBookmarks=true&resourceVersion=15", 2)
    assert [json.loads(line)["object"]["metadata"] for line in found] == [{"resourceVersion": "15"}] * 2


async def test_a_watch_without_bookmarks_ends_with_its_time_and_leaves_the_connection_usable() -> None:
    connector = aiohttp.TCPConnector(limit=1)
    async with replaying(bookmark_seconds=0.001) as (_, url), aiohttp.ClientSession(connector=connector) as session:
        async with session.get(f"{url}{PATH}?watch=true&resourceVersion=11&timeoutSeconds=1") as response:
            assert (await response.read()).splitlines() == FRAMES[3:]
        async with session.get(f"{url}{PATH}?limit=1") as response:
            assert response.status == 200


async def test_a_watch_from_before_the_list_is_expired() -> None:
    async with replaying() as (_, url):
        (line,) = await lines(f"{url}{PATH}?watch=true&resourceVersion=6", 1)
    frame = json.loads(line)
    assert (frame["type"], frame["object"]["code"], frame["object"]["reason"]) == ("ERROR", 410, "Expired")


async def test_a_client_that_knows_no_chunks_gets_none() -> None:
    async with replaying() as (_, url):
        host, _, port = url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET {PATH}?watch=true&resourceVersion=7 HTTP/1.0\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"Transfer-Encoding" not in head
        assert [(await reader.readline()).rstrip() for _ in FRAMES] == FRAMES
        writer.close()


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (f"{PATH}?limit=x", 400),
        (f"{PATH}?continue=99", 400),
        (f"{PATH}?watch=true", 400),
        (f"{PATH}?watch=true&resourceVersion=x", 400),
        (f"{PATH}?watch=true&resourceVersion=0&sendInitialEvents=true&resourceVersionMatch=NotOlderThan", 422),
        ("/apis/argoproj.io/v1alpha1/namespaces/ns/workflows", 404),
        ("/nonsense", 404),
    ],
)
async def test_what_is_not_played_is_refused_with_a_status(target: str, code: int) -> None:
    async with replaying() as (_, url):
        found, body = await get(url + target)
    assert (found, body["kind"], body["code"]) == (code, "Status", code)


async def test_nothing_can_be_written() -> None:
    async with replaying() as (_, url), aiohttp.ClientSession() as session:
        async with session.post(url + PATH, json={"kind": "Workflow"}) as response:
            assert response.status == 405
        async with session.get(url + PATH) as response:
            assert response.status == 200


async def test_a_head_too_long_ends_the_connection() -> None:
    async with replaying() as (_, url), aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            await session.get(url + PATH, headers={"X": "x" * 200_000})


@pytest.mark.parametrize(
    ("objects", "events", "words"),
    [
        (LISTED, [("ADDED", thing("a", 7))], "rise"),
        (LISTED, [("ADDED", thing("a", 9)), ("ADDED", thing("b", 9))], "rise"),
        (LISTED, [("NEWS", thing("a", 9))], "NEWS"),
        ([b"{}"], [], "without a version"),
        ([b"nonsense"], [], "without a version"),
        ([thing("a", 1).replace(b'"1"', b'"one"')], [], "without a version"),
    ],
)
def test_material_that_does_not_fit_is_refused_before_anybody_asks(
    objects: list[bytes], events: list[tuple[str, bytes]], words: str
) -> None:
    with pytest.raises(Unfit, match=words):
        Replay(objects, events)


@pytest.mark.parametrize("size", [1, CHUNK, 1 << 20])
def test_chunks_end_with_frames_and_leave_nothing_out(size: int) -> None:
    tape = Tape(WORKFLOWS, LISTED, TOLD)
    for first in range(len(TOLD) + 1):
        chunks = [bytes(chunk) for chunk in tape.frames.chunks(first, size)]
        assert all(chunk.endswith(b"\n") for chunk in chunks)
        assert b"".join(chunks).splitlines() == FRAMES[first:]


async def test_our_informer_ends_with_what_the_events_leave(tmp_path: Path) -> None:
    fleet = Fleet(workflows=1_200, namespaces=7)
    events = [(event.type, event.object) for event in islice(Fleet(seed=2, workflows=300).lives(), 2_000)]
    expected = final(fleet, events)
    async with (
        replaying(fleet, events) as (replay, url),
        connect(str(kubeconfigs.write(tmp_path, url))) as cluster,
        cluster.informer(KIND) as workflows,
    ):
        await workflows.wait_synced(timeout=60)
        await workflows.wait_version(str(replay.tape.newest), timeout=60)
        found = {key: workflows[key]["metadata"]["resourceVersion"] for key in workflows}
    assert found == expected


async def test_the_official_python_client_finds_lists_and_watches_it() -> None:
    def use(url: str) -> tuple[list[str], list[tuple[str, str]]]:
        with client.ApiClient(client.Configuration(host=url)) as api_client:
            discovered: Any = DynamicClient(api_client)  # type: ignore[no-untyped-call]
            kind = discovered.resources.get(api_version="argoproj.io/v1alpha1", kind="Workflow")
            listed = kind.get()
            api = client.CustomObjectsApi(api_client)
            call = (api.list_cluster_custom_object, "argoproj.io", "v1alpha1", "workflows")
            watching: Any = watch.Watch()  # type: ignore[no-untyped-call]
            told = watching.stream(*call, resource_version=listed.metadata.resourceVersion)
            names = [(event["type"], event["object"]["metadata"]["name"]) for event in islice(told, len(TOLD))]
            return [item.metadata.name for item in listed.items], names

    async with replaying() as (_, url):
        listed, told = await asyncio.to_thread(use, url)
    assert listed == [f"t{number}" for number in range(1, 8)]
    assert told == [("ADDED", "new"), ("MODIFIED", "t1"), ("DELETED", "t2"), ("ADDED", "t2")]


def test_the_benchmark_reads_everything_that_is_served() -> None:
    with running(600, 500) as site:
        assert read_list(site) > site.list_bytes
        assert read_pages(site) > site.list_bytes
        assert read_watch(site) > site.watch_bytes
        assert site.newest > site.version
