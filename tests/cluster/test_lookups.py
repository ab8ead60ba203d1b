"""A lookup gives what the API server itself would give, byte for byte."""

from pathlib import Path
from random import Random

import msgspec
import pytest

from benchmarks.fleet import Fleet, postable
from tests.cluster.conftest import StartProgram
from tests.cluster.program import Program
from tests.cluster.workflows import workflow
from tests.conftest import StartControlPlane
from tests.controlplane import accounts
from tests.controlplane.admin import Admin, Object, Refused
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.binaries import Binaries
from tests.controlplane.cluster import Cluster
from tests.controlplane.waiting import wait_for

UNICODE = 'ünïcödé 漢字 🚀 \u2028 \u0007 \\ " / <&> \x7f e\u0301'
NUMBERS = [1.0, 1e300, -0.0, 12345678901234567, 0.1, 1e-7, 2**53 + 1]


LARGEST = 2_090_000
"""Bytes of a text in the largest object that gets through: an API server sends its etcd 2 MiB at most."""


def realistic(namespace: str) -> Object:
    thing = postable(Fleet(workflows=1, namespaces=1).object())
    thing["metadata"] |= {"namespace": namespace, "name": "realistic"}
    return thing


def payload(size: int) -> str:
    """Text of so many bytes that does not compress away."""
    return "".join(Random(7).choices("abcdefghijklmnopqrstuvwxyz0123456789 ", k=size))


def is_same(theirs: bytes, ours: bytes) -> bool:
    # Not compared by assert: pytest would explain the difference of two megabytes.
    return theirs == ours


def test_the_bytes_are_those_of_the_api_server(
    control_plane: Cluster, namespace: str, start_program: StartProgram
) -> None:
    things = {
        "plain": workflow(namespace, "plain", "Running"),
        "realistic": realistic(namespace),
        "unicode": workflow(namespace, "unicode") | {"spec": {UNICODE: UNICODE, "numbers": NUMBERS}},
        "bare": {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"name": "bare", "namespace": namespace},
        },
        "a.long-name.with.dots": workflow(namespace, "a.long-name.with.dots"),
        "large": workflow(namespace, "large") | {"spec": {"arguments": payload(1_400_000)}},
    }
    admin = control_plane.admin
    listed, watched = list(things.values())[::2], list(things.values())[1::2]
    admin.create_many(WORKFLOWS, listed)
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}").wait_live()
    admin.create_many(WORKFLOWS, watched)
    program.wait_number(len(things), "informer_objects", resource=WORKFLOWS.name)
    for name in things:
        answer = program.lookup(name, namespace)
        assert (answer.code, answer.headers["Content-Type"]) == (200, "application/json")
        assert is_same(admin.read(WORKFLOWS, name, namespace), answer.body), name


def test_an_object_of_two_megabytes_is_kept_and_given_whole(
    control_plane_binaries: Binaries,
    start_control_plane: StartControlPlane,
    start_program: StartProgram,
    tmp_path: Path,
) -> None:
    roomy = tmp_path / "roomy-etcd"
    roomy.write_text(f'#!/bin/sh\nexec {control_plane_binaries.etcd} "$@" --max-request-bytes=4000000\n')
    roomy.chmod(0o700)
    plane = start_control_plane(etcd=roomy)
    accounts.create_namespace(plane.admin, "argo")
    plane.admin.create(WORKFLOWS, workflow("argo", "listed") | {"spec": {"arguments": payload(LARGEST)}})
    program = start_program(plane.kubeconfig()).wait_live()
    plane.admin.create(WORKFLOWS, workflow("argo", "watched") | {"spec": {"arguments": payload(LARGEST)}})
    program.wait_events(2, "added")
    for name in ("listed", "watched"):
        theirs = plane.admin.read(WORKFLOWS, name, "argo")
        assert len(theirs) > LARGEST
        assert is_same(theirs, program.lookup(name, "argo").body)


def test_a_batch_comes_in_the_order_asked_and_names_what_is_missing(
    control_plane: Cluster, namespace: str, start_program: StartProgram
) -> None:
    admin = control_plane.admin
    admin.create_many(WORKFLOWS, (workflow(namespace, f"w{number}", "Running") for number in range(20)))
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}").wait_live()
    asked = ["w7", "absent", "w3", "w19", "w3", "also-absent"]
    answer = program.post("/lookup/workflows", {"workflows": [{"key": f"{namespace}/{name}"} for name in asked]})
    assert answer.code == 200
    members = msgspec.json.decode(answer.body, type=dict[str, list[msgspec.Raw]])
    expected = [admin.read(WORKFLOWS, name, namespace).rstrip() for name in ("w7", "w3", "w19", "w3")]
    assert [bytes(item) for item in members["items"]] == expected
    assert [msgspec.json.decode(key) for key in members["missing"]] == [
        f"{namespace}/absent",
        f"{namespace}/also-absent",
    ]


