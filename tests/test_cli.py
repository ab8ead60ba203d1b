"""The commands and their exit codes."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from exporter import __version__, cli, logs
from exporter.config import TABLE, Settings
from exporter.kube.errors import Misconfigured, NoCredentials


class FakeApp(ModuleType):
    """Stands in for the program and remembers what it was started with."""

    def __init__(self) -> None:
        super().__init__("exporter.app")
        self.settings: list[Settings] = []
        self.end: bool | BaseException = True
        self.problem: Misconfigured | None = None

    async def check(self, settings: Settings) -> None:
        if self.problem:
            raise self.problem

    def Surroundings(self, **around: object) -> dict[str, object]:  # noqa: N802 - the name it stands in for
        return around

    async def run(self, settings: Settings, output: logs.Output, around: Mapping[str, object]) -> bool:
        self.settings.append(settings)
        if isinstance(self.end, BaseException):
            raise self.end
        return self.end


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the root logger of the test run out."""
    monkeypatch.setattr(logs, "setup", lambda level, style, stream: None)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> FakeApp:
    fake = FakeApp()
    monkeypatch.setitem(sys.modules, "exporter.app", fake)
    monkeypatch.setattr("exporter.app", fake, raising=False)
    return fake


@pytest.mark.parametrize("arguments", [[], ["serve"]])
def test_serve_is_the_default(app: FakeApp, arguments: list[str]) -> None:
    assert cli.main(arguments) == 0
    assert len(app.settings) == 1


@pytest.mark.parametrize(("as_told", "code"), [(True, 0), (False, 1)])
def test_the_programs_end_is_the_exit_code(app: FakeApp, as_told: bool, code: int) -> None:
    app.end = as_told
    assert cli.main([]) == code


def test_an_interrupt_is_no_traceback(app: FakeApp, capsys: pytest.CaptureFixture[str]) -> None:
    app.end = KeyboardInterrupt()
    assert cli.main([]) == 1
    assert capsys.readouterr().err == ""


def test_an_unexpected_error_is_logged_and_no_traceback(
    app: FakeApp, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    app.end = ExceptionGroup("of tasks", [ValueError("unheard of")])
    assert cli.main([]) == 1
    assert [record.getMessage() for record in caplog.records] == ["ended by an error that nobody expected"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "lookup"),
    [
        ([], True),
        (["--lookup"], True),
        (["--lookup=false"], False),
        (["--no-lookup"], False),
        (["--lookup", "serve"], True),
    ],
)
def test_a_switch_is_given_in_three_ways(app: FakeApp, arguments: list[str], lookup: bool) -> None:
    assert cli.main(arguments) == 0
    assert app.settings[0].lookup is lookup


def test_flags_take_values_after_a_sign_or_a_space_and_repeat(app: FakeApp) -> None:
    assert cli.main(["--namespaces=a", "--namespaces", "b,c", "serve", "--context=-x", "--log.level", "warn"]) == 0
    settings = app.settings[0]
    assert (settings.namespaces, settings.context, settings.log_level) == (("a", "b", "c"), "-x", "warn")


def test_the_environment_is_read(app: FakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFORMER_EXPORTER_LOG_LEVEL", "error")
    assert cli.main([]) == 0
    assert app.settings[0].log_level == "error"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--web.listen-addres=:1"], "unknown flag --web.listen-addres; did you mean --web.listen-address?"),
        (["--frobnicate"], "unknown flag --frobnicate; see informer-exporter --help"),
        (["--web.listen"], "unknown flag --web.listen"),
        (["-x"], "unknown flag -x"),
        (["sevre"], "unknown command 'sevre'; did you mean serve?"),
        (["serve", "now"], "unexpected argument 'now'"),
        (["--log.level"], "expected one argument"),
        (["--log.level="], "--log.level: expected one of"),
        (["--no-log.level"], "unknown flag --no-log.level"),
        (["--config.file=/none"], "/none: cannot be read: No such file or directory"),
        (["check-config", "--list.page-size=0"], "--list.page-size: expected a whole number"),
        (["--web.listen-address=0.0.0.0:0"], "whoever reaches 0.0.0.0:0 could read every object"),
        (["check-config", "--web.listen-address=:1"], "set --auth-filter, or turn lookups off (--no-lookup), or say"),
        (["--label-selector=a in b"], "--label-selector: character 6: expected '(', not 'b'"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    app: FakeApp, capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    assert cli.main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("informer-exporter: ")
    assert complaint in said.err
    assert said.err.count("\n") == 1
    assert not app.settings


def test_check_config_prints_what_is_in_force(app: FakeApp, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check-config", "--namespaces=a,b", "--no-lookup"]) == 0
    said = capsys.readouterr()
    shown = yaml.safe_load(said.out)
    assert (shown["namespaces"], shown["lookup"], shown["web"]["telemetry-path"]) == (["a", "b"], False, "/metrics")
    assert said.err == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--web.listen-address=:1", "--auth-filter"],
        ["--web.listen-address=:1", "--no-lookup"],
        ["--web.listen-address=:1", "--web.allow-unauthenticated-lookups"],
        ["--web.listen-address=127.9.9.9:1,[::1]:1,localhost:1"],
    ],
)
def test_an_address_that_others_reach_needs_a_word_about_lookups(app: FakeApp, arguments: list[str]) -> None:
    assert cli.main(arguments) == 0


def test_metrics_prints_the_reference_that_is_in_the_documentation(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["metrics"]) == 0
    said = capsys.readouterr()
    assert said.out == (Path(__file__).parent.parent / "docs" / "metrics.md").read_text()
    assert said.err == ""


def test_metrics_takes_no_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["metrics", "--namespaces=a"]) == 2
    assert "metrics takes no flags, but --namespaces is given" in capsys.readouterr().err


