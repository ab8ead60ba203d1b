"""The two that are asked: a real API server, and the program that speaks its dialect."""

import http.client
import os
import shlex
import ssl
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
import yaml
from kubernetes import client

from tests.cluster.dialect.things import FIRST
from tests.controlplane.credentials import render_kubeconfig

PATIENCE = 20.0
"""Seconds in which every answer must have come: a question that opens a watch must fail and not last for ever."""
ATTEMPTS = 5
"""How often both are asked until they agree: ages are whole seconds, and one may begin between two answers."""

T = TypeVar("T")


class Told(msgspec.Struct, frozen=True):
    """An answer over HTTP."""

    code: int
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes


class Said(msgspec.Struct, frozen=True):
    """What a program printed, and how it ended."""

    code: int
    output: str
    error: str


@dataclass(frozen=True, slots=True)
class Side:
    """Where one of the two is reached, and what it takes to be let in."""

    url: str
    home: Path
    """A folder of its own, where clients keep what they learn about it."""
    ca_file: Path | None = None
    token: str | None = None

    def ask(self, method: str, target: str, headers: Mapping[str, str]) -> Told:
        """Send one request, exactly as written."""
        connection = self._dial()
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in {**self._credentials(), **headers}.items():
                connection.putheader(name, value)
            connection.endheaders()
            response = connection.getresponse()
            return Told(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def kubectl(self, program: Path, arguments: str, stdin: str = "", editor: str = "false") -> Said:
        """Run a kubectl with arguments as a shell would take them; its words name no address."""
        environment = {
            "HOME": str(self.home),
            "KUBECONFIG": str(self._kubeconfig()),
            "KUBE_EDITOR": editor,
            "PATH": os.environ["PATH"],
            "TMPDIR": str(self.home),
        }
        command = [str(program), f"--cache-dir={self.home / program.parent.name}", *shlex.split(arguments)]
        ended = subprocess.run(
            command, env=environment, input=stdin, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        return Said(ended.returncode, self._anonymous(ended.stdout), self._anonymous(ended.stderr))

    def client(self) -> client.ApiClient:
        """Give the official Python client for this side."""
        configuration = client.Configuration(host=self.url)
        configuration.retries = False
        if self.ca_file and self.token:
            configuration.ssl_ca_cert = str(self.ca_file)
            configuration.api_key = {"BearerToken": f"Bearer {self.token}"}
        return client.ApiClient(configuration)

    def _kubeconfig(self) -> Path:
        path = self.home / "kubeconfig"
        if not path.exists():
            path.write_text(self._render_kubeconfig())
            path.chmod(0o600)
        return path

    def _render_kubeconfig(self) -> str:
        if self.ca_file and self.token:
            return render_kubeconfig(self.url, self.ca_file, {"token": self.token}, FIRST)
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "clusters": [{"name": "test", "cluster": {"server": self.url}}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "", "namespace": FIRST}}],
            }
        )

    def _credentials(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def _dial(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        if self.ca_file:
            context = ssl.create_default_context(cafile=self.ca_file)
            return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=PATIENCE, context=context)
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)

    def _anonymous(self, text: str) -> str:
        return text.replace(self.url, "URL").replace(urlsplit(self.url).netloc, "ADDRESS")


@dataclass(frozen=True, slots=True)
class Both:
    """The real one and ours, to be asked the same."""

    real: Side
    ours: Side

    def compare(self, ask: Callable[[Side], T]) -> None:
        """Fail unless both give the same when they are asked at the same time."""
        for _ in range(ATTEMPTS):
            real, ours = self.ask(ask)
            if ours == real:
                return
        assert ours == real

    def ask(self, ask: Callable[[Side], T]) -> tuple[T, T]:
        """Ask both at the same time; what the real one gives comes first."""
        with ThreadPoolExecutor(2) as askers:
            real, ours = askers.map(ask, (self.real, self.ours))
        return real, ours
