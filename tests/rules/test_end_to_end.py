"""From a trouble to whoever is called: a simulated cluster, two replicas of the exporter, a real Prometheus with our
rules in a hurry, a real Alertmanager. Each alert comes once, whatever the number of replicas.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import msgspec
import pytest

from tests import kubeconfigs
from tests.cluster.program import Program
from tests.controlplane.waiting import wait_for
from tests.prometheus.alertmanager import Alert, Alertmanager
from tests.prometheus.server import Prometheus
from tests.rules.hurried import hurried
from tests.rules.simulated import Simulated

STUCK_AFTER = 10
"""Seconds: no step of the simulated company lasts for so long at its speed."""
COMPANY = ["--workflows=150", "--namespaces=2", "--rate=6", "--speed=600", "--seed=5", "--trouble=crons"]
"""No CronWorkflow is run, from the beginning; nothing else is wrong."""
FLAGS = [f"--metrics.stuck-after={STUCK_AFTER}s", "--cron.grace=1s"]
AGES = {"ArgoWorkflowsNotAdmitted": ("> 300", "> 4"), "InformerExporterStale": ("> 600", "> 6")}
WINDOWS = {"ArgoWorkflowsCronMissed": "2m", "InformerExporterAbsent": "1d"}
LIMIT = 75.0
"""Seconds in which an alert must come: a minute until the next time of a CronWorkflow is among them."""


class Scene(msgspec.Struct, frozen=True):
    """All that runs."""

    cluster: Simulated
    replicas: tuple[Program, Program]
    prometheus: Prometheus
    alertmanager: Alertmanager

    def wait_alert(self, name: str, **labels: str) -> Alert:
        """Wait for an alert, which must not come once for each replica."""
        alert = self.alertmanager.wait_alert(name, limit=LIMIT, **labels)
        same = [
            other
            for other in self.alertmanager.alerts()
            if {**other.labels, "severity": ""} == {**alert.labels, "severity": ""}
        ]
        assert same == [alert]
        assert {"instance", "shard"}.isdisjoint(alert.labels)
        return alert

    def wait_over(self, name: str) -> None:
        """Wait until no alert of that name is active."""
        wait_for(lambda: not self.active(name), f"{name} to be over", seconds=LIMIT, pause=0.2)

    def active(self, name: str) -> list[Alert]:
        """Give the active alerts of that name."""
        return [alert for alert in self.alertmanager.alerts() if alert.name == name]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("alerts")
    rules = folder / "rules.yaml"
    rules.write_text(hurried("20s", "2s", AGES, WINDOWS))
    with ExitStack() as running:
        alertmanager = running.enter_context(Alertmanager(folder / "alertmanager"))
        cluster = running.enter_context(Simulated(COMPANY, folder / "simulator.log"))
        flags = [f"--kubeconfig={kubeconfigs.write(folder, cluster.url)}", *FLAGS]
        first, second = (running.enter_context(Program(flags, folder / f"{name}.log")) for name in "ab")
        targets = [":".join(map(str, one.wait_live().address)) for one in (first, second)]
        prometheus = running.enter_context(
            Prometheus(folder / "prometheus", {"exporter": targets}, rules=[rules], alertmanager=alertmanager.url)
        )
        prometheus.wait_scraped(2)
        yield Scene(cluster, (first, second), prometheus, alertmanager)


def test_every_rule_can_be_evaluated_on_what_the_exporter_shows(scene: Scene) -> None:
    wait_for(
        lambda: all(rule["health"] == "ok" for rule in scene.prometheus.rules()), "every rule to be well", seconds=LIMIT
    )


def test_two_replicas_count_every_workflow_once(scene: Scene) -> None:
    with scene.cluster.pause() as workflows:
        scene.prometheus.wait(
            "sum(max by (namespace, phase, shard) (argowf_workflows))",
            lambda found: [one.value for one in found] == [workflows],
        )
        scene.prometheus.wait("sum(argowf_workflows)", lambda found: [one.value for one in found] == [2 * workflows])


def test_failing_workflows_are_told(scene: Scene) -> None:
    with scene.cluster.trouble("failures"):
        alert = scene.wait_alert("ArgoWorkflowsFailing")
    assert alert.labels["severity"] == "warning"
    assert f"in namespace {alert.labels['namespace']}" in alert.annotations["description"]


def test_a_controller_that_admits_nothing_is_told_until_it_does_again(scene: Scene) -> None:
    with scene.cluster.trouble("admission"):
        alert = scene.wait_alert("ArgoWorkflowsNotAdmitted")
    assert alert.labels["severity"] == "critical"
    scene.wait_over("ArgoWorkflowsNotAdmitted")


def test_stuck_workflows_are_told_until_they_move_again(scene: Scene) -> None:
    with scene.cluster.trouble("stuck"):
        alert = scene.wait_alert("ArgoWorkflowsStuck", reason="silent")
    assert alert.labels["severity"] == "warning"
    scene.wait_over("ArgoWorkflowsStuck")


def test_cron_workflows_that_are_not_run_are_told(scene: Scene) -> None:
    alert = scene.wait_alert("ArgoWorkflowsCronMissed")
    assert alert.labels["cron_workflow"] in alert.annotations["summary"]


def test_an_api_server_that_says_nothing_any_more_is_told_until_it_does_again(scene: Scene) -> None:
    with scene.cluster.silence():
        alert = scene.wait_alert("InformerExporterStale", resource="workflows.argoproj.io")
    assert alert.labels["severity"] == "critical"
    scene.prometheus.wait(
        'min(informer_synced{resource="workflows.argoproj.io"})', lambda found: [one.value for one in found] == [1]
    )


def test_an_exporter_that_is_there_is_not_missed(scene: Scene) -> None:
    assert scene.active("InformerExporterAbsent") == []
