"""Cancellation: wherever the informer waits, it ends within a second and leaves nothing behind."""

import asyncio
from collections.abc import Callable

import pytest

from exporter.informer.source import Timing
from tests.informer.cluster import FakeCluster, filled
from tests.informer.rig import Rig, running, stop
from tests.informer.troubles import Answer, Hang, Mute, Refuse
from tests.informer.virtual import run, settle, virtual


def _hang_in_a_list(cluster: FakeCluster) -> None:
    cluster.list_script.extend([None, Hang()])


def _hang_before_the_headers_of_a_watch(cluster: FakeCluster) -> None:
    cluster.watch_script.append(Hang())


def _be_mute(cluster: FakeCluster) -> None:
    cluster.watch_script.append(Mute())


def _be_ordinary(cluster: FakeCluster) -> None:
    cluster.trouble = None


def _refuse(cluster: FakeCluster) -> None:
    cluster.trouble = Refuse()


def _ask_for_an_hour(cluster: FakeCluster) -> None:
    cluster.trouble = Answer(429, retry_after=3600)


def _hang_in_a_probe(cluster: FakeCluster) -> None:
    cluster.watch_script.append(Refuse())
    cluster.list_script.extend([None, None, None, Hang()])


def _serve_nothing(cluster: FakeCluster) -> None:
    cluster.served = False


@pytest.mark.parametrize(
    "prepare",
    [
        _hang_in_a_list,
        _hang_before_the_headers_of_a_watch,
        _be_mute,
        _be_ordinary,
        _refuse,
        _ask_for_an_hour,
        _hang_in_a_probe,
        _serve_nothing,
    ],
)
def test_it_ends_promptly_wherever_it_waits(prepare: Callable[[FakeCluster], None]) -> None:
    async def test() -> None:
        cluster = filled(7)
        prepare(cluster)
        async with running(cluster, synced=False):
            await asyncio.sleep(100)
        assert cluster.open_watches == 0

    run(test())


@virtual
async def test_it_ends_promptly_while_waiting_for_its_turn_to_list() -> None:
    cluster = filled(7)
    cluster.trouble = Hang()
    async with running(cluster, namespaces=["a", "b", "c"], synced=False):
        await asyncio.sleep(100)
    assert len(cluster.lists) == 2


@virtual
async def test_it_ends_promptly_in_the_jitter_before_its_first_list() -> None:
    cluster = filled(7)
    async with running(cluster, timing=Timing(jitter=1000), synced=False):
        await settle()
    assert cluster.requests == []


@virtual
async def test_it_ends_promptly_at_every_step_of_a_first_list_and_gives_every_blob_back() -> None:
    for steps in range(0, 60, 3):
        rig = Rig(filled(2000), timing=Timing(page_size=1500, resync=0))
        task = asyncio.create_task(rig.informer.run())
        for _ in range(steps):
            await asyncio.sleep(0)
        await stop(task)
        rig.check_consistent()
        rig.check_blobs()
        assert not rig.informer.synced or len(rig.store) == 2000


@virtual
async def test_it_ends_promptly_while_it_gets_new_credentials() -> None:
    class Slow(FakeCluster):
        async def refresh_credentials(self) -> None:
            await asyncio.get_running_loop().create_future()

    cluster = Slow()
    cluster.trouble = Answer(401)
    async with running(cluster, synced=False):
        await asyncio.sleep(100)
    assert len(cluster.requests) == 1


@virtual
async def test_whoever_waits_for_it_can_be_cancelled_alone() -> None:
    cluster = filled(7)
    cluster.trouble = Refuse()
    async with running(cluster, synced=False) as rig:
        waiter = asyncio.create_task(rig.informer.wait_synced())
        await asyncio.sleep(10)
        waiter.cancel()
        await asyncio.wait([waiter])
        assert waiter.cancelled()
        cluster.trouble = None
        await rig.informer.wait_synced()
