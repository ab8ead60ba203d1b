"""Lists of what the cache holds: whole or in pages, selected, of one moment."""

import asyncio
from itertools import pairwise
from urllib.parse import quote

import msgspec
import pytest

from exporter.kube.objects import Key
from exporter.web import cache as cache_module
from exporter.web import exchange
from exporter.web.lookup import lists
from exporter.web.sources import Freshness
from tests.web.fakes import PATH, Reply, read_reply, serving
from tests.web.kept import ALL, Kept, metadata, names, pages


@pytest.fixture
def kept() -> Kept:
    kept = Kept()
    for namespace in ("b", "a", "a-b"):
        for number in range(3):
            kept.keep(
                namespace,
                f"w{number}",
                phase=[None, "Running", "Failed"][number],
                labels={"team": f"t{number}", "n": str(number)} if number else None,
                annotations={"trace": f"x={number}"},
            )
    return kept


async def ask(kept: Kept, target: str, method: str = "GET", **headers: str) -> Reply:
    async with serving(kept.world.site()) as client:
        return await client.ask(method, target, b"", **headers)


async def test_a_list_is_its_objects_bytes_in_the_order_of_their_keys(kept: Kept) -> None:
    reply = await ask(kept, ALL)
    # As etcd orders them: "a-b/" comes before "a/".
    bodies = b",".join(kept.bodies[Key(f"{namespace}/w{n}")] for namespace in ("a-b", "a", "b") for n in range(3))
    assert reply.body == (
        b'{"apiVersion":"argoproj.io/v1alpha1","items":[' + bodies + b'],"kind":"WorkflowList",'
        b'"metadata":{"continue":"","resourceVersion":"109"}}\n'
    )
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-cache-resource-version"] == "109"


@pytest.mark.parametrize("path", [f"{PATH}/a/workflows", f"{PATH}/a/workflows/", f"{PATH}/%61/workflows//"])
async def test_a_namespace_is_listed_alone(kept: Kept, path: str) -> None:
    assert names(await ask(kept, path)) == ["w0", "w1", "w2"]


async def test_a_namespace_without_objects_is_an_empty_list(kept: Kept) -> None:
    reply = await ask(kept, f"{PATH}/nowhere/workflows")
    assert names(reply) == []
    assert metadata(reply)["resourceVersion"] == "109"


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 100])
@pytest.mark.parametrize(
    "query", ["", "?labelSelector=team", "?labelSelector=n%3E0", "?fieldSelector=status.phase!=Other"]
)
async def test_pages_together_are_the_whole_list(kept: Kept, query: str, limit: int) -> None:
    async with serving(kept.world.site()) as client:
        whole = names(await client.ask("GET", ALL + query))
        assert await pages(client, ALL + query, limit) == whole


async def test_a_page_says_how_many_are_left_when_nothing_is_selected(kept: Kept) -> None:
    reply = await ask(kept, f"{ALL}?limit=2")
    assert metadata(reply)["remainingItemCount"] == 7
    assert "remainingItemCount" not in metadata(await ask(kept, f"{ALL}?limit=2&labelSelector=team"))


async def test_the_last_page_names_no_next_one_even_when_it_is_full(kept: Kept) -> None:
    for query in ("limit=3", "limit=3&labelSelector=!nothing"):
        assert metadata(await ask(kept, f"{PATH}/a/workflows?{query}"))["continue"] == ""


