"""What nobody could see: what happens between what a reader was told last and the list with which it goes on."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.simulator.history import History
from exporter.simulator.resources import WORKFLOWS
from exporter.simulator.scenario import Books
from exporter.simulator.scenario.readers import MOST, NOTHING_UNSEEN, PATIENCE
from exporter.simulator.server import Server
from tests.simulator.rig import new_history

ALL = "/apis/argoproj.io/v1alpha1/workflows"
SOON, LATER = "2026-01-27T08:00:00Z", "2026-01-27T09:00:00Z"


class Library:
    """Workflows in one namespace, and one who reads of them."""

    def __init__(self) -> None:
        self.history = History(lambda: 0.0)
        self.books = Books(self.history)

    def put(self, name: str, phase: str = "Running", finished: str | None = None, uid: str = "") -> None:
        metadata = {"namespace": "a", "name": name, "uid": uid or name}
        self.history.put(WORKFLOWS, {"metadata": metadata, "status": {"phase": phase, "finishedAt": finished}})

    def drop(self, name: str) -> None:
        self.history.drop(WORKFLOWS, "a", name)

    def list(self, name: str = "reader") -> None:
        self.books.readers.listed(name, self.history.version, first=True, last=True)

    def tell(self, name: str = "reader") -> None:
        self.books.readers.told(name, self.history.version)

    @property
    def unseen(self) -> Any:
        return self.books.report()["namespaces"]["a"]["unseen"]


def test_who_is_told_everything_has_seen_everything() -> None:
    library = Library()
    library.list()
    library.put("w")
    library.put("w", "Succeeded", SOON)
    library.drop("w")
    library.tell()
    assert library.unseen == NOTHING_UNSEEN


def test_what_was_born_and_gone_in_a_gap_is_unseen() -> None:
    library = Library()
    library.list()
    library.put("w")
    library.put("w", "Succeeded", SOON)
    library.drop("w")
    assert library.unseen == NOTHING_UNSEEN, "it may still be told"
    library.list()
    assert library.unseen == {"created": 1, "completed": {"Succeeded": 1}}


def test_what_was_known_and_ends_in_a_gap_is_seen_to_vanish_without_an_end() -> None:
    library = Library()
    library.list()
    library.put("w")
    library.tell()
    library.put("w", "Failed", SOON)
    library.drop("w")
    library.list()
    assert library.unseen == {"created": 0, "completed": {"Failed": 1, "Unobserved": -1}}


def test_of_two_ends_in_a_gap_only_the_last_is_seen() -> None:
    library = Library()
    library.list()
    library.put("w")
    library.tell()
    for phase, finished in (("Failed", SOON), ("", None), ("Succeeded", LATER)):
        library.put("w", phase, finished)
    library.list()
    assert library.unseen == {"created": 0, "completed": {"Failed": 1}}


def test_another_of_the_same_name_is_seen_but_not_those_between() -> None:
    library = Library()
    library.list()
    library.put("w", uid="one")
    library.tell()
    for uid in ("two", "three"):
        library.drop("w")
        library.put("w", uid=uid)
    library.list()
    assert library.unseen == {"created": 1, "completed": {"Unobserved": 1}}


def test_the_first_list_is_the_baseline_when_its_last_page_is_there() -> None:
    library = Library()
    readers, at_first = library.books.readers, library.history.version
    readers.listed("reader", at_first, first=True, last=False)
    assert library.books.report()["reader"] is None
    library.put("w", "Succeeded", SOON)
    library.drop("w")
    readers.listed("reader", at_first, first=False, last=True)
    assert library.books.report()["reader"] == "reader"
    library.tell()
    assert library.unseen == NOTHING_UNSEEN


def test_a_list_that_was_given_up_is_not_one() -> None:
    library = Library()
    library.list()
    library.put("w", "Succeeded", SOON)
    library.books.readers.listed("reader", library.history.version, first=True, last=False)
    library.drop("w")
    library.list()
    assert library.unseen["created"] == 1


def test_readers_are_told_apart_by_name_and_the_last_to_list_is_meant_unless_one_is_named() -> None:
    library = Library()
    for name in ("exporter/1.0", "kubectl"):
        library.list(name)
    library.put("w", "Succeeded", SOON)
    library.drop("w")
    library.tell("kubectl")
    library.list("exporter/1.0")
    report = library.books.report
    assert (report()["reader"], library.unseen["created"]) == ("exporter/1.0", 1)
    assert report("kube")["namespaces"]["a"]["unseen"] == NOTHING_UNSEEN
    assert report("exporter")["namespaces"]["a"]["unseen"]["created"] == 1
    assert (report("nobody")["reader"], report("nobody")["namespaces"]["a"]["unseen"]) == (None, NOTHING_UNSEEN)


def test_of_many_readers_the_last_are_followed_and_one_that_reads_no_more_is_forgotten() -> None:
    library = Library()
    for number in range(MOST + 1):
        library.list(f"reader-{number}.")
    assert library.books.report("reader-0.")["reader"] is None
    assert library.books.report("reader-1.")["reader"] == "reader-1."
    for version in range(PATIENCE + 1):
        library.books.readers.hear(version, ("a", "w"), None)
    assert library.books.report()["reader"] is None


Step = tuple[str, str]


@given(st.lists(st.tuples(st.sampled_from(("put", "end", "retry", "drop", "tell", "list")), st.sampled_from("uvw"))))
def test_of_all_that_happened_the_seen_is_what_stood_there_at_a_moment_that_was_told(steps: Sequence[Step]) -> None:
    library = Library()
    library.list()
    library.put("x")
    stood = [look(library)]
    seen: set[Look] = set()
    for number, (what, name) in enumerate((*steps, ("list", ""))):
        there = library.history.get(WORKFLOWS, "a", name)
        uid = there.uid if there else f"{name}-{number}"
        match what:
            case "put":
                library.put(name, uid=uid)
            case "end" if there:
                library.put(name, "Failed", f"end-{number}", uid)
            case "retry" if there:
                library.put(name, "", None, uid)
            case "drop":
                library.drop(name)
            case "tell" | "list":
                getattr(library, what)()
                seen.update(*(stood if what == "tell" else stood[-1:]))
                stood = stood[-1:]
        stood.append(look(library))
    report = library.books.report()["namespaces"]["a"]
    assert report["created"] - report["unseen"]["created"] == len({uid for uid, _ in seen})
    failed = report["completed"].get("Failed", 0) - report["unseen"]["completed"].get("Failed", 0)
    assert failed == len({(uid, finished) for uid, finished in seen if finished})


Look = tuple[str, str | None]
"""A workflow at a moment: its uid, and when it ended."""


def look(library: Library) -> list[Look]:
    things = [thing.thing for thing in library.history.things(WORKFLOWS)]
    return [(thing["metadata"]["uid"], thing["status"]["finishedAt"]) for thing in things]


@pytest.mark.parametrize(("fault", "unseen"), [("drop-watch", 0), ("expire", 1)])
async def test_over_a_socket_what_is_missed_is_unseen_if_the_past_is_forgotten(fault: str, unseen: int) -> None:
    history = new_history()
    books = Books(history)
    server = Server(history, sweep=0, audience=books.readers)
    host, port = await server.start()
    headers = {"User-Agent": "somebody/1.0"}
    async with aiohttp.ClientSession(f"http://{host}:{port}", headers=headers) as session:
        version = await listed(session)
        async with session.get(ALL, params={"watch": "true", "resourceVersion": version}) as watch:
            history.put(WORKFLOWS, {"metadata": {"namespace": "red", "name": "seen"}})
            version = json.loads(await watch.content.readline())["object"]["metadata"]["resourceVersion"]
            server.expire() if fault == "expire" else server.drop_watches()
        history.put(WORKFLOWS, {"metadata": {"namespace": "red", "name": "w"}, "status": {"phase": "Failed"}})
        history.drop(WORKFLOWS, "red", "w")
        async with session.get(ALL, params={"watch": "true", "resourceVersion": version}) as watch:
            types = [json.loads(await watch.content.readline())["type"] for _ in range(2 - unseen)]
        assert types == (["ERROR"] if unseen else ["ADDED", "DELETED"])
        await listed(session)
    await server.stop()
    report = books.report("somebody")
    assert report["reader"] == "somebody/1.0"
    assert report["namespaces"]["red"]["unseen"] == {"created": unseen, "completed": {"Failed": 1} if unseen else {}}


async def listed(session: aiohttp.ClientSession) -> str:
    """List everything, page by page."""
    async with asyncio.timeout(10):
        async with session.get(ALL, params={"limit": "1"}) as response:
            metadata = (await response.json())["metadata"]
        while metadata.get("continue"):
            async with session.get(ALL, params={"limit": "1", "continue": metadata["continue"]}) as response:
                metadata = (await response.json())["metadata"]
    return str(metadata["resourceVersion"])
