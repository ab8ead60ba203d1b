"""Who may not read is told what is missing, and may come back as soon as it is granted."""

from pathlib import Path

import pytest

from tests.cluster.conftest import StartProgram
from tests.cluster.workflows import phases, workflow
from tests.controlplane import accounts
from tests.controlplane.accounts import ServiceAccount
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.cluster import Cluster


@pytest.fixture
def account(control_plane: Cluster, namespace: str) -> ServiceAccount:
    """A service account that may do nothing yet, in a namespace with one workflow."""
    control_plane.admin.create(WORKFLOWS, workflow(namespace, phase="Running"))
    return accounts.create_service_account(control_plane.admin, namespace)


@pytest.fixture
def kubeconfig(control_plane: Cluster, account: ServiceAccount) -> Path:
    return control_plane.kubeconfig(token=accounts.issue_token(control_plane.admin, account))


def test_a_missing_right_is_named_and_its_grant_is_noticed(
    control_plane: Cluster, account: ServiceAccount, kubeconfig: Path, start_program: StartProgram
) -> None:
    program = start_program(kubeconfig)
    program.wait_unready("forbidden", 'cannot list resource "workflows"', '"argoproj.io"', "at the cluster scope")
    assert program.metrics().of_informer("state", state="degraded") == 1
    given = accounts.grant(control_plane.admin, account, WORKFLOWS)
    program.wait_live()
    assert phases(program.metrics(), account.namespace) == {"Running": 1}
    accounts.revoke(control_plane.admin, given)


def test_to_list_is_not_to_watch(
    control_plane: Cluster, account: ServiceAccount, kubeconfig: Path, start_program: StartProgram
) -> None:
    admin = control_plane.admin
    accounts.grant(admin, account, WORKFLOWS, ["list"], account.namespace)
    program = start_program(kubeconfig, f"--namespaces={account.namespace}")
    program.wait_unready("forbidden", 'cannot watch resource "workflows"', f'in the namespace "{account.namespace}"')
    accounts.grant(admin, account, WORKFLOWS, ["watch"], account.namespace)
    program.wait_live()
    assert program.metrics().sum("informer_lists_total") == 1


def test_a_role_in_one_of_two_namespaces_is_not_enough_and_the_other_is_named(
    control_plane: Cluster, account: ServiceAccount, kubeconfig: Path, start_program: StartProgram
) -> None:
    admin, here = control_plane.admin, account.namespace
    there = accounts.create_namespace(admin, f"{here}-other")
    admin.create(WORKFLOWS, workflow(there, phase="Failed"))
    accounts.grant(admin, account, WORKFLOWS, namespace=here)
    program = start_program(kubeconfig, f"--namespaces={here},{there}")
    reason = program.wait_unready("forbidden", f'in the namespace "{there}"')
    assert f'in the namespace "{here}"' not in reason
    accounts.grant(admin, account, WORKFLOWS, namespace=there)
    numbers = program.wait_live().metrics()
    assert (phases(numbers, here), phases(numbers, there)) == ({"Running": 1}, {"Failed": 1})
