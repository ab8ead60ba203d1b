import sys
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.kinds.workflow import WORKFLOW, read
from exporter.kinds.workflow.projection import Workflow
from exporter.kube.errors import Malformed
from tests.kinds.samples import START, workflow

OWN = "workflows.argoproj.io/"


def body(**members: Any) -> bytes:
    metadata = {"name": "wf", "namespace": "ns", "uid": "u1", "creationTimestamp": "2023-11-14T22:13:20Z"}
    return msgspec.json.encode({"metadata": metadata | members.pop("metadata", {})} | members)


def projected(**members: Any) -> Workflow:
    found = read(body(**members)).projection
    assert isinstance(found, Workflow)
    return found


def test_a_workflow_is_read_in_one_piece() -> None:
    document = read(workflow("ns", "wf", phase="Failed", created=START, finished=START + 5, template="build"))
    assert document.meta.key == "ns/wf"
    assert document.projection == Workflow("Failed", ("WorkflowTemplate", "build", ""), START, finished=START + 5)
    assert document.kin == "ns/build"
    assert document.problem is None


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        (None, "Unset"),
        ({}, "Unset"),
        ({"phase": None}, "Unset"),
        ({"phase": ""}, "Unset"),
        ({"phase": "Running"}, "Running"),
        ({"phase": "running"}, "Other"),
        ({"phase": "Paused"}, "Other"),
        ({"phase": "Failed", "nodes": "not a map"}, "Failed"),
        ({"phase": "Failed", "finishedAt": None}, "Failed"),
    ],
)
def test_a_status_that_says_what_it_may_has_a_phase_and_is_no_problem(status: Any, phase: str) -> None:
    document = read(body(status=status))
    assert (document.projection.phase, document.problem) == (phase, None)


@pytest.mark.parametrize(
    ("status", "phase", "problem"),
    [
        ("Running", "Unset", "status is not an object"),
        (7, "Unset", "status is not an object"),
        ([{"phase": "Running"}], "Unset", "status is not an object"),
        (False, "Unset", "status is not an object"),
        ({"phase": 3}, "Other", "status.phase is not a text"),
        ({"phase": {"a": 1}}, "Other", "status.phase is not a text"),
        ({"phase": True}, "Other", "status.phase is not a text"),
        ({"phase": 3, "finishedAt": 5}, "Other", "status.phase is not a text, status.finishedAt is not a text"),
    ],
)
def test_a_strange_status_has_a_phase_and_is_a_problem(status: Any, phase: str, problem: str) -> None:
    document = read(body(status=status))
    assert (document.projection.phase, document.problem) == (phase, problem)


@pytest.mark.parametrize("stamp", ["", "soon", "2023-11-14T22:13:20", "0000-00-00T00:00:00Z"])
def test_a_creation_at_no_time_is_a_problem(stamp: str) -> None:
    document = read(body(metadata={"creationTimestamp": stamp}))
    assert (document.projection.created, document.problem) == (None, "metadata.creationTimestamp is not a time")


def test_a_creation_without_a_time_is_none() -> None:
    document = read(body(metadata={"creationTimestamp": None}))
    assert (document.projection.created, document.problem) == (None, None)


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"status": {"phase": "Failed", "finishedAt": 5}}, "status.finishedAt is not a text"),
        ({"status": {"phase": "Failed", "finishedAt": "yesterday"}}, "status.finishedAt is not a time"),
        ({"status": {"phase": "Failed", "finishedAt": "2023-11-14T22:13:20"}}, "status.finishedAt is not a time"),
        ({"status": {"phase": "Failed"}, "spec": "a text"}, "spec is not an object"),
        (
            {"status": {"phase": "Failed"}, "spec": {"workflowTemplateRef": ["build"]}},
            "spec.workflowTemplateRef is not a reference",
        ),
        (
            {"status": {"phase": "Failed"}, "spec": {"workflowTemplateRef": {"name": 5}}},
            "spec.workflowTemplateRef is not a reference",
        ),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_stays_true(members: dict[str, Any], problem: str) -> None:
    document = read(body(**members))
    assert document.problem == problem
    assert document.projection == Workflow("Failed", ("Inline", "", ""), START)


