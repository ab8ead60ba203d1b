"""Several consumers and one watch: each at its own pace, none hears a state twice."""

import asyncio
import random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.library import Watched
from tests.informer.cluster import FakeCluster, filled
from tests.informer.virtual import run, settle, virtual
from tests.library.programs import THINGS, Follower, Ledger, Thing, library, listed
from tests.store import things
from tests.store.profile import STEADY


@virtual
async def test_any_number_of_consumers_share_one_list_and_one_watch() -> None:
    cluster = filled(5)
    async with listed(cluster) as watched, asyncio.TaskGroup() as tasks:
        ledgers = [Ledger(), Ledger()]
        for ledger in ledgers:
            watched.on_change(ledger.hear)
        followers = [Follower(watched) for _ in range(3)]
        running = [tasks.create_task(follower.run()) for follower in followers]
        await settle()
        cluster.change(things.key("t0"), "blue")
        await settle()
        assert [follower.known for follower in followers] == [
            {f"ns/t{n}": "red" for n in range(1, 5)} | {"ns/t0": "blue"}
        ] * 3
        assert [len(ledger.lines) for ledger in ledgers] == [6, 6]
        assert cluster.verbs() == ["list", "watch"]
        for task in running:
            task.cancel()


@virtual
async def test_what_is_there_when_a_consumer_begins_is_told_as_initial_and_nothing_else_is() -> None:
    cluster = filled(2)
    async with library(cluster).informer(THINGS) as watched, asyncio.TaskGroup() as tasks:
        early, late = Follower(watched), Follower(watched)
        running = [tasks.create_task(early.run())]
        await watched.wait_synced()
        running.append(tasks.create_task(late.run()))
        await settle()
        assert sorted(early.initial) == sorted(late.initial) == ["ns/t0", "ns/t1"]
        cluster.create("new")
        cluster.change(things.key("t0"), "blue")
        cluster.replace(things.key("t1"))
        await settle()
        assert [len(follower.initial) for follower in (early, late)] == [2, 2]
        for task in running:
            task.cancel()


@virtual
async def test_what_came_while_a_consumer_was_too_far_behind_is_not_initial() -> None:
    cluster = filled(2)
    async with listed(cluster) as watched, asyncio.TaskGroup() as tasks:
        follower = Follower(watched, limit=1)
        running = tasks.create_task(follower.run())
        await settle()
        follower.pace = 5.0
        for name in ("a", "b", "c", "d"):
            cluster.create(name)
        await asyncio.sleep(60)
        assert watched.statistics().lags >= 1
        assert (len(follower.known), sorted(follower.initial)) == (6, ["ns/t0", "ns/t1"])
        running.cancel()


@virtual
async def test_a_slow_consumer_hears_the_last_state_of_each_object_and_none_twice() -> None:
    cluster = filled(3)
    async with listed(cluster) as watched, asyncio.TaskGroup() as tasks:
        follower = Follower(watched)
        running = tasks.create_task(follower.run())
        await settle()
        follower.pace = 1.0
        for colour in ("blue", "green", "pink"):
            cluster.change(things.key("t0"), colour)
            cluster.change(things.key("t1"), colour)
            await asyncio.sleep(0)
        await asyncio.sleep(20)
        assert follower.known == {"ns/t0": "pink", "ns/t1": "pink", "ns/t2": "red"}
        assert len(follower.told) <= 3 + 3
        running.cancel()


@virtual
async def test_a_consumer_that_fell_far_behind_is_told_what_is_different_deletions_included() -> None:
    cluster = filled(10)
    async with listed(cluster) as watched, asyncio.TaskGroup() as tasks:
        follower = Follower(watched, limit=2)
        running = tasks.create_task(follower.run())
        await settle()
        follower.pace = 5.0
        follower.told.clear()
        for number in range(6):
            cluster.change(things.key(f"t{number}"), "blue")
        await settle()
        for number in range(4, 8):
            cluster.delete(things.key(f"t{number}"))
        cluster.create("new")
        await asyncio.sleep(100)
        assert follower.known == {f"ns/t{n}": "blue" for n in range(4)} | {
            "ns/t8": "red",
            "ns/t9": "red",
            "ns/new": "red",
        }
        assert sorted(set(follower.told)) == sorted([*(f"ns/t{number}" for number in range(8)), "ns/new"])
        assert watched.statistics().lags >= 1
        running.cancel()


@virtual
async def test_a_consumer_that_leaves_its_loop_is_forgotten() -> None:
    cluster = filled(2)
    async with listed(cluster) as watched:
        async for _ in watched.changes(limit=1):
            assert await _lags_of_two_changes(cluster, watched) == 1
            break
        await settle()
        assert await _lags_of_two_changes(cluster, watched) == 0


async def _lags_of_two_changes(cluster: FakeCluster, watched: Watched[Thing]) -> int:
    before = watched.statistics().lags
    for name in ("t0", "t1"):
        cluster.change(things.key(name), "blue")
    await settle()
    return watched.statistics().lags - before


ACTS = ("create", "change", "change", "change", "delete", "replace", "pause", "expire")


@given(
    acts=st.lists(st.sampled_from(ACTS), max_size=60), limit=st.integers(1, 4), pace=st.sampled_from([0.0, 0.3, 2.0])
)
@settings(STEADY, max_examples=100)
def test_whatever_happens_each_consumer_ends_up_knowing_the_cluster_and_hears_no_state_twice(
    acts: list[str], limit: int, pace: float
) -> None:
    async def live() -> None:
        cluster, chance = filled(3), random.Random(len(acts))
        async with listed(cluster) as watched, asyncio.TaskGroup() as tasks:
            follower = Follower(watched, limit)
            follower.pace = pace
            running = tasks.create_task(follower.run())
            for act in acts:
                await _do(act, cluster, chance)
            await asyncio.sleep(1000)
            assert follower.known == {key: _colour(thing.body) for key, thing in cluster.objects.items()}
            assert len(set(follower.states)) == len(follower.states)
            running.cancel()

    run(live())


async def _do(act: str, cluster: FakeCluster, chance: random.Random) -> None:
    there = sorted(cluster.objects)
    match act:
        case "create":
            cluster.create(f"n{cluster.version}")
        case "pause":
            await asyncio.sleep(chance.choice([0, 0.5, 5]))
        case "expire":
            cluster.compact()
            cluster.drop_watches()
        case _ if not there:
            pass
        case "change":
            cluster.change(chance.choice(there), f"colour {cluster.version}")
        case "delete":
            cluster.delete(chance.choice(there))
        case _:
            cluster.replace(chance.choice(there))


def _colour(body: bytes) -> str:
    thing: Thing = msgspec.json.decode(body)
    colour: str = thing["colour"]
    return colour
