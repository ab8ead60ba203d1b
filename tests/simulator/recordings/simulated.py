"""The simulator as the place where stories are played: a fresh one for each, on loopback, all in one event loop."""

import asyncio
import ssl
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from exporter.simulator.history import History
from exporter.simulator.resources import NAMESPACES, namespace
from exporter.simulator.server import Server
from tests.simulator.recordings.player import Player
from tests.simulator.recordings.real import OWN
from tests.simulator.recordings.story import Story
from tests.simulator.recordings.symbols import symbolic, utc_now
from tests.simulator.recordings.told import Recording

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds that starting and stopping may take."""


class Simulated:
    """A simulator that holds nothing but the namespaces that a server makes for itself."""

    context: ssl.SSLContext | None = None
    token = ""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.url = ""
        self._loop = loop
        self._server = self._wait(_make())

    def start(self) -> None:
        """Listen."""
        host, port = self._wait(self._server.start("127.0.0.1", 0))
        self.url = f"http://{host}:{port}"

    def stop(self) -> None:
        """Stop listening."""
        self._wait(self._server.stop())

    def forget(self) -> None:
        """Forget every version but the newest."""
        self._wait(_expire(self._server))

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)


class Stage:
    """Where simulators run; stories may be played on it from several threads at once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def play(self, story: Story) -> Recording:
        """Play one story to a simulator of its own."""
        simulated = Simulated(self._loop)
        simulated.start()
        try:
            player = Player(simulated)
            told = player.play(story)
        finally:
            simulated.stop()
        return Recording(story.name, story.about, symbolic(told, player.targets, utc_now()))


@contextmanager
def stage() -> Iterator[Stage]:
    """Run an event loop for simulators, in a thread beside whoever asks them."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield Stage(loop)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _make() -> Server:
    history = History(time.time)
    for name in OWN:
        history.put(NAMESPACES, namespace(name))
    return Server(history)


async def _expire(server: Server) -> None:
    server.expire()
