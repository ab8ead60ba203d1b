"""An informer whose turns can be waited for: whenever it stands somewhere else, whoever waits looks again."""

import asyncio
from functools import cached_property

from exporter.informer.informer import Informer


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


class Turning(Informer):
    """An informer that rings at each change of where it stands, after ``state`` and ``synced`` say so."""

    @cached_property
    def turns(self) -> Turns:
        """Its bell."""
        return Turns()

    def changed(self) -> None:
        """A reflector stands somewhere else."""
        super().changed()
        self.turns.ring()
