"""The control plane of the tests is a real one: it serves, denies, dies, comes back, forgets, and leaves nothing."""

import json
import os
import ssl
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import StartControlPlane
from tests.controlplane import accounts, argo, binaries
from tests.controlplane.admin import TOO_MANY_REQUESTS, Admin, Object, Refused
from tests.controlplane.binaries import Binaries, Missing
from tests.controlplane.cluster import Cluster
from tests.controlplane.credentials import NOBODY
from tests.controlplane.plane import ControlPlane
from tests.controlplane.process import Process, StartFailed
from tests.controlplane.waiting import wait_for

FORBIDDEN, GONE = 403, 410


def workflow(namespace: str, name: str = "hello", phase: str = "Running") -> Object:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": name, "namespace": namespace, "labels": {"name": name}},
        "status": {"phase": phase},
    }


def names(things: list[Object]) -> list[str]:
    return [thing["metadata"]["name"] for thing in things]


def client_with(cluster: Cluster, token: str) -> Admin:
    return Admin(cluster.url, ssl.create_default_context(cafile=cluster.ca_file), token)


def first_watch_line(admin: Admin, namespace: str, version: str) -> Object:
    path = f"{argo.WORKFLOWS.path(namespace)}?watch=true&resourceVersion={version}&timeoutSeconds=1"
    answer = wait_for(lambda: unless_busy(admin, path), "the watch to be answered")
    line: Object = json.loads(answer.splitlines()[0])
    return line


def unless_busy(admin: Admin, path: str) -> bytes | None:
    # A server that is ready may still answer 429 for a kind whose cache is being filled.
    try:
        return admin.send("GET", path)
    except Refused as refused:
        if refused.code != TOO_MANY_REQUESTS:
            raise
        return None


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_serves_every_kind_of_argo(control_plane: Cluster) -> None:
    assert all(argo.is_served(control_plane.admin, kind) for kind in argo.KINDS)


def test_an_object_is_created_changed_and_deleted(control_plane: Cluster, namespace: str) -> None:
    admin = control_plane.admin
    created = admin.create(argo.WORKFLOWS, workflow(namespace))
    patched = admin.patch(argo.WORKFLOWS, "hello", {"status": {"phase": "Succeeded"}}, namespace)
    assert patched["metadata"]["uid"] == created["metadata"]["uid"]
    admin.replace(argo.WORKFLOWS, patched | {"status": {"phase": "Failed"}})
    assert admin.get(argo.WORKFLOWS, "hello", namespace)["status"] == {"phase": "Failed"}
    admin.delete(argo.WORKFLOWS, "hello", namespace)
    assert admin.list_all(argo.WORKFLOWS, namespace) == []


@pytest.mark.parametrize("status", ["a string", {"phase": 7}])
def test_what_no_controller_would_write_is_stored_too(control_plane: Cluster, namespace: str, status: object) -> None:
    control_plane.admin.create(argo.WORKFLOWS, workflow(namespace) | {"status": status})
    assert control_plane.admin.get(argo.WORKFLOWS, "hello", namespace)["status"] == status


def test_many_objects_are_created_at_once_and_listed_over_pages(control_plane: Cluster, namespace: str) -> None:
    made = sorted(f"w{number}" for number in range(600))
    control_plane.admin.create_many(argo.WORKFLOWS, (workflow(namespace, name) for name in made))
    assert names(control_plane.admin.list_all(argo.WORKFLOWS, namespace)) == made
    assert names(control_plane.admin.list_all(argo.WORKFLOWS, namespace, labels="name=w7")) == ["w7"]


def test_a_failure_among_many_is_told(control_plane: Cluster, namespace: str) -> None:
    with pytest.raises(Refused, match="409"):
        control_plane.admin.create_many(argo.WORKFLOWS, [workflow(namespace), workflow(namespace)])


def test_a_user_without_rights_is_denied(control_plane: Cluster) -> None:
    with client_with(control_plane, control_plane.tokens[NOBODY]) as nobody, pytest.raises(Refused) as caught:
        nobody.list_all(argo.WORKFLOWS)
    assert caught.value.code == FORBIDDEN


def test_a_service_account_may_do_what_it_is_granted_until_that_is_revoked(
    control_plane: Cluster, namespace: str
) -> None:
    admin = control_plane.admin
    account = accounts.create_service_account(admin, namespace)
    given = accounts.grant(admin, account, argo.WORKFLOWS, ["list"], namespace)
    with client_with(control_plane, accounts.issue_token(admin, account)) as client:
        assert client.list_all(argo.WORKFLOWS, namespace) == []
        accounts.revoke(admin, given)
        with pytest.raises(Refused, match="403"):
            client.list_all(argo.WORKFLOWS, namespace)


def test_a_grant_can_hold_for_all_namespaces(control_plane: Cluster, namespace: str) -> None:
    admin = control_plane.admin
    account = accounts.create_service_account(admin, namespace)
    given = accounts.grant(admin, account, argo.WORKFLOWS)
    assert accounts.is_allowed(admin, account, "watch", argo.WORKFLOWS)
    assert not accounts.is_allowed(admin, account, "watch", argo.CRON_WORKFLOWS)
    accounts.revoke(admin, given)


