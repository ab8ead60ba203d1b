"""The reviewer, against an API server of this file's own."""

import asyncio
import logging

import msgspec
import pytest

from exporter.kube.errors import Answered, Forbidden, KubeError, ServerError, Status, Unreachable
from exporter.kube.objects import Resource
from exporter.reviews import Reviews
from exporter.reviews import reviews as module
from exporter.web.access import Act, Caller, Undecided
from tests.informer.virtual import settle, virtual

ANNA = Caller("anna")
READ = Act("list", group="argoproj.io", resource="workflows", namespace="team")


class Server:
    """Knows the tokens that begin with a name and a dash, and allows what is in ``rights``."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.rights = {("anna", "team")}
        self.failure: KubeError | None = None
        self.answer: bytes | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.now = 0.0

    def reviews(self, audiences: tuple[str, ...] = ()) -> Reviews:
        return Reviews(self, allow_ttl=300, deny_ttl=30, audiences=audiences, clock=lambda: self.now)

    async def create(self, resource: Resource, document: bytes) -> bytes:
        spec = msgspec.json.decode(document)["spec"]
        self.asked.append(resource.plural)
        await self.open.wait()
        if self.failure is not None:
            raise self.failure
        if self.answer is not None:
            return self.answer
        if resource.plural == "tokenreviews":
            name, _, rest = spec["token"].partition("-")
            return msgspec.json.encode({"status": {"authenticated": bool(rest), "user": {"username": name}}})
        right = (spec["user"], spec["resourceAttributes"].get("namespace"))
        return msgspec.json.encode({"status": {"allowed": right in self.rights}})


@pytest.fixture
async def server() -> Server:
    return Server()


async def test_a_caller_is_asked_about_once(server: Server) -> None:
    reviews = server.reviews()
    assert [await reviews.who("anna-1") for _ in range(3)] == [ANNA] * 3
    assert [await reviews.may(ANNA, READ) for _ in range(3)] == [True] * 3
    assert server.asked == ["tokenreviews", "subjectaccessreviews"]
    assert reviews.statistics().reviews == {("token", "allowed"): 1, ("access", "allowed"): 1}


async def test_what_was_allowed_is_asked_again_after_a_while(server: Server) -> None:
    reviews = server.reviews()
    assert await reviews.may(ANNA, READ)
    server.rights.clear()
    server.now = 299.9
    assert await reviews.may(ANNA, READ)
    server.now = 300
    assert not await reviews.may(ANNA, READ)


async def test_what_was_refused_is_asked_again_sooner(server: Server) -> None:
    reviews = server.reviews()
    assert await reviews.who("nobody") is None
    assert not await reviews.may(Caller("bert"), READ)
    server.rights.add(("bert", "team"))
    server.now = 29.9
    assert not await reviews.may(Caller("bert"), READ)
    server.now = 30
    assert await reviews.may(Caller("bert"), READ)
    assert await reviews.who("nobody") is None
    assert server.asked.count("tokenreviews") == 2


async def test_callers_of_one_name_and_different_groups_are_different(server: Server) -> None:
    reviews = server.reviews()
    await reviews.may(ANNA, READ)
    await reviews.may(Caller("anna", groups=("admins",)), READ)
    assert len(server.asked) == 2


async def test_many_who_ask_the_same_wait_for_one_answer_even_if_the_first_leaves(server: Server) -> None:
    reviews = server.reviews()
    server.open.clear()
    asking = [asyncio.create_task(reviews.who("anna-1")) for _ in range(20)]
    await asyncio.sleep(0)
    asking.pop(0).cancel()
    server.open.set()
    assert await asyncio.gather(*asking) == [ANNA] * 19
    assert server.asked == ["tokenreviews"]


async def test_a_crowd_of_strangers_is_no_crowd_at_the_api_server(server: Server) -> None:
    reviews = server.reviews()
    server.open.clear()
    asking = [asyncio.create_task(reviews.who(f"anna-{one}")) for one in range(module.WAITING)]
    for _ in range(3):
        await asyncio.sleep(0)
    assert len(server.asked) == module.AT_ONCE
    with pytest.raises(Undecided, match="too many"):
        await reviews.who("anna-more")
    assert reviews.statistics().overloaded == 1
    server.open.set()
    assert set(await asyncio.gather(*asking)) == {ANNA}
    assert await reviews.who("anna-more") == ANNA


@pytest.mark.parametrize(
    "failure",
    [
        Unreachable("no"),
        ServerError("create", 500, Status()),
        Answered("create", 401, Status()),
    ],
    ids=["unreachable", "500", "401"],
)
async def test_a_review_that_failed_decides_nothing_and_is_not_remembered(server: Server, failure: KubeError) -> None:
    reviews = server.reviews()
    server.failure = failure
    for ask in (lambda: reviews.who("anna-1"), lambda: reviews.may(ANNA, READ)):
        with pytest.raises(Undecided):
            await ask()
    server.failure = None
    assert await reviews.who("anna-1") == ANNA
    assert await reviews.may(ANNA, READ)
    assert reviews.statistics().reviews["token", "failed"] == 1
    assert reviews.statistics().reviews["access", "failed"] == 1


async def test_an_answer_that_is_none_decides_nothing(server: Server) -> None:
    reviews = server.reviews()
    server.answer = b"<html>"
    for ask in (lambda: reviews.who("anna-1"), lambda: reviews.may(ANNA, READ)):
        with pytest.raises(Undecided):
            await ask()


async def test_a_right_that_the_program_lacks_is_named_once_and_until_it_returns(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    reviews = server.reviews()
    server.failure = Forbidden("create tokenreviews", 403, Status())
    for token in ("anna-1", "anna-2"):
        with pytest.raises(Undecided):
            await reviews.who(token)
    assert reviews.problem() == "may not create tokenreviews.authentication.k8s.io"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    server.failure = None
    assert await reviews.who("anna-1") == ANNA
    assert reviews.problem() is None


@virtual
async def test_an_api_server_that_does_not_answer_is_not_waited_for_long() -> None:
    server = Server()
    server.open.clear()
    reviews = server.reviews()
    asking = asyncio.create_task(reviews.who("anna-1"))
    await settle()
    with pytest.raises(Undecided, match="no answer within 10 seconds"):
        await asking


async def test_what_is_too_long_to_exist_is_not_remembered(server: Server) -> None:
    reviews = server.reviews()
    act = Act("get", resource="workflows", namespace="team", name="x" * 2_000)
    for _ in range(2):
        assert await reviews.may(ANNA, act)
    assert len(server.asked) == 2


async def test_a_token_is_kept_as_a_digest_that_differs_in_each_process(server: Server) -> None:
    digests = set()
    for _ in range(2):
        reviews = server.reviews()
        await reviews.who("anna-secret")
        digests |= set(reviews._callers._kept)
    assert len(digests) == 2
    assert all(b"secret" not in digest for digest in digests if isinstance(digest, bytes))
