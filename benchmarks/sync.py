"""From exec to ready, against the bare list: ``python -m benchmarks.sync [--workflows 5000] [--json]``.

A real API server is filled with a diverse fleet. Then *curl* reads the paged list and the *exporter* starts, in turns.
curl cannot follow a page's token, so there is one curl for each page, and their times from exec are added up; what
happens between them does not count. The exporter's time runs from exec to ``/readyz`` answering 200, and its
connections, its interpreter and the launcher that keeps it from being left behind are in it. At the end the objects
are changed by small patches, each as an API server does it by default, to see how much memory that costs.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count, islice
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import msgspec

from benchmarks.fleet import Fleet, postable
from benchmarks.report import Fact, in_a_line, machine
from exporter.kube.wire import read_page
from tests.cluster.program import Program
from tests.controlplane import accounts, argo, binaries
from tests.controlplane.admin import CONNECTIONS, PAGE
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.plane import ControlPlane
from tests.controlplane.waiting import wait_for

NAMESPACES = 50
TARGET = 1.3
MINUTES = 60.0


class Report(msgspec.Struct, frozen=True):
    """What was measured; seconds and bytes."""

    machine: dict[str, Fact]
    """As it was when the measuring began."""
    workflows: int
    list_bytes: int
    curl: list[float]
    exporter: list[float]
    resident_after_sync: list[int]
    updates: int
    resident_after_updates: int

    @property
    def ratios(self) -> list[float]:
        """The exporter's time in curl's, for each pair."""
        return [ours / bare for bare, ours in zip(self.curl, self.exporter, strict=True)]

    def lines(self) -> Iterator[str]:
        """Give it for people."""
        yield in_a_line(self.machine)
        yield f"{self.workflows} workflows, {self.list_bytes / 1e6:.1f} MB listed in pages of {PAGE}"
        yield f"curl      {_seconds(self.curl)}"
        yield f"exporter  {_seconds(self.exporter)}"
        yield f"ratio     {median(self.ratios):.2f} ({_plain(self.ratios)}), wanted: at most {TARGET}"
        yield f"resident  {_megabytes(self.resident_after_sync)} after the sync"
        if self.updates:
            yield f"          {self.resident_after_updates / 1e6:.1f} MB after {self.updates} updates"


class Bench:
    """A control plane full of workflows, and a folder for logs."""

    def __init__(self, plane: ControlPlane, folder: Path) -> None:
        self._plane = plane
        self._folder = folder
        self._kubeconfig = plane.kubeconfig()
        self._logs = count(1)
        self._header = folder / "header"
        self._header.touch(mode=0o600)
        self._header.write_text(f"Authorization: Bearer {plane.admin_token}\n")

    def bare(self) -> tuple[float, int]:
        """Read the paged list with curl; give seconds and bytes."""
        seconds, size, token = 0.0, 0, ""
        while True:
            began = time.perf_counter()
            body = self._curl(token)
            seconds += time.perf_counter() - began
            size += len(body)
            token = read_page(body).token
            if not token:
                return seconds, size

    @contextmanager
    def exporter(self) -> Iterator[tuple[Program, float]]:
        """Run the exporter; give it, ready, and the seconds that took."""
        program = Program([f"--kubeconfig={self._kubeconfig}"], self._folder / f"exporter-{next(self._logs)}.log")
        with closing(program):
            began = time.perf_counter()
            program.start()
            wait_for(lambda: _is_ready(program), "the exporter to be ready", seconds=MINUTES, pause=0.005)
            yield program, time.perf_counter() - began
            program.end()

    def _curl(self, token: str) -> bytes:
        query = urlencode({"limit": PAGE} | ({"continue": token} if token else {}))
        # An API server indents what it gives to curl, unless curl goes by another name.
        command = ["curl", "--silent", "--show-error", "--fail", "--user-agent", "bare-list"]
        command += ["--cacert", str(self._plane.ca_file), "--header", f"@{self._header}"]
        url = f"{self._plane.url}{WORKFLOWS.path()}?{query}"
        return subprocess.run([*command, url], stdout=subprocess.PIPE, check=True).stdout


def measure(workflows: int, pairs: int, updates: int) -> Report:
    """Measure everything on a control plane of its own."""
    facts = machine()
    with (
        tempfile.TemporaryDirectory() as folder,
        ControlPlane(binaries.find(os.environ, print), Path(folder)) as plane,
    ):
        fleet = Fleet(workflows=workflows, namespaces=NAMESPACES, diverse=True)
        _fill(plane, fleet)
        bench = Bench(plane, Path(folder))
        bench.bare()  # the API server's caches are warm for both
        curl, exporter, resident, size = [], [], [], 0
        for _ in range(pairs):
            seconds, size = bench.bare()
            curl.append(seconds)
            with bench.exporter() as (program, seconds):
                exporter.append(seconds)
                resident.append(program.resident_bytes)
        with bench.exporter() as (program, _):
            _change(plane, program, updates)
            after = program.resident_bytes
    return Report(facts, workflows, size, curl, exporter, resident, updates, after)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workflows", type=int, default=5_000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--updates", type=int, default=20_000, help="0 saves the minutes that they take")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measure(options.workflows, options.pairs, options.updates)
    if options.json:
        print(json.dumps(msgspec.to_builtins(report) | {"ratio": median(report.ratios)}))
    else:
        print(*report.lines(), sep="\n")


def _fill(plane: ControlPlane, fleet: Fleet) -> None:
    argo.install(plane.admin)
    for namespace in fleet.namespaces:
        accounts.create_namespace(plane.admin, namespace)
    plane.admin.create_many(WORKFLOWS, map(postable, fleet))


def _change(plane: ControlPlane, program: Program, updates: int) -> None:
    """Change objects, each once before any is changed again, and wait until the exporter has seen it all."""
    names = [(thing["metadata"]["name"], thing["metadata"]["namespace"]) for thing in plane.admin.list_all(WORKFLOWS)]

    def patch(change: tuple[int, tuple[str, str]]) -> None:
        turn, (name, namespace) = change
        plane.admin.patch(WORKFLOWS, name, {"metadata": {"annotations": {"turn": str(turn)}}}, namespace)

    with ThreadPoolExecutor(CONNECTIONS) as workers:
        changes = ((turn, name) for turn in count() for name in names)
        for _ in workers.map(patch, islice(changes, updates)):
            pass
    program.wait_events(updates, "modified")


def _is_ready(program: Program) -> bool:
    # Reading a log costs the two of them less than asking over HTTP again and again.
    return any('msg="informer live"' in line for line in program.lines()) and program.readiness()[0] == 200


def _seconds(values: Sequence[float]) -> str:
    return f"{median(values):.2f} s ({_plain(values)})"


def _megabytes(values: Sequence[int]) -> str:
    return f"{median(values) / 1e6:.1f} MB ({', '.join(f'{value / 1e6:.1f}' for value in values)})"


def _plain(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


if __name__ == "__main__":
    main()
