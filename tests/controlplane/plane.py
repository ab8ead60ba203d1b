"""A control plane of our own: one etcd and one kube-apiserver on loopback, that can be killed and come back.

There is no scheduler, no controller manager and no node: objects are stored, listed and watched, and nothing acts on
them. So a namespace that is deleted stays, and service accounts exist only when a test makes them.
"""

import http.client
import json
import random
import shutil
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.controlplane.admin import Refused
from tests.controlplane.binaries import Binaries
from tests.controlplane.cluster import Cluster
from tests.controlplane.credentials import ClientCertificate, Credentials
from tests.controlplane.ports import LOOPBACK, free_ports
from tests.controlplane.process import Process


class ControlPlane(Cluster):
    """One etcd and one API server; everything about them lies in ``directory``.

    ``flags`` are more arguments for kube-apiserver (``--feature-gates=WatchList=false``). Ports and credentials are
    made once, so that a client meets the same server again after a restart.
    """

    def __init__(self, binaries: Binaries, directory: Path, flags: Sequence[str] = ()) -> None:
        self.credentials = Credentials(directory)
        etcd_port, peer_port, port = free_ports(3, random.SystemRandom())
        self._etcd_url = f"http://{LOOPBACK}:{etcd_port}"
        self._data = directory / "etcd"
        etcd = etcd_command(binaries.etcd, self._data, self._etcd_url, f"http://{LOOPBACK}:{peer_port}")
        apiserver = [*apiserver_command(binaries.apiserver, self._etcd_url, port, self.credentials), *flags]
        self._etcd = Process("etcd", etcd, directory / "etcd.log")
        self._apiserver = Process("kube-apiserver", apiserver, directory / "kube-apiserver.log")
        super().__init__(f"https://{LOOPBACK}:{port}", self.credentials.ca_file, self.credentials.tokens, directory)

    def __enter__(self) -> Self:
        """Start it."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    @property
    def pids(self) -> list[int]:
        """The ids of the processes that were started last: etcd, kube-apiserver."""
        return [self._etcd.pid, self._apiserver.pid]

    def start(self) -> None:
        """Start both and wait until the API server is ready.

        Raises:
            StartFailed: one of them ended or was not ready in time.
        """
        self._etcd.start()
        self._etcd.wait_ready(self._etcd_is_healthy)
        self.start_apiserver()

    def stop(self) -> None:
        """End both and forget what was stored; logs stay."""
        self.admin.close()
        self._apiserver.close()
        self._etcd.close()
        shutil.rmtree(self._data, ignore_errors=True)

    def start_apiserver(self) -> None:
        """Start the API server (again), on its port and its etcd, and wait until it is ready."""
        self._apiserver.start()
        self._apiserver.wait_ready(self._apiserver_is_ready)

    def stop_apiserver(self) -> None:
        """Let the API server end as in an upgrade: watches are closed, connections too."""
        self._apiserver.stop()

    def kill_apiserver(self) -> None:
        """End the API server as a crash does (SIGKILL); what was stored stays in etcd."""
        self._apiserver.kill()

    def compact(self) -> int:
        """Let etcd forget every version but the newest, and give the version that was the newest.

        An API server that runs still answers from its watch cache; one that is started afterwards cannot.
        """
        newest = int(self._ask_etcd("/v3/kv/range", {"key": "AA=="})["header"]["revision"])
        self._ask_etcd("/v3/kv/compaction", {"revision": newest, "physical": True})
        return newest

    def issue_certificate(self, user: str, group: str | None = None) -> ClientCertificate:
        """Make a client certificate that this API server takes for the user."""
        return self.credentials.issue(user, group)

    def _ask_etcd(self, path: str, question: dict[str, object]) -> dict[str, dict[str, str]]:
        request = urllib.request.Request(self._etcd_url + path, json.dumps(question).encode())
        with urllib.request.urlopen(request, timeout=30) as response:
            answer: dict[str, dict[str, str]] = json.load(response)
        return answer

    def _etcd_is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._etcd_url}/health", timeout=5):
                return True
        except OSError:
            return False

    def _apiserver_is_ready(self) -> bool:
        try:
            return self.admin.send("GET", "/readyz") == b"ok"
        except (OSError, http.client.HTTPException, Refused):
            return False


def etcd_command(program: Path, data: Path, url: str, peer_url: str) -> list[str]:
    """Give the arguments of an etcd of one member that never waits for the disk."""
    return [
        str(program),
        "--name=test",
        f"--data-dir={data}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls={peer_url}",
        f"--initial-advertise-peer-urls={peer_url}",
        f"--initial-cluster=test={peer_url}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def apiserver_command(program: Path, etcd_url: str, port: int, credentials: Credentials) -> list[str]:
    """Give the arguments of a kube-apiserver with tokens, client certificates, service accounts and RBAC."""
    return [
        str(program),
        f"--etcd-servers={etcd_url}",
        f"--bind-address={LOOPBACK}",
        f"--advertise-address={LOOPBACK}",
        f"--secure-port={port}",
        f"--tls-cert-file={credentials.server_certificate}",
        f"--tls-private-key-file={credentials.server_key}",
        f"--client-ca-file={credentials.ca_file}",
        f"--token-auth-file={credentials.token_file}",
        f"--service-account-key-file={credentials.service_account_key}",
        f"--service-account-signing-key-file={credentials.service_account_key}",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--disable-admission-plugins=ServiceAccount",
        # No etcd compaction of its own: history goes when a test says so.
        "--etcd-compaction-interval=0",
    ]
