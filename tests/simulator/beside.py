"""An event loop in a thread beside the test, for servers whose clients block."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds in which anything that is done there must be over."""


class Beside:
    """Has things done in that loop; every method may be called from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait until work is done there."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def call(self, action: Callable[[], T]) -> T:
        """Call something there, so that nothing else happens meanwhile."""

        async def act() -> T:
            return action()

        return self.run(act())


@contextmanager
def beside() -> Iterator[Beside]:
    """Run the loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield Beside(loop)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
