"""The simulator as the place where stories are played: a fresh one for each, on loopback, in a thread of its own."""

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from exporter.simulator.history import History
from exporter.simulator.resources import NAMESPACES, namespace
from exporter.simulator.server import Server
from tests.simulator.recordings.player import Player
from tests.simulator.recordings.real import OWN
from tests.simulator.recordings.story import Story
from tests.simulator.recordings.symbols import symbolic, utc_now
from tests.simulator.recordings.told import Recording

T = TypeVar("T")


class Simulated:
    """A simulator that holds nothing but the namespaces that a server makes for itself."""

    context: ssl.SSLContext | None = None
    token = ""

    def __init__(self) -> None:
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._history = History(time.time)
        for name in OWN:
            self._history.put(NAMESPACES, namespace(name))
        self._server = Server(self._history)

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        host, port = asyncio.run_coroutine_threadsafe(self._server.start("127.0.0.1", 0), self._loop).result(10)
        self.url = f"http://{host}:{port}"

    def stop(self) -> None:
        """Stop listening."""
        asyncio.run_coroutine_threadsafe(self._server.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def forget(self) -> None:
        """Forget every version but the newest."""
        self._call(self._server.expire)

    def _call(self, action: Callable[[], T]) -> T:
        async def act() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(act(), self._loop).result(10)


@contextmanager
def running() -> Iterator[Simulated]:
    """Run a simulator."""
    simulated = Simulated()
    simulated.start()
    try:
        yield simulated
    finally:
        simulated.stop()


def play(story: Story) -> Recording:
    """Play one story to a simulator of its own."""
    with running() as simulated:
        player = Player(simulated)
        told = player.play(story)
    return Recording(story.name, story.about, symbolic(told, player.targets, utc_now()))
