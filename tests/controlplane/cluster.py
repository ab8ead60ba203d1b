"""A real Kubernetes cluster as tests see it: its address, who may do what, and what was asked of it."""

import secrets
import ssl
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from exporter.kube.objects import Resource
from tests.controlplane.admin import Admin
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.credentials import ADMIN, UserEntry, render_kubeconfig

FINISHED, OPEN = "apiserver_request_total", "apiserver_longrunning_requests"


@dataclass(frozen=True, slots=True)
class Requests:
    """What an API server says was asked of it for one resource, by everybody, since it started.

    A watch counts as finished only when it ends; until then it is among the open ones.
    """

    finished: Mapping[str, int]
    """Requests by verb in capitals (``LIST``, ``WATCH``, ``GET``, ...), whatever their answer; absent verbs are 0."""
    open: Mapping[str, int]
    """Requests still being answered, by verb: ``WATCH``."""


class Cluster:
    """A running cluster: what every test may use, whoever runs it."""

    def __init__(self, url: str, ca_file: Path, tokens: Mapping[str, str], directory: Path) -> None:
        self.url = url
        self.ca_file = ca_file
        self.tokens = tokens
        """A token for each user that exists from the start: ``admin``, and ``nobody``, who has no rights."""
        self.directory = directory
        self.admin = Admin(url, ssl.create_default_context(cafile=ca_file), tokens[ADMIN])

    @property
    def admin_token(self) -> str:
        """The token of the user who may do everything."""
        return self.tokens[ADMIN]

    def kubeconfig(
        self, user: str = ADMIN, *, token: str | None = None, entry: UserEntry | None = None, namespace: str = "default"
    ) -> Path:
        """Write a kubeconfig and give its path.

        It is that of a user known by name, unless a token is given, or the whole user entry (a certificate's, or an
        exec plugin's). NB: one with a bearer token is as good as that user; it lies in the run's own directory.
        """
        entry = entry or {"token": token or self.tokens[user]}
        path = self.directory / f"kubeconfig-{secrets.token_hex(4)}"
        path.touch(mode=0o600)
        path.write_text(render_kubeconfig(self.url, self.ca_file, entry, namespace))
        return path

    def request_counts(self, resource: Resource = WORKFLOWS) -> Requests:
        """Read the API server's own metrics about one resource."""
        families = list(self._families())
        return Requests(_by_verb(families, FINISHED, resource), _by_verb(families, OPEN, resource))

    def _families(self) -> Iterable[Metric]:
        # The whole answer is some megabytes; only two families of it are worth parsing.
        lines = self.admin.send("GET", "/metrics").decode().splitlines()
        kept = [line for line in lines if line.startswith((FINISHED, OPEN))]
        return text_string_to_metric_families("\n".join(kept) + "\n")


def _by_verb(families: list[Metric], name: str, resource: Resource) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for family in families:
        for sample in family.samples:
            wanted = (name, resource.plural, resource.group)
            if (sample.name, sample.labels.get("resource"), sample.labels.get("group")) == wanted:
                counts[sample.labels["verb"]] += int(sample.value)
    return +counts
