"""Random histories with random faults: in the end everything agrees, and nothing was told twice."""

import asyncio
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.informer.source import Timing
from exporter.kube.objects import Key
from tests.informer.cluster import FakeCluster
from tests.informer.rig import Rig, running
from tests.informer.troubles import (
    BUSY,
    FAILED,
    FAILED_IN_STREAM,
    FORBIDDEN,
    FROM_THE_FUTURE,
    GONE,
    GONE_IN_STREAM,
    NOT_SERVED,
    STARTING,
    UNAUTHORIZED,
    Answer,
    Close,
    Drop,
    Html,
    Mute,
    Refuse,
    Replay,
    Say,
    Slow,
    Trouble,
)
from tests.informer.virtual import run, settle
from tests.store.mirror import Mirror
from tests.store.profile import STEADY

NAMESPACES = ("ns", "other")

PATIENCE = 3600.0
"""Seconds after the last fault: a watch that went mute without a beat is noticed when its end does not come."""

LIST_TROUBLES: list[Trouble] = [
    Refuse(),
    STARTING,
    FAILED,
    BUSY,
    UNAUTHORIZED,
    FORBIDDEN,
    NOT_SERVED,
    GONE,
    Html(),
    Slow(7),
]
WATCH_TROUBLES: list[Trouble] = [
    *LIST_TROUBLES,
    GONE_IN_STREAM,
    FAILED_IN_STREAM,
    FROM_THE_FUTURE,
    Answer(400),
    Mute(),
    Close(),
    Close(5),
    Drop(),
    Drop(5),
    Replay(),
    Say((b"hello",)),
    Say((b'{"type":"ADDED","object":{"metadata":{}}}',)),
]
ACTS = [
    *("create", "change", "change", "delete", "replace") * 3,
    *("wait", "wait long", "drop", "close", "mute", "compact", "backup", "restore", "spoil", "spoil", "spoil"),
    *("remove", "serve", "stop bookmarks"),
]


class Walk:
    """A cluster's history, drawn from a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.cluster = FakeCluster()
        self.cluster.latency = self.chance.choice([0.0, 0.01, 0.4])
        self.cluster.expires_in_stream = self.chance.random() < 0.5
        for _ in range(self.chance.randrange(12)):
            self._create()
        self._backup = self.cluster.snapshot()

    async def walk(self, steps: int) -> None:
        for _ in range(steps):
            await self._do(self.chance.choice(ACTS))
            if self.chance.random() < 0.5:
                await settle()

    def end_faults(self) -> None:
        self.cluster.list_script.clear()
        self.cluster.watch_script.clear()
        self.cluster.served = True

    async def _do(self, act: str) -> None:  # noqa: C901, PLR0912 - one case for each act
        cluster, keys = self.cluster, sorted(self.cluster.objects)
        match act:
            case "create" if cluster.served:
                self._create()
            case "change" | "delete" | "replace" if keys:
                getattr(cluster, act)(self.chance.choice(keys))
            case "wait":
                await asyncio.sleep(self.chance.random() * 3)
            case "wait long":
                await asyncio.sleep(self.chance.random() * 900)
            case "drop":
                cluster.drop_watches()
            case "close":
                cluster.close_watches()
            case "mute":
                cluster.mute_watches()
            case "compact":
                cluster.compact()
            case "backup":
                self._backup = cluster.snapshot()
            case "restore" if cluster.served:
                await self._restore()
            case "spoil":
                cluster.list_script.append(self.chance.choice(LIST_TROUBLES))
                cluster.watch_script.append(self.chance.choice(WATCH_TROUBLES))
            case "remove" if cluster.served:
                cluster.remove_resource()
            case "serve":
                cluster.served = True
            case "stop bookmarks":
                cluster.bookmarks = not cluster.bookmarks
            case _:
                pass

    async def _restore(self) -> None:
        """Go back, and let the informer notice: who overtakes our version before we come back looks like the same."""
        self.end_faults()
        self.cluster.restore(self._backup)
        await asyncio.sleep(PATIENCE)

    def _create(self) -> None:
        name, namespace = f"t{self.chance.randrange(12)}", self.chance.choice(NAMESPACES)
        if Key(f"{namespace}/{name}") not in self.cluster.objects:
            self.cluster.create(name, namespace, self.chance.choice(["red", "green", "blue"]))


async def _check_history(seed: int, steps: int, namespaces: tuple[str, ...]) -> None:
    walk = Walk(seed)
    timing = Timing(page_size=3, resync=walk.chance.choice([0.0, 500.0]))
    async with running(walk.cluster, namespaces=namespaces, timing=timing, synced=False) as rig:
        late = await _walk_with_a_late_handler(walk, rig, steps)
        walk.end_faults()
        await asyncio.sleep(PATIENCE)
        assert rig.informer.fresh, rig.informer.statistics().reflectors
        rig.check_equal()
        assert (late.errors, late.records) == ([], rig.mirror.records)
        assert rig.informer.statistics().handler_errors == 0


async def _walk_with_a_late_handler(walk: Walk, rig: Rig, steps: int) -> Mirror:
    await walk.walk(steps // 2)
    late = Mirror(rig.store)
    rig.informer.add_handler(late)
    await walk.walk(steps // 2)
    return late


@given(seed=st.integers(0, 2**32), steps=st.integers(10, 120), namespaces=st.sampled_from([(), NAMESPACES]))
@settings(STEADY, max_examples=150)
def test_after_any_history_the_store_is_the_cluster(seed: int, steps: int, namespaces: tuple[str, ...]) -> None:
    run(_check_history(seed, steps, namespaces))
