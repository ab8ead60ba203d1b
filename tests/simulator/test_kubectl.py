"""kubectl works with the simulator: it gets, watches, creates, applies, patches, describes, explains and deletes."""

import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kubectl.programs import VERSIONS
from tests.simulator import rig
from tests.simulator.rig import NAMESPACE, Rig, workflow

PATIENCE = 30.0
MANIFEST = """
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  name: applied
  namespace: red
spec:
  entrypoint: {entrypoint}
"""


@dataclass(frozen=True)
class Kubectl:
    program: Path
    home: Path
    rig: Rig

    def command(self, arguments: str) -> list[str]:
        place = [f"--server={self.rig.url}", f"--cache-dir={self.home}", "-n", NAMESPACE]
        return [str(self.program), *place, *shlex.split(arguments)]

    @property
    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.home), "PATH": os.environ["PATH"], "TMPDIR": str(self.home), "KUBECONFIG": os.devnull}

    def run(self, arguments: str, stdin: str = "") -> str:
        """Give what it printed, or fail with what it complained of."""
        ended = self.ended(arguments, stdin)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def ended(self, arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(arguments),
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


@pytest.fixture(params=[known.version for known in VERSIONS])
def kubectl(request: pytest.FixtureRequest, kubectls: Mapping[str, Path], tmp_path: Path) -> Iterator[Kubectl]:
    with rig.running() as running:
        yield Kubectl(kubectls[request.param], tmp_path, running)


def test_it_gets_what_is_there(kubectl: Kubectl) -> None:
    kubectl.rig.put(workflow("a", "Failed", team="x"))
    kubectl.rig.put(workflow("b"))
    table = kubectl.run("get wf")
    assert [line.split()[:2] for line in table.splitlines()] == [["NAME", "STATUS"], ["a", "Failed"], ["b", "Running"]]
    assert kubectl.run("get workflows -A -l team=x -o name") == "workflow.argoproj.io/a\n"
    assert kubectl.run("get wf a -o jsonpath={.status.phase}") == "Failed"
    assert kubectl.run("get wf --chunk-size=1 -o name").count("\n") == 2
    assert "default" in kubectl.run("get ns")


def test_it_applies_again_and_again(kubectl: Kubectl) -> None:
    assert "created" in kubectl.run("apply -f -", MANIFEST.format(entrypoint="main"))
    assert "unchanged" in kubectl.run("apply -f -", MANIFEST.format(entrypoint="main"))
    assert "configured" in kubectl.run("apply -f -", MANIFEST.format(entrypoint="other"))
    assert kubectl.run("get wf applied -o jsonpath={.spec.entrypoint}") == "other"
    assert "replaced" in kubectl.run("replace -f -", MANIFEST.format(entrypoint="third"))
    refused = kubectl.ended("create -f -", MANIFEST.format(entrypoint="main"))
    assert 'workflows.argoproj.io "applied" already exists' in refused.stderr


def test_it_patches_and_labels(kubectl: Kubectl) -> None:
    kubectl.rig.put(workflow("a"))
    kubectl.run("label wf a team=x")
    kubectl.run("annotate wf a why=because")
    kubectl.run("""patch wf a --type merge -p '{"status":{"phase":"Failed"}}'""")
    kubectl.run("""patch wf a --type json -p '[{"op":"add","path":"/spec/more","value":"yes"}]'""")
    shown = kubectl.run("get wf a -o jsonpath='{.metadata.labels.team} {.status.phase} {.spec.more}'")
    assert shown == "x Failed yes"
    assert "is not supported by" in kubectl.ended("""patch wf a -p '{"spec":{}}'""").stderr


def test_it_describes_explains_and_knows_the_resources(kubectl: Kubectl) -> None:
    kubectl.rig.put(workflow("a"))
    assert "Entrypoint:  main" in kubectl.run("describe wf a")
    assert "KIND:       Workflow" in kubectl.run("explain workflow")
    assert "cwf,cronwf" in kubectl.run("api-resources")


def test_it_deletes_objects_and_whole_namespaces(kubectl: Kubectl) -> None:
    for name in "abc":
        kubectl.rig.put(workflow(name))
    assert "deleted" in kubectl.run("delete wf a")
    assert "deleted" in kubectl.run("delete wf b --cascade=foreground")
    assert kubectl.run("get wf -o name") == "workflow.argoproj.io/c\n"
    kubectl.run("create namespace blue")
    kubectl.run("delete namespace blue red")
    assert "not found" in kubectl.ended("get namespace red").stderr
    assert kubectl.run("get wf -o name") == ""


def test_it_watches(kubectl: Kubectl) -> None:
    kubectl.rig.put(workflow("a"))
    with subprocess.Popen(
        kubectl.command("get wf --watch --output-watch-events"),
        env=kubectl.environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline().split() == ["EVENT", "NAME", "STATUS", "AGE", "MESSAGE"]
        assert watching.stdout.readline().split()[:3] == ["ADDED", "a", "Running"]
        kubectl.rig.put(workflow("a", "Failed"))
        assert watching.stdout.readline().split()[:3] == ["MODIFIED", "a", "Failed"]
        watching.kill()


def test_server_side_apply_is_refused_in_words(kubectl: Kubectl) -> None:
    refused = kubectl.ended("apply --server-side -f -", MANIFEST.format(entrypoint="main"))
    assert "Server-side apply not available on the server" in refused.stderr
