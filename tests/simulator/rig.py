"""A simulated server in a thread of its own, for clients that block."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any, TypeVar

from exporter.simulator.history import History
from exporter.simulator.resources import NAMESPACES, WORKFLOWS, namespace
from exporter.simulator.server import Server

T = TypeVar("T")
NAMESPACE = "red"
PATH = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/workflows"
PATIENCE = 10.0


def workflow(name: str, phase: str = "Running", **labels: str) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels},
        "spec": {"entrypoint": "main"},
        "status": {"phase": phase},
    }


def new_history(now: Callable[[], float] = time.time, keep: int = 20_000) -> History:
    history = History(now, keep=keep)
    for name in ("default", "kube-system", NAMESPACE):
        history.put(NAMESPACES, namespace(name))
    return history


class Rig:
    def __init__(self) -> None:
        self.history = new_history()
        self.server = Server(self.history, rng=Random(1), sweep=0.01)
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def start(self) -> None:
        self._thread.start()
        host, port = asyncio.run_coroutine_threadsafe(self.server.start(), self._loop).result(PATIENCE)
        self.url = f"http://{host}:{port}"

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self.server.stop(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def do(self, action: Callable[[], T]) -> T:
        """Do something in the loop that owns the history."""

        async def act() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(act(), self._loop).result(PATIENCE)

    def put(self, thing: Mapping[str, Any]) -> dict[str, Any]:
        return self.do(lambda: self.history.put(WORKFLOWS, thing))


@contextmanager
def running() -> Iterator[Rig]:
    rig = Rig()
    rig.start()
    try:
        yield rig
    finally:
        rig.stop()
