"""An event loop whose clock jumps: hours pass in milliseconds, and every moment is exact.

Nothing really waits. When all tasks wait for time, the clock jumps to the first of those times; when they wait for
something that can never come, that is an error and not a hang; so is work that goes on and on in no time at all.
"""

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

P = ParamSpec("P")

SPINS = 20_000
"""Rounds of the loop that may pass in one moment."""

LONGEST = 1_000_000.0
"""Seconds after which a test that still waits for something waits in vain."""

FINE = 9
"""Decimal places of a second that the clock counts."""


class Stalled(Exception):
    """Every task waits, and nothing can happen any more."""


class Spinning(Exception):
    """Work goes on and on while no time passes."""


class _Jumping(selectors.SelectSelector):
    """Jumps instead of waiting."""

    def __init__(self, jump: Callable[[float | None], None]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._jump(timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Starts at 0 seconds. Errors that nobody fetched are kept in ``lost``."""

    def __init__(self) -> None:
        self._moment = 0.0
        self._spins = 0
        self.lost: list[dict[str, Any]] = []
        super().__init__(_Jumping(self._jump))
        self.set_exception_handler(lambda _, context: self.lost.append(context))

    def time(self) -> float:
        return self._moment

    def _jump(self, timeout: float | None) -> None:
        if timeout is None:
            raise Stalled(f"nothing can happen after {self._moment} s")
        self._spins = 0 if timeout > 0 else self._spins + 1
        if self._spins > SPINS:
            raise Spinning(f"{SPINS} rounds at {self._moment} s")
        self._moment = round(self._moment + timeout, FINE)
        if self._moment > LONGEST:
            raise Stalled(f"what is waited for has not come in {LONGEST} s")


def run(test: Coroutine[Any, Any, None]) -> None:
    """Run a test to its end in virtual time; it must leave no task and no lost error behind."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        runner.run(test)
        left = [task.get_name() for task in asyncio.all_tasks(loop)]
    assert not left, f"tasks left behind: {left}"
    assert not loop.lost, loop.lost


def virtual(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Turn an async test into one that runs in virtual time."""

    @functools.wraps(test)
    def in_virtual_time(*args: P.args, **kwargs: P.kwargs) -> None:
        run(test(*args, **kwargs))

    return in_virtual_time


def now() -> float:
    """The virtual time, in seconds since the test began."""
    return asyncio.get_running_loop().time()


async def settle() -> None:
    """Let everything happen that can happen without time passing."""
    for _ in range(100):
        await asyncio.sleep(0)
