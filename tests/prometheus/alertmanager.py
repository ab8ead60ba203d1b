"""A real Alertmanager for a test: takes alerts from a Prometheus and tells which are active."""

import json
import random
from pathlib import Path
from typing import Self

import msgspec

from tests.controlplane.ports import LOOPBACK, free_ports
from tests.controlplane.process import Process
from tests.controlplane.waiting import wait_for
from tests.prometheus import answers
from tests.prometheus.programs import find

LIMIT = 60.0
"""Seconds to wait for an alert that must come."""

QUIET = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}
"""A configuration that tells nobody."""


class Alert(msgspec.Struct, frozen=True):
    """One active alert."""

    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def name(self) -> str:
        """The name of its rule."""
        return self.labels["alertname"]


class Alertmanager(Process):
    """One running Alertmanager, on a loopback port and in a directory of its own; leaving the context ends it.

    Without a configuration it tells nobody. The program's absence skips the test, or raises ``Missing`` where
    REQUIRE_PROMETHEUS is set.
    """

    def __init__(self, folder: Path, configuration: Path | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if configuration is None:
            configuration = folder / "alertmanager.yaml"  # JSON is YAML
            configuration.write_text(json.dumps(QUIET))
        (port,) = free_ports(1, random.Random())
        self.url = f"http://{LOOPBACK}:{port}"
        command = [
            str(find("prometheus-alertmanager")),
            f"--config.file={configuration}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address={LOOPBACK}:{port}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]
        super().__init__("alertmanager", command, folder / "alertmanager.log")

    def __enter__(self) -> Self:
        """Start it and wait until it answers."""
        self.start()
        try:
            self.wait_ready(lambda: answers.answers(f"{self.url}/-/ready"))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.close()

    def alerts(self) -> list[Alert]:
        """Give the active alerts, each once, however many told of it."""
        return [
            Alert(one["labels"], one["annotations"]) for one in answers.get(f"{self.url}/api/v2/alerts", active="true")
        ]

    def wait_alert(self, name: str, *, limit: float = LIMIT, **labels: str) -> Alert:
        """Wait for an alert of that name with at least these labels, and give it.

        Raises:
            AssertionError: there was none within ``limit`` seconds; the message names those that were.
        """

        def ask() -> Alert | None:
            wanted = {"alertname": name, **labels}.items()
            return next((alert for alert in self.alerts() if wanted <= alert.labels.items()), None)

        try:
            return wait_for(ask, f"the alert {name} {labels}", seconds=limit, pause=0.2)
        except TimeoutError as error:
            raise AssertionError(f"{error}: there are {[alert.labels for alert in self.alerts()]}") from None
