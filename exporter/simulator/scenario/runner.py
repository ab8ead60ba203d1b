"""Keeps a world going by the clock on the wall, in steps so short that nobody else in the loop has to wait."""

from collections.abc import Awaitable, Callable
from typing import Any

from exporter.simulator.scenario.books import Books
from exporter.simulator.scenario.world import World

AT_ONCE = 8
"""Steps that are done before others in the loop have their turn: about two milliseconds."""
NAP = 0.25
"""Seconds that it sleeps at most: others may have changed something meanwhile."""
STILL = 5.0
"""After so many seconds without a turn, as when a machine slept, the world does not catch up but goes on. Neither
does it wait for a clock that was set back."""


class Runner:
    """Runs a world, and stops and starts it. ``now`` and ``sleep`` are of the wall and of the loop."""

    def __init__(
        self, world: World, books: Books, now: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._world = world
        self._books = books
        self._now = now
        self._sleep = sleep
        self._last: float | None = None
        self.paused = False

    async def run(self) -> None:
        """Go on for ever."""
        while True:
            await self._sleep(NAP if self.paused else self.turn())

    def turn(self) -> float:
        """Do some of what is due; say for how many seconds nothing is."""
        now = self._now()
        if self._last is not None and not 0 <= now - self._last <= STILL:
            self._world.skip(now - self._last, now)
        self._last = now
        self._world.advance(now, AT_ONCE)
        return min(max(0.0, self._world.next_due - now), NAP)

    def pause(self) -> None:
        """Let nothing happen any more; what others do is not noticed either."""
        if not self.paused:
            self.paused, self._last = True, self._now()

    def resume(self) -> None:
        """Go on where it was."""
        if self.paused:
            now = self._now()
            if self._last is not None:
                self._world.skip(now - self._last, now)
            self.paused, self._last = False, now

    def report(self, reader: str = "") -> dict[str, Any]:
        """Give the books, with what a reader could not see, and how the world is doing."""
        return self._books.report(reader) | {
            "behind": self._world.behind,
            "stumbled": self._world.stumbled,
            "paused": self.paused,
            "open": self._world.controller.open,
            "held_back": self._world.submitter.held_back,
        }
