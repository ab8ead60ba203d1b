"""What programs do with the library, in the tests of it: they write down what they hear."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from exporter.informer.source import Tools
from exporter.library import (
    Added,
    Change,
    Cluster,
    Deleted,
    Event,
    Updated,
    Watched,
)
from tests.informer.cluster import FakeCluster
from tests.informer.rig import EPOCH
from tests.informer.virtual import now

Thing = dict[str, Any]
THINGS = "example.com/v1/things"


class Painted(msgspec.Struct):
    """A thing of one of two colours; no other fits."""

    metadata: dict[str, Any]
    colour: str

    def __post_init__(self) -> None:
        if self.colour not in {"red", "blue"}:
            raise ValueError(f"no such colour as {self.colour}")


def library(cluster: FakeCluster) -> Cluster:
    return Cluster(cluster, Tools(now, lambda: EPOCH + now(), random.Random(7).random))


@asynccontextmanager
async def listed(cluster: FakeCluster, **options: Any) -> AsyncIterator[Watched[Thing]]:
    """The things of a cluster, listed."""
    async with library(cluster).informer(THINGS, **options) as watched:
        await watched.wait_synced(timeout=60)
        yield watched


class Ledger:
    """A handler that writes down what it reads."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, ...]] = []

    def hear(self, event: Event[Thing]) -> None:
        match event:
            case Added(key=key, new=new):
                self.lines.append(("added", key, new["colour"]))
            case Updated(key=key, old=old, new=new):
                self.lines.append(("updated", key, old["colour"], new["colour"]))
            case Deleted(key=key, last=last):
                self.lines.append(("deleted", key, last["colour"]))


class Follower:
    """A consumer of changes: what it knows by now, and how often it was told."""

    def __init__(self, watched: Watched[Thing], limit: int = 1000) -> None:
        self.known: dict[str, str] = {}
        self.told: list[str] = []
        self.initial: list[str] = []
        self.states: list[tuple[str, str]] = []
        self.pace = 0.0
        self._changes = watched.changes(limit)

    async def run(self) -> None:
        async for change in self._changes:
            self.told.append(change.key)
            if change.initial:
                self.initial.append(change.key)
            self._note(change)
            await asyncio.sleep(self.pace)

    def _note(self, change: Change[Thing]) -> None:
        thing = change.object
        if thing is None:
            del self.known[change.key]
        else:
            self.known[change.key] = thing["colour"]
            self.states.append((change.key, thing["metadata"]["resourceVersion"]))
