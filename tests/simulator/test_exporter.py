"""The exporter keeps itself equal to a simulated cluster, whatever the simulator does to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.simulator.resources import WORKFLOWS
from tests import kubeconfigs
from tests.cluster.program import Program
from tests.controlplane.waiting import wait_for
from tests.simulator import rig
from tests.simulator.rig import NAMESPACE, Rig, workflow

FLEET = 40


@pytest.fixture
def simulated() -> Iterator[Rig]:
    with rig.running() as running:
        for number in range(FLEET):
            running.put(workflow(f"w-{number:02}", "Succeeded" if number % 2 else "Running"))
        yield running


@pytest.fixture
def program(simulated: Rig, tmp_path: Path) -> Iterator[Program]:
    kubeconfig = kubeconfigs.write(tmp_path, simulated.url)
    with Program([f"--kubeconfig={kubeconfig}", "--list.page-size=7"], tmp_path / "program.log") as running:
        yield running.wait_live()


def in_phase(program: Program, phase: str) -> float:
    return program.metrics().sum("argowf_workflows", namespace=NAMESPACE, phase=phase)


def lists(program: Program) -> float:
    return program.metrics().sum("informer_lists_total", resource="workflows.argoproj.io")


def test_it_counts_what_is_there_and_what_changes(simulated: Rig, program: Program) -> None:
    assert (in_phase(program, "Running"), in_phase(program, "Succeeded")) == (FLEET / 2, FLEET / 2)
    simulated.put(workflow("w-00", "Failed"))
    simulated.do(lambda: simulated.history.drop(WORKFLOWS, NAMESPACE, "w-02"))
    program.wait_events(1, "deleted")
    assert (in_phase(program, "Running"), in_phase(program, "Failed")) == (FLEET / 2 - 2, 1)


def test_it_goes_on_after_dropped_watches_and_lists_anew_after_expiry(simulated: Rig, program: Program) -> None:
    begun = lists(program)
    simulated.do(simulated.server.drop_watches)
    simulated.put(workflow("w-00", "Failed"))
    program.wait_events(1, "modified")
    assert lists(program) == begun > 0
    simulated.do(simulated.server.expire)
    simulated.put(workflow("w-02", "Failed"))
    wait_for(lambda: in_phase(program, "Failed") == 2, "the change to be known")
    assert lists(program) == begun + 1