async def test_a_page_continues_behind_a_key_that_is_gone(kept: Kept) -> None:
    async with serving(kept.world.site()) as client:
        token = metadata(await client.ask("GET", f"{PATH}/a/workflows?limit=2"))["continue"]
        kept.drop("a", "w1")
        kept.keep("a", "w15")
        assert names(await client.ask("GET", f"{PATH}/a/workflows?limit=5&continue={token}")) == ["w15", "w2"]


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("team=t1", ["w1"]),
        ("team in (t1, t2)", ["w1", "w2"]),
        ("team notin (t1)", ["w0", "w2"]),
        ("!team", ["w0"]),
        ("n>1", ["w2"]),
        ("n=1,team=t1", ["w1"]),
        ("n=1,team=t2", []),
        ("n!=1", ["w0", "w2"]),
        ("nothing", []),
        ("team=t9", []),
    ],
)
async def test_labels_select_with_an_index_and_without(kept: Kept, selector: str, found: list[str]) -> None:
    assert names(await ask(kept, f"{PATH}/a/workflows?labelSelector={quote(selector)}")) == found


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("metadata.name=w1", ["w1"]),
        ("metadata.name==w1,metadata.name=w2", []),
        ("metadata.name!=w1", ["w0", "w2"]),
        ("metadata.namespace=a", ["w0", "w1", "w2"]),
        ("metadata.namespace=b", []),
        ("metadata.namespace!=a", []),
        ("status.phase=Running", ["w1"]),
        ("status.phase!=Running", ["w0", "w2"]),
        ("status.phase=", ["w0"]),
        ("metadata.name=w2,status.phase=Failed", ["w2"]),
        ("metadata.name=w9", []),
    ],
)
async def test_fields_select(kept: Kept, selector: str, found: list[str]) -> None:
    assert names(await ask(kept, f"{PATH}/a/workflows?fieldSelector={quote(selector)}")) == found


async def test_a_name_is_found_in_every_namespace(kept: Kept) -> None:
    reply = await ask(kept, f"{ALL}?fieldSelector=metadata.name%3Dw1")
    found = [item["metadata"]["namespace"] for item in msgspec.json.decode(reply.body)["items"]]
    assert found == ["a-b", "a", "b"]


async def test_annotations_select_by_their_value_as_it_stands(kept: Kept) -> None:
    assert names(await ask(kept, f"{PATH}/a/workflows?annotationSelector=trace=x%3D1")) == ["w1"]
    both = "annotationSelector=trace=x%3D1&annotationSelector=trace=x%3D2"
    assert names(await ask(kept, f"{PATH}/a/workflows?{both}")) == []


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("annotationSelector=other=1", 400, "annotationSelector needs --index.annotations=other"),
        ("annotationSelector=trace", 400, "="),
        ("fieldSelector=spec.x%3D1", 400, "field label not supported: spec.x"),
        ("fieldSelector=status.phase%3DUnset", 400, 'field status.phase: expected one of "", "Pending", '),
        ("fieldSelector=status.phase!%3Dx", 400, 'not "x"'),
        ("labelSelector=a+b", 400, "unable to parse requirement: found 'b'"),
        ("limit=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
        ("limit=9223372036854775808", 400, "value out of range"),
        ("continue=nonsense", 400, "invalid continue token"),
        ("continue=e30", 400, "invalid continue token"),
        ("resourceVersion=x", 400, "invalid resource version"),
        ("resourceVersionMatch=Exact", 422, "forbidden unless resourceVersion is provided"),
        ("watch=true", 405, 'watch is not supported on resources of kind "workflows.argoproj.io"'),
        ("watch", 405, "watch is not supported"),
    ],
)
async def test_what_makes_no_sense_is_a_status(kept: Kept, query: str, code: int, message: str) -> None:
    reply = await ask(kept, f"{ALL}?{query}")
    assert reply.code == code
    assert message in str(reply.status["message"])


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_a_collection_cannot_be_changed(kept: Kept, method: str) -> None:
    reply = await ask(kept, ALL, method)
    assert (reply.code, reply.headers["allow"], reply.status["reason"]) == (405, "GET, HEAD", "MethodNotAllowed")


async def test_head_sends_no_body(kept: Kept) -> None:
    reply = await ask(kept, ALL, "HEAD")
    assert (reply.code, reply.body, reply.headers["content-type"]) == (200, b"", "application/json")


async def test_a_list_that_the_caller_has_is_not_sent_again(kept: Kept) -> None:
    async with serving(kept.world.site()) as client:
        tag = (await client.ask("GET", ALL)).headers["etag"]
        assert (await client.ask("GET", ALL, b"", If_None_Match=tag)).code == 304
        partial = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
        assert (await client.ask("GET", ALL, b"", If_None_Match=tag, Accept=partial)).code == 200
        kept.keep("a", "new")
        assert (await client.ask("GET", ALL, b"", If_None_Match=tag)).code == 200


