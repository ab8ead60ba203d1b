"""The simulator as the place where stories are played: a fresh one for each, on loopback, all in one event loop."""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager

from exporter.simulator.history import History
from exporter.simulator.resources import NAMESPACES, namespace
from exporter.simulator.server import Server
from tests.simulator.beside import Beside, beside
from tests.simulator.recordings.player import Player
from tests.simulator.recordings.real import OWN
from tests.simulator.recordings.story import Story
from tests.simulator.recordings.symbols import symbolic, utc_now
from tests.simulator.recordings.told import Recording


class Simulated:
    """A simulator that holds nothing but the namespaces that a server makes for itself."""

    context: ssl.SSLContext | None = None
    token = ""

    def __init__(self, loop: Beside) -> None:
        history = History(time.time)
        for name in OWN:
            history.put(NAMESPACES, namespace(name))
        self._loop = loop
        self._server = Server(history)
        self.url = "http://{}:{}".format(*loop.run(self._server.start()))

    def stop(self) -> None:
        """Stop listening."""
        self._loop.run(self._server.stop())

    def forget(self) -> None:
        """Forget every version but the newest."""
        self._loop.call(self._server.expire)


class Stage:
    """Where simulators run; stories may be played on it from several threads at once."""

    def __init__(self, loop: Beside) -> None:
        self._loop = loop

    def play(self, story: Story) -> Recording:
        """Play one story to a simulator of its own."""
        simulated = Simulated(self._loop)
        try:
            player = Player(simulated)
            told = player.play(story)
        finally:
            simulated.stop()
        return Recording(story.name, story.about, symbolic(told, player.targets, utc_now()))


@contextmanager
def stage() -> Iterator[Stage]:
    """Run an event loop for simulators, in a thread beside whoever asks them."""
    with beside() as loop:
        yield Stage(loop)
