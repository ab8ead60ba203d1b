"""The process as its surroundings see it: how it refuses to start, how it ends, what Prometheus reads."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGTERM, Signals

import pytest

from exporter.metrics.text import Format
from tests.cluster.conftest import StartProgram
from tests.cluster.program import Program
from tests.cluster.workflows import workflow
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.cluster import Cluster
from tests.controlplane.credentials import render_kubeconfig
from tests.controlplane.waiting import wait_for
from tests.metrics.exposition import metrics_of, names, promtool_complaints

FAILED, WRONG_USAGE = 1, 2

BROKEN = "clusters: [{]"
NOT_A_KUBECONFIG = "just a text"
NO_CONTEXT = "apiVersion: v1\nkind: Config\n"


@pytest.fixture
def deaf_server(control_plane: Cluster) -> Iterator[str]:
    """Give the URL of a server that takes connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield f"https://127.0.0.1:{server.getsockname()[1]}"


def refusal(log: Path, *flags: str) -> tuple[int, str]:
    """Start the program with flags that it must refuse; give its exit code and the one line it says."""
    program = Program(flags, log)
    program.start()
    try:
        code = program.wait_ended()
        (line,) = [line for line in program.lines() if "level=info" not in line]
    finally:
        program.close()
    return code, line


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--no-such-flag"], "unknown flag --no-such-flag"),
        (["--namespace=argo"], "did you mean --namespaces?"),
        (["--list.page-size=many"], "list.page-size"),
        (["--namespaces=Not_A_Name"], "namespaces"),
        (["--web.listen-address=nowhere"], "web.listen-address"),
        (["--config.file=/no/such/file"], "/no/such/file"),
        (["--log.level=loud"], "log.level"),
        (["--label-selector=team in (a"], "--label-selector: character 11"),
    ],
)
def test_wrong_usage_is_told_in_one_line(tmp_path: Path, flags: list[str], words: str) -> None:
    code, line = refusal(tmp_path / "log", *flags)
    assert code == WRONG_USAGE
    assert words in line


@pytest.mark.parametrize("content", [BROKEN, NOT_A_KUBECONFIG, NO_CONTEXT, "", "\0\xff"])
def test_a_kubeconfig_that_makes_no_sense_is_named_in_one_line(tmp_path: Path, content: str) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(content)
    code, line = refusal(tmp_path / "log", f"--kubeconfig={kubeconfig}")
    assert code == FAILED
    assert str(kubeconfig) in line


@pytest.mark.parametrize("path", ["/", "/dev/null", "/no/such/file"])
def test_a_kubeconfig_that_is_none_is_named_in_one_line(tmp_path: Path, path: str) -> None:
    code, line = refusal(tmp_path / "log", f"--kubeconfig={path}")
    assert code == FAILED
    assert path in line


def test_an_unknown_context_is_named(control_plane: Cluster, tmp_path: Path) -> None:
    code, line = refusal(tmp_path / "log", f"--kubeconfig={control_plane.kubeconfig()}", "--context=elsewhere")
    assert code == FAILED
    assert "elsewhere" in line


def test_an_address_in_use_is_named(control_plane: Cluster, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        flags = [f"--kubeconfig={control_plane.kubeconfig()}", f"--web.listen-address={address}"]
        code, line = refusal(tmp_path / "log", *flags)
    assert code == FAILED
    assert address in line


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
def test_a_signal_ends_it_in_order(
    control_plane: Cluster, namespace: str, start_program: StartProgram, number: Signals
) -> None:
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}").wait_live()
    assert program.end(number) == 0
    with pytest.raises(ConnectionRefusedError):
        program.get("/livez")


def test_a_hangup_does_not_end_it(control_plane: Cluster, start_program: StartProgram) -> None:
    program = start_program(control_plane.kubeconfig()).wait_live()
    program.send(SIGHUP)
    wait_for(
        lambda: any("restart to change other settings" in line for line in program.lines()), "a word about the hangup"
    )
    assert program.readiness()[0] == 200


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
def test_a_signal_ends_it_while_the_api_server_keeps_it_waiting(
    control_plane: Cluster, deaf_server: str, tmp_path: Path, start_program: StartProgram, number: Signals
) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(render_kubeconfig(deaf_server, control_plane.ca_file, {"token": "none"}))
    program = start_program(kubeconfig)
    code, reason = program.readiness()
    assert code == 503
    assert "listing" in reason
    assert program.end(number) == 0


def test_prometheus_is_content_with_every_format(
    control_plane: Cluster, namespace: str, start_program: StartProgram
) -> None:
    control_plane.admin.create(WORKFLOWS, workflow(namespace, phase="Running"))
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}").wait_live()
    assert promtool_complaints(program.get("/metrics").body) == ""
    strict = program.get("/metrics", Accept=Format.OPENMETRICS.content_type)
    assert strict.body.endswith(Format.OPENMETRICS.end)
    families = names(metrics_of(strict.body.removesuffix(Format.OPENMETRICS.end), Format.OPENMETRICS))
    assert {"argowf_workflows", "argowf_workflow_updates", "informer_state", "process_cpu_seconds"} <= {*families}
