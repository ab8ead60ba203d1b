"""A cluster from kind (Kubernetes in Docker), for machines that have Docker but no Go."""

import base64
import secrets
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.controlplane.accounts import (
    CLUSTER_ROLE_BINDINGS,
    RBAC,
    ServiceAccount,
    create_service_account,
    issue_token,
)
from tests.controlplane.admin import Admin
from tests.controlplane.cluster import Cluster
from tests.controlplane.credentials import ADMIN, NOBODY

TOKEN_SECONDS = 24 * 3600
SYSTEM = "kube-system"


def is_available() -> bool:
    """Say whether kind is installed and Docker answers."""
    if shutil.which("kind") is None or shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=30).returncode == 0


@contextmanager
def kind_cluster(directory: Path) -> Iterator[Cluster]:
    """Run a cluster of one node under a name of its own, and delete it afterwards, also if it came up only half."""
    name, kubeconfig = f"informer-exporter-{secrets.token_hex(4)}", directory / "kind-kubeconfig"
    chosen = ["--name", name, "--kubeconfig", str(kubeconfig)]
    try:
        subprocess.run(["kind", "create", "cluster", *chosen, "--wait", "180s"], check=True)
        cluster = _connect(kubeconfig, directory)
        with cluster.admin:
            yield cluster
    finally:
        subprocess.run(["kind", "delete", "cluster", *chosen], check=False)


def _connect(kubeconfig: Path, directory: Path) -> Cluster:
    # kind gives an administrator's certificate; tests want tokens, so two service accounts stand in for the users.
    config = yaml.safe_load(kubeconfig.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    url, ca_file = cluster["server"], _unpack(cluster, "certificate-authority-data", directory / "ca.crt")
    context = ssl.create_default_context(cafile=ca_file)
    context.load_cert_chain(
        _unpack(user, "client-certificate-data", directory / "admin.crt"),
        _unpack(user, "client-key-data", directory / "admin.key"),
    )
    with Admin(url, context) as owner:
        accounts = {name: create_service_account(owner, SYSTEM, f"test-{name}") for name in (ADMIN, NOBODY)}
        _make_administrator(owner, accounts[ADMIN])
        tokens = {name: issue_token(owner, account, TOKEN_SECONDS) for name, account in accounts.items()}
    return Cluster(url, ca_file, tokens, directory)


def _make_administrator(owner: Admin, account: ServiceAccount) -> None:
    owner.create(
        CLUSTER_ROLE_BINDINGS,
        {
            "metadata": {"name": "test-admin"},
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [account.subject],
        },
    )


def _unpack(entry: dict[str, Any], member: str, path: Path) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(base64.b64decode(entry[member]))
    return path
