"""While an API server does not answer, one reflector asks for all.

Each reflector of a process would otherwise knock on its own: fifty namespaces, fifty times the requests, at a server
that is trying to start.
"""

import asyncio

PATIENCE = 300.0
"""Seconds. The n-th that waits asks for itself after n times this all the same: what fails may be its own namespace
alone. The factor keeps any two from asking together. It seldom comes to that: whatever one of them hears, a bookmark
even, lets all go on.
"""


class Outage:
    """Lets one caller through at a time, and the others when an answer came."""

    def __init__(self) -> None:
        self._scouting = False
        self._followers = 0
        self._over = asyncio.Event()

    async def wait(self, delay: float) -> None:
        """Wait before the next try: ``delay`` seconds as the scout, else until one is answered or patience ends."""
        if self._scouting:
            await self._follow()
            return
        self._scouting = True
        self._over.clear()
        try:
            await asyncio.sleep(delay)
        finally:
            self._scouting = False

    def answered(self) -> None:
        """The server gave somebody what was asked."""
        self._over.set()

    async def _follow(self) -> None:
        self._followers += 1
        try:
            async with asyncio.timeout(PATIENCE * self._followers):
                await self._over.wait()
        except TimeoutError:
            pass
        finally:
            self._followers -= 1
