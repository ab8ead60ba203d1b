"""The rights that are printed are enough on a real API server, and none can be left out."""

import copy
from pathlib import Path
from typing import Any

import pytest

from exporter import config, rbac
from tests.cluster.conftest import StartProgram
from tests.cluster.workflows import workflow
from tests.controlplane import accounts
from tests.controlplane.accounts import CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.cluster import Cluster
from tests.controlplane.waiting import wait_for

RESOURCES = {one.kind: one for one in (ROLES, ROLE_BINDINGS, CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS)}
KINDS = ("workflows", "cronworkflows", "workflowtemplates", "clusterworkflowtemplates")


def apply(cluster: Cluster, documents: list[dict[str, Any]]) -> None:
    for one in documents:
        cluster.admin.create(RESOURCES[one["kind"]], one)


@pytest.fixture
def kubeconfig(control_plane: Cluster, namespace: str) -> Path:
    control_plane.admin.create(WORKFLOWS, workflow(namespace, "one", phase="Running"))
    account = accounts.create_service_account(control_plane.admin, namespace, rbac.NAME)
    return control_plane.kubeconfig(token=accounts.issue_token(control_plane.admin, account))


@pytest.mark.parametrize("narrow", [False, True], ids=["cluster", "namespace"])
def test_they_are_enough_for_everything(
    control_plane: Cluster, namespace: str, kubeconfig: Path, start_program: StartProgram, *, narrow: bool
) -> None:
    chosen = {"auth-filter": ["true"], **({"namespaces": [namespace]} if narrow else {})}
    apply(control_plane, rbac.documents(config.load(chosen, {}), namespace))
    program = start_program(kubeconfig, *(f"--{name}={texts[0]}" for name, texts in chosen.items()))
    token = control_plane.admin_token
    path = WORKFLOWS.path(namespace, "one")
    wait_for(lambda: program.get(path, Authorization=f"Bearer {token}").code == 200, "the workflow to be shown")
    assert not [line for line in program.lines() if "forbidden" in line.lower()]
    scrape = program.get("/metrics", Authorization=f"Bearer {token}").body.decode()
    live = [line for line in scrape.splitlines() if line.startswith("informer_synced{") and line.endswith(" 1")]
    assert {kind for kind in KINDS if any(f'"{kind}.' in line for line in live)} == set(KINDS)


@pytest.mark.parametrize("verb", ["list", "watch"])
def test_without_one_of_them_the_program_says_which(
    control_plane: Cluster, namespace: str, kubeconfig: Path, start_program: StartProgram, verb: str
) -> None:
    chosen = {"namespaces": [namespace], "collector.clusterworkflowtemplates": ["false"]}
    documents = copy.deepcopy(rbac.documents(config.load(chosen, {}), namespace))
    documents[0]["rules"][0]["verbs"].remove(verb)
    apply(control_plane, documents)
    program = start_program(kubeconfig, f"--namespaces={namespace}", "--no-collector.clusterworkflowtemplates")
    program.wait_unready("forbidden", f'cannot {verb} resource "workflows"', f'in the namespace "{namespace}"')
