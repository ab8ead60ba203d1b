"""The commands: arguments become settings, settings become a running exporter, and its end an exit code."""

import argparse
import asyncio
import contextlib
import logging
import os
import platform
import signal
import sys
import textwrap
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from exporter import __version__, config, logs, streams
from exporter.config.setting import GROUPS, Setting
from exporter.config.show import PRECEDENCE, SYNTAX, as_yaml
from exporter.config.spelling import suggestion
from exporter.config.values import SWITCH
from exporter.kube.errors import Misconfigured, NoCredentials

if TYPE_CHECKING:
    from exporter import demo
    from exporter.progress import Meter

log = logging.getLogger(__name__)

DONE, FAILED, WRONG_USAGE = 0, 1, 2

PROGRAM = "informer-exporter"
PURPOSE = "Reads Argo Workflows once, counts them for Prometheus and answers lookups from memory."
WIDTH = 79
SEE_HELP = f"; see {PROGRAM} --help"
COMMANDS = {
    "serve": "Watch the cluster and answer over HTTP (the default).",
    "demo": "The same with a simulated cluster; see demo --help.",
    "check-config": "Check settings and credentials, print what is in force (YAML).",
    "rbac": "Print the least rights that these settings need (YAML).",
    "metrics": "Print the reference of all metrics (Markdown).",
}
_SWITCHES = {f"--{setting.name}": setting.name for setting in config.TABLE if setting.kind is SWITCH}


class UsageError(Exception):
    """The command line makes no sense."""


class OutputError(Exception):
    """What was asked for cannot be written."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns the exit code: 0 done, 1 failed, 2 wrong usage or configuration."""
    streams.open_closed()
    try:
        return _run(sys.argv[1:] if arguments is None else arguments, os.environ)
    except (UsageError, config.ConfigError) as error:
        _complain(str(error))
        return WRONG_USAGE
    except KeyboardInterrupt:
        return FAILED
    except OutputError as error:
        if not isinstance(error.__cause__, BrokenPipeError):  # whoever read it has seen enough
            _complain(str(error))
        return FAILED
    finally:
        with contextlib.suppress(OSError):
            streams.write(sys.stderr)  # what the log could not write


