"""A simulated server in a thread of its own, for clients that block."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any, TypeVar

from exporter.simulator.history import History
from exporter.simulator.resources import NAMESPACES, WORKFLOWS, namespace
from exporter.simulator.server import Server
from tests.simulator.beside import Beside, beside

T = TypeVar("T")
NAMESPACE = "red"
PATH = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/workflows"


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
    def __init__(self, loop: Beside) -> None:
        self.history = new_history()
        self.server = Server(self.history, rng=Random(1), sweep=0.01)
        self._loop = loop
        self.url = "http://{}:{}".format(*loop.run(self.server.start()))

    def stop(self) -> None:
        self._loop.run(self.server.stop())

    def do(self, action: Callable[[], T]) -> T:
        """Do something in the loop that owns the history."""
        return self._loop.call(action)

    def put(self, thing: Mapping[str, Any]) -> dict[str, Any]:
        return self.do(lambda: self.history.put(WORKFLOWS, thing))


@contextmanager
def running() -> Iterator[Rig]:
    with beside() as loop:
        rig = Rig(loop)
        try:
            yield rig
        finally:
            rig.stop()