def test_a_name_that_no_object_can_have_makes_no_series() -> None:
    text = workflow("ns", "wf", phase="Failed").replace(b'"build"', b'"%s"' % (b"b" * 1_000_000))
    document = read(text)
    assert document.problem == "the template's name is longer than a name can be"
    assert (document.projection.group, document.kin) == (("WorkflowTemplate", "", ""), "ns/")


def test_an_object_deeper_than_the_decoder_goes_is_still_read_and_named() -> None:
    deep = b"[" * 40_000 + b"]" * 40_000  # newer Pythons go down further than 3.11
    text = workflow("ns", "wf", phase="Failed", finished=START + 5)
    text = text.replace(b'"spec":{', b'"spec":{"arguments":%s,' % deep)
    text = text.replace(b'"metadata":{', b'"metadata":{"managedFields":[{"fieldsV1":%s}],' % deep)
    document = read(text)
    assert document.problem == "nested too deeply"
    assert document.projection == Workflow("Failed", ("WorkflowTemplate", "build", ""), START, finished=START + 5)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"<html>",
        b"{}",
        b'{"metadata":null}',
        b'{"metadata":[]}',
        b'{"metadata":{}}',
        b'{"metadata":{"name":5}}',
        b'{"metadata":{"name":"wf"},"status":5',
        b"[" * 5_000,
    ],
)
def test_what_has_no_readable_metadata_is_malformed(text: bytes) -> None:
    with pytest.raises(Malformed):
        read(text)


@pytest.mark.parametrize(
    ("metadata", "spec", "group"),
    [
        ({}, {"workflowTemplateRef": {"name": "t"}}, ("WorkflowTemplate", "t", "")),
        ({}, {"workflowTemplateRef": {"name": "t", "clusterScope": True}}, ("ClusterWorkflowTemplate", "t", "")),
        ({"labels": {OWN + "workflow-template": "t"}}, {}, ("WorkflowTemplate", "t", "")),
        ({"labels": {OWN + "cluster-workflow-template": "t"}}, None, ("ClusterWorkflowTemplate", "t", "")),
        (
            {"labels": {OWN + "workflow-template": "x"}},
            {"workflowTemplateRef": {"name": "t"}},
            ("WorkflowTemplate", "t", ""),
        ),
        ({"generateName": "hello-world-"}, None, ("Inline", "hello-world", "")),
        ({"generateName": "x-", "labels": {OWN + "cron-workflow": "nightly"}}, None, ("Inline", "x", "nightly")),
        (
            {"ownerReferences": [{"kind": "CronWorkflow", "name": "nightly", "controller": True}]},
            None,
            ("Inline", "", "nightly"),
        ),
        ({"ownerReferences": [{"kind": "CronWorkflow", "name": "nightly"}]}, None, ("Inline", "", "")),
        ({"ownerReferences": [{"kind": "Sensor", "name": "s", "controller": True}]}, None, ("Inline", "", "")),
        (
            {"labels": None, "annotations": None, "ownerReferences": None},
            {"workflowTemplateRef": None},
            ("Inline", "", ""),
        ),
    ],
)
def test_a_group_is_the_template_and_the_cron_workflow_and_never_the_name(
    metadata: dict[str, Any], spec: Any, group: tuple[str, str, str]
) -> None:
    assert projected(metadata=metadata, spec=spec).group == group


@pytest.mark.parametrize(
    ("status", "archived"), [("Pending", False), ("Archived", True), ("Persisted", True), ("", False)]
)
def test_a_label_says_whether_a_workflow_is_archived(status: str, archived: bool) -> None:
    assert projected(metadata={"labels": {OWN + "workflow-archiving-status": status}}).archived is archived


def test_times_may_carry_zones_and_fractions() -> None:
    status = {"phase": "Failed", "finishedAt": "2023-11-14T23:13:25.9+01:00"}
    assert projected(status=status).finished == START + 5


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5) | st.sampled_from(["Running", "Failed"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["phase", "finishedAt", "workflowTemplateRef", "name", "clusterScope"]), inner
        )
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(values, values)
def test_reading_is_total_where_metadata_can_be_read(spec: Any, status: Any) -> None:
    found = projected(spec=spec, status=status)
    phase = status.get("phase") if isinstance(status, dict) else None
    match phase:
        case None | "":
            assert found.phase == "Unset"
        case "Running" | "Failed":
            assert found.phase == phase
        case _:
            assert found.phase == "Other"