async def test_a_cache_that_cannot_be_trusted_lists_nothing(kept: Kept) -> None:
    kept.world.freshness = Freshness(0.0, "the cache is not filled yet")
    reply = await ask(kept, ALL)
    assert (reply.code, reply.headers["retry-after"]) == (503, "1")


async def test_a_namespace_that_is_not_watched_is_forbidden_and_not_empty(kept: Kept) -> None:
    kept.world.namespaces = ("a", "b")
    for path in (f"{PATH}/c/workflows", f"{PATH}/c/workflows/w"):
        assert (await ask(kept, path)).status["reason"] == "Forbidden"
    assert len(names(await ask(kept, f"{PATH}/a/workflows"))) == 3


async def test_a_version_that_is_reached_is_not_waited_for(kept: Kept) -> None:
    for query in ("resourceVersion=109", "resourceVersion=5&resourceVersionMatch=NotOlderThan", "resourceVersion=0"):
        assert (await ask(kept, f"{ALL}?{query}")).code == 200
    assert kept.world.waited_for == []


@pytest.mark.parametrize("path", [f"{PATH}/a/workflows", f"{PATH}/a/workflows/new"])
async def test_a_caller_sees_its_own_write(kept: Kept, path: str) -> None:
    async with serving(kept.world.site()) as client:
        asked = asyncio.create_task(client.ask("GET", f"{path}?resourceVersion=110"))
        await kept.world.waiting.wait()
        kept.keep("a", "new")
        kept.world.caught_up.set()
        assert b'"new"' in (await asked).body
    assert kept.world.waited_for == [("110", "a")]


async def test_a_cache_that_is_lost_sight_of_while_a_caller_waits_is_not_trusted(kept: Kept) -> None:
    async with serving(kept.world.site()) as client:
        asked = asyncio.create_task(client.ask("GET", f"{ALL}?resourceVersion=110"))
        await kept.world.waiting.wait()
        kept.world.freshness = Freshness(600.0, "the API server is out of reach")
        kept.world.caught_up.set()
        assert (await asked).status["message"] == "the API server is out of reach"


@pytest.mark.parametrize("query", ["resourceVersion=200", "resourceVersion=200&resourceVersionMatch=Exact"])
async def test_a_version_that_does_not_come_is_told_in_the_servers_words(
    kept: Kept, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "CATCH_UP", 0.0)
    reply = await ask(kept, f"{ALL}?{query}")
    assert (reply.code, reply.headers["retry-after"]) == (504, "1")
    assert reply.status["message"] == "Timeout: Too large resource version: 200, current: 109"
    assert reply.status["details"] == {
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        "retryAfterSeconds": 1,
    }


async def test_an_exact_version_is_served_while_it_is_the_newest(kept: Kept) -> None:
    exact = "resourceVersionMatch=Exact&resourceVersion"
    assert (await ask(kept, f"{ALL}?{exact}=109")).code == 200
    reply = await ask(kept, f"{ALL}?{exact}=108")
    assert (reply.code, reply.status["reason"]) == (410, "Expired")