def test_check_config_refuses_credentials_that_cannot_be_used(app: FakeApp, capsys: pytest.CaptureFixture[str]) -> None:
    app.problem = Misconfigured("kubeconfig /k cannot be read: Is a directory")
    assert cli.main(["check-config"]) == 1
    said = capsys.readouterr()
    assert said.err == "informer-exporter: no usable credentials: kubeconfig /k cannot be read: Is a directory\n"
    assert said.out == ""


def test_check_config_says_where_there_are_no_credentials_to_check(
    app: FakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    app.problem = NoCredentials("this is not a pod")
    assert cli.main(["check-config"]) == 0
    said = capsys.readouterr()
    assert "credentials were not checked, since there are none here: this is not a pod" in said.err
    assert yaml.safe_load(said.out)["lookup"] is True


@pytest.mark.parametrize(
    ("content", "code", "complaint"),
    [("current-context: gone\n", 1, "there is no context gone"), (None, 0, "credentials were not checked")],
)
def test_check_config_reads_the_credentials_that_are_there(
    tmp_path: Path, content: str | None, code: int, complaint: str
) -> None:
    if content:
        (tmp_path / ".kube").mkdir()
        (tmp_path / ".kube" / "config").write_text(content)
    command = [sys.executable, "-m", "exporter", "check-config"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"HOME": str(tmp_path)})
    assert done.returncode == code
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1


def test_help_names_every_setting_and_every_command() -> None:
    text = cli.make_parser().format_help()
    assert text.index("commands:") < text.index("--version")
    flat = "".join(text.split())
    for setting in TABLE:
        assert f"--{setting.name} " in text
        assert "".join(setting.help.replace("`", "").split()) in flat
        assert "".join(setting.default.split()) in flat
    for command in cli.COMMANDS:
        assert f"  {command} " in text


def test_help_breaks_no_name_and_no_line_of_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = cli.make_parser().format_help()
    assert max(map(len, text.splitlines())) <= 80
    for setting in TABLE:
        for name in setting.default.split(","):
            assert name in text


def test_version_names_the_program_and_the_interpreter(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        cli.main(["--version"])
    assert capsys.readouterr().out.startswith(f"informer-exporter {__version__} (CPython 3.")


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["serve", "--lookup=x"], ["--frobnicate"]])
def test_a_quick_answer_waits_for_no_web_server(arguments: list[str]) -> None:
    program = (
        "import sys; from exporter import cli\n"
        f"try: cli.main({arguments!r})\n"
        "except SystemExit: pass\n"
        "sys.exit(str({'aiohttp', 'kubernetes', 'uvloop'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env={})
    assert done.stderr.endswith("set()\n")


def test_output_that_nobody_reads_is_no_traceback() -> None:
    program = "from exporter import cli; raise SystemExit(cli.main(['--help']))"
    command = f'{sys.executable} -c "{program}" | true'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, env={})
    assert done.stderr == ""


USAGE, CHECK, HELP, SERVE = "--frobnicate", "check-config", "--help", "serve --kubeconfig=/none"


@pytest.mark.parametrize(
    ("command", "code", "complaint"),
    [
        (f"{CHECK} >&-", 0, "there are none here"),
        (f"{CHECK} <&- >&- 2>&-", 0, ""),
        (f"{CHECK} >/dev/full", 1, "the output cannot be written: No space left on device"),
        (f"{CHECK} 2>/dev/full >/dev/null", 0, ""),
        (f"{HELP} >&-", 0, ""),
        (f"{HELP} >/dev/full", 1, "the output cannot be written: No space left on device"),
        ("--version >/dev/full", 1, "the output cannot be written"),
        (f"{HELP} >/dev/full 2>/dev/full", 1, ""),
        (f"{USAGE} 2>&-", 2, ""),
        (f"{USAGE} 2>/dev/full", 2, ""),
        (f"{SERVE} 2>&-", 1, ""),
        (f"{SERVE} 2>/dev/full", 1, ""),
        (f"{SERVE} <&- >&-", 1, "no usable credentials"),
    ],
)
def test_streams_that_are_closed_or_full_change_no_more_than_they_must(
    tmp_path: Path, command: str, code: int, complaint: str
) -> None:
    line = f"{sys.executable} -m exporter {command}"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False, env={"HOME": str(tmp_path)})
    assert done.returncode == code
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
