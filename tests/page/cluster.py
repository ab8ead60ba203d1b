"""A simulated cluster in this process, empty at first: what is in it, and what goes wrong, is decided by the test."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from exporter.simulator.history import History
from exporter.simulator.resources import CRON_WORKFLOWS, NAMESPACES, WORKFLOWS, Kind, namespace
from exporter.simulator.server import Server

Object = dict[str, Any]
T = TypeVar("T")

PATIENCE = 30.0
"""Seconds in which the cluster's own thread must have done what it is told."""


class SimulatedCluster:
    """The simulator's history and its server, in a thread of their own. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulated-cluster", daemon=True)
        self._history = History(time.time)
        self._server = Server(self._history)
        self._address = ("127.0.0.1", 0)

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and end the thread."""
        self.end()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    @property
    def url(self) -> str:
        """Where it listens, or listened before it went away."""
        host, port = self._address
        return f"http://{host}:{port}"

    def kubeconfig(self, folder: Path) -> Path:
        """Write a kubeconfig for it."""
        cluster, context = {"server": self.url}, {"cluster": "simulated", "user": "nobody"}
        file = folder / "kubeconfig.json"
        file.write_bytes(
            msgspec.json.encode(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [{"name": "simulated", "cluster": cluster}],
                    "users": [{"name": "nobody", "user": {}}],
                    "contexts": [{"name": "simulated", "context": context}],
                    "current-context": "simulated",
                }
            )
        )
        return file

    def put(self, *things: Object) -> None:
        """Create or replace objects, and the namespaces they are in."""
        self._call(lambda: self._put(things))

    def drop(self, *things: Object) -> None:
        """Delete objects."""
        self._call(lambda: self._drop([(_kind(thing), *_name(thing)) for thing in things]))

    def clear(self) -> None:
        """Delete everything but the namespaces."""
        self._call(self._clear)

    def tell(self, say: Callable[[Server], None]) -> None:
        """Have the server misbehave, or behave again."""
        self._call(lambda: say(self._server))

    def end(self) -> None:
        """Go away: nobody answers, what was told is still known."""
        self._run(self._server.stop())

    def begin(self) -> None:
        """Come (back), where it was before if it was anywhere."""
        self._address = self._run(self._server.start(*self._address))

    def _put(self, things: Iterable[Object]) -> None:
        for thing in things:
            place, _ = _name(thing)
            if place and self._history.get(NAMESPACES, "", place) is None:
                self._history.put(NAMESPACES, namespace(place))
            self._history.put(_kind(thing), thing)

    def _drop(self, names: Iterable[tuple[Kind, str, str]]) -> None:
        for kind, place, name in names:
            assert self._history.drop(kind, place, name), f"there is no {kind.kind} {place}/{name}"

    def _clear(self) -> None:
        for kind in (WORKFLOWS, CRON_WORKFLOWS):
            self._drop([(kind, found.namespace, found.name) for found in list(self._history.things(kind))])

    def _call(self, do: Callable[[], T]) -> T:
        async def call() -> T:
            return do()

        return self._run(call())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)


def _kind(thing: Object) -> Kind:
    (kind,) = (kind for kind in (WORKFLOWS, CRON_WORKFLOWS) if kind.kind == thing["kind"])
    return kind


def _name(thing: Object) -> tuple[str, str]:
    return thing["metadata"]["namespace"], thing["metadata"]["name"]
