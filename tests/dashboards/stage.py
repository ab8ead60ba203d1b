"""A simulated company, two replicas of the exporter that read it, and a Prometheus that scrapes both."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path

import msgspec

from tests import kubeconfigs
from tests.cluster.program import Program
from tests.demo.program import ask
from tests.prometheus.server import Prometheus
from tests.rules.simulated import Simulated

COMPANY = ("--workflows=250", "--namespaces=4", "--rate=8", "--speed=400", "--seed=3")
JOB = "informer-exporter"


class Stage(msgspec.Struct, frozen=True):
    """All that runs."""

    cluster: Simulated
    replicas: tuple[Program, Program]
    prometheus: Prometheus

    def turn(self, trouble: str, *, on: bool) -> None:
        """Let a trouble of the company begin or end."""
        answer = ask(f"{self.cluster.url}/simulator/trouble?name={trouble}&on={str(on).lower()}", "POST")
        assert answer.code == HTTPStatus.OK, answer


@contextmanager
def stage(
    folder: Path, company: Sequence[str] = COMPANY, flags: Sequence[str] = (), interval: str = "1s"
) -> Iterator[Stage]:
    """Run it all for a block, with every collector and a state file for each replica."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as running:
        cluster = running.enter_context(Simulated([*company], folder / "simulator.log"))
        common = [f"--kubeconfig={kubeconfigs.write(folder, cluster.url)}", "--collector.nodes=true", *flags]
        first, second = (
            running.enter_context(
                Program([*common, f"--state.file={folder / name}.state", "--state.interval=2s"], folder / f"{name}.log")
            )
            for name in ("a", "b")
        )
        targets = [":".join(map(str, one.wait_live().address)) for one in (first, second)]
        prometheus = running.enter_context(Prometheus(folder / "prometheus", {JOB: targets}, interval=interval))
        prometheus.wait_scraped(2)
        yield Stage(cluster, (first, second), prometheus)
