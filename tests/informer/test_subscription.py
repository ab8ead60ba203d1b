"""Subscribers: slow ones never stall the watch, and know after each Synced what the store knows."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.informer.informer import Informer
from exporter.informer.source import Timing
from exporter.informer.subscription import Lagged, Subscription, Told
from exporter.kube.objects import Key
from exporter.store.delta import Added, Deleted, Record, Resynced, Synced, Updated
from tests.informer.cluster import FakeCluster, filled
from tests.informer.rig import Rig, running
from tests.informer.troubles import Refuse
from tests.informer.virtual import run, settle, virtual
from tests.store.mirror import bare, word
from tests.store.profile import STEADY


class Follower:
    """A subscriber that takes its time, keeps a copy, and is strict about what it hears."""

    def __init__(self, informer: Informer, limit: int = 1000, pause: float = 0.0) -> None:
        self._informer = informer
        self._limit = limit
        self.pause = pause
        self.words: list[str] = []
        self.records: dict[Key, Record] = {}
        self.at_synced: list[bool] = []
        self.subscription: Subscription | None = None

    async def run(self) -> None:
        with self._informer.subscribe(self._limit) as self.subscription:
            async for told in self.subscription:
                self._take(told)
                await asyncio.sleep(self.pause)

    def _take(self, told: Told) -> None:
        self.words.append(word(told))
        match told:
            case Lagged():
                self.records.clear()
            case Added(key, new):
                assert key not in self.records
                self.records[key] = new
            case Updated(key, old, new):
                assert self.records[key].uid == old.uid == new.uid
                assert self.records[key] is old
                self.records[key] = new
            case Deleted(key, _, old):
                assert self.records[key].uid == old.uid
                del self.records[key]
            case Synced():
                self.at_synced.append(self.records == dict(self._informer.store.items()))
            case Resynced():
                raise AssertionError("a resync is for handlers")


@virtual
async def test_a_subscriber_hears_what_a_handler_hears() -> None:
    cluster = filled()
    async with running(cluster, timing=Timing(resync=1), synced=False) as rig, asyncio.TaskGroup() as tasks:
        follower = Follower(rig.informer)
        task = tasks.create_task(follower.run())
        await asyncio.sleep(3)
        first, second, third = cluster.objects
        cluster.change(first)
        cluster.delete(second)
        cluster.replace(third)
        await asyncio.sleep(3)
        assert follower.words[3:] == ["Synced", "Updated t0", "Deleted t1", "Deleted t2", "Added t2"]
        assert {key: bare(record) for key, record in follower.records.items()} == rig.mirror.records
        task.cancel()


@virtual
async def test_a_late_subscriber_hears_the_whole_store_first() -> None:
    cluster = filled()
    async with running(cluster) as rig, asyncio.TaskGroup() as tasks:
        await settle()
        follower = Follower(rig.informer)
        task = tasks.create_task(follower.run())
        await settle()
        assert follower.words[0] == "Lagged"
        assert sorted(follower.words[1:-1]) == ["Added t0", "Added t1", "Added t2"]
        assert (follower.words[-1], follower.at_synced) == ("Synced", [True])
        assert rig.informer.statistics().subscriber_lags == 0
        task.cancel()


@virtual
async def test_changes_that_wait_for_a_slow_subscriber_become_one_for_each_key() -> None:
    cluster = filled()
    async with running(cluster) as rig, asyncio.TaskGroup() as tasks:
        follower = Follower(rig.informer, pause=10)
        task = tasks.create_task(follower.run())
        await asyncio.sleep(100)
        follower.words.clear()
        first, second, third = cluster.objects
        cluster.create("slow")
        await asyncio.sleep(1)
        for _ in range(5):
            cluster.change(first)
        cluster.change(second)
        cluster.delete(second)
        cluster.replace(third)
        cluster.create("short")
        cluster.delete(next(reversed(cluster.objects)))
        await asyncio.sleep(100)
        assert follower.words == ["Added slow", "Updated t0", "Deleted t1", "Deleted t2", "Added t2"]
        assert follower.records == dict(rig.store.items())
        task.cancel()


@virtual
async def test_a_key_that_changes_all_the_time_does_not_wait_for_ever() -> None:
    cluster = filled(5)
    async with running(cluster) as rig, asyncio.TaskGroup() as tasks:
        follower = Follower(rig.informer, pause=1)
        task = tasks.create_task(follower.run())
        await asyncio.sleep(30)
        follower.words.clear()
        for _ in range(100):
            for key in tuple(cluster.objects):
                cluster.change(key)
            await asyncio.sleep(0.3)
        assert set(follower.words) == {f"Updated t{number}" for number in range(5)}
        task.cancel()


@virtual
async def test_a_subscriber_that_falls_behind_is_told_so_and_hears_the_store_anew() -> None:
    cluster = filled()
    async with running(cluster) as rig, asyncio.TaskGroup() as tasks:
        follower = Follower(rig.informer, limit=4, pause=10)
        task = tasks.create_task(follower.run())
        await asyncio.sleep(100)
        follower.words.clear()
        for number in range(20):
            cluster.create(f"n{number}")
        await settle()
        assert rig.informer.statistics().subscriber_lags == 1
        assert follower.subscription is not None
        assert len(follower.subscription._waiting) <= 4
        await asyncio.sleep(1000)
        assert follower.words.count("Lagged") == 1
        assert follower.words[-1] == "Synced"
        assert all(follower.at_synced)
        assert follower.records == dict(rig.store.items())
        task.cancel()


@virtual
async def test_what_is_deleted_while_a_replay_begins_is_not_told() -> None:
    cluster = filled()
    async with running(cluster) as rig, asyncio.TaskGroup() as tasks:
        await settle()
        follower = Follower(rig.informer, pause=10)
        task = tasks.create_task(follower.run())
        await settle()
        assert follower.words == ["Lagged"]
        cluster.delete(next(iter(cluster.objects)))
        await asyncio.sleep(100)
        assert sorted(follower.words) == ["Added t1", "Added t2", "Lagged", "Synced"]
        task.cancel()


@virtual
async def test_no_subscriber_hears_synced_before_the_first_list_is_whole() -> None:
    cluster = filled(50)
    cluster.list_script.extend([None, Refuse()])
    async with running(cluster, namespaces=["ns", "away"], synced=False) as rig, asyncio.TaskGroup() as tasks:
        cluster.latency = 5.0
        cluster.list_script.extend([None] * 30)
        followers = [Follower(rig.informer, limit=3), Follower(rig.informer, limit=3)]
        works = [tasks.create_task(followers[0].run())]
        while not rig.informer.synced:
            assert "Synced" not in followers[0].words + followers[1].words
            await asyncio.sleep(1)
            if rig.store and len(works) == 1:
                works.append(tasks.create_task(followers[1].run()))
        await asyncio.sleep(60)
        for follower in followers:
            assert follower.at_synced
            assert all(follower.at_synced)
        for work in works:
            work.cancel()


@virtual
async def test_a_subscription_ends_when_it_is_closed_even_in_a_replay() -> None:
    async with running(filled(10)) as rig:
        heard: list[Told] = []
        with rig.informer.subscribe() as subscription:
            async for told in subscription:
                heard.append(told)
                if len(heard) == 4:
                    subscription.close()
        assert len(heard) == 4
        assert rig.informer._audience._subscriptions == []


@virtual
async def test_subscriptions_end_with_the_informer() -> None:
    rig = Rig(filled())
    informer, follower = asyncio.create_task(rig.informer.run()), Follower(rig.informer)
    follow = asyncio.create_task(follower.run())
    await settle()
    informer.cancel()
    await follow
    assert (informer.cancelled(), follower.words[-1]) == (True, "Synced")


Acts = st.lists(
    st.tuples(st.sampled_from(["create", "change", "delete", "replace", "wait", "relist", "drop"]), st.integers(0, 5)),
    max_size=60,
)


@given(acts=Acts, limit=st.integers(1, 6), pause=st.sampled_from([0.0, 0.3, 2.0]))
@settings(STEADY, max_examples=60)
def test_any_subscriber_knows_in_the_end_what_the_store_knows(
    acts: list[tuple[str, int]], limit: int, pause: float
) -> None:
    async def test() -> None:
        cluster = filled()
        async with running(cluster) as rig, asyncio.TaskGroup() as tasks:
            follower = Follower(rig.informer, limit, pause)
            task = tasks.create_task(follower.run())
            for act, number in acts:
                await _do(cluster, act, number)
                await settle()
                assert follower.subscription is not None
                assert len(follower.subscription._waiting) <= limit
            await asyncio.sleep(300)
            assert follower.records == dict(rig.store.items())
            assert all(follower.at_synced)
            task.cancel()

    run(test())


async def _do(cluster: FakeCluster, act: str, number: int) -> None:
    keys = tuple(cluster.objects)
    match act:
        case "create":
            cluster.create(f"n{cluster.version}")
        case "wait":
            await asyncio.sleep(number)
        case "relist":
            cluster.drop_watches()
            cluster.compact()
        case "drop":
            cluster.drop_watches()
        case _ if keys:
            getattr(cluster, act)(keys[number % len(keys)])
        case _:
            pass
