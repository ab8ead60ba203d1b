"""What a history keeps, what it tells, and what it forgets."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.simulator.history import Change, Expired, History, timestamp
from exporter.simulator.resources import NAMESPACES, WORKFLOWS, namespace
from tests.simulator.rig import workflow

NOON = 1_700_000_000.0


def empty(keep: int = 20_000) -> History:
    return History(lambda: NOON, keep)


def test_a_new_object_gets_what_only_a_server_sets() -> None:
    kept = empty().put(WORKFLOWS, workflow("a"))
    assert UUID(kept["metadata"].pop("uid")) != UUID(empty().put(WORKFLOWS, workflow("a"))["metadata"]["uid"])
    assert kept["metadata"] | {"labels": {}} == {
        "name": "a",
        "namespace": "red",
        "labels": {},
        "creationTimestamp": "2023-11-14T22:13:20Z",
        "generation": 1,
        "resourceVersion": "1001",
    }


def test_what_is_given_is_not_overwritten_but_for_the_version() -> None:
    thing = workflow("a")
    thing["metadata"] |= {"uid": "mine", "creationTimestamp": timestamp(0), "generation": 7, "resourceVersion": "1"}
    metadata = empty().put(WORKFLOWS, thing)["metadata"]
    assert (metadata["uid"], metadata["generation"], metadata["resourceVersion"]) == ("mine", 7, "1001")
    assert thing["metadata"]["resourceVersion"] == "1", "what was given is left alone"


def test_a_replaced_object_stays_the_same_one() -> None:
    history = empty()
    first = history.put(WORKFLOWS, workflow("a"))["metadata"]
    second = history.put(WORKFLOWS, workflow("a", "Failed"))["metadata"]
    assert (second["uid"], second["generation"]) == (first["uid"], 2)


def test_namespaces_count_no_generations() -> None:
    assert "generation" not in empty().put(NAMESPACES, namespace("x"))["metadata"]


def test_listeners_hear_each_change_before_the_call_returns() -> None:
    history, heard = empty(), list[Change]()
    history.subscribe(heard.append)
    history.put(WORKFLOWS, workflow("a"))
    history.put(WORKFLOWS, workflow("a", "Failed"))
    history.drop(WORKFLOWS, "red", "a")
    assert [(change.type, change.version, change.old is None) for change in heard] == [
        ("ADDED", 1001, True),
        ("MODIFIED", 1002, False),
        ("DELETED", 1003, False),
    ]
    assert heard[2].new.thing["metadata"]["resourceVersion"] == "1003"
    assert heard[2].new.thing["status"] == {"phase": "Failed"}


def test_nothing_is_dropped_twice() -> None:
    history = empty()
    history.put(WORKFLOWS, workflow("a"))
    assert history.drop(WORKFLOWS, "red", "a") is not None
    assert history.drop(WORKFLOWS, "red", "a") is None
    assert history.version == 1002


def test_objects_come_in_the_order_of_their_paths() -> None:
    history = empty()
    for place in ("b/a", "a-b/x", "a/x", "a/b"):
        thing = workflow(place.partition("/")[2])
        thing["metadata"]["namespace"] = place.partition("/")[0]
        history.put(WORKFLOWS, thing)
    assert [thing.key for thing in history.things(WORKFLOWS)] == ["a-b/x", "a/b", "a/x", "b/a"]
    assert [thing.key for thing in history.things(WORKFLOWS, "a")] == ["a/b", "a/x"]
    assert [thing.key for thing in history.things(WORKFLOWS, "a", "a/b")] == ["a/x"]
    assert (history.count_after(WORKFLOWS, "a", "a/b"), history.count_after(WORKFLOWS, "", "a/b")) == (1, 2)


def test_what_was_compacted_is_refused_and_the_present_is_not() -> None:
    history = empty()
    for phase in ("Pending", "Running", "Failed"):
        history.put(WORKFLOWS, workflow("a", phase))
    history.compact(1002)
    assert [change.version for change in history.since(WORKFLOWS, 1002)] == [1003]
    with pytest.raises(Expired):
        history.since(WORKFLOWS, 1001)
    history.compact()
    assert history.since(WORKFLOWS, 1003) == []


def test_old_changes_are_forgotten_by_number() -> None:
    history = empty(keep=100)
    for _ in range(1000):
        history.put(WORKFLOWS, workflow("a"))
    kept = history.since(WORKFLOWS, history.compacted)
    assert 100 <= len(kept) <= 125
    assert [change.version for change in kept] == list(range(history.compacted + 1, history.version + 1))


STEPS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["Running", "Failed", ""])), max_size=30)


@given(STEPS)
def test_every_past_can_be_told_from_the_present(steps: list[tuple[str, str]]) -> None:
    history = empty()
    states = {history.version: dict[str, str]()}
    for name, phase in steps:
        if phase:
            history.put(WORKFLOWS, workflow(name, phase))
        else:
            history.drop(WORKFLOWS, "red", name)
        states[history.version] = phases(history)
    for version, state in states.items():
        then = phases(history)
        for key, stored in history.past(WORKFLOWS, version).items():
            then.pop(key, None)
            if stored is not None:
                then[key] = stored.thing["status"]["phase"]
        assert then == state


def phases(history: History) -> dict[str, str]:
    return {stored.key: stored.thing["status"]["phase"] for stored in history.things(WORKFLOWS)}


def test_histories_of_two_threads_do_not_disturb_each_other() -> None:
    def live(history: History) -> None:
        for number in range(200):
            thing = workflow(f"w-{number % 5}") | {"spec": {"long": [str(place) for place in range(2000)]}}
            history.put(WORKFLOWS, thing)

    histories = [empty(), empty()]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(live, histories))
    assert [len(stored.thing["spec"]["long"]) for one in histories for stored in one.things(WORKFLOWS)] == [2000] * 10
