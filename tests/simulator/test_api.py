"""What is asked and answered without a socket, where no recording reaches."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from exporter.simulator.api.cells import span
from exporter.simulator.api.discovery import storage_hash
from exporter.simulator.api.patches import MERGE
from exporter.simulator.api.protobuf import MAGIC, read_namespace
from exporter.simulator.api.query import Query
from exporter.simulator.api.site import Answer, Api, Asked, Opened
from exporter.simulator.api.words import Refused
from exporter.simulator.history import History, Stored
from exporter.simulator.resources import NAMESPACES, WORKFLOWS, Kind, namespace
from tests.simulator.rig import PATH, new_history, workflow


def ask(history: History, target: str, accept: str = "") -> Any:
    path, _, query = target.partition("?")
    answer = Api(history, random.Random(1)).answer(Asked("GET", path, Query(query), accept, ""))
    assert isinstance(answer, Answer)
    return json.loads(b"".join(answer.pieces))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "<invalid>"),
        (-0.5, "0s"),
        (119, "119s"),
        (120, "2m"),
        (185, "3m5s"),
        (3599, "59m"),
        (3 * 3600 + 60, "3h1m"),
        (30 * 3600, "30h"),
        (50 * 3600, "2d2h"),
        (100 * 86400, "100d"),
        (800 * 86400, "2y70d"),
        (9 * 365 * 86400, "9y"),
    ],
)
def test_ages_are_told_as_kubectl_tells_them(seconds: float, shown: str) -> None:
    assert span(seconds) == shown


def test_hashes_of_storage_are_those_of_a_real_server() -> None:
    assert (storage_hash(NAMESPACES), storage_hash(WORKFLOWS)) == ("Q3oi5N2YM8M=", "xBFBvQTk8XY=")


class Walked(History):
    """A history that counts how many objects were taken from it."""

    taken = 0

    def things(self, kind: Kind, namespace: str = "", after: str = "") -> Iterator[Stored]:
        for thing in super().things(kind, namespace, after):
            self.taken += 1
            yield thing


def test_a_page_does_not_walk_through_what_is_beyond_it() -> None:
    history = Walked(lambda: 0.0)
    history.put(NAMESPACES, namespace("red"))
    for number in range(300):
        history.put(WORKFLOWS, workflow(f"w-{number:03}"))
    page = ask(history, f"{PATH}?limit=10")
    assert (len(page["items"]), page["metadata"]["remainingItemCount"]) == (10, 290)
    assert history.taken == 10


def test_what_changes_while_a_list_is_sent_does_not_show() -> None:
    history = new_history()
    for name in "abc":
        history.put(WORKFLOWS, workflow(name))
    answer = Api(history, random.Random(1)).answer(Asked("GET", PATH, Query(""), "", ""))
    assert isinstance(answer, Answer)
    first = next(answer.pieces)
    history.drop(WORKFLOWS, "red", "a")
    history.put(WORKFLOWS, workflow("d"))
    listed = json.loads(first + b"".join(answer.pieces))
    assert [item["metadata"]["name"] for item in listed["items"]] == ["a", "b", "c"]


def test_an_event_is_encoded_once_for_all_watches() -> None:
    history = new_history()
    api = Api(history, random.Random(1))
    query = Query(f"watch=true&resourceVersion={history.version}")
    opened = [api.answer(Asked("GET", PATH, query, "", "")) for _ in range(5)]
    history.put(WORKFLOWS, workflow("a"))
    frames = [frame for each in opened if isinstance(each, Opened) for frame in each.watch.news()]
    assert len(frames) == 5
    assert len(set(map(id, frames))) == 1


def test_a_namespace_in_the_binary_form_is_read() -> None:
    def field(number: int, content: bytes) -> bytes:
        return bytes((number << 3 | 2, len(content))) + content

    labels = field(11, field(1, b"team") + field(2, b"x"))
    metadata = field(1, b"blue") + bytes((7 << 3, 5)) + labels
    body = MAGIC + field(1, field(1, b"v1") + field(2, b"Namespace")) + field(2, field(1, metadata))
    assert read_namespace(body) == {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "blue", "labels": {"team": "x"}},
    }
    for broken in (b"nonsense", body[:-1], MAGIC + b"\xff"):
        with pytest.raises(ValueError, match="it "):
            read_namespace(broken)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"annotations": "x"}, "string into Go struct field ObjectMeta.annotations of type map[string]string"),
        ({"labels": {"a": 5}}, "number into Go struct field ObjectMeta.labels of type string"),
        ({"finalizers": "x"}, "string into Go struct field ObjectMeta.finalizers of type []string"),
        ({"ownerReferences": [7]}, "number into Go struct field ObjectMeta.ownerReferences of type v1.OwnerReference"),
        ({"managedFields": [{"fieldsV1": 5}]}, "number into Go struct field ManagedFieldsEntry.managedFields.fieldsV1"),
        ({"generation": "x"}, "string into Go struct field ObjectMeta.generation of type int64"),
        ({"uid": 7}, "number into Go struct field ObjectMeta.uid of type types.UID"),
    ],
)
def test_a_patch_cannot_put_values_of_other_types_into_the_metadata(change: dict[str, Any], problem: str) -> None:
    history = new_history()
    history.put(WORKFLOWS, workflow("a"))
    before = history.version
    body = json.dumps({"metadata": change}).encode()
    asked = Asked("PATCH", f"{PATH}/a", Query(""), "", MERGE, body)
    with pytest.raises(Refused) as refused:
        Api(history, random.Random(1)).answer(asked)
    assert refused.value.code == 422
    assert problem in refused.value.message
    assert history.version == before
