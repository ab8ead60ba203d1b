"""Asks robfig/cron v3 itself, built once as a small program beside this file."""

import hashlib
import shutil
import subprocess
import zoneinfo
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import msgspec

from tests import built
from tests.built import Log

HERE = Path(__file__).parent
CACHE = built.CACHE / "cronoracle"
PROGRAM = CACHE / "cronoracle"
LIMIT = 60.0
"""Seconds that all answers together may take."""


class Question(msgspec.Struct, frozen=True):
    """What is asked about a schedule: the first ``count`` times, or the last one not after ``until``."""

    text: str
    after: int
    local: str = "UTC"
    count: int = 1
    until: int = 0


class Answer(msgspec.Struct, frozen=True):
    """Why it cannot be read, or its times in epoch seconds; fewer than asked for where there are no more."""

    error: str
    times: list[int] | None


def build(log: Log) -> Path:
    """Give the program, built now if it is not current.

    Raises:
        built.Missing: it cannot be built here.
    """
    origin = hashlib.sha256(b"\0".join((HERE / name).read_bytes() for name in ("go.mod", "go.sum", "main.go")))
    if not built.is_current(PROGRAM, origin.hexdigest()):
        with built.alone(CACHE, log, "building the cron oracle"):
            if not built.is_current(PROGRAM, origin.hexdigest()):
                _build(origin.hexdigest())
    return PROGRAM


def ask(program: Path, questions: Sequence[Question]) -> list[Answer]:
    """Answer all questions, in their order."""
    asked = b"\n".join(map(msgspec.json.encode, questions))
    told = subprocess.run(
        [program], input=asked, capture_output=True, check=True, timeout=LIMIT, env={"ZONEINFO": str(_zones())}
    ).stdout
    return [msgspec.json.decode(line, type=Answer) for line in told.splitlines()]


def _zones() -> Path:
    """Give the zones that Python takes, so that both sides know of the same changes of the clocks."""
    folders = [*map(Path, zoneinfo.TZPATH), Path(str(files("tzdata"))) / "zoneinfo"]
    return next(folder for folder in folders if (folder / "Europe" / "Berlin").exists())


def _build(origin: str) -> None:
    if shutil.which("go") is None:
        raise built.Missing("the cron oracle is not built and go is not installed")
    fresh = PROGRAM.with_suffix(".new")
    command = ["go", "build", "-trimpath", "-o", str(fresh), "."]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise built.Missing(f"the cron oracle could not be built:\n{done.stderr[-2000:]}")
    built.put(fresh, PROGRAM, origin)
