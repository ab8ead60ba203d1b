"""Objects that no controller would write: each is counted, none is lost, none brings a wrong number."""

import msgspec
import pytest

from tests.cluster.conftest import StartProgram
from tests.cluster.program import Program
from tests.cluster.workflows import phases, workflow
from tests.controlplane.admin import Admin, Object
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.cluster import Cluster

DEPTH = 3_000
"""Levels of nesting; an API server stores up to 10,000."""

ODD: dict[str, tuple[str, Object]] = {
    "a-phase-that-is-a-number": ("Other", {"status": {"phase": 7}}),
    "a-phase-that-is-an-object": ("Other", {"status": {"phase": {"is": "Running"}}}),
    "a-phase-that-argo-does-not-have": ("Other", {"status": {"phase": "running"}}),
    "a-phase-that-is-null": ("Unset", {"status": {"phase": None}}),
    "a-status-that-is-a-text": ("Unset", {"status": "Succeeded"}),
    "a-status-that-is-a-list": ("Unset", {"status": [{"phase": "Running"}]}),
    "a-status-that-is-null": ("Unset", {"status": None}),
    "a-spec-that-is-a-text": ("Running", {"spec": "none", "status": {"phase": "Running"}}),
    "a-reference-that-is-a-list": ("Running", {"spec": {"workflowTemplateRef": []}, "status": {"phase": "Running"}}),
    "an-end-that-is-no-time": ("Failed", {"status": {"phase": "Failed", "finishedAt": "yesterday"}}),
    "an-end-that-is-a-number": ("Error", {"status": {"phase": "Error", "finishedAt": 1_700_000_000}}),
}
EXPECTED = {"Other": 3, "Unset": 4, "Running": 2, "Failed": 1, "Error": 1}

LABELS = {"workflows.argoproj.io/phase": "Succeeded", "workflows.argoproj.io/workflow-template": "", "empty": ""}
"""A phase label that is stale, and labels without a value."""


def odd(namespace: str, name: str) -> Object:
    return workflow(namespace, name, labels=LABELS) | ODD[name][1]


def nested(namespace: str, name: str) -> msgspec.Raw:
    """Give the JSON of a workflow whose spec goes down very far."""
    spec = '{"steps":' * DEPTH + '"bottom"' + "}" * DEPTH
    head = f'"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","metadata":{{"name":"{name}"}}'
    return msgspec.Raw(f'{{{head},"spec":{spec},"status":{{"phase":"Running"}}}}'.encode())


def create_nested(admin: Admin, namespace: str, name: str) -> None:
    admin.send("POST", WORKFLOWS.path(namespace), nested(namespace, name))


def check_bytes(program: Program, admin: Admin, namespace: str, name: str) -> None:
    assert program.lookup(name, namespace).body == admin.read(WORKFLOWS, name, namespace)


@pytest.mark.parametrize("seen_by", ["list", "watch"])
def test_odd_objects_are_counted_as_far_as_they_can_be_read(
    control_plane: Cluster, namespace: str, start_program: StartProgram, seen_by: str
) -> None:
    admin = control_plane.admin
    things = [odd(namespace, name) for name in ODD]
    if seen_by == "list":
        admin.create_many(WORKFLOWS, things)
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}").wait_live()
    if seen_by == "watch":
        admin.create_many(WORKFLOWS, things)
    seen = program.wait_events(len(ODD), "added")
    assert phases(seen, namespace) == EXPECTED
    assert seen.of_informer("decode_errors_total") == 8  # two specs, two ends, two statuses, two phases
    assert seen.of_informer("handler_errors_total") == 0
    for name in ODD:
        check_bytes(program, admin, namespace, name)


def test_an_object_that_turns_odd_and_back_moves_between_phases(
    control_plane: Cluster, namespace: str, start_program: StartProgram
) -> None:
    admin = control_plane.admin
    admin.create(WORKFLOWS, workflow(namespace, phase="Running"))
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}").wait_live()
    for place, (status, phase) in enumerate([(7, "Unset"), ({"phase": 7}, "Other"), ({"phase": "Running"}, "Running")]):
        admin.patch(WORKFLOWS, "hello", {"status": status}, namespace)
        assert phases(program.wait_events(place + 1, "modified"), namespace) == {phase: 1}


def test_an_object_nested_three_thousand_levels_deep_is_counted_and_given_back(
    control_plane: Cluster, namespace: str, start_program: StartProgram
) -> None:
    admin = control_plane.admin
    create_nested(admin, namespace, "listed")
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}").wait_live()
    create_nested(admin, namespace, "watched")
    seen = program.wait_events(2, "added")
    assert phases(seen, namespace) == {"Running": 2}
    for name in ("listed", "watched"):
        check_bytes(program, admin, namespace, name)
    batch = program.post("/lookup/workflows", {"workflows": [{"key": f"{namespace}/listed"}]})
    assert batch.body.startswith(b'{"items":[' + admin.read(WORKFLOWS, "listed", namespace).rstrip())
