"""A real Prometheus for a test: scrapes what it is told to, evaluates rules, and answers PromQL."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from tests.controlplane.ports import LOOPBACK, free_ports
from tests.controlplane.process import Process
from tests.controlplane.waiting import wait_for
from tests.prometheus import answers
from tests.prometheus.answers import Exemplar, Line, Result
from tests.prometheus.programs import find

LIMIT = 60.0
"""Seconds to wait for an answer that must come."""


class Prometheus(Process):
    """One running Prometheus, on a loopback port and in a directory of its own; leaving the context ends it.

    ``targets`` are addresses (``host:port``) for each job; ``interval`` is that of scrapes and of rules. The
    program's absence skips the test, or raises ``Missing`` where REQUIRE_PROMETHEUS is set.
    """

    def __init__(
        self,
        folder: Path,
        targets: Mapping[str, Sequence[str]],
        *,
        interval: str = "1s",
        rules: Sequence[Path] = (),
        alertmanager: str | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._configuration = folder / "prometheus.yaml"  # JSON is YAML
        self._configuration.write_text(json.dumps(configuration(targets, interval, rules, alertmanager)))
        (port,) = free_ports(1, random.Random())
        self.url = f"http://{LOOPBACK}:{port}"
        command = [
            str(find("prometheus")),
            f"--config.file={self._configuration}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={LOOPBACK}:{port}",
            "--web.enable-lifecycle",
            "--enable-feature=exemplar-storage",
            "--rules.alert.resend-delay=1s",
            "--log.level=warn",
        ]
        super().__init__("prometheus", command, folder / "prometheus.log")

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
        """End it; what it stored stays in its directory."""
        self.close()

    def query(self, expression: str, at: float | None = None) -> list[Result]:
        """Give what an expression is now, or at a time in epoch seconds.

        Raises:
            Refused: it cannot be evaluated.
        """
        moment = {} if at is None else {"time": str(at)}
        return answers.results(self._get("query", query=expression, **moment))

    def query_range(self, expression: str, start: float, end: float, step: float) -> list[Line]:
        """Give what an expression was, from one time to another, each ``step`` seconds.

        Raises:
            Refused: it cannot be evaluated.
        """
        span = {"start": str(start), "end": str(end), "step": str(step)}
        return answers.lines(self._get("query_range", query=expression, **span))

    def exemplars(self, expression: str, start: float, end: float) -> list[Exemplar]:
        """Give the exemplars of the series that an expression reads, from one time to another."""
        return answers.exemplars(self._get("query_exemplars", query=expression, start=str(start), end=str(end)))

    def wait(self, expression: str, until: Callable[[list[Result]], bool], limit: float = LIMIT) -> list[Result]:
        """Ask again until the answer is as wanted, and give it.

        Raises:
            AssertionError: it was not within ``limit`` seconds; the message holds the last answer.
        """
        found: list[Result] = []

        def ask() -> bool:
            found[:] = self.query(expression)
            return until(found)

        try:
            wait_for(ask, f"{expression} to be as wanted", seconds=limit, pause=0.2)
        except TimeoutError as error:
            raise AssertionError(f"{error}: it is {found}") from None
        return found

    def wait_scraped(self, count: int, limit: float = LIMIT) -> None:
        """Wait until so many targets have been scraped well."""
        self.wait("up == 1", lambda found: len(found) == count, limit)

    def alerts(self) -> list[dict[str, Any]]:
        """Give the alerts that are pending or firing, as the API tells them."""
        return list(self._get("alerts")["alerts"])

    def rules(self) -> list[dict[str, Any]]:
        """Give every rule as the API tells it: its health, its last error, its alerts."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def _get(self, path: str, **parameters: str) -> Any:
        return answers.get(f"{self.url}/api/v1/{path}", **parameters)["data"]


def configuration(
    targets: Mapping[str, Sequence[str]], interval: str, rules: Sequence[Path], alertmanager: str | None
) -> dict[str, Any]:
    """Give the configuration of a Prometheus that scrapes these targets; an Alertmanager is named by its URL."""
    managers = [] if alertmanager is None else [{"static_configs": [{"targets": [urlsplit(alertmanager).netloc]}]}]
    return {
        "global": {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval},
        "rule_files": [str(path.absolute()) for path in rules],
        "alerting": {"alertmanagers": managers},
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [*addresses]}]} for job, addresses in targets.items()
        ],
    }