def _run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    arguments = [*map(_plain_switch, arguments)]
    if arguments[:1] == ["demo"]:
        with _ended_by(signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            return _demo(arguments[1:], environment)
    known, strangers = make_parser().parse_known_args(arguments)
    if known.command == "demo":
        raise UsageError("demo comes before its flags; see informer-exporter demo --help")
    flags = _given(known, strangers, config.TABLE)
    match known.command:
        case "serve":
            return _serve(config.load(flags, environment))
        case "check-config":
            return _check(config.load(flags, environment))
        case "rbac":
            return _rights(config.load(flags, environment))
        case "metrics":
            return _reference(flags)
        case other:
            raise UsageError(f"unknown command {other!r}{suggestion(other, COMMANDS) or SEE_HELP}")


def _given(known: argparse.Namespace, strangers: Sequence[str], table: Iterable[Setting]) -> dict[str, list[str]]:
    if strangers:
        raise UsageError(_unknown(strangers[0], table))
    return {setting.name: texts for setting in table if (texts := getattr(known, setting.field))}


def _serve(settings: config.Settings) -> int:
    from exporter import app  # noqa: PLC0415 - --help and --version must not wait for a web server's import

    _check_doors(settings)
    _check_state_file(settings)

    async def serve(output: logs.Output, meter: "Meter") -> int:
        return DONE if await app.run(settings, output, app.Surroundings(meter=meter)) else FAILED

    return _live(settings, serve)


@contextlib.contextmanager
def _ended_by(*signals: signal.Signals) -> Iterator[None]:
    """Let these signals be an end as any other already before the loop has handlers for them."""

    def leave(*_: object) -> NoReturn:
        # NB: no KeyboardInterrupt, even a caught one: raised in exec(), as imports use it, it becomes the exit code.
        raise SystemExit(DONE)

    before = {number: signal.signal(number, leave) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _demo(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    from exporter import app, demo  # noqa: PLC0415 - no other command needs both; all is there before the loop runs

    flags = _given(*make_demo_parser().parse_known_args(arguments), (*demo.OPTIONS, *demo.SETTINGS))
    own = {setting.name: flags.pop(setting.name) for setting in demo.OPTIONS if setting.name in flags}
    options = demo.Options(**config.values(demo.OPTIONS, own))
    named = config.named(flags, environment)
    try:
        settings = demo.settings_of(config.load(flags, environment), named, _tell)
    except demo.Ended as end:
        return _complained(end)

    async def simulate(output: logs.Output, meter: "Meter") -> int:
        async def serve(own: config.Settings, **around: Any) -> bool:
            return await app.run(own, output, app.Surroundings(meter=meter, **around))

        try:
            return DONE if await demo.run(settings, options, serve, _tell) else FAILED
        except demo.Ended as end:
            return _complained(end)

    if "log.level" not in named:
        demo.speak_up()
    _check_state_file(settings)
    return _live(settings, simulate)


def _complained(end: "demo.Ended") -> int:
    _complain(str(end))
    return end.code


def _live(settings: config.Settings, main: Callable[[logs.Output, "Meter"], Coroutine[Any, Any, int]]) -> int:
    from exporter.progress import Bar, Lines, terminal_of  # noqa: PLC0415 - as for serving

    terminal = terminal_of(sys.stderr, os.environ)
    output = logs.setup(settings.log_level, settings.log_format, terminal)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(main(output, Bar(terminal) if terminal else Lines()))
    except Exception:
        log.exception("ended by an error that nobody expected")
        return FAILED


def _check_doors(settings: config.Settings) -> None:
    from exporter import webconfig  # noqa: PLC0415 - as for serving

    try:
        door = webconfig.Door(Path(settings.web_config_file) if settings.web_config_file else None)
    except webconfig.WebConfigError as error:
        raise config.ConfigError(f"web.config.file: {error}") from None
    if settings.auth_filter and door.users:
        raise config.ConfigError(
            "auth-filter: it knows callers by tokens and certificates, and cannot go together with basic_auth_users in "
            "web.config.file"
        )
    guarded = settings.auth_filter or settings.web_allow_unauthenticated_lookups or door.knows_callers
    public = [address for address in settings.web_listen_address if not address.is_loopback]
    if settings.lookup and public and not guarded:
        raise config.ConfigError(
            f"web.listen-address: whoever reaches {public[0]} could read every object, for nobody is asked who they "
            "are: set --auth-filter, or turn lookups off (--no-lookup), or say --web.allow-unauthenticated-lookups"
        )


def _check_state_file(settings: config.Settings) -> None:
    from exporter import checkpoint  # noqa: PLC0415 - as for serving

    trouble = checkpoint.check(Path(settings.state_file)) if settings.state_file else ""
    if trouble:
        raise config.ConfigError(f"state.file: {trouble}")


def _check(settings: config.Settings) -> int:
    from exporter import app  # noqa: PLC0415 - as for serving

    _check_doors(settings)
    _check_state_file(settings)
    try:
        asyncio.run(app.check(settings))
    except NoCredentials as absence:
        # A file for a pod is often checked elsewhere.
        _complain(f"the settings are good; credentials were not checked, since there are none here: {absence}")
    except Misconfigured as problem:
        _complain(f"no usable credentials: {problem}")
        return FAILED
    _answer(as_yaml(settings))
    return DONE


def _rights(settings: config.Settings) -> int:
    from exporter import rbac  # noqa: PLC0415 - no other command needs it

    _answer(rbac.as_yaml(settings))
    return DONE


def _reference(flags: Iterable[str]) -> int:
    if given := sorted(flags):
        raise UsageError(f"metrics takes no flags, but --{given[0]} is given: the reference is of all families")
    from exporter import reference  # noqa: PLC0415 - no other command needs it

    _answer(reference.markdown())
    return DONE


def _answer(text: str = "") -> None:
    try:
        streams.write(sys.stdout, text)
    except OSError as error:
        raise OutputError(f"the output cannot be written: {error.strerror}") from error


def _tell(text: str) -> None:
    """Write for people, who may be gone by now: what runs goes on."""
    with contextlib.suppress(OSError):
        streams.write(sys.stdout, text)


def _complain(line: str) -> None:
    with contextlib.suppress(OSError):
        streams.write(sys.stderr, f"{PROGRAM}: {line}\n")


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - a faster loop where there is one
    except ImportError:
        return None
    return uvloop.new_event_loop


class _Parser(argparse.ArgumentParser):
    """Raises instead of ending the process, and says one line instead of the whole usage."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}{SEE_HELP}")

    def print_help(self, _file: object = None) -> None:
        _answer(self.format_help())  # argparse would hide that a text longer than a buffer could not be written

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        _answer()  # what was printed goes out while a failure can still be told
        super().exit(status, message)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Breaks lines between words alone: a name with dashes stays whole, so that it can be copied."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def make_parser() -> argparse.ArgumentParser:
    """The command line, from the table of settings."""
    parser = _parser(f"[{'|'.join(COMMANDS)}]", _introduction())
    parser.add_argument("command", nargs="?", default="serve", help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=_version())
    return _with_flags(parser, config.TABLE, GROUPS)


def make_demo_parser() -> argparse.ArgumentParser:
    """The command line of ``demo``: its own flags, then those it shares with ``serve``."""
    from exporter import demo  # noqa: PLC0415 - no other command needs it

    parser = _parser("demo", f"{_paragraph(demo.PURPOSE)}\n{_paragraph(SYNTAX)}")
    return _with_flags(parser, (*demo.OPTIONS, *demo.SETTINGS), (demo.GROUP, *GROUPS))


def _parser(command: str, description: str) -> _Parser:
    usage = f"{PROGRAM} {command} [flags]"
    return _Parser(prog=PROGRAM, usage=usage, description=description, formatter_class=_Formatter, allow_abbrev=False)


def _with_flags(parser: _Parser, table: Iterable[Setting], groups: Iterable[str]) -> _Parser:
    for group in groups:
        section = parser.add_argument_group(group)
        for setting in table:
            if setting.group == group:
                _add(section, setting)
    return parser


def _introduction() -> str:
    commands = "".join(f"  {name:14} {meaning}\n" for name, meaning in COMMANDS.items())
    return f"{_paragraph(PURPOSE)}\ncommands:\n{commands}\n{_paragraph(PRECEDENCE)}\n{_paragraph(SYNTAX)}"


def _paragraph(text: str) -> str:
    return textwrap.fill(_plain(text), WIDTH, break_on_hyphens=False) + "\n"


def _plain(text: str) -> str:
    return text.replace("`", "")


def _add(section: "argparse._ArgumentGroup", setting: Setting) -> None:
    default = f" Default: {', '.join(setting.default.split(','))}" if setting.default else ""
    section.add_argument(
        f"--{setting.name}",
        dest=setting.field,
        action="append",
        metavar=f"<{setting.kind.name}>" + (",…" if setting.many else ""),
        help=(_plain(setting.help) + default).replace("%", "%%"),
    )


def _plain_switch(argument: str) -> str:
    """``--lookup`` and ``--no-lookup`` in the form ``--lookup=true``."""
    if argument in _SWITCHES:
        return f"{argument}=true"
    positive = f"--{argument.removeprefix('--no-')}"
    return f"{positive}=false" if argument.startswith("--no-") and positive in _SWITCHES else argument


def _unknown(argument: str, table: Iterable[Setting]) -> str:
    if not argument.startswith("-"):
        return f"unexpected argument {argument!r}{SEE_HELP}"
    flag = argument.partition("=")[0]
    known = [f"--{setting.name}" for setting in table]
    if flag in {f"--{setting.name}" for setting in config.TABLE}.difference(known):
        return f"{flag} is not for demo, which has a cluster of its own"
    return f"unknown flag {flag}{suggestion(flag, known) or SEE_HELP}"


def _version() -> str:
    return f"{PROGRAM} {__version__} ({platform.python_implementation()} {platform.python_version()})"