def test_requests_are_counted_by_verb(control_plane: Cluster, namespace: str) -> None:
    before = control_plane.request_counts(argo.CRON_WORKFLOWS).finished.get("LIST", 0)
    control_plane.admin.list_all(argo.CRON_WORKFLOWS, namespace)
    assert control_plane.request_counts(argo.CRON_WORKFLOWS).finished["LIST"] == before + 1


def test_a_kubeconfig_names_the_server_and_a_user_and_is_for_its_owner_only(control_plane: Cluster) -> None:
    path = control_plane.kubeconfig(NOBODY, namespace="argo")
    config = yaml.safe_load(path.read_text())
    assert config["clusters"][0]["cluster"]["server"] == control_plane.url
    assert config["users"][0]["user"] == {"token": control_plane.tokens[NOBODY]}
    assert config["contexts"][0]["context"]["namespace"] == "argo"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_client_certificate_is_accepted_as_its_user_and_its_group(
    start_control_plane: StartControlPlane, tmp_path: Path
) -> None:
    plane = start_control_plane()
    certificate = plane.issue_certificate("alice", "system:masters")
    pem = tmp_path / "alice.pem"
    pem.write_bytes(certificate.certificate + certificate.key)
    context = ssl.create_default_context(cafile=plane.ca_file)
    context.load_cert_chain(pem)
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    with Admin(plane.url, context) as alice:
        who = alice.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", review)["status"]["userInfo"]
    assert who["username"] == "alice"
    assert "system:masters" in who["groups"]
    assert set(certificate.entry) == {"client-certificate-data", "client-key-data"}


def test_a_killed_api_server_comes_back_with_the_same_objects(start_control_plane: StartControlPlane) -> None:
    plane = start_control_plane()
    accounts.create_namespace(plane.admin, "argo")
    created = plane.admin.create(argo.WORKFLOWS, workflow("argo"))
    plane.kill_apiserver()
    with pytest.raises(ConnectionRefusedError):
        plane.admin.list_all(argo.WORKFLOWS)
    plane.start_apiserver()
    assert plane.admin.get(argo.WORKFLOWS, "hello", "argo") == created


def test_a_compacted_history_answers_an_old_version_with_410(start_control_plane: StartControlPlane) -> None:
    plane = start_control_plane()
    accounts.create_namespace(plane.admin, "argo")
    old = plane.admin.version(argo.WORKFLOWS, "argo")
    plane.admin.create(argo.WORKFLOWS, workflow("argo"))
    assert first_watch_line(plane.admin, "argo", old)["type"] == "ADDED"
    plane.stop_apiserver()
    assert plane.compact() > int(old)
    plane.start_apiserver()
    line = first_watch_line(plane.admin, "argo", old)
    assert (line["type"], line["object"]["code"]) == ("ERROR", GONE)


def test_kinds_can_be_removed_and_installed_again(start_control_plane: StartControlPlane) -> None:
    plane = start_control_plane("--feature-gates=WatchList=false")
    argo.remove(plane.admin, [argo.WORKFLOWS])
    assert not argo.is_served(plane.admin, argo.WORKFLOWS)
    argo.install(plane.admin)
    assert argo.is_served(plane.admin, argo.WORKFLOWS)


def test_nothing_is_left_running(control_plane_binaries: Binaries, tmp_path: Path) -> None:
    with ControlPlane(control_plane_binaries, tmp_path) as plane:
        assert all(is_running(pid) for pid in plane.pids)
    assert not any(is_running(pid) for pid in plane.pids)
    assert not (tmp_path / "etcd").exists()


def test_a_server_that_does_not_start_shows_the_end_of_its_log(
    control_plane_binaries: Binaries, tmp_path: Path
) -> None:
    plane = ControlPlane(control_plane_binaries, tmp_path, ["--no-such-flag"])
    with pytest.raises(StartFailed, match="unknown flag: --no-such-flag"), plane:
        pass
    assert not any(is_running(pid) for pid in plane.pids)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills children with their parent")
def test_a_process_dies_even_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from tests.controlplane.process import Process\n"
        f"process = Process('sleeper', ['/bin/sleep', '1000'], Path({str(tmp_path / 'log')!r}))\n"
        "process.start(); print(process.pid, flush=True); time.sleep(1000)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=Path(__file__).parents[1])
    assert parent.stdout is not None
    with parent, parent.stdout as said:
        child = int(said.readline())
        assert is_running(child)
        parent.kill()
    wait_for(lambda: not is_running(child), "the child to die")


def test_a_process_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    stubborn = Process("stubborn", ["/bin/sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 60; done"], log)
    stubborn.start()
    stubborn.wait_ready(lambda: "deaf" in stubborn.tail())
    stubborn.stop(seconds=0.1)
    assert not stubborn.alive
    stubborn.close()


def test_assets_are_taken_where_the_environment_names_them(tmp_path: Path) -> None:
    for name in ("etcd", "kube-apiserver"):
        (tmp_path / name).touch(mode=0o700)
    found = binaries.find({"KUBEBUILDER_ASSETS": str(tmp_path)}, print)
    assert found == Binaries(tmp_path / "etcd", tmp_path / "kube-apiserver")


def test_incomplete_assets_are_named_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "etcd").touch(mode=0o700)
    with pytest.raises(Missing, match="no kube-apiserver"):
        binaries.find({"KUBEBUILDER_ASSETS": str(tmp_path)}, print)


def test_without_go_and_without_a_build_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "CACHE", tmp_path)
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(Missing, match="go is not installed"):
        binaries.find({}, print)
