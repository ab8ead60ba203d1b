"""What a workflow's body tells to somebody who looks at this one, however odd it is."""

import gzip
from base64 import b64encode
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kinds.workflow import story
from exporter.kinds.workflow.story import Glance, Node, read_glance, read_nodes

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def body(**status: Any) -> bytes:
    return msgspec.json.encode({"metadata": {"name": "wf"}, "status": status})


def packed(nodes: Any) -> str:
    return b64encode(gzip.compress(msgspec.json.encode(nodes))).decode()


def names(raw: bytes) -> list[str]:
    return [node.name for node in read_nodes(raw)]


def test_a_message_and_the_progress_are_glanced_at() -> None:
    assert read_glance(body(message="tired", progress="3/7")) == Glance("tired", "3/7")
    assert read_glance(body()) == Glance("", "")
    assert read_glance(b'{"metadata":{}}') == Glance("", "")


STEPS = {
    "root": {"type": "DAG", "phase": "Failed", "finishedAt": "2024-01-01T00:00:01Z", "message": "above"},
    "good": {"displayName": "good", "type": "Pod", "phase": "Succeeded", "finishedAt": "2024-01-01T00:00:01Z"},
    "late": {"displayName": "late", "type": "Pod", "phase": "Failed", "finishedAt": "2024-01-01T00:00:09Z"},
    "sick": {
        "displayName": "sick",
        "type": "Pod",
        "phase": "Failed",
        "finishedAt": "2024-01-01T00:00:03Z",
        "message": "OOMKilled (exit code 137)",
    },
}


@pytest.mark.parametrize("stored", [{"nodes": STEPS}, {"compressedNodes": packed(STEPS)}])
def test_a_message_that_blames_a_child_names_the_step_that_failed_first(stored: dict[str, Any]) -> None:
    raw = body(message="child 'wf-1' failed", **stored)
    assert read_glance(raw).message == "child 'wf-1' failed: sick: OOMKilled (exit code 137)"


def test_a_cause_that_is_not_told_is_left_out() -> None:
    assert read_glance(body(message="child 'wf-1' failed")).message == "child 'wf-1' failed"
    assert read_glance(body(message="stopped", nodes=STEPS)).message == "stopped"
    silent = {"x": {"displayName": "x", "type": "Pod", "phase": "Error"}}
    assert read_glance(body(message="child 'x' failed", nodes=silent)).message == "child 'x' failed: x"


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"status":[]}', b'{"status":7}', b"\xff", b"null"])
def test_what_is_no_object_tells_nothing(raw: bytes) -> None:
    assert read_glance(raw) == Glance("", "")
    assert list(read_nodes(raw)) == []


def test_what_is_no_text_does_not_hide_the_other() -> None:
    assert read_glance(body(message={"a": 1}, progress="3/7")) == Glance("", "3/7")


def test_a_body_nested_too_deeply_tells_its_message_all_the_same() -> None:
    deep = b"[" * 20_000 + b"]" * 20_000
    raw = b'{"spec":%s,"status":{"message":"deep","nodes":{"1":{"name":"n"}}}}' % deep
    assert read_glance(raw).message == "deep"
    assert names(raw) == ["n"]


def test_of_steps_that_began_together_the_one_around_the_others_comes_first() -> None:
    began = "2024-01-01T00:00:01Z"
    nodes = {
        "1": {"displayName": "a-pod", "startedAt": began, "finishedAt": "2024-01-01T00:00:02Z"},
        "2": {"displayName": "graph", "startedAt": began, "finishedAt": "2024-01-01T00:00:09Z"},
        "3": {"displayName": "running", "startedAt": began},
    }
    assert names(body(nodes=nodes)) == ["running", "graph", "a-pod"]


def test_steps_come_in_the_order_in_which_they_began() -> None:
    nodes = {
        "3": {"displayName": "never"},
        "2": {"displayName": "late", "startedAt": "2024-01-01T00:00:09Z"},
        "1": {
            "name": "wf.early",
            "displayName": "early",
            "type": "Pod",
            "phase": "Failed",
            "startedAt": "2024-01-01T00:00:00Z",
            "finishedAt": "2024-01-01T00:00:05Z",
            "message": "exit code 1",
        },
    }
    found = read_nodes(body(nodes=nodes))
    assert [node.name for node in found] == ["early", "late", "never"]
    assert found[0] == Node("early", "Pod", "Failed", 1_704_067_200, 1_704_067_205, "exit code 1")


def test_a_step_without_a_display_name_has_its_own() -> None:
    assert names(body(nodes={"1": {"name": "wf.a"}})) == ["wf.a"]


def test_a_step_that_cannot_be_read_is_left_out() -> None:
    assert names(body(nodes={"1": {"name": "a"}, "2": {"name": 7}, "3": []})) == ["a"]
    assert names(body(nodes={"1": {"name": "a", "startedAt": "yesterday"}})) == ["a"]


def test_compressed_steps_are_read() -> None:
    assert names(body(compressedNodes=packed({"1": {"name": "a"}}))) == ["a"]


@pytest.mark.parametrize("text", ["", "%", "aGVsbG8=", "é", b64encode(gzip.compress(b"{", mtime=0)).decode()])
def test_what_was_not_compressed_holds_no_steps(text: str) -> None:
    assert names(body(compressedNodes=text)) == []


def test_what_is_cut_off_holds_no_steps() -> None:
    whole = gzip.compress(msgspec.json.encode({"1": {"name": "a"}}))
    assert names(body(compressedNodes=b64encode(whole[:-9]).decode())) == []


def test_steps_that_would_fill_the_memory_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = packed({"1": {"name": "a" * 1000}})
    assert len(names(body(compressedNodes=nodes))) == 1
    monkeypatch.setattr(story, "LARGEST", 1000)
    assert names(body(compressedNodes=nodes)) == []


@given(json_values, json_values, json_values)
def test_whatever_stands_there_can_be_looked_at(message: Any, nodes: Any, compressed: Any) -> None:
    raw = body(message=message, nodes=nodes, compressedNodes=compressed)
    assert read_glance(raw).message == (message if isinstance(message, str) else "")
    assert len(read_nodes(raw)) <= (len(nodes) if isinstance(nodes, dict) else 0)
