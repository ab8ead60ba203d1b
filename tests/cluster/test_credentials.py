"""Every way of being known to an API server, and what happens when it ends."""

import sys
from pathlib import Path

from tests.cluster.conftest import StartProgram
from tests.cluster.workflows import phases, workflow
from tests.conftest import StartControlPlane
from tests.controlplane import accounts
from tests.controlplane.accounts import SERVICE_ACCOUNTS
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.cluster import Cluster

PLUGIN = """
import json
status = {{"token": {token!r}}}
print(json.dumps({{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}}))
"""


def test_a_token_that_is_no_longer_accepted_is_read_again_from_its_file(
    control_plane: Cluster, namespace: str, start_program: StartProgram, tmp_path: Path
) -> None:
    admin = control_plane.admin
    account = accounts.create_service_account(admin, namespace)
    accounts.grant(admin, account, WORKFLOWS, namespace=namespace)
    token_file = tmp_path / "token"
    token_file.write_text(accounts.issue_token(admin, account))
    kubeconfig = control_plane.kubeconfig(entry={"tokenFile": str(token_file)})
    program = start_program(kubeconfig, f"--namespaces={namespace}", "--watch.timeout=1s").wait_live()

    admin.delete(SERVICE_ACCOUNTS, account.account, namespace)
    accounts.create_service_account(admin, namespace)
    program.wait_unready("401: Unauthorized")
    admin.create(WORKFLOWS, workflow(namespace, phase="Running"))
    token_file.write_text(accounts.issue_token(admin, account))
    program.wait_live()
    assert phases(program.wait_events(1, "added"), namespace) == {"Running": 1}


def test_a_client_certificate_is_enough(start_control_plane: StartControlPlane, start_program: StartProgram) -> None:
    plane = start_control_plane()
    accounts.create_namespace(plane.admin, "argo")
    plane.admin.create(WORKFLOWS, workflow("argo", phase="Running"))
    certificate = plane.issue_certificate("alice", "system:masters")
    program = start_program(plane.kubeconfig(entry=certificate.entry)).wait_live()
    assert phases(program.metrics(), "argo") == {"Running": 1}


def test_a_plugin_may_bring_the_token(
    control_plane: Cluster, namespace: str, start_program: StartProgram, tmp_path: Path
) -> None:
    plugin = tmp_path / "plugin.py"
    plugin.write_text(PLUGIN.format(token=control_plane.admin_token))
    entry = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": sys.executable,
            "args": [str(plugin)],
            "interactiveMode": "Never",
        }
    }
    control_plane.admin.create(WORKFLOWS, workflow(namespace, phase="Running"))
    program = start_program(control_plane.kubeconfig(entry=entry), f"--namespaces={namespace}").wait_live()
    assert phases(program.metrics(), namespace) == {"Running": 1}


def test_no_token_is_ever_logged(control_plane: Cluster, namespace: str, start_program: StartProgram) -> None:
    flags = [f"--namespaces={namespace}", "--log.level=debug", "--watch.timeout=1s"]
    program = start_program(control_plane.kubeconfig(), *flags).wait_live()
    program.wait_number(2, "informer_watches_total", resource=WORKFLOWS.name)
    assert not any(control_plane.admin_token in line for line in program.lines())
