"""The judge sees every difference, and symbols hide nothing but what differs by nature."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.simulator.recordings.sameness import ABSENT, Allowance, differences, idle, judged
from tests.simulator.recordings.story import resolve
from tests.simulator.recordings.symbols import symbolic
from tests.simulator.recordings.told import Exchange, Recording

NOW = datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC)
UIDS = [f"{number:08}-0000-4000-8000-000000000000" for number in range(3)]
LIST = "/apis/argoproj.io/v1alpha1/workflows"


def recording(body: Any, code: int = 200) -> Recording:
    return Recording("story", "about", [Exchange("GET /x", code=code, body=body)])


def thing(uid: str, version: int, created: str = "2026-01-01T12:00:00Z") -> dict[str, Any]:
    return {"metadata": {"uid": uid, "resourceVersion": str(version), "creationTimestamp": created}}


def told(*bodies: Any, target: str = LIST) -> list[Any]:
    exchanges = [Exchange(f"GET {target}", body=body) for body in bodies]
    return [exchange.body for exchange in symbolic(exchanges, [target] * len(bodies), NOW)]


@pytest.mark.parametrize(
    ("real", "ours", "path"),
    [
        ({"a": 1}, {"a": 2}, "body.a"),
        ({"a": 1}, {"a": True}, "body.a"),
        ({"a": None}, {}, "body.a"),
        ({}, {"a": None}, "body.a"),
        ({"a": [1, 2]}, {"a": [1]}, "body.a"),
        ({"a": [{"b": "x"}]}, {"a": [{"b": "y"}]}, "body.a.0.b"),
        ("text", {"a": 1}, "body"),
    ],
)
def test_a_difference_is_found_where_it_is(real: Any, ours: Any, path: str) -> None:
    assert [found.path for found in differences(recording(real), recording(ours))] == [path]


def test_what_is_missing_is_told_from_null() -> None:
    (found,) = differences(recording({"a": None}), recording({}))
    assert (found.real, found.ours) == (None, ABSENT)


def test_an_allowance_allows_its_own_field_alone_and_is_idle_where_nothing_differs() -> None:
    found = list(differences(recording({"a": 1, "b": 1}), recording({"a": 2, "b": 2})))
    row = Allowance("GET /x", "body.a", "because")
    assert [left.path for left in judged(found, [row])] == ["body.b"]
    assert idle(found, [row]) == []
    assert idle(found, [Allowance("GET /y", "body.a", "because")]) != []


def test_equal_uids_stay_equal_and_others_stay_apart() -> None:
    first, second = told([thing(UIDS[0], 5), thing(UIDS[1], 6)], thing(UIDS[0], 7))
    assert [found["metadata"]["uid"] for found in (*first, second)] == ["<uid 1>", "<uid 2>", "<uid 1>"]


def test_versions_keep_their_order() -> None:
    found = told([thing(UIDS[0], 90), thing(UIDS[1], 10)], thing(UIDS[2], 90))
    assert [each["metadata"]["resourceVersion"] for each in (*found[0], found[1])] == [
        *("<version 2>", "<version 1>", "<version 2>")
    ]


@pytest.mark.parametrize(("version", "symbol"), [("9", "<stale>"), ("10", "<now>"), ("11", "<now>"), ("x", "<stale>")])
def test_a_list_is_as_new_as_its_newest_object(version: str, symbol: str) -> None:
    (found,) = told({"metadata": {"resourceVersion": version}, "items": [thing(UIDS[0], 10)]})
    assert found["metadata"]["resourceVersion"] == symbol


def test_a_later_page_has_the_version_of_the_first() -> None:
    pages = [{"metadata": {"resourceVersion": version}} for version in ("10", "10", "11")]
    found = told(*pages, target=f"{LIST}?continue=x")
    assert [page["metadata"]["resourceVersion"] for page in found] == ["<now>", "<as before>", "<now>"]


def test_an_object_keeps_its_moment_of_creation() -> None:
    found = told(thing(UIDS[0], 1), thing(UIDS[0], 2), thing(UIDS[0], 3, "2026-01-01T12:00:01Z"))
    moments = [each["metadata"]["creationTimestamp"] for each in found]
    assert moments == ["<just now>", "<just now>", "<another moment>"]


def test_old_moments_and_other_texts_stay_as_they_are() -> None:
    body = {"startedAt": "2020-01-01T00:00:00Z", "message": "10 of 20", "annotations": {"x": "127.0.0.1:80"}}
    assert told(body) == [{**body, "annotations": {"x": "<address>"}}]


def test_a_reference_gives_the_value_of_an_earlier_answer() -> None:
    answers = {"page": {"metadata": {"continue": "abc"}, "items": [{"n": 7}]}}
    assert resolve("/x?continue=<page:metadata.continue>&n=<page:items.0.n>", answers) == "/x?continue=abc&n=7"
    with pytest.raises(KeyError):
        resolve("<page:metadata.never>", answers)
