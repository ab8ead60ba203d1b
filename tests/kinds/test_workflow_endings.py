"""What is told of a workflow at its end: the reason, the nodes, the exemplar."""

import gzip
import re
from base64 import b64encode
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kinds.workflow import WorkflowOptions, read
from exporter.kinds.workflow.failures import BUILT_IN, LONGEST_FOR_OTHERS, Reasons
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.kube.objects import Key
from exporter.metrics.accounting import Whole
from tests.kinds.samples import START, workflow

KEY = Key("ns/wf")
TRACE = "workflows.argoproj.io/trace-id"


def failed(message: str = "", **members: Any) -> bytes:
    return workflow(phase="Failed", finished=START + 9, message=message, **members)


def whole(body: bytes, accounting: WorkflowAccounting | None = None, *, key: Key = KEY) -> Whole:
    return (accounting or WorkflowAccounting()).whole(key, body, read(body).projection, ())


def told(body: bytes, accounting: WorkflowAccounting | None = None) -> dict[tuple[str, ...], float]:
    """Give what is counted by the name of the family and the column's own labels."""
    return {
        (column.family.name.removeprefix("argowf_workflow_"), *column.values): amount
        for column, amount in whole(body, accounting).entries
    }


def reason(body: bytes, accounting: WorkflowAccounting | None = None) -> str:
    (found,) = (labels[0] for name, *labels in told(body, accounting) if name == "failures_total")
    return found


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Stopped with strategy 'Stop'", "stopped"),
        ("Stopped with strategy 'Terminate'", "terminated"),
        ("workflow shutdown with strategy:  Stop", "stopped"),
        ("Step exceeded its deadline", "deadline"),
        ("Max duration limit exceeded", "deadline"),
        ("Pod was active on the node longer than the specified deadline", "deadline"),
        ("OOMKilled (exit code 137)", "oom"),
        ("main: OOMKilled (exit code 137)", "oom"),
        ("The node was low on resource: memory. Threshold quantity: 100Mi, available: 1Ki. ", "evicted"),
        ("Preempted in order to admit critical pod", "evicted"),
        ('Back-off pulling image "nope:1": ErrImagePull', "image_pull"),
        ("ImagePullBackOff", "image_pull"),
        ('pods "wf-1" is forbidden: exceeded quota: compute, requested: cpu=1', "quota"),
        ("Failed to acquire the synchronization lock. no such ConfigMap", "lock"),
        ("invalid spec: templates.main.tasks failed to resolve {{inputs.parameters.x}}", "spec_error"),
        ('workflowtemplates.argoproj.io "build" not found', "spec_error"),
        ("Error (exit code 64): failed to put file", "exit_code"),
        ("who knows", "other"),
        ("", "other"),
    ],
)
def test_a_message_tells_why_a_workflow_failed(message: str, expected: str) -> None:
    assert reason(failed(message)) == expected


LEAVES = {
    "1": {
        "type": "DAG",
        "phase": "Failed",
        "finishedAt": "2024-01-01T00:00:00Z",
        "message": "Max duration limit exceeded",
    },
    "2": {"type": "Pod", "phase": "Failed", "finishedAt": "2024-01-01T00:00:09Z", "message": "Error (exit code 1)"},
    "3": {
        "type": "Pod",
        "phase": "Error",
        "finishedAt": "2024-01-01T00:00:03Z",
        "message": "OOMKilled (exit code 137)",
    },
    "4": {"type": "Pod", "phase": "Succeeded", "finishedAt": "2024-01-01T00:00:01Z", "message": "exceeded quota"},
}
PACKED = b64encode(gzip.compress(msgspec.json.encode(LEAVES))).decode()


@pytest.mark.parametrize("stored", [{"nodes": LEAVES}, {"compressedNodes": PACKED}])
@pytest.mark.parametrize("message", ["child 'wf-3' failed", "No more retries left", ""])
def test_where_a_message_only_blames_a_child_the_node_that_failed_first_tells(
    message: str, stored: dict[str, Any]
) -> None:
    assert reason(failed(message, **stored)) == "oom"


def test_a_message_that_tells_something_is_believed_whatever_the_nodes_say() -> None:
    assert reason(failed("Stopped with strategy 'Stop'", nodes=LEAVES)) == "stopped"


def test_patterns_of_ones_own_come_first_and_may_name_reasons_of_their_own() -> None:
    own = WorkflowAccounting(WorkflowOptions(failure_patterns=(("vendor", "OOMKilled"), ("quota", "no money"))))
    assert reason(failed("OOMKilled (exit code 137)"), own) == "vendor"
    assert reason(failed("child 'x' failed", nodes=LEAVES), own) == "vendor"
    assert reason(failed("no money left"), own) == "quota"
    assert reason(failed("ErrImagePull"), own) == "image_pull"


def test_a_pattern_of_ones_own_sees_less_of_a_message_than_those_built_in() -> None:
    own = WorkflowAccounting(WorkflowOptions(failure_patterns=(("ours", "OOMKilled"),)))
    assert reason(failed("x" * 1_015 + "OOMKilled"), own) == "ours"
    assert reason(failed("x" * 1_016 + "OOMKilled"), own) == "oom"


@pytest.mark.parametrize("pattern", ["(", "[a", "a{99999999999}", "(?P<x>a)(?P<x>b)"])
def test_a_pattern_that_does_not_compile_is_refused_by_name(pattern: str) -> None:
    with pytest.raises(ValueError, match="vendor") as told:
        WorkflowAccounting(WorkflowOptions(failure_patterns=(("vendor", pattern),)))
    assert repr(pattern) in str(told.value)


