"""The simulated cluster and the exporter as one: begun together, ended together, and what people read meanwhile."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from exporter import cli, demo
from exporter.config import Settings, load, named, values
from exporter.demo import OPTIONS, Ended, Options, Serve, cluster, settings_of
from exporter.demo.words import about, announcement
from exporter.simulator.faults import Schedule
from exporter.web.address import Address
from exporter.web.page.sources import Drill, Fault
from tests.controlplane.waiting import wait_for

BEGINS = 4_000_000_000.0
"""Far ahead, so that no test meets a fault."""
ANSWER = f'{{"url":"http://127.0.0.1:4711","begins":{BEGINS},"schedule":[]}}'
OBEDIENT = f"print({ANSWER!r}, flush=True); sys.stdin.read()"
STUBBORN = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); print({ANSWER!r}, flush=True); signal.pause()"
SILENT = "sys.stdin.read()"


class Scripted(Options, frozen=True):
    """Options whose cluster is another program."""

    words: tuple[str, ...] = ()

    def command(self) -> list[str]:
        return [*self.words]


class Stage:
    """A child that does what a test says, an exporter that waits, and everything that was told to people."""

    def __init__(self, folder: Path) -> None:
        self._pid = folder / "pid"
        self.said: list[str] = []
        self.settings: Settings | None = None
        self.kubeconfig: dict[str, object] = {}
        self.drill: Drill | None = None
        self.stopped = False
        self.as_told = True

    def child(self, script: str) -> list[str]:
        begin = f"import os, signal, sys, time; open({str(self._pid)!r}, 'w').write(str(os.getpid())); "
        return [sys.executable, "-I", "-S", "-c", begin + script]

    @property
    def pid(self) -> int:
        return wait_for(lambda: int(self._pid.read_text() or 0) if self._pid.exists() else None, "a child to begin")

    def serving(self, act: Callable[[], object] = lambda: None) -> Serve:
        """An exporter that does something, and then waits to be told to stop."""

        async def serve(
            own: Settings,
            /,
            *,
            stop: asyncio.Event,
            announce: Callable[[Sequence[Address]], None],
            ask_drill: Callable[[], Drill | None],
        ) -> bool:
            self.settings, self.drill = own, ask_drill()
            self.kubeconfig = kubeconfig_of(own)
            announce([Address("127.0.0.1", 9798)])
            act()
            await stop.wait()
            self.stopped = True
            return self.as_told

        return serve

    async def run(self, script: str, act: Callable[[], object] = lambda: None, *, faults: tuple[str, ...] = ()) -> bool:
        options = Scripted(10, 2, 1.0, 1, 60.0, faults, (), tuple(self.child(script)))
        return await demo.run(load({}, {}), options, self.serving(act), self.said.append)

    def check_nothing_is_left(self) -> None:
        with pytest.raises(ProcessLookupError):
            os.kill(self.pid, 0)
        assert self.settings is None or not Path(self.settings.kubeconfig).parent.exists()


def kubeconfig_of(own: Settings) -> dict[str, object]:
    document: dict[str, object] = json.loads(Path(own.kubeconfig).read_text())
    return document


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def tell(number: signal.Signals) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_both_and_leaves_nothing(stage: Stage, number: signal.Signals) -> None:
    assert await stage.run(OBEDIENT, tell(number))
    assert stage.stopped
    stage.check_nothing_is_left()


async def test_an_interrupt_counts_in_the_background_of_a_script_too(stage: Stage) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert await stage.run(OBEDIENT, tell(signal.SIGINT))
    finally:
        signal.signal(signal.SIGINT, before)
    assert stage.stopped


async def test_the_exporter_is_pointed_at_the_simulated_cluster(stage: Stage) -> None:
    await stage.run(OBEDIENT, tell(signal.SIGTERM), faults=("expire", "429"))
    assert stage.kubeconfig["clusters"] == [{"name": "simulated", "cluster": {"server": "http://127.0.0.1:4711"}}]
    assert stage.kubeconfig["current-context"] == "simulated"
    assert stage.drill is not None
    assert stage.drill.speed == 60
    true = Schedule(["expire", "429"], BEGINS).upcoming(time.time())
    assert stage.drill.schedule == tuple(Fault(one.fault, one.about, one.begins, one.ends) for one in true)
    assert stage.drill.schedule[0].begins == BEGINS + 30
    first, second, last = stage.said
    assert "10 workflows in 2 namespaces" in first
    assert "expire, 429" in first
    assert stage.drill.about == first.strip()
    assert "http://127.0.0.1:9798/\n" in second
    assert "--server=http://127.0.0.1:4711 get" in second
    assert "ended" in last


async def test_a_signal_ends_it_before_the_cluster_has_begun(stage: Stage) -> None:
    running = asyncio.create_task(stage.run(SILENT))
    await asyncio.to_thread(lambda: stage.pid)
    os.kill(os.getpid(), signal.SIGINT)
    assert await running
    assert len(stage.said) == 1
    stage.check_nothing_is_left()


@pytest.mark.parametrize(
    ("script", "words", "code"),
    [
        ("sys.exit(2)", "did not begin: exit code 2", 2),
        ("sys.exit(3)", "did not begin: exit code 3", 1),
        ("os.kill(os.getpid(), signal.SIGKILL)", "did not begin: killed by signal 9", 1),
        ("print('hello', flush=True); sys.stdin.read()", "makes no sense", 1),
        ("print('{}', flush=True); sys.stdin.read()", "makes no sense", 1),
        (
            'print(\'{"url":"http://192.0.2.1:80","begins":1}\', flush=True); sys.stdin.read()',
            "no address on this",
            1,
        ),
        ('print(\'{"url":"javascript:alert(1)","begins":1}\', flush=True); sys.stdin.read()', "makes no sense", 1),
        ("print('x' * 3_000_000, flush=True); sys.stdin.read()", "makes no sense", 1),
    ],
)
async def test_a_cluster_that_does_not_begin_is_an_error(stage: Stage, script: str, words: str, code: int) -> None:
    with pytest.raises(Ended, match=words) as caught:
        await stage.run(script)
    assert caught.value.code == code
    stage.check_nothing_is_left()


@pytest.mark.parametrize("script", [SILENT, f"os.close(1); {SILENT}"], ids=["silent", "closed"])
async def test_a_cluster_that_never_says_a_word_is_an_error(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setattr(cluster, "BEGINNING", 0.5)
    with pytest.raises(Ended, match=r"did not listen within 0\.55 seconds"):
        await stage.run(script)


async def test_a_cluster_that_ends_by_itself_ends_the_exporter_and_is_an_error(stage: Stage) -> None:
    with pytest.raises(Ended, match="ended by itself: killed by signal 9") as caught:
        await stage.run(OBEDIENT, lambda: os.kill(stage.pid, signal.SIGKILL))
    assert caught.value.code == 1
    assert stage.stopped
    stage.check_nothing_is_left()


async def test_a_cluster_that_does_not_end_is_killed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ENDING", 0.1)
    assert await stage.run(STUBBORN, tell(signal.SIGTERM))
    stage.check_nothing_is_left()


async def test_an_exporter_that_fails_ends_the_cluster(stage: Stage) -> None:
    stage.as_told = False
    assert not await stage.run(OBEDIENT, tell(signal.SIGTERM))

    def fail() -> None:
        raise RuntimeError("of the exporter")

    with pytest.raises(RuntimeError, match="of the exporter"):
        await stage.run(OBEDIENT, fail)
    stage.check_nothing_is_left()


def test_a_cluster_ends_with_us_even_when_we_are_killed(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    script = (
        "import asyncio; from exporter import demo; from exporter.config import load\n"
        "async def serve(own, *, stop, announce, ask_drill): await stop.wait()\n"
        f"class Scripted(demo.Options, frozen=True):\n  def command(self): return {stage.child(OBEDIENT)}\n"
        "asyncio.run(demo.run(load({}, {}), Scripted(1, 1, 1.0, 1, 1.0, (), ()), serve, print))"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.DEVNULL, env=environment)
    child = stage.pid
    parent.kill()
    parent.wait()
    wait_for(lambda: not Path(f"/proc/{child}").exists() or None, "the child to end", seconds=20)


def test_what_was_chosen_becomes_the_command_of_the_cluster() -> None:
    flags = {
        "workflows": ["5"],
        "rate": ["0.5"],
        "speed": ["10"],
        "fault": ["expire,slow", "429"],
        "trouble": ["crons"],
    }
    options = Options(**values(OPTIONS, flags))
    assert options.command()[1:] == [
        *("-m", "exporter.simulator", "--port=0", "--parent-pipe"),
        *("--workflows=5", "--namespaces=12", "--rate=0.5", "--seed=1", "--speed=10", "--fault=expire,slow,429"),
        "--trouble=crons",
    ]
    usual = Options(**values(OPTIONS, {})).command()
    assert not any(word.startswith(("--fault", "--trouble")) for word in usual)


@pytest.mark.parametrize(
    ("flags", "address", "lines"),
    [
        (
            {},
            Address("127.0.0.1", 4000),
            [
                "page     http://127.0.0.1:4000/",
                "metrics  http://127.0.0.1:4000/metrics",
                "kubectl  kubectl --server=http://127.0.0.1:4000 get workflows -A",
            ],
        ),
        (
            {"lookup": ["false"], "web.telemetry-path": ["/numbers"]},
            Address("0.0.0.0", 80),
            ["page     http://127.0.0.1:80/", "metrics  http://127.0.0.1:80/numbers"],
        ),
        (
            {"lookup": ["false"]},
            Address("::", 80),
            ["page     http://[::1]:80/", "metrics  http://[::1]:80/metrics"],
        ),
    ],
)
def test_people_are_told_what_to_open_and_only_what_is_on(
    flags: dict[str, list[str]], address: Address, lines: list[str]
) -> None:
    told = announcement(load(flags, {}), [address], "http://127.0.0.1:4711")
    assert [line.strip() for line in told.splitlines() if line.startswith("  ")] == [
        *lines,
        "cluster  kubectl --server=http://127.0.0.1:4711 get workflows -A --watch",
    ]


def settings(flags: dict[str, list[str]], environment: dict[str, str], said: list[str]) -> Settings:
    return settings_of(load(flags, environment), named(flags, environment), said.append)


def test_the_log_is_quiet_unless_a_level_is_chosen(tmp_path: Path) -> None:
    said: list[str] = []
    file = tmp_path / "settings.yaml"
    file.write_text("log.level: info\n")
    assert settings({"web.listen-address": [":0"]}, {}, said).log_level == "warn"
    assert settings({"web.listen-address": [":0"], "log.level": ["info"]}, {}, said).log_level == "info"
    assert settings({"config.file": [str(file)], "web.listen-address": [":0"]}, {}, said).log_level == "info"
    assert said == []


def test_the_default_port_is_left_to_who_has_it() -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = Address(*other.getsockname())
        own = load({"web.listen-address": [str(taken)]}, {})
        assert settings_of(own, frozenset(), said.append).web_listen_address == (Address("127.0.0.1", 0),)
        assert said == [f"{taken} is taken: another port is used\n"]
        with pytest.raises(Ended, match=f"^cannot listen on {taken}: Address already in use$") as refused:
            settings_of(own, frozenset({"web.listen-address"}), said.append)
        assert (refused.value.code, len(said)) == (1, 1)
    assert settings_of(own, frozenset(), said.append).web_listen_address == (taken,)


def test_an_address_that_is_not_of_this_machine_is_refused_before_anything_begins() -> None:
    named_one = frozenset({"web.listen-address"})
    for address in ("192.0.2.1:9798", "no-such-host.invalid:9798"):
        with pytest.raises(Ended, match=f"^cannot listen on {address}: "):
            settings_of(load({"web.listen-address": [address]}, {}), named_one, print)
    twice = load({"web.listen-address": ["[::1]:0", "127.0.0.1:0", ":0"]}, {})
    assert settings_of(twice, named_one, print).web_listen_address == twice.web_listen_address


def test_more_than_may_run_is_told_in_a_sentence() -> None:
    usual = Options(**values(OPTIONS, {}))
    assert "held back" not in about(usual)
    assert "submissions are held back once 1,000 are open" in about(Options(**values(OPTIONS, {"speed": ["10"]})))


def test_a_cluster_that_was_chosen_elsewhere_is_not_used_in_silence() -> None:
    said: list[str] = []
    settings({"web.listen-address": [":0"]}, {"INFORMER_EXPORTER_KUBECONFIG": "/k"}, said)
    assert said == ["kubeconfig is given, but not used: a demo has a cluster of its own\n"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--rate=x"], "--rate: expected a number such as 20 or 0.5, not 'x'"),
        (["--rate=-1"], "--rate: expected a number"),
        (["--speed=0"], "--speed: expected a number over 0 and up to 1000, not '0'"),
        (["--speed=9999"], "--speed: expected a number over 0 and up to 1000"),
        (["--seed=x"], "--seed: expected a whole number, not 'x'"),
        (["--workflows=0"], "--workflows: expected a whole number from 1"),
        (["--namespaces=argo"], "--namespaces: expected a whole number from 1"),
        (["--namespaces=1", "--namespaces=2"], "--namespaces is given 2 times"),
        (["--fault=expre"], "--fault: expected one of drop-watch, expire, slow, 429, half-open, restart"),
        (["--kubeconfig=x"], "--kubeconfig is not for demo, which has a cluster of its own"),
        (["--context=x"], "--context is not for demo"),
        (["--workflow=5"], "unknown flag --workflow; did you mean --workflows?"),
        (["--log.level=loud"], "--log.level: expected one of"),
        (["now"], "unexpected argument 'now'"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    assert cli.main(["demo", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"informer-exporter: {complaint}")
    assert said.err.count("\n") == 1


def test_flags_before_the_command_are_pointed_behind_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--log.level=warn", "demo"]) == 2
    assert "demo comes before its flags" in capsys.readouterr().err


def test_help_begins_with_what_is_the_demos_own() -> None:
    text = cli.make_demo_parser().format_help()
    places = [text.index(f"\n  --{setting.name} ") for setting in (*OPTIONS, *demo.SETTINGS)]
    assert max(places[: len(OPTIONS)]) < min(places[len(OPTIONS) :])
    assert "--kubeconfig" not in text
