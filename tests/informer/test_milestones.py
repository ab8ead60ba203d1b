"""Waiting for a version: whoever wrote something finds it in the store when the wait ends."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.informer.milestones import Milestones
from tests.informer.cluster import FIRST_BOOKMARK, FakeCluster, filled
from tests.informer.rig import Rig, running
from tests.informer.troubles import GONE, Slow
from tests.informer.virtual import now, run, settle, virtual
from tests.store.profile import STEADY
from tests.store.things import key


async def _waits(rig: Rig, version: int | str, namespace: str | None = None) -> asyncio.Task[None]:
    task = asyncio.create_task(rig.informer.wait_version(str(version), namespace))
    await settle()
    return task


@virtual
async def test_a_version_that_is_reached_is_not_waited_for() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        for version in ("", "1", cluster.version):
            assert (await _waits(rig, version)).done()


@virtual
async def test_a_writer_finds_its_write_when_the_wait_is_over() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        waiting = await _waits(rig, cluster.version + 1)
        assert not waiting.done()
        new = cluster.create("new")
        await waiting
        assert new in rig.store
        assert now() == 0


@virtual
async def test_a_version_may_come_by_a_bookmark() -> None:
    cluster = filled()
    async with running(cluster, namespaces=["ns"]) as rig:
        await settle()
        cluster.create("elsewhere", namespace="other")
        waiting = await _waits(rig, cluster.version)
        await waiting
        assert now() == FIRST_BOOKMARK


@virtual
async def test_a_version_may_come_by_a_list() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await asyncio.sleep(10)
        cluster.watch_script.append(GONE)
        cluster.close_watches()
        waiting = await _waits(rig, cluster.version + 1)
        cluster.create("new")
        await waiting
        assert key("new") in rig.store
        assert rig.reflector.lists["expired"] == 1


@virtual
async def test_before_the_first_lists_of_all_namespaces_no_version_is_reached() -> None:
    cluster = FakeCluster()
    cluster.create("a", namespace="one")
    cluster.create("b", namespace="two")
    cluster.list_script.extend([None, Slow(30)])
    async with running(cluster, namespaces=["one", "two"], synced=False) as rig:
        waiting = await _waits(rig, "1", "one")
        await waiting
        assert now() == 30
        assert len(rig.store) == 2


@virtual
async def test_a_namespace_is_waited_for_by_itself() -> None:
    cluster = FakeCluster()
    first = cluster.create("a", namespace="one")
    cluster.create("b", namespace="two")
    async with running(cluster, namespaces=["one", "two"]) as rig:
        await settle()
        goal = cluster.version + 1
        one, both = await _waits(rig, goal, "one"), await _waits(rig, goal)
        cluster.change(first)
        await one
        assert not both.done()
        await both
        assert now() == FIRST_BOOKMARK


@virtual
async def test_a_wait_that_is_given_up_leaves_nothing_behind() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        milestones = rig.informer._milestones
        first, second = await _waits(rig, 1000), await _waits(rig, 1000)
        assert milestones
        first.cancel()
        await settle()
        assert milestones
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await rig.informer.wait_version("2000", "ns")
        second.cancel()
        await settle()
        assert not milestones


@virtual
async def test_a_wait_that_ends_and_is_given_up_in_one_moment_does_no_harm() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        waiting = await _waits(rig, cluster.version + 1)
        waiting.cancel()
        cluster.create("new")
        await settle()
        assert waiting.cancelled()
        assert rig.state == "live"


@pytest.mark.parametrize("give_up", [False, True])
def test_a_waiter_that_has_not_left_yet_may_be_reached_again(*, give_up: bool) -> None:
    async def test() -> None:
        reached = "4"
        milestones = Milestones(lambda _: reached)
        waiting = asyncio.create_task(milestones.wait("5", None))
        await settle()
        reached = "6"
        if give_up:
            waiting.cancel()
        milestones.moved()
        milestones.moved()  # it had no turn to leave in between
        await asyncio.wait([waiting])
        assert waiting.cancelled() == give_up
        assert not milestones

    run(test())


@given(
    goals=st.lists(st.tuples(st.integers(1, 60), st.sampled_from([None, "a", "b"])), max_size=40),
    steps=st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(1, 20)), max_size=12),
)
@settings(STEADY, max_examples=60)
def test_of_many_that_wait_those_go_whose_version_is_reached_and_no_others(
    goals: list[tuple[int, str | None]], steps: list[tuple[str, int]]
) -> None:
    reached = {"a": 0, "b": 0}

    def version_of(namespace: str | None) -> str:
        return str(reached[namespace] if namespace else min(reached.values()))

    async def test() -> None:
        milestones = Milestones(version_of)
        waiting = [(asyncio.create_task(milestones.wait(str(goal), where)), goal, where) for goal, where in goals]
        await settle()
        for where, far in steps:
            reached[where] += far
            await settle()
            milestones.moved()
            await settle()
            assert all(task.done() == (goal <= int(version_of(at))) for task, goal, at in waiting)
        left = [task for task, _, _ in waiting if not task.done()]
        assert bool(milestones) == bool(left)
        for task in left:
            task.cancel()
        await settle()
        assert not milestones

    run(test())
