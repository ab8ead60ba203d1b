"""What is deleted: the oldest of the finished workflows, as many as are too many; failures stay for longer."""

import heapq

from exporter.simulator.resources import WORKFLOWS
from exporter.simulator.scenario.pen import Pen


class Retention:
    """Holds the number of workflows near a target, as a ``ttlStrategy`` would."""

    def __init__(self, pen: Pen, target: int, mercy: float) -> None:
        """``mercy`` is how many seconds failures stay longer than successes."""
        self._pen = pen
        self._target = target
        self._mercy = mercy
        self._finished: list[tuple[float, str, str, str]] = []

    def add(self, ended: float, namespace: str, name: str, uid: str, *, succeeded: bool) -> None:
        """Let a finished workflow be deleted some day."""
        heapq.heappush(self._finished, (ended + (0 if succeeded else self._mercy), namespace, name, uid))

    def sweep(self) -> None:
        """Delete as many as are too many, if so many have finished."""
        while self._finished and self._pen.count(WORKFLOWS) > self._target:
            _, namespace, name, uid = heapq.heappop(self._finished)
            found = self._pen.get(WORKFLOWS, namespace, name)
            # Somebody may have deleted it, and even made another of that name.
            if found and found.uid == uid:
                self._pen.drop(WORKFLOWS, namespace, name)
