"""The program itself, stopped and started again over a simulated cluster that goes on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from exporter.simulator.resources import WORKFLOWS
from tests import kubeconfigs
from tests.cluster.program import Numbers, Program
from tests.controlplane.waiting import wait_for
from tests.simulator import rig
from tests.simulator.rig import NAMESPACE, Rig, workflow

COMPLETIONS = "argowf_workflow_completions_total"


@pytest.fixture
def simulated() -> Iterator[Rig]:
    with rig.running() as running:
        for number in range(12):
            running.put(workflow(f"w-{number}", "Running"))
        running.put(workflow("old", "Succeeded"))
        yield running


class Site:
    """Where one exporter after the other runs."""

    def __init__(self, simulated: Rig, folder: Path) -> None:
        self._kubeconfig = kubeconfigs.write(folder, simulated.url)
        self._folder = folder
        self.file = folder / "state"
        self._programs = 0

    def program(self) -> Program:
        flags = [f"--kubeconfig={self._kubeconfig}", f"--state.file={self.file}", "--state.interval=100ms"]
        self._programs += 1
        return Program(flags, self._folder / f"program-{self._programs}.log")


@pytest.fixture
def site(simulated: Rig, tmp_path: Path) -> Site:
    return Site(simulated, tmp_path)


def ended(name: str, phase: str) -> dict[str, Any]:
    thing = workflow(name, phase)
    thing["status"]["finishedAt"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return thing


def completions(scrape: Numbers) -> dict[str, float]:
    return scrape.by("phase", COMPLETIONS, namespace=NAMESPACE)


def test_what_happens_between_two_processes_counts_once_after_a_scrape_showed_zeros(simulated: Rig, site: Site) -> None:
    with site.program() as first:
        first.wait_live()
        simulated.put(ended("w-0", "Succeeded"))
        simulated.put(ended("w-1", "Failed"))
        assert completions(first.wait_events(2, "modified")) == {"Succeeded": 1, "Failed": 1}
    simulated.put(ended("w-2", "Succeeded"))
    simulated.put(ended("w-3", "Error"))
    simulated.put(ended("born-and-ended", "Failed"))
    simulated.do(lambda: simulated.history.drop(WORKFLOWS, NAMESPACE, "w-0"))
    simulated.do(lambda: simulated.history.drop(WORKFLOWS, NAMESPACE, "w-4"))
    with site.program() as second:
        wait_for(lambda: second.readiness()[0] == 200, "the second to be ready")
        shown = second.metrics()
        assert completions(shown) == {}
        assert shown.get("informer_exporter_state_owed") == 5
        caught_up = second.wait_number(0, "informer_exporter_state_owed")
        assert completions(caught_up) == {"Succeeded": 1, "Error": 1, "Failed": 1, "Unobserved": 1}
        simulated.put(ended("w-5", "Succeeded"))
        assert completions(second.wait_events(1, "modified"))["Succeeded"] == 2
    with site.program() as third:
        third.wait_live()
        assert completions(third.metrics()) == {}
        assert third.metrics().get("informer_exporter_state_owed") == 0


def test_a_damaged_file_is_told_and_counted_and_the_program_begins_anew(site: Site) -> None:
    site.file.write_bytes(b"not a checkpoint")
    with site.program() as program:
        program.wait_live()
        scrape = program.metrics()
        assert scrape.get("informer_exporter_state_errors_total", reason="damaged") == 1
        wait_for(lambda: program.metrics().get("informer_exporter_state_writes_total"), "a new file to be written")
        assert any("state not used" in line and "state.damaged" in line for line in program.lines())
    assert site.file.with_name("state.damaged").read_bytes() == b"not a checkpoint"
    assert site.file.stat().st_size > 100
