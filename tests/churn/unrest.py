"""Everything that goes on at once, and everything that goes wrong, in an order that a seed decides."""

import asyncio
from collections import Counter
from collections.abc import Callable
from random import Random

from exporter.simulator.faults import FAULTS
from exporter.simulator.resources import WORKFLOWS
from exporter.simulator.scenario import TROUBLES
from tests.churn.cluster import Cluster

FAULTS_APART, TROUBLES_APART = (5.0, 40.0), (5.0, 30.0)
"""Seconds, at least and at most."""
DELETED, GLANCES = 1.0, 6
"""How many workflows people delete each second, without waiting for an end: the newest of so many."""
FORGETTING, FORGOTTEN = 0.5, (1.0, 14.0)
"""The share of the faults in the middle of which the past is forgotten, and after how many seconds: what happened
until then is seen by nobody."""


class Unrest:
    """A cluster in which the company works, people meddle, and the API server misbehaves."""

    def __init__(self, cluster: Cluster, rng: Random, faults: Counter[str]) -> None:
        """``faults`` is where they are counted."""
        self._cluster = cluster
        self._rng = rng
        self._faults = faults

    async def last(self, seconds: float, enough: Callable[[], bool]) -> None:
        """Go on for so long, or until there was enough of it; afterwards nothing happens, and nothing is wrong."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        tasks = [
            asyncio.ensure_future(each)
            for each in (self._cluster.live(), self._misbehave(), self._trouble(), self._delete())
        ]
        while loop.time() < end and not enough():  # noqa: ASYNC110 - in virtual time
            await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(ended, asyncio.CancelledError), ended

    async def _misbehave(self) -> None:
        while True:
            await asyncio.sleep(self._rng.uniform(*FAULTS_APART))
            name = self._rng.choice([*FAULTS, "restart", "expire"])
            fault = FAULTS[name]
            self._faults[name] += 1
            if self._rng.random() < FORGETTING:
                asyncio.get_running_loop().call_later(self._rng.uniform(*FORGOTTEN), self._cluster.expire)
            try:
                await fault.begin(self._cluster)
                await asyncio.sleep(0 if name == "restart" else fault.lasts)
            finally:
                fault.end(self._cluster)

    async def _trouble(self) -> None:
        while True:
            await asyncio.sleep(self._rng.uniform(*TROUBLES_APART))
            self._cluster.world.troubles.turn(self._rng.choice([*TROUBLES]), on=self._rng.random() < FORGETTING)

    async def _delete(self) -> None:
        history = self._cluster.history
        while True:
            await asyncio.sleep(self._rng.expovariate(DELETED))
            drawn = self._rng.choices([*history.things(WORKFLOWS)], k=GLANCES)
            one = max(drawn, key=lambda each: (each.created, each.uid))
            history.drop(WORKFLOWS, one.namespace, one.name)
