"""Who is let in, by a reviewer of this file's own: over every route there is, and at each thing one may do."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from exporter.web.access import Act, Caller, Undecided
from exporter.web.guard import LONGEST_VISIT, Guard
from exporter.web.lookup.batch import NAMESPACE_LIMIT
from exporter.web.site import Site
from exporter.web.sources import Check
from tests.web.fakes import Client, Reply, serving
from tests.web.page.wall import Wall

ANNA = Caller("anna", groups=("devs",))
WORKFLOWS, CRONS = "/apis/argoproj.io/v1alpha1/workflows", "/apis/argoproj.io/v1alpha1/cronworkflows"
OURS, THEIRS = "/apis/argoproj.io/v1alpha1/namespaces/ours", "/apis/argoproj.io/v1alpha1/namespaces/theirs"

Rule = tuple[str, str, str]
"""A verb, what it is done to (a resource, or a path), and a namespace: ``*`` is all of them at once."""
LIST_ALL, GET_ALL = ("list", "workflows", "*"), ("get", "workflows", "*")
CRON_ALL = ("list", "cronworkflows", "*")


class Reviewer:
    """Knows anna by her token, and what she may do."""

    def __init__(self, *rules: Rule) -> None:
        self.rules = set(rules)
        self.asked: list[Act] = []
        self.out_of_reach = False

    async def who(self, token: str) -> Caller | None:
        if self.out_of_reach:
            raise Undecided("no answer")
        return ANNA if token == "anna" else None

    async def may(self, caller: Caller, act: Act) -> bool:
        assert caller == ANNA
        self.asked.append(act)
        if act.path:
            return (act.verb, act.path, "") in self.rules
        return bool({(act.verb, act.resource, act.namespace or "*"), (act.verb, act.resource, "*")} & self.rules)


def wall() -> Wall:
    wall = Wall()
    wall.keep("ours", "one", phase="Running")
    wall.keep("theirs", "secret-name", phase="Failed")
    wall.schedule("ours", "nightly")
    wall.schedule("theirs", "secret-cron")
    wall.checks = (Check("informer workflows.argoproj.io", "degraded: in the namespace secret-team"),)
    return wall


@asynccontextmanager
async def guarded(*rules: Rule, reviewer: Reviewer | None = None) -> AsyncIterator[Client]:
    async with serving(wall().site(guard=Guard(reviewer or Reviewer(*rules)))) as client:
        yield client


async def ask(
    client: Client, target: str, method: str = "GET", body: bytes = b"", token: str = "anna", **headers: str
) -> Reply:
    return await client.ask(method, target, body, Authorization=f"Bearer {token}", **headers)


def paths_of(site: Site) -> list[str]:
    """Every path that the site knows, of the dynamic ones some that mean something and some that do not."""
    return [
        *site._routes,
        *(WORKFLOWS, CRONS, f"{OURS}/workflows", f"{OURS}/workflows/one", f"{OURS}/workflows/missing"),
        *(f"{THEIRS}/workflows/secret-name", f"{THEIRS}/workflows/secret-name/log", f"{OURS}/cronworkflows/nightly"),
        *("/api/v1/workflows/ours/one", "/api/v1/workflows/ours/missing", "/api/v1/namespaces/ours"),
        *(
            "/nothing",
            "/apis/argoproj.io/v1alpha1/nothing",
            "/api/v1/nothing",
            "/debug/pprof",
            "/-/reload",
            "/metrics/",
        ),
    ]


OPEN = {"/livez", "/readyz", "/healthz"}


def is_open(path: str, site: Site) -> bool:
    """Whether a path is a probe, or a file of the page, which is the same for all."""
    return path in OPEN or (path in site._routes and site._routes[path].name == "page")


def secrets_in(reply: Reply) -> list[str]:
    told = [name for name in reply.headers if name in {"age", "etag"} or ("cache" in name and name != "cache-control")]
    whole = json.dumps(dict(reply.headers)) + reply.body.decode()
    return [*told, *(word for word in ("secret", "nightly", "ours/one") if word in whole)]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "PATCH", "OPTIONS"])
async def test_nobody_gets_past_the_probes_and_the_files_of_the_page(method: str) -> None:
    site = wall().site(guard=Guard(Reviewer()))
    async with serving(site) as client:
        for path in paths_of(site):
            for query in ("", "?namespace=ours", "?watch=true", "?limit=nonsense"):
                reply = await client.ask(method, path + query, b"nonsense" if method == "POST" else b"")
                if is_open(path, site):
                    assert reply.code in {200, 405, 503}, path
                else:
                    assert (reply.code, reply.headers["www-authenticate"]) == (401, "Bearer"), path
                    assert secrets_in(reply) == [], path


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
async def test_a_caller_without_rights_learns_nothing_anywhere(method: str) -> None:
    site = wall().site(guard=Guard(Reviewer()))
    async with serving(site) as client:
        for path in paths_of(site):
            if is_open(path, site) or path.startswith("/lookup/"):
                continue
            reply = await ask(client, path, method)
            assert reply.code == 403, path
            leaked = [word for word in secrets_in(reply) if word not in path.replace("secret-name", "secret")]
            assert leaked == [], path


async def test_what_exists_is_refused_in_the_words_in_which_what_does_not_is() -> None:
    async with guarded(("get", "workflows", "ours")) as client:
        answers = []
        for name in ("secret-name", "missing-one"):
            reply = await ask(client, f"{THEIRS}/workflows/{name}")
            headers = {key: text for key, text in reply.headers.items() if key not in {"date", "content-length"}}
            answers.append((reply.code, headers, reply.body.replace(name.encode(), b"?")))
        assert answers[0] == answers[1]
        assert answers[0][0] == 403


async def test_a_lookup_needs_the_right_to_get_that_very_object() -> None:
    reviewer = Reviewer(("get", "workflows", "ours"))
    async with guarded(reviewer=reviewer) as client:
        assert (await ask(client, f"{OURS}/workflows/one")).code == 200
        assert (await ask(client, f"{OURS}/workflows/missing")).code == 404
        assert (await ask(client, f"{THEIRS}/workflows/secret-name")).code == 403
        assert (await ask(client, f"{OURS}/workflows")).code == 403
    assert reviewer.asked[0] == Act("get", group="argoproj.io", resource="workflows", namespace="ours", name="one")


async def test_a_list_needs_the_right_to_list_there_and_all_namespaces_that_for_all() -> None:
    async with guarded(("list", "workflows", "ours")) as client:
        assert (await ask(client, f"{OURS}/workflows")).code == 200
        assert (await ask(client, f"{THEIRS}/workflows")).code == 403
        assert (await ask(client, WORKFLOWS)).code == 403
        assert (await ask(client, f"{OURS}/workflows/one")).code == 403
    async with guarded(LIST_ALL) as client:
        assert (await ask(client, WORKFLOWS)).code == 200
        assert (await ask(client, f"{THEIRS}/workflows")).code == 200
        assert (await ask(client, CRONS)).code == 403


async def test_refusals_are_in_the_words_of_an_api_server() -> None:
    async with guarded() as client:
        one = json.loads((await ask(client, f"{OURS}/workflows/one")).body)
        every = json.loads((await ask(client, WORKFLOWS)).body)
        below = json.loads((await ask(client, f"{OURS}/workflows/one/log")).body)
        scrape = (await ask(client, "/metrics")).body
    assert one["message"] == (
        'workflows.argoproj.io "one" is forbidden: User "anna" cannot get resource "workflows" in API group '
        '"argoproj.io" in the namespace "ours"'
    )
    assert (one["reason"], one["details"]["name"], one["code"]) == ("Forbidden", "one", 403)
    assert every["message"].endswith("at the cluster scope")
    assert 'resource "workflows/log"' in below["message"]
    assert scrape == b'forbidden: User "anna" cannot get path "/metrics"\n'


async def test_a_scrape_and_discovery_need_the_right_to_their_paths() -> None:
    async with guarded(("get", "/metrics", ""), ("get", "/apis", "")) as client:
        assert (await ask(client, "/metrics")).code == 200
        assert (await ask(client, "/metrics", "HEAD")).code == 200
        assert (await ask(client, "/apis")).code == 200
        assert (await ask(client, "/api")).code == 403
        assert (await ask(client, "/version")).code == 403


async def test_the_page_shows_a_namespace_to_whoever_may_list_there() -> None:
    async with guarded(("list", "workflows", "ours")) as client:
        for view in ("running", "waiting", "failures", "groups", "search"):
            assert (await ask(client, f"/api/v1/{view}?namespace=ours")).code == 200, view
            assert (await ask(client, f"/api/v1/{view}?namespace=theirs")).code == 403, view
            assert (await ask(client, f"/api/v1/{view}?namespace=")).code == 403, view
            assert (await ask(client, f"/api/v1/{view}?namespace=ours&namespace=theirs")).body.find(b"secret") < 0, view
            assert (await ask(client, f"/api/v1/{view}")).code == 403, view
        assert (await ask(client, "/api/v1/cron?namespace=ours")).code == 403  # they are CronWorkflows
        for view in ("overview", "namespaces", "informers", "throughput", "live"):
            assert (await ask(client, f"/api/v1/{view}?namespace=ours")).code == 403, view


async def test_a_search_by_key_is_one_in_the_namespace_of_the_key() -> None:
    async with guarded(("list", "workflows", "ours")) as client:
        assert (await ask(client, "/api/v1/search?q=ours/o")).code == 200
        for text in ("theirs/s", "%20theirs/s", "theirs/s&namespace=ours", "theirs%2Fsecret"):
            reply = await ask(client, f"/api/v1/search?q={text}")
            assert reply.code == 403, text
            assert b"secret" not in reply.body


async def test_whoever_may_list_everything_sees_the_whole_page() -> None:
    async with guarded(LIST_ALL, CRON_ALL) as client:
        for view in ("overview", "namespaces", "informers", "throughput", "cron", "running", "search"):
            assert (await ask(client, f"/api/v1/{view}")).code == 200, view
        assert (await ask(client, "/api/v1/workflows/ours/one")).code == 403
    async with guarded(LIST_ALL) as client:
        assert (await ask(client, "/api/v1/overview")).code == 403


async def test_the_page_shows_one_object_to_whoever_may_get_it() -> None:
    async with guarded(("get", "workflows", "ours")) as client:
        assert (await ask(client, "/api/v1/workflows/ours/one")).code == 200
        assert (await ask(client, "/api/v1/workflows/theirs/secret-name")).code == 403


def batch(*keys: str) -> bytes:
    return json.dumps({"workflows": [{"key": key} for key in keys]}).encode()


async def test_a_batch_is_decided_by_the_namespaces_of_its_keys() -> None:
    async with guarded(("get", "workflows", "ours")) as client:
        question = batch("theirs/secret-name", "ours/one", "theirs/missing", "ours/missing")
        reply = await ask(client, "/lookup/workflows", "POST", question)
    answer = json.loads(reply.body)
    assert [item["metadata"]["name"] for item in answer["items"]] == ["one"]
    assert (answer["missing"], answer["forbidden"]) == (["ours/missing"], ["theirs/secret-name", "theirs/missing"])


async def test_a_batch_of_a_caller_without_rights_tells_nothing_of_the_cache_either() -> None:
    async with guarded() as client:
        for question in (batch(), batch("theirs/secret-name", "theirs/missing")):
            reply = await ask(client, "/lookup/workflows?resourceVersion=1", "POST", question)
            answer = json.loads(reply.body)
            assert (answer["items"], answer["missing"]) == ([], [])
            assert not [name for name in reply.headers if "cache" in name and name != "cache-control"]


async def test_of_many_namespaces_the_right_for_all_is_asked_first_and_of_too_many_alone() -> None:
    question = batch(*(f"n{one}/w" for one in range(NAMESPACE_LIMIT + 1)))
    reviewer = Reviewer(GET_ALL)
    async with guarded(reviewer=reviewer) as client:
        assert (await ask(client, "/lookup/workflows", "POST", question)).code == 200
    assert reviewer.asked == [Act("get", group="argoproj.io", resource="workflows")]
    async with guarded(("get", "workflows", "n1")) as client:
        reply = await ask(client, "/lookup/workflows", "POST", question)
    assert (reply.code, str(NAMESPACE_LIMIT) in json.loads(reply.body)["message"]) == (400, True)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "anna",
        "Basic YW5uYTo=",
        "Bearer",
        "Bearer ",
        "Bearer anna anna",
        "Bearer a\tb",
        "Bearer \xe4nna",
        "Bearer bert",
    ],
)
async def test_what_is_no_token_of_anybody_is_nobodys(sent: str) -> None:
    async with guarded(("get", "/metrics", "")) as client:
        assert (await client.ask("GET", "/metrics", Authorization=sent)).code == 401


async def test_two_tokens_are_none() -> None:
    async with guarded(("get", "/metrics", "")) as client:
        raw = b"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer anna\r\nAuthorization: Bearer anna\r\n"
        assert b" 401 " in await client.exchange(raw + b"Connection: close\r\n\r\n")


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer   "])
async def test_the_word_before_a_token_may_be_written_as_one_likes(scheme: str) -> None:
    async with guarded(("get", "/metrics", "")) as client:
        assert (await client.ask("GET", "/metrics", Authorization=f"{scheme} anna")).code == 200


@pytest.mark.parametrize(
    "path",
    [
        f"{OURS}/../theirs/workflows/secret-name",
        f"{OURS}/%2e%2e/theirs/workflows/secret-name",
        f"{OURS}%2Fworkflows/../../theirs/workflows",
        "/apis/argoproj.io/v1alpha1/namespaces/theirs%2Fworkflows/secret-name",
        "//apis/argoproj.io/v1alpha1/workflows",
        "/metrics/../apis/argoproj.io/v1alpha1/workflows",
        "/livez/../metrics",
        "/livez%2F..%2Fmetrics",
        "/api/v1/workflows/ours%2F..%2Ftheirs/secret-name",
        "http://other/apis/argoproj.io/v1alpha1/workflows",
    ],
)
async def test_a_strange_path_means_no_more_than_a_plain_one(path: str) -> None:
    rules = (("get", "workflows", "ours"), ("list", "workflows", "ours"), ("get", "/livez", ""))
    async with guarded(*rules) as client:
        reply = await ask(client, path)
        assert reply.code in {403, 404}
        assert b"Failed" not in reply.body


async def test_a_proxys_headers_decide_nothing() -> None:
    forged = {"X-Original-URL": "/livez", "X-Rewrite-URL": "/livez", "X-Remote-User": "root"}
    lines = "".join(f"{name}: {text}\r\n" for name, text in forged.items())
    raw = f"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer anna\r\n{lines}\r\n"
    async with guarded() as client:
        assert b" 403 " in (await client.exchange(raw.encode())).partition(b"\r\n")[0]


async def test_while_nobody_can_say_who_it_is_nobody_is_let_in() -> None:
    reviewer = Reviewer(LIST_ALL)
    reviewer.out_of_reach = True
    async with guarded(reviewer=reviewer) as client:
        reply = await ask(client, WORKFLOWS)
        assert (reply.code, reply.headers["retry-after"]) == (503, "5")
        assert (await client.ask("GET", "/livez")).code == 200


async def test_readiness_keeps_its_reasons_to_itself() -> None:
    async with guarded() as client:
        reply = await client.ask("GET", "/readyz")
    assert reply.code == 503
    assert b"[-]informer workflows.argoproj.io failed: reason withheld" in reply.body
    assert b"secret-team" not in reply.body


async def test_without_a_reviewer_everybody_is_let_in_and_told_the_reasons() -> None:
    async with serving(wall().site(guard=Guard())) as client:
        assert (await client.ask("GET", WORKFLOWS)).code == 200
        assert (await client.ask("POST", "/lookup/workflows", batch("theirs/secret-name"))).code == 200
        assert b"secret-team" in (await client.ask("GET", "/readyz")).body


async def test_a_stream_ends_so_that_its_caller_is_looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.web.guard.LONGEST_VISIT", 0.0)
    assert LONGEST_VISIT == 300
    async with guarded(LIST_ALL, CRON_ALL) as client:
        reply = await ask(client, "/api/v1/live")
    assert reply.code == 200
    assert b"event: tick" not in reply.body
