"""A bell: whoever waits for something to change hears it, and looks again."""

import asyncio


class Turns:
    """A bell that any number of waiters hear, each ring once."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def ring(self) -> None:
        """Wake all who wait at this moment."""
        rung, self._next = self._next, asyncio.Event()
        rung.set()

    async def wait(self) -> None:
        """Wait for the next ring. NB between a look and this call there may be no other await."""
        await self._next.wait()