def test_who_has_the_version_already_is_told_so_until_it_changes(
    control_plane: Cluster, namespace: str, start_program: StartProgram
) -> None:
    admin = control_plane.admin
    created = admin.create(WORKFLOWS, workflow(namespace))
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}").wait_live()
    tag = program.lookup("hello", namespace).headers["ETag"]
    assert tag == f'"{created["metadata"]["resourceVersion"]}"'
    again = program.lookup("hello", namespace, If_None_Match=tag)
    assert (again.code, again.body) == (304, b"")
    admin.patch(WORKFLOWS, "hello", {"metadata": {"annotations": {"touched": "yes"}}}, namespace)
    program.wait_events(1, "modified")
    changed = program.lookup("hello", namespace, If_None_Match=tag)
    assert (changed.code, changed.body) == (200, admin.read(WORKFLOWS, "hello", namespace))
    assert changed.headers["ETag"] != tag


def test_an_answer_says_how_new_it_is(control_plane: Cluster, namespace: str, start_program: StartProgram) -> None:
    created = control_plane.admin.create(WORKFLOWS, workflow(namespace))
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}").wait_live()
    headers = program.lookup("hello", namespace).headers
    assert int(headers["X-Cache-Resource-Version"]) >= int(created["metadata"]["resourceVersion"])
    assert int(headers["Age"]) >= 0


def test_a_namespace_that_is_not_watched_is_refused_and_not_empty(
    control_plane: Cluster, namespace: str, start_program: StartProgram
) -> None:
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}").wait_live()
    for path in (WORKFLOWS.path("nowhere"), WORKFLOWS.path("nowhere", "absent")):
        answer = program.get(path)
        said = msgspec.json.decode(answer.body)
        assert (said["kind"], answer.code, said["reason"]) == ("Status", 403, "Forbidden")
    found = program.post("/lookup/workflows", {"workflows": [{"key": "nowhere/absent"}]})
    assert msgspec.json.decode(found.body) == {"items": [], "missing": [], "forbidden": ["nowhere/absent"]}


def test_a_missing_object_is_missing_in_the_words_of_the_api_server(
    control_plane: Cluster, namespace: str, start_program: StartProgram
) -> None:
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}").wait_live()
    assert msgspec.json.decode(program.lookup("absent", namespace).body) == refusal(control_plane.admin, namespace)


def refusal(admin: Admin, namespace: str) -> object:
    with pytest.raises(Refused) as caught:
        admin.read(WORKFLOWS, "absent", namespace)
    return msgspec.json.decode(caught.value.body)


def test_lookups_can_be_turned_off(control_plane: Cluster, namespace: str, start_program: StartProgram) -> None:
    control_plane.admin.create(WORKFLOWS, workflow(namespace))
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}", "--lookup=false").wait_live()
    assert program.lookup("hello", namespace).code == 404
    assert program.get("/lookup/workflows").code == 404


def test_an_api_server_that_was_not_heard_for_too_long_ends_the_lookups(
    control_plane: Cluster, namespace: str, start_program: StartProgram
) -> None:
    control_plane.admin.create(WORKFLOWS, workflow(namespace))
    flags = (f"--namespaces={namespace}", "--cache.stale-after=1s")
    program = start_program(control_plane.kubeconfig(), *flags).wait_live()
    refused = wait_for(lambda: _refusal(program, namespace), "a lookup to be refused")
    assert refused["reason"] == "ServiceUnavailable"
    assert "the API server has not been heard for" in refused["message"]
    control_plane.admin.patch(WORKFLOWS, "hello", {"metadata": {"annotations": {"touched": "yes"}}}, namespace)
    wait_for(lambda: _refusal(program, namespace) is None, "lookups to be answered again")


def _refusal(program: Program, namespace: str) -> Object | None:
    answer = program.lookup("hello", namespace)
    if answer.code == 200:
        return None
    found: Object = msgspec.json.decode(answer.body)
    return found