def test_workflows_of_one_template_share_their_group() -> None:
    assert (
        projected(spec={"workflowTemplateRef": {"name": "t"}}).group
        is projected(metadata={"name": "other"}, spec={"workflowTemplateRef": {"name": "t"}}).group
    )


def test_a_projection_is_small() -> None:
    found = projected(status={"phase": "Failed", "finishedAt": "2023-11-14T22:13:25Z"})
    own = sys.getsizeof(found) + sys.getsizeof(found.created) + sys.getsizeof(found.finished)
    assert own <= 250
    assert found.phase is projected(status={"phase": "Failed"}).phase


def test_indexes_find_a_workflow_by_phase_template_labels_and_annotations() -> None:
    functions = WORKFLOW.index_functions([OWN + "phase", OWN + "creator", OWN + "completed"], ["owner"])
    document = read(
        body(
            metadata={"labels": {OWN + "phase": "Running", OWN + "creator": ""}, "annotations": {"owner": "me"}},
            spec={"workflowTemplateRef": {"name": "build"}},
            status={"phase": "Failed"},
        )
    )
    terms = {name: tuple(function(document)) for name, function in functions.items()}
    assert {name: found for name, found in terms.items() if found} == {
        "phase": ("Failed",),
        "template": ("build",),
        f"label:{OWN}phase": ("Running",),
        f"label:{OWN}creator": ("",),
        "annotation:owner": ("me",),
    }


def test_only_what_is_asked_for_is_indexed_besides_the_own() -> None:
    assert list(WORKFLOW.index_functions()) == ["phase", "template", "cron"]


def test_a_workflow_without_a_template_is_found_by_none() -> None:
    document = read(body(metadata={"generateName": "x-"}))
    assert list(WORKFLOW.index_functions()["template"](document)) == []


def test_the_start_is_read_beside_the_end() -> None:
    document = read(workflow(phase="Failed", started=START + 2, finished=START + 5))
    assert (document.projection.started, document.projection.finished) == (START + 2, START + 5)


def test_a_start_that_is_no_time_is_left_out_and_named() -> None:
    text = workflow(phase="Failed", started=START, finished=START + 5)
    for odd in (b'"soon"', b"7"):
        document = read(text.replace(b'"startedAt":"2023-11-14T22:13:20Z"', b'"startedAt":' + odd))
        assert document.projection.started is None
        assert document.projection.finished == START + 5
        assert "status.startedAt" in (document.problem or "")


POSTPONED = "Workflow processing has been postponed because too many workflows are already running"


@pytest.mark.parametrize(
    ("message", "wait"),
    [
        (POSTPONED, "parallelism"),
        ("Waiting for argo/ConfigMap/limits/deploy lock. Lock status: 1/1", "lock"),
        ("Waiting for argo/Mutex/deploy lock. Lock status: 0/1", "lock"),
        ("Waiting to acquire the synchronization lock.", "lock"),
        ("Waiting for a PVC to be created.", "pvc"),
        ("Waiting for a lock", "other"),
        ("", "other"),
        (None, "other"),
    ],
)
def test_a_pending_workflow_says_what_it_waits_for(message: str | None, wait: str) -> None:
    status = {"phase": "Pending", "message": message}
    assert read(workflow_with(status)).projection.waits_for == wait


def test_one_without_a_phase_waits_for_being_admitted_and_others_wait_for_nothing() -> None:
    assert read(workflow_with({})).projection.waits_for == "not_admitted"
    assert read(workflow_with({"phase": "Running", "message": POSTPONED})).projection.waits_for == ""


def test_a_message_that_is_no_text_is_named_and_the_wait_unknown() -> None:
    document = read(workflow_with({"phase": "Pending", "message": 5}))
    assert document.problem == "status.message is not a text"
    assert document.projection.waits_for == "other"


def workflow_with(status: Mapping[str, object]) -> bytes:
    return msgspec.json.encode({"metadata": {"name": "wf", "namespace": "ns"}, "status": status})
