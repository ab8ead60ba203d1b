"""The commands: arguments become settings, settings become a running exporter, and its end an exit code."""

import argparse
import asyncio
import logging
import os
import platform
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import NoReturn

from exporter import __version__, config, logs
from exporter.config.settings import GROUPS, Setting
from exporter.config.show import as_yaml
from exporter.config.values import SWITCH

log = logging.getLogger(__name__)

DONE, FAILED, WRONG_USAGE = 0, 1, 2

PROGRAM = "informer-exporter"
COMMANDS = {
    "serve": "Watch the cluster and answer over HTTP (the default).",
    "check-config": "Check the configuration and print what is in force, as YAML.",
}
_SWITCHES = {f"--{setting.name}": setting.name for setting in config.TABLE if setting.kind is SWITCH}


class UsageError(Exception):
    """The command line makes no sense."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns the exit code: 0 done, 1 failed, 2 wrong usage or configuration."""
    try:
        return _run(sys.argv[1:] if arguments is None else arguments, os.environ)
    except (UsageError, config.ConfigError) as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        return WRONG_USAGE
    except KeyboardInterrupt:
        return FAILED
    except BrokenPipeError:
        # Whoever read the output has seen enough. The interpreter flushes stdout once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    parser = make_parser()
    known, strangers = parser.parse_known_args([*map(_plain_switch, arguments)])
    if strangers:
        raise UsageError(_unknown(strangers[0]))
    flags = {setting.name: texts for setting in config.TABLE if (texts := getattr(known, setting.field))}
    match known.command:
        case "serve":
            return _serve(config.load(flags, environment))
        case "check-config":
            sys.stdout.write(as_yaml(config.load(flags, environment)))
            sys.stdout.flush()
            return DONE
        case other:
            raise UsageError(f"unknown command {other!r}{_hint(other, COMMANDS)}")


def _serve(settings: config.Settings) -> int:
    from exporter import app  # noqa: PLC0415 - --help and --version must not wait for a web server's import

    output = logs.setup(settings.log_level, settings.log_format)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(app.run(settings, output))
    except Exception:
        log.exception("ended by an error that nobody expected")
        return FAILED


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - a faster loop where there is one
    except ImportError:
        return None
    return uvloop.new_event_loop


class _Parser(argparse.ArgumentParser):
    """Raises instead of ending the process, and says one line instead of the whole usage."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {PROGRAM} --help")


def make_parser() -> argparse.ArgumentParser:
    """The command line, from the table of settings."""
    parser = _Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [{'|'.join(COMMANDS)}] [flags]",
        description="Reads Argo Workflows once, counts them for Prometheus and answers lookups from memory.",
        epilog="commands:\n" + "".join(f"  {name:14} {meaning}\n" for name, meaning in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("command", nargs="?", default="serve", help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=_version())
    for group in GROUPS:
        section = parser.add_argument_group(group)
        for setting in config.TABLE:
            if setting.group == group:
                _add(section, setting)
    return parser


def _add(section: "argparse._ArgumentGroup", setting: Setting) -> None:
    default = f" Default: {setting.default}." if setting.default else ""
    section.add_argument(
        f"--{setting.name}",
        dest=setting.field,
        action="append",
        metavar=f"<{setting.kind.name}>" + (",…" if setting.many else ""),
        help=(setting.help + default).replace("%", "%%"),
    )


def _plain_switch(argument: str) -> str:
    """``--lookup`` and ``--no-lookup`` in the form ``--lookup=true``."""
    if argument in _SWITCHES:
        return f"{argument}=true"
    positive = f"--{argument.removeprefix('--no-')}"
    return f"{positive}=false" if argument.startswith("--no-") and positive in _SWITCHES else argument


def _unknown(argument: str) -> str:
    if not argument.startswith("-"):
        return f"unexpected argument {argument!r}; see {PROGRAM} --help"
    flag = argument.partition("=")[0]
    return f"unknown flag {flag}{_hint(flag, [f'--{setting.name}' for setting in config.TABLE])}"


def _hint(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else f"; see {PROGRAM} --help"


def _version() -> str:
    return f"{PROGRAM} {__version__} ({platform.python_implementation()} {platform.python_version()})"
