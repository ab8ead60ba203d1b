"""The books count what happened, and nothing else: each case by hand, and all of it by a recount."""

from collections import Counter
from typing import Any

from exporter.simulator.history import History
from exporter.simulator.resources import WORKFLOWS
from exporter.simulator.scenario import Books, Options
from tests.simulator.scenario.chronicle import BEGINNING, SMALL, Chronicle, phase

EARLIER, LATER = "2026-01-27T08:00:00Z", "2026-01-27T09:00:00Z"


class Desk:
    """One workflow, and the books on it."""

    def __init__(self) -> None:
        self.history = History(lambda: BEGINNING)
        self.books = Books(self.history)

    def put(self, phase: Any = None, finished: Any = None, uid: str = "one", **labels: str) -> None:
        status = {} if phase is None else {"status": {"phase": phase, "finishedAt": finished}}
        metadata = {"namespace": "a", "name": "w", "uid": uid, "labels": labels}
        self.history.put(WORKFLOWS, {"metadata": metadata, **status})

    def drop(self) -> None:
        self.history.drop(WORKFLOWS, "a", "w")

    @property
    def account(self) -> dict[str, Any]:
        account: dict[str, Any] = self.books.report()["namespaces"]["a"]
        return account


def test_a_life_is_booked_step_by_step() -> None:
    desk = Desk()
    for step in (None, "Pending", "Running", "Running"):
        desk.put(step)
    desk.put("Succeeded", LATER)
    assert desk.account["phases"]["Succeeded"] == 1
    desk.history.put(WORKFLOWS, {"metadata": {"namespace": "a", "name": "other"}})
    desk.drop()
    assert desk.account["phases"] == dict.fromkeys(desk.account["phases"], 0) | {"Unset": 1}
    assert desk.account == desk.account | {
        "created": 2,
        "updated": 4,
        "retried": 0,
        "completed": {"Succeeded": 1},
        "transitions": {"Unset>Pending": 1, "Pending>Running": 1, "Running>Succeeded": 1},
        "deleted": {"Succeeded": 1},
    }


def test_a_retry_and_its_second_end_are_booked_and_the_same_end_is_not_booked_twice() -> None:
    desk = Desk()
    desk.put("Failed", EARLIER)
    desk.put("Failed", EARLIER, archived="yes")
    desk.put("", None)
    desk.put("Failed", EARLIER)
    desk.put("Succeeded", LATER)
    assert desk.account["completed"] == {"Failed": 1, "Succeeded": 1}
    assert desk.account["retried"] == 2


def test_what_is_deleted_before_it_ends_is_completed_unobserved() -> None:
    desk = Desk()
    desk.put("Running")
    desk.drop()
    assert desk.account["completed"] == {"Unobserved": 1}
    assert desk.account["deleted"] == {"Running": 1}


def test_what_is_deleted_while_it_is_tried_again_is_an_end_and_one_that_is_unobserved() -> None:
    desk = Desk()
    desk.put("Failed", EARLIER)
    desk.put("Running")
    desk.drop()
    assert desk.account["completed"] == {"Failed": 1, "Unobserved": 1}


def test_another_uid_under_the_same_name_is_a_deletion_and_a_creation() -> None:
    desk = Desk()
    desk.put("Succeeded", EARLIER)
    desk.put("Running", uid="two")
    assert (desk.account["created"], desk.account["deleted"]) == (2, {"Succeeded": 1})
    assert desk.account["transitions"] == {}


def test_whatever_stands_where_a_phase_should_is_other() -> None:
    desk = Desk()
    for odd in (7, ["Running"], "Paused"):
        desk.put(odd)
        assert desk.account["phases"]["Other"] == 1


def test_archived_workflows_are_counted_among_the_deleted() -> None:
    desk = Desk()
    desk.put("Succeeded", EARLIER, **{"workflows.argoproj.io/workflow-archiving-status": "Archived"})
    desk.drop()
    assert desk.account["archived"] == 1


def test_what_was_there_before_the_books_began_is_in_no_count_but_in_the_phases() -> None:
    desk = Desk()
    desk.put("Failed", EARLIER)
    desk.books.begin()
    assert desk.account["phases"]["Failed"] == 1
    assert (desk.account["created"], desk.account["completed"]) == (0, {})
    desk.put("Failed", EARLIER)
    assert (desk.account["updated"], desk.account["completed"]) == (1, {})
    assert Books(desk.history).report()["namespaces"]["a"]["phases"]["Failed"] == 1


def test_the_books_of_a_world_equal_a_recount() -> None:
    chronicle = Chronicle(Options(workflows=200, namespaces=3, rate=12, seed=4))
    books, began = Books(chronicle.history), len(chronicle.of())
    told = chronicle.live(40).of()[began:]
    found = books.report()
    accounts = found["namespaces"].values()
    types = Counter(each.change.type for each in told)
    assert found["version"] == chronicle.history.version
    assert sum(each["created"] for each in accounts) == types["ADDED"] > 200
    assert sum(each["updated"] for each in accounts) == types["MODIFIED"]
    assert sum(sum(each["deleted"].values()) for each in accounts) == types["DELETED"] > 100
    ends = {(each.change.new.uid, each.thing["status"]["finishedAt"]) for each in told if ended(each.thing)}
    before = {
        (each.change.new.uid, each.thing["status"]["finishedAt"])
        for each in chronicle.of()[:began]
        if ended(each.thing)
    }
    observed = sum(sum(each["completed"].values()) - each["completed"].get("Unobserved", 0) for each in accounts)
    assert observed == len(ends - before) > 100
    phases = Counter((each["metadata"]["namespace"], phase(each) or "Unset") for each in chronicle.things())
    for name, account in found["namespaces"].items():
        assert account["phases"] == {each: phases[name, each] for each in account["phases"]}


def ended(workflow: dict[str, Any]) -> bool:
    return phase(workflow) in {"Succeeded", "Failed", "Error"}


def test_every_namespace_is_in_the_books_even_an_empty_one() -> None:
    chronicle = Chronicle(SMALL)
    assert {"argo", "default", *chronicle.world.cast.namespaces} <= set(Books(chronicle.history).report()["namespaces"])
