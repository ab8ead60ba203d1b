"""The simulated cluster as a process of its own, which ends with whoever began it, whatever way that ends."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

BEGINNING = 60.0
"""Seconds in which the simulated cluster must listen; a slow machine compiles its code first."""
FOUNDING = 0.005
"""Seconds more for each workflow that it makes before: several times what was measured."""
ENDING = 3.0
"""Seconds in which it must end when told to, before it is killed."""
LINE_LIMIT = 1 << 20
"""Bytes of the line that it begins with."""
WRONG_USAGE = 2
"""Its exit code when it refuses how it was started."""


class Began(msgspec.Struct, frozen=True):
    """What the simulated cluster says once it listens."""

    url: str
    begins: float
    """Epoch seconds from which the schedule of its faults counts."""


class Ended(Exception):
    """The simulated cluster ended by itself, or did not begin; ``code`` is the exit code that follows from it."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


@asynccontextmanager
async def simulated(command: Sequence[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start the simulated cluster, and end it with the block, whatever happens.

    It is in a session of its own, so that Ctrl-C reaches us alone, and it ends when its input does: with us, even if
    we are killed.
    """
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_LIMIT,
        start_new_session=True,
        cwd=Path(__file__).parents[2],  # where "-m" finds this very program
    )
    try:
        yield child
    finally:
        await _end(child)


async def _end(child: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        async with asyncio.timeout(ENDING):
            await child.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def began(child: asyncio.subprocess.Process, workflows: int) -> Began:
    """Wait until it listens; it makes so many workflows before.

    Raises:
        Ended: it does not.
    """
    assert child.stdout is not None
    patience = BEGINNING + FOUNDING * workflows
    try:
        async with asyncio.timeout(patience):
            line = await child.stdout.readline()
            code = None if line else await child.wait()
    except TimeoutError:
        raise Ended(f"the simulated cluster did not listen within {patience:g} seconds") from None
    except ValueError:  # what it says has no end
        line = b"?"
    if not line:
        raise Ended(f"the simulated cluster did not begin: {end_of(code)}", WRONG_USAGE if code == WRONG_USAGE else 1)
    try:
        told = msgspec.json.decode(line, type=Began)
        _check_url(told.url)
    except ValueError as error:  # that of the decoder, too
        raise Ended(f"the simulated cluster began with what makes no sense: {error}") from error
    return told


def _check_url(url: str) -> None:
    """Refuse what is not on this machine: it is dialled, shown, and pasted into a shell.

    Raises:
        ValueError: it is elsewhere, or nowhere.
    """
    parts = urlsplit(url)
    if url != f"http://{parts.hostname}:{parts.port}" or not ipaddress.ip_address(parts.hostname or "").is_loopback:
        raise ValueError(f"{url!r} is no address on this machine")


def end_of(code: int | None) -> str:
    """Say in words how a process ended."""
    return f"killed by signal {-code}" if code is not None and code < 0 else f"exit code {code}"
