"""Programs that are built or fetched once, by one process at a time, and again when what they come from changes."""

import fcntl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(__file__).parents[1] / ".cache"
"""Where they are kept; git does not see it."""
USAGE = 2

Log = Callable[[str], None]
"""Takes one line about what is going on."""


class Missing(Exception):
    """A program cannot be had here; the message says why."""


def stamp_of(program: Path) -> Path:
    """Give the file that says what a program was made from."""
    return program.with_name(f"{program.name}.stamp")


def is_current(program: Path, origin: str) -> bool:
    """Say whether a program is there, made from what is wanted now."""
    stamp = stamp_of(program)
    return program.exists() and stamp.exists() and stamp.read_text() == origin


def put(fresh: Path, program: Path, origin: str) -> None:
    """Put a program that was just made in its place, and say what it was made from."""
    fresh.replace(program)
    stamp_of(program).write_text(origin)


@contextmanager
def alone(folder: Path, log: Log, doing: str) -> Iterator[None]:
    """Wait until no other process makes the programs of a folder, and keep the others waiting."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log(f"another process is {doing}: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def command(arguments: list[str], usage: str, make: Callable[[Log], str]) -> int:
    """Do the one thing that ``usage`` ends with, say how it ended, and give the exit code."""
    if arguments != usage.split()[-1:]:
        _log(f"usage: {usage}")
        return USAGE
    try:
        _log(make(_log))
    except Missing as missing:
        _log(str(missing))
        return 1
    return 0


def _log(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
