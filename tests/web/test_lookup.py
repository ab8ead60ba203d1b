"""One object by its path."""

import pytest

from exporter.web.sources import Freshness
from tests.web.fakes import PATH, FakeStore, Reply, World, serving

BODY = b'{"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","metadata":{"name":"w"}, "odd" : "\\u003c"}'


@pytest.fixture
def world() -> World:
    world = World()
    world.store = FakeStore({"a/w": BODY, "a/x": b"{}"})
    return world


async def ask(world: World, target: str, method: str = "GET", **headers: str) -> Reply:
    async with serving(world.site()) as client:
        return await client.ask(method, target, b"", **headers)


async def test_the_answer_is_the_objects_bytes_and_a_newline(world: World) -> None:
    reply = await ask(world, f"{PATH}/a/workflows/w")
    assert (reply.code, reply.body) == (200, BODY + b"\n")
    assert reply.headers["content-type"] == "application/json"


async def test_the_answer_names_its_version_and_the_caches(world: World) -> None:
    headers = (await ask(world, f"{PATH}/a/workflows/w")).headers
    assert (headers["etag"], headers["x-cache-resource-version"], headers["age"]) == ('"100"', "4711", "1")


@pytest.mark.parametrize("known", ['"100"', 'W/"100"', '"1", "100"', "*", ' W/"7" ,W/"100"'])
async def test_a_version_that_the_caller_has_is_not_sent_again(world: World, known: str) -> None:
    reply = await ask(world, f"{PATH}/a/workflows/w", If_None_Match=known)
    assert (reply.code, reply.body, reply.headers["etag"]) == (304, b"", '"100"')


@pytest.mark.parametrize("known", ['"99"', "100", '"1000"', "", '"*"'])
async def test_another_version_is_sent(world: World, known: str) -> None:
    assert (await ask(world, f"{PATH}/a/workflows/w", If_None_Match=known)).code == 200


async def test_head_says_the_length_and_sends_no_body(world: World) -> None:
    reply = await ask(world, f"{PATH}/a/workflows/w", "HEAD")
    assert (reply.code, reply.body, reply.headers["content-length"]) == (200, b"", str(len(BODY) + 1))


async def test_an_answer_that_there_is_nothing_says_how_new_it_is(world: World) -> None:
    headers = (await ask(world, f"{PATH}/a/workflows/gone")).headers
    assert (headers["x-cache-resource-version"], headers["age"]) == ("4711", "1")


async def test_a_query_does_not_change_the_object(world: World) -> None:
    assert (await ask(world, f"{PATH}/a/workflows/w?pretty=1")).body == BODY + b"\n"


async def test_percent_encoding_is_read(world: World) -> None:
    assert (await ask(world, f"{PATH}/%61/workflows/%77")).code == 200


async def test_a_proxys_form_of_the_target_is_read(world: World) -> None:
    assert (await ask(world, f"http://localhost{PATH}/a/workflows/w")).code == 200


async def test_a_missing_object_is_told_in_the_servers_words(world: World) -> None:
    reply = await ask(world, f"{PATH}/a/workflows/gone")
    assert reply.body == (
        b'{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",'
        b'"message":"workflows.argoproj.io \\"gone\\" not found","reason":"NotFound",'
        b'"details":{"name":"gone","group":"argoproj.io","kind":"workflows"},"code":404}\n'
    )


@pytest.mark.parametrize(
    "path",
    [
        PATH,
        f"{PATH}/",
        f"{PATH}/a",
        f"{PATH}/a/pods/w",
        f"{PATH}//workflows/w",
        "/apis/argoproj.io/v1alpha1/workflows/w",
        "/apis/argoproj.io/v2/workflows",
        "/apis/apps/v1/namespaces/a/deployments/d",
        f"/x/..{PATH}/a/workflows/w",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_every_other_path_is_not_found_in_plain_text(world: World, path: str, method: str) -> None:
    reply = await ask(world, path, method)
    assert (reply.code, reply.body) == (404, b"404 page not found\n")


@pytest.mark.parametrize("path", ["/api/v1/pods", "/api/v9", "/api/v1/namespaces/a/pods"])
async def test_below_the_core_group_it_is_a_status(world: World, path: str) -> None:
    reply = await ask(world, path)
    assert (reply.code, reply.status["details"]) == (404, {})


async def test_a_namespace_is_refused_and_not_missing(world: World) -> None:
    reply = await ask(world, "/api/v1/namespaces/a")
    assert (reply.code, reply.status["reason"]) == (405, "MethodNotAllowed")


@pytest.mark.parametrize("below", ["status", "x/y", "../../b/workflows/w", "%2e%2e", "%ff"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_nothing_is_found_below_an_object(world: World, below: str, method: str) -> None:
    reply = await ask(world, f"{PATH}/a/workflows/w/{below}", method)
    assert reply.status["message"] == 'workflows.argoproj.io "w" not found'


@pytest.mark.parametrize("name", [".", "..", "%2e%2e", "a%2Fb", "%00", "%0a", "%ff", "n" * 1000, "a%20%0db"])
async def test_what_can_be_no_name_is_not_found_either(world: World, name: str) -> None:
    reply = await ask(world, f"{PATH}/a/workflows/{name}")
    assert (reply.code, reply.status["reason"]) == (404, "NotFound")
    assert len(reply.body) < 2000


@pytest.mark.parametrize("path", [f"{PATH}/a/workflows/w/", "/apis/argoproj.io/v1alpha1//namespaces/a/workflows/w"])
async def test_one_slash_at_the_end_is_as_good_as_none(world: World, path: str) -> None:
    assert (await ask(world, path)).code == (200 if path.endswith("/") else 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_nothing_can_be_changed(world: World, method: str) -> None:
    reply = await ask(world, f"{PATH}/a/workflows/w", method)
    assert (reply.code, reply.headers["allow"], reply.status["reason"]) == (405, "GET, HEAD", "MethodNotAllowed")


async def test_a_cache_that_cannot_be_trusted_answers_nothing(world: World) -> None:
    world.freshness = Freshness(0.0, "the cache is not filled yet")
    reply = await ask(world, f"{PATH}/a/workflows/w")
    assert (reply.code, reply.headers["retry-after"]) == (503, "1")
    assert reply.status["reason"] == "ServiceUnavailable"
    assert reply.status["details"] == {"retryAfterSeconds": 1}


async def test_damage_is_a_status_and_one_line_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.store.damaged.add(BODY)
    site = world.site()
    async with serving(site) as client:
        reply = await client.ask("GET", f"{PATH}/a/workflows/w")
        assert (await client.ask("GET", f"{PATH}/a/workflows/x")).code == 200
    assert (reply.code, reply.status["reason"]) == (500, "InternalError")
    assert b"not what was written" not in reply.body
    assert [record.getMessage() for record in caplog.records] == ["a request failed"]
    assert site.statistics().failures == 1


@pytest.mark.parametrize("path", [f"{PATH}/a/workflows/w", "/lookup/workflows"])
async def test_without_lookups_nothing_is_served_there(world: World, path: str) -> None:
    async with serving(world.site(lookup=False)) as client:
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
            reply = await client.ask(method, path)
            assert reply.code == 404


async def test_readings_are_counted(world: World) -> None:
    site = world.site()
    async with serving(site) as client:
        for name in ("w", "x", "gone"):
            await client.ask("GET", f"{PATH}/a/workflows/{name}")
    found = site.statistics()
    assert (found.cache.lookups, found.cache.misses) == (3, 1)
    assert found.requests == {("object", 200): 2, ("object", 404): 1}
    assert found.in_flight == 0
