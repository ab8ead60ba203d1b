"""An informer against a fake cluster, with everything that judges it, ready for a test."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from exporter.informer.informer import Informer, Subject
from exporter.informer.source import Timing, Tools
from exporter.informer.standing import ReflectorStatistics
from exporter.store.codec import Codec, IdentityCodec
from exporter.store.store import Store
from tests.informer.cluster import FakeCluster
from tests.informer.virtual import now
from tests.store.counting import CountingCodec
from tests.store.judge import check_blobs, check_indexes
from tests.store.mirror import Mirror, bare
from tests.store.things import INDEXES, THINGS, read

EPOCH = 1_800_000_000.0
"""The wall clock's time when a test begins."""

PROMPT = 1.0
"""Seconds within which everything ends that is cancelled."""


class Rig:
    """What a test holds: the informer, a handler that mirrors its store, and the codec that counts."""

    def __init__(
        self,
        cluster: FakeCluster,
        *,
        namespaces: Iterable[str] = (),
        timing: Timing | None = None,
        chance: Callable[[], float] | None = None,
        stopwatch: Callable[[], float] = now,
        codec: Codec | None = None,
        epoch: str = "",
    ) -> None:
        self.cluster = cluster
        self.codec = CountingCodec(codec or IdentityCodec())
        self.informer = Informer(
            cluster,
            Subject(THINGS, read, INDEXES),
            self.codec,
            namespaces=namespaces,
            timing=timing or Timing(page_size=3, resync=0),
            tools=Tools(now, lambda: EPOCH + now(), chance or random.Random(7).random, stopwatch),
            epoch=epoch,
        )
        self.mirror = Mirror(self.informer.store)
        self.informer.add_handler(self.mirror)

    @property
    def store(self) -> Store:
        return self.informer.store

    @property
    def reflector(self) -> ReflectorStatistics:
        """Where the only reflector stands."""
        (one,) = self.informer.statistics().reflectors
        return one

    @property
    def state(self) -> str:
        return self.reflector.state

    def colours(self) -> dict[str, str]:
        """What the store says: name -> colour."""
        return {key.rpartition("/")[2]: record.projection.colour for key, record in self.store.items()}

    def check_equal(self) -> None:
        """The store is the cluster, the indexes are what the objects say, and the mirror is the store."""
        told = {key: (record.uid, record.version, self.store.body(record)) for key, record in self.store.items()}
        true = {key: (thing.uid, str(thing.version), thing.body) for key, thing in self.cluster.objects.items()}
        assert told == true
        self.check_consistent()

    def check_consistent(self) -> None:
        """The indexes are what the objects say, and the mirror is the store."""
        assert self.mirror.errors == []
        assert self.mirror.records == {key: bare(record) for key, record in self.store.items()}
        check_indexes(self.store)

    def check_blobs(self) -> None:
        """No blob is kept but those of the store, each of them once."""
        self.informer._writer.release()
        check_blobs(self.store, self.codec)


@asynccontextmanager
async def running(
    cluster: FakeCluster,
    *,
    namespaces: Iterable[str] = (),
    timing: Timing | None = None,
    chance: Callable[[], float] | None = None,
    synced: bool = True,
) -> AsyncIterator[Rig]:
    """Run an informer, wait until it is synced, and stop it in the end; it must stop promptly and leave nothing."""
    rig = Rig(cluster, namespaces=namespaces, timing=timing, chance=chance)
    task = asyncio.create_task(rig.informer.run())
    try:
        if synced:
            await rig.informer.wait_synced()
        yield rig
        assert not task.done()
    finally:
        await stop(task)
    rig.check_consistent()
    rig.check_blobs()


async def stop(task: asyncio.Task[None]) -> None:
    """Cancel a task; it must end promptly, as cancelled."""
    asked = now()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert now() - asked <= PROMPT
    assert len(asyncio.all_tasks()) == 1