def test_only_the_beginning_of_a_message_is_looked_at() -> None:
    assert Reasons().find("x" * 5_000 + "OOMKilled") is None
    assert Reasons().find("x" * 4_000 + "OOMKilled") == "oom"


@given(st.text(max_size=60) | st.sampled_from(["templates " * 500, "acquire " * 600, "strategy" + " " * 4_000]))
def test_every_message_has_a_reason_that_was_declared(message: str) -> None:
    assert (Reasons().find(message) or "other") in BUILT_IN


def test_nodes_are_counted_at_the_end_also_of_a_success() -> None:
    body = workflow(phase="Succeeded", finished=START + 9, nodes=LEAVES)
    assert told(body) == {
        ("node_completions_total", "DAG", "Failed"): 1,
        ("node_completions_total", "Pod", "Failed"): 1,
        ("node_completions_total", "Pod", "Error"): 1,
        ("node_completions_total", "Pod", "Succeeded"): 1,
    }


def test_nodes_that_cannot_be_read_are_counted_as_such() -> None:
    assert told(failed("OOMKilled", offloadNodeStatusVersion="fnv:1")) == {
        ("nodes_unreadable_total", "offloaded"): 1,
        ("failures_total", "oom"): 1,
    }


def test_of_a_body_older_than_the_end_only_the_failure_is_told() -> None:
    new = read(failed("OOMKilled", nodes=LEAVES)).projection
    for older in (workflow(phase="Running", nodes=LEAVES, message="OOMKilled"), failed().replace(b":29Z", b":28Z")):
        found = WorkflowAccounting().whole(KEY, older, new, ())
        assert [(column.family.name, column.values) for column, _ in found.entries] == [
            ("argowf_workflow_failures_total", ("other",))
        ]


def test_only_ends_that_were_seen_are_worth_opening_an_object() -> None:
    accounting = WorkflowAccounting()
    running, ended = read(workflow(phase="Running")).projection, read(failed()).projection
    assert accounting.asks_whole(accounting.changed(running, ended, ()))
    assert not accounting.asks_whole(accounting.vanished(running, ()))
    assert not accounting.asks_whole(accounting.changed(read(workflow()).projection, running, ()))


def test_an_exemplar_names_the_trace_and_the_workflow() -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    assert whole(failed(annotations={TRACE: trace})).exemplar == (("trace_id", trace), ("workflow", "ns/wf"))
    assert whole(failed()).exemplar == (("workflow", "ns/wf"),)


@pytest.mark.parametrize("trace", ["", "abc", "0" * 33, "g" * 32, "0af7651916cd43dd8448eb211c80319\n"])
def test_what_is_no_trace_is_left_out_of_an_exemplar(trace: str) -> None:
    assert whole(failed(annotations={TRACE: trace})).exemplar == (("workflow", "ns/wf"),)


def test_an_exemplar_has_the_uid_in_place_of_a_name_that_would_be_too_long() -> None:
    long = Key("n" * 63 + "/" + "w" * 57)
    body = failed(annotations={TRACE: "0" * 16})
    assert whole(body, key=long).exemplar == (("trace_id", "0" * 16), ("uid", "u1"))
    assert whole(failed(), key=Key("n" * 63 + "/" + "w" * 56)).exemplar[0][0] == "workflow"
    assert whole(failed(), key=long).exemplar == (("uid", "u1"),)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4) | st.just("Failed"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "phase", TRACE]), inner),
    max_leaves=6,
)


@given(json_values, json_values, json_values, json_values)
def test_opening_never_raises(message: Any, nodes: Any, packed: Any, annotations: Any) -> None:
    new = read(failed()).projection
    body = msgspec.json.encode(
        {
            "metadata": {"name": "wf", "annotations": annotations, "uid": message},
            "status": {"phase": "Failed", "message": message, "nodes": nodes, "compressedNodes": packed},
        }
    )
    for raw in (body, body[:-3], b"[]", b"\xff"):
        entries = WorkflowAccounting().whole(KEY, raw, new, ()).entries
        assert sum(amount for column, amount in entries if "failures" in column.family.name) == 1


def test_an_end_is_unsettled_until_it_lies_before_the_checkpoint() -> None:
    accounting = WorkflowAccounting()
    assert accounting.unsettled(read(workflow(phase="Running", created=START - 9_000)).projection, START)
    assert accounting.unsettled(read(failed()).projection, START + 9)
    assert not accounting.unsettled(read(failed()).projection, START + 10)


def test_a_projection_comes_back_from_a_file_as_it_was_or_not_at_all() -> None:
    found = read(workflow(phase="Running", started=START, progress="1/2", spec={"suspend": True})).projection
    packed = msgspec.msgpack.encode(found)
    assert msgspec.msgpack.decode(packed, type=type(found)) == found
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(packed.replace(b"Running", b"Cunning"), type=type(found))


PATTERNS = (".*own", ".*.*own", ".*?own", ".*+own", ".*", ".*own|out", ".*^own", ".*(?<=d)own", ".*$", ".*(?i:own)")


@given(
    st.sampled_from(PATTERNS),
    st.text(st.sampled_from("downtuO \n"), max_size=30),
)
def test_a_pattern_that_begins_with_anything_finds_what_it_says(pattern: str, message: str) -> None:
    assert (Reasons([("own", pattern)]).find(message) == "own") == (re.search(pattern, message) is not None)


def test_a_pattern_that_begins_with_anything_does_not_begin_anew_at_each_character() -> None:
    # A thousand times a thousand steps for each of ten thousand messages would outlast the limit of any test.
    ours = Reasons([("own", ".*.*.*a thing that is not there")])
    assert not any(ours.find("x" * LONGEST_FOR_OTHERS + str(one)) for one in range(10_000))