async def test_a_long_list_is_of_one_moment_whatever_happens_while_it_is_sent() -> None:
    kept = Kept()
    for number in range(40):
        kept.keep("a", f"w{number:02}", labels={"pad": "x" * 20_000})
    bodies = b",".join(kept.bodies.values())
    async with serving(kept.world.site()) as client:
        reader, writer = await asyncio.open_connection(client.address.host, client.address.port)
        writer.write(f"GET {ALL} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        first = await reader.readexactly(1000)
        assert kept.codec.decoded < 40
        for number in range(40):
            kept.drop("a", f"w{number:02}")
        reply = read_reply(first + await reader.read())
        writer.close()
        await writer.wait_closed()
    assert reply.body == (
        b'{"apiVersion":"argoproj.io/v1alpha1","items":[' + bodies + b'],"kind":"WorkflowList",'
        b'"metadata":{"continue":"","resourceVersion":"140"}}\n'
    )
    assert kept.codec.pins == 0


async def test_a_long_list_is_sent_in_slices() -> None:
    kept = Kept()
    for number in range(12):
        kept.keep("a", f"w{number:02}", labels={"pad": "x" * 20_000})
    async with serving(kept.world.site()) as client:
        raw = await client.exchange(f"GET {ALL} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"chunked" in head
    sizes = []
    while body:
        size, _, body = body.partition(b"\r\n")
        sizes.append(int(size, 16))
        body = body[sizes[-1] + 2 :]
    assert max(sizes) <= exchange.SLICE
    assert len(sizes) > 3


@pytest.mark.parametrize(("count", "size", "most"), [(5 * lists.STRIDE, 1, lists.STRIDE), (40, lists.EFFORT // 8, 8)])
async def test_others_have_a_turn_while_nothing_is_found(count: int, size: int, most: int) -> None:
    kept = Kept()
    for number in range(count):
        kept.keep("a", f"w{number:04}", labels={"n": "1", "pad": "x" * size})
    decoded: list[int] = []

    async def take_turns() -> None:
        while True:
            decoded.append(kept.codec.decoded)
            await asyncio.sleep(0)

    async with serving(kept.world.site()) as client:
        turns = asyncio.create_task(take_turns())
        searched = await client.ask("GET", f"{ALL}?labelSelector=n%3D2")
        turns.cancel()
    assert names(searched) == []
    assert kept.codec.decoded == count
    assert max(after - before for before, after in pairwise([*decoded, count])) <= most


async def test_damage_in_the_middle_cuts_the_list_off(kept: Kept, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(12):
        kept.keep("c", f"w{number:02}", labels={"pad": "x" * 20_000})
    kept.codec.damaged.add(kept.bodies[Key("c/w09")])
    site = kept.world.site()
    async with serving(site) as client:
        raw = await client.exchange(f"GET {ALL} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert not raw.endswith(b"0\r\n\r\n")
    assert [record.getMessage() for record in caplog.records] == ["a request failed"]
    assert site.statistics().failures == 1


async def test_more_lists_than_may_be_read_at_once_are_asked_to_come_back(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        kept.keep("c", f"w{number:02}", labels={"pad": "x" * 100_000})
    monkeypatch.setattr(cache_module, "LISTS", 1)
    question = f"GET {ALL} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    async with serving(kept.world.site()) as client:
        slow, writer = await asyncio.open_connection(client.address.host, client.address.port, limit=1024)
        writer.write(question)
        await slow.readexactly(1)
        refused = await client.ask("GET", ALL)
        await slow.read()
        assert (await client.ask("GET", ALL)).code == 200
        writer.close()
    assert (refused.code, refused.headers["retry-after"]) == (429, "1")
    assert refused.status["reason"] == "TooManyRequests"


@pytest.mark.parametrize("digits", [20, 40, 3_000])
async def test_a_number_of_any_length_is_read_or_refused(kept: Kept, digits: int) -> None:
    zeros, nines = "0" * digits, "9" * digits
    assert len(names(await ask(kept, f"{ALL}?limit={zeros}2"))) == 2
    for query in (f"limit={nines}", f"resourceVersion={nines}", f"limit={zeros}{nines}", f"limit=-{nines}"):
        reply = await ask(kept, f"{ALL}?{query}")
        assert (reply.code, reply.status["reason"]) == (400, "BadRequest")


@pytest.mark.parametrize("query", ["fieldSelector=%ff%3D1", "labelSelector=%ff", "limit=%ff", "continue=%ff"])
async def test_what_is_no_text_is_refused_and_repeated_as_one(kept: Kept, query: str) -> None:
    assert (await ask(kept, f"{ALL}?{query}")).status["reason"] == "BadRequest"


async def test_a_full_page_goes_on_whether_or_not_anything_that_follows_is_meant(kept: Kept) -> None:
    selected = f"{PATH}/a/workflows?limit=1&labelSelector=team%3Dt1"
    async with serving(kept.world.site()) as client:
        page = await client.ask("GET", selected)
        token = metadata(page)["continue"]
        last = await client.ask("GET", f"{selected}&continue={token}")
        named = await client.ask("GET", f"{PATH}/a/workflows?limit=1&fieldSelector=metadata.name%3Dw1")
    assert (names(page), names(last), names(named)) == (["w1"], [], ["w1"])
    assert token
    assert metadata(last)["continue"] == metadata(named)["continue"] == ""
