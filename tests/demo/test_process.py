"""The whole of it as people meet it: what they read, what answers, and that nothing is left when it ends."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGKILL, SIGTERM, Signals
from typing import Protocol

import msgspec
import pytest

from exporter import __file__ as package
from tests.controlplane.waiting import wait_for
from tests.demo.program import ANYWHERE, DEMO, SMALL, Demo, alive, ask

DEFAULT = ("127.0.0.1", 9798)


class Start(Protocol):
    """Starts a command that runs a demo; what is left of it ends with the test."""

    def __call__(self, command: Sequence[str]) -> Demo: ...


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as running:
        yield lambda command: running.enter_context(Demo(tmp_path, command))


def test_everything_that_is_named_answers(start: Start) -> None:
    demo = start([*DEMO, *SMALL, ANYWHERE]).wait_ready()
    page, metrics = ask(f"{demo.page}/"), ask(demo.metrics)
    assert (page.code, page.type) == (200, "text/html")
    assert b"argowf_workflows{" in metrics.body
    line, server = demo.kubectl
    assert line.endswith("get workflows -A")
    listed = msgspec.json.decode(ask(f"{server}/apis/argoproj.io/v1alpha1/workflows").body)
    assert len(listed["items"]) >= 50
    assert ask(f"{demo.cluster}/version").code == 200
    assert "A simulated cluster: 60 workflows in 3 namespaces, 5 more each second" in demo.said
    assert demo.logged == ""


def test_kubectl_can_be_pasted(start: Start) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("there is no kubectl")
    demo = start([*DEMO, *SMALL, ANYWHERE]).wait_ready()
    home = {"HOME": str(demo.folder), "PATH": os.environ["PATH"]}
    line, _ = demo.kubectl
    said = subprocess.run(line, shell=True, env=home, capture_output=True, text=True, check=True, timeout=60).stdout
    head, *rows = said.splitlines()
    assert head.split()[:3] == ["NAMESPACE", "NAME", "STATUS"]
    assert len(rows) >= 50


@pytest.mark.parametrize("number", [SIGINT, SIGTERM, SIGHUP])
def test_a_signal_ends_it_all(start: Start, number: Signals) -> None:
    demo = start([*DEMO, *SMALL, ANYWHERE]).wait_announced()
    demo.started.send_signal(number)
    assert demo.wait_ended() == 0
    demo.check_nothing_is_left()
    assert demo.logged == ""


@pytest.mark.parametrize("number", [SIGINT, SIGTERM, SIGHUP])
def test_an_end_before_the_loop_runs_is_an_end_as_any_other(tmp_path: Path, number: Signals) -> None:
    script = (
        "import os, sys\n"
        "from exporter import cli, demo\n"
        f"demo.settings_of = lambda *_: os.kill(os.getpid(), {int(number)})\n"
        "sys.exit(cli.main(['demo']))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def make(*, background: bool) -> list[str]:
    """``make demo``, with the environment of these tests."""
    usable = f"{sys.prefix}/pyvenv.cfg"
    variables = f"BIN={Path(sys.executable).parent} USABLE={usable} DEMO='{' '.join(SMALL)} {ANYWHERE}'"
    line = f"make --no-print-directory -C {Path(package).parent.parent} -o {usable} {variables} demo"
    return ["sh", "-c", f"{line} & wait $!" if background else f"exec {line}"]


@pytest.mark.parametrize("background", [False, True], ids=["foreground", "background"])
def test_an_interrupt_of_the_terminal_ends_make_and_all(start: Start, background: bool) -> None:
    demo = start(make(background=background)).wait_announced()
    pid = demo.pid
    os.killpg(demo.started.pid, SIGINT)
    wait_for(lambda: not alive(pid), "the demo to end", seconds=10)
    demo.wait_ended()
    demo.check_nothing_is_left()
    assert "Traceback" not in demo.logged


def test_an_interrupt_of_a_job_in_the_background_of_a_script_ends_it(start: Start) -> None:
    words = " ".join([*DEMO, *SMALL, ANYWHERE])
    demo = start(["sh", "-c", f"{words} & wait $!; echo it ended with $?"]).wait_announced()
    os.kill(demo.pid, SIGINT)
    assert demo.wait_ended() == 0
    demo.check_nothing_is_left()
    assert "it ended with 0\n" in demo.said


def test_whoever_ends_make_ends_the_demo(start: Start) -> None:
    demo = start(make(background=False)).wait_announced()
    pid = demo.pid
    demo.started.send_signal(SIGTERM)
    demo.wait_ended()
    wait_for(lambda: not alive(pid), "the demo to end", seconds=10)
    demo.check_nothing_is_left()


def test_the_default_port_is_left_to_who_has_it(start: Start) -> None:
    with ExitStack() as other:
        with suppress(OSError):  # whoever has it already does as well
            other.enter_context(socket.create_server(DEFAULT))
        demo = start([*DEMO, *SMALL]).wait_ready()
        assert "127.0.0.1:9798 is taken: another port is used\n" in demo.said
        assert "9798" not in demo.page


def test_an_address_that_was_chosen_is_used_or_refused(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        demo = start([*DEMO, *SMALL, f"--web.listen-address={address}"])
        assert demo.wait_ended(60) == 1
    assert demo.logged == f"informer-exporter: cannot listen on {address}: Address already in use\n"
    assert demo.said == "", "the simulator was not even started"
    assert [*demo.folder.iterdir()] == []


def test_a_cluster_that_is_killed_is_an_error(start: Start) -> None:
    demo = start([*DEMO, *SMALL, ANYWHERE]).wait_ready()
    os.kill(demo.cluster_pid, SIGKILL)
    assert demo.wait_ended() == 1
    assert "the simulated cluster ended by itself: killed by signal 9" in demo.logged
    demo.check_nothing_is_left()


def test_the_cluster_ends_when_the_demo_is_killed(start: Start) -> None:
    demo = start([*DEMO, *SMALL, ANYWHERE]).wait_announced()
    demo.started.kill()
    wait_for(lambda: not alive(demo.cluster_pid), "the simulated cluster to end", seconds=10)
