"""Handlers: in order, isolated, replayed when they come late, and told again from the cache."""

import asyncio
from itertools import pairwise

from exporter.informer.source import Timing
from exporter.store.delta import Added, Delta, Resynced, Synced
from tests.informer.cluster import filled
from tests.informer.rig import Rig, running
from tests.informer.troubles import Refuse
from tests.informer.virtual import now, settle, virtual
from tests.store.mirror import Mirror


class Faulty:
    """Fails at every delta."""

    def __init__(self) -> None:
        self.heard = 0

    def apply(self, delta: Delta) -> None:
        self.heard += 1
        raise ZeroDivisionError


class Attentive:
    """Looks at the store whenever a delta comes."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.seen: list[tuple[str, int, bool]] = []

    def apply(self, delta: Delta) -> None:
        self.seen.append((type(delta).__name__, len(self._rig.store), self._rig.informer.synced))


async def _first_word(rig: Rig) -> None:
    """Wait, turn by turn of the loop, until something is told."""
    for _ in range(1000):
        if rig.mirror.heard:
            return
        await asyncio.sleep(0)


def _add(rig: Rig) -> Mirror:
    mirror = Mirror(rig.store)
    rig.informer.add_handler(mirror)
    return mirror


@virtual
async def test_what_a_first_list_brings_is_marked_as_initial_and_later_things_are_not() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        cluster.create("new")
        await settle()
        initial = [delta.initial for delta in rig.mirror.heard if isinstance(delta, Added)]
        assert initial == [True, True, True, False]


@virtual
async def test_a_handler_that_fails_is_counted_and_keeps_nothing_from_the_others() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        faulty = Faulty()
        rig.informer.add_handler(faulty)
        late = _add(rig)
        cluster.create("new")
        await settle()
        assert faulty.heard == 5
        assert rig.informer.statistics().handler_errors == 5
        assert late.records == rig.mirror.records
        assert rig.state == "live"


@virtual
async def test_a_late_handler_hears_the_whole_store_and_its_own_synced_and_then_the_news() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        cluster.delete(next(iter(cluster.objects)))
        await settle()
        rig.mirror.clear()
        late = _add(rig)
        assert sorted(late.words()[:-1]) == ["Added t1", "Added t2"]
        assert late.words()[-1] == "Synced"
        assert all(delta.initial for delta in late.heard if isinstance(delta, Added))
        assert rig.mirror.heard == []
        cluster.create("new")
        await settle()
        assert (late.words()[-1], late.records) == ("Added new", rig.mirror.records)


@virtual
async def test_a_handler_that_comes_in_the_middle_of_the_first_list_misses_nothing_and_hears_one_synced() -> None:
    cluster = filled(2000)
    async with running(cluster, timing=Timing(page_size=2000, resync=0), synced=False) as rig:
        await _first_word(rig)
        assert 0 < len(rig.store) < 2000
        late = _add(rig)
        await rig.informer.wait_synced()
        assert late.records == rig.mirror.records
        assert (late.errors, late.syncs, late.words()[-1]) == ([], 1, "Synced")


@virtual
async def test_a_handler_sees_in_the_store_what_it_is_told_and_a_relist_whole() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        attentive = Attentive(rig)
        cluster.trouble = Refuse()
        cluster.drop_watches()
        for name in ("u", "v", "w"):
            cluster.create(name)
        cluster.compact()
        cluster.trouble = None
        rig.informer._audience._handlers.append(attentive)
        await asyncio.sleep(5)
        assert attentive.seen == [("Added", 6, True)] * 3 + [("Synced", 6, True)]


@virtual
async def test_synced_is_true_when_synced_is_told() -> None:
    cluster = filled()
    async with running(cluster, synced=False) as rig:
        attentive = Attentive(rig)
        rig.informer.add_handler(attentive)
        await rig.informer.wait_synced()
        assert [(name, synced) for name, _, synced in attentive.seen] == [("Added", False)] * 3 + [("Synced", True)]


@virtual
async def test_a_resync_tells_everything_again_on_its_own_timer_and_asks_the_server_nothing() -> None:
    cluster = filled()
    async with running(cluster, timing=Timing(resync=100), chance=lambda: 0.5) as rig:
        await asyncio.sleep(99)
        assert rig.mirror.resynced == 0
        await asyncio.sleep(2)
        assert rig.mirror.resynced == 3
        await asyncio.sleep(1000)
        assert rig.mirror.resynced == 33
        statistics = rig.informer.statistics()
        assert (statistics.resyncs, statistics.events["added"]) == (11, 3)
    assert len(cluster.lists) == 1


@virtual
async def test_the_time_between_two_resyncs_varies() -> None:
    moments: list[float] = []

    class Clock:
        def apply(self, delta: Delta) -> None:
            if isinstance(delta, Resynced):
                moments.append(now())

    async with running(filled(1), timing=Timing(resync=100)) as rig:
        rig.informer.add_handler(Clock())
        await asyncio.sleep(2000)
    gaps = {round(later - earlier, 3) for earlier, later in pairwise(moments)}
    assert all(90 <= gap <= 110 for gap in gaps)
    assert len(gaps) > 5


@virtual
async def test_resyncs_go_on_while_watches_reconnect_and_the_server_is_away() -> None:
    cluster = filled()
    async with running(cluster, timing=Timing(resync=100)) as rig:
        await settle()
        cluster.trouble = Refuse()
        cluster.drop_watches()
        await asyncio.sleep(1000)
        assert rig.mirror.resynced >= 27


@virtual
async def test_without_a_period_nothing_is_told_again() -> None:
    async with running(filled(), timing=Timing(resync=0)) as rig:
        await asyncio.sleep(10_000)
        assert rig.mirror.resynced == 0


@virtual
async def test_nothing_is_told_again_before_the_first_list_is_whole() -> None:
    cluster = filled()
    cluster.trouble = Refuse()
    async with running(cluster, timing=Timing(resync=10), synced=False) as rig:
        await asyncio.sleep(100)
        assert rig.mirror.heard == []
        assert rig.informer.statistics().resyncs == 0


@virtual
async def test_every_whole_list_is_told_as_such() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        cluster.compact()
        cluster.mute_watches()
        cluster.create("new")
        cluster.compact()
        await asyncio.sleep(3600)
        assert [isinstance(delta, Synced) for delta in rig.mirror.heard[-2:]] == [False, True]


@virtual
async def test_after_a_relist_the_bodies_that_it_replaced_are_let_go_at_once() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        cluster.trouble = Refuse()
        cluster.drop_watches()
        for key in tuple(cluster.objects):
            cluster.change(key)
        cluster.compact()
        cluster.trouble = None
        await asyncio.sleep(5)
        rig.check_equal()
        assert len(rig.codec.open) == 3
