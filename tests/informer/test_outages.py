"""Outages and refusals: what they cost, what is said meanwhile, and how they end."""

import asyncio
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.kube.objects import Resource
from exporter.kube.query import ListQuery
from exporter.kube.wire import Page
from tests.informer.cluster import FakeCluster, Request, filled
from tests.informer.rig import EPOCH, running
from tests.informer.troubles import (
    FAILED,
    FORBIDDEN,
    NOT_SERVED,
    STARTING,
    UNAUTHORIZED,
    Answer,
    Close,
    Refuse,
    Trouble,
)
from tests.informer.virtual import now, run, settle, virtual
from tests.store.profile import STEADY


def _middling() -> float:
    return 0.5


def _since(cluster: FakeCluster, moment: float) -> list[Request]:
    return [request for request in cluster.requests if request.at >= moment]


def _begin_outage(cluster: FakeCluster, trouble: Trouble) -> float:
    cluster.trouble = trouble
    cluster.drop_watches()
    return now()


# What an outage costs.


async def _outage_by_minutes(trouble: Trouble, seed: int, namespaces: list[str]) -> list[int]:
    cluster = filled()
    async with running(cluster, namespaces=namespaces, chance=random.Random(seed).random):
        await asyncio.sleep(1000)
        began = _begin_outage(cluster, trouble)
        await asyncio.sleep(1200)
        minutes = itertools.groupby(_since(cluster, began), lambda request: int((request.at - began) // 60))
        return [len(list(requests)) for _, requests in minutes]


@pytest.mark.parametrize("trouble", [Refuse(), STARTING, FAILED], ids=str)
@given(seed=st.integers(0, 2**32))
@settings(STEADY, max_examples=15)
def test_an_outage_costs_ten_requests_in_its_first_minute_and_four_in_each_later_one(
    trouble: Trouble, seed: int
) -> None:
    async def test() -> None:
        first, *later = await _outage_by_minutes(trouble, seed, [])
        assert first <= 10
        assert max(later) <= 4

    run(test())


@virtual
async def test_in_an_outage_one_namespace_asks_for_all() -> None:
    for seed in range(5):
        first, *later = await _outage_by_minutes(Refuse(), seed, ["one", "two", "three"])
        assert first <= 10
        assert max(later) <= 4


@virtual
async def test_of_fifty_namespaces_each_notices_the_outage_and_then_one_asks() -> None:
    namespaces = [f"namespace-{number}" for number in range(50)]
    first, *later = await _outage_by_minutes(Refuse(), 1, namespaces)
    assert first <= len(namespaces) + 10
    assert max(later) <= 4


@virtual
async def test_after_an_outage_all_namespaces_follow_the_one_that_asked() -> None:
    cluster = filled()
    async with running(cluster, namespaces=["one", "two", "three"], chance=_middling) as rig:
        await asyncio.sleep(10)
        _begin_outage(cluster, Refuse())
        await asyncio.sleep(100)
        assert not rig.informer.fresh
        cluster.trouble = None
        await asyncio.sleep(60)
        reflectors = rig.informer.statistics().reflectors
        assert {one.state for one in reflectors} == {"live"}
        assert len({one.since for one in reflectors}) == 1


@pytest.mark.parametrize("asked", [5.0, 90.0])
def test_a_server_that_asks_for_time_is_given_it(asked: float) -> None:
    @virtual
    async def test() -> None:
        cluster = filled()
        cluster.trouble = Answer(429, retry_after=asked)
        async with running(cluster, synced=False, chance=_middling) as rig:
            await asyncio.sleep(10 * asked)
            assert rig.reflector.cause == "throttled"
        gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(cluster.requests)]
        assert min(gaps) >= asked
        assert gaps[0] == asked

    test()


# What is said meanwhile.


@virtual
async def test_a_state_is_degraded_all_through_an_outage_and_never_live_in_between() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        assert rig.state == "live"
        cluster.latency = 2.0
        _begin_outage(cluster, Refuse())
        await settle()
        began = rig.reflector.since
        for _ in range(6000):
            await asyncio.sleep(0.1)
            assert (rig.state, rig.reflector.cause, rig.informer.fresh) == ("degraded", "network", False)
        assert rig.reflector.since == began == EPOCH
        assert (rig.informer.synced, len(rig.store)) == (True, 3)
        cluster.trouble = None
        await asyncio.sleep(60)
        assert (rig.state, rig.informer.fresh) == ("live", True)


@virtual
async def test_a_missing_permission_is_named() -> None:
    cluster = filled()
    cluster.trouble = FORBIDDEN
    async with running(cluster, synced=False) as rig:
        await asyncio.sleep(600)
        assert (rig.state, rig.reflector.cause) == ("degraded", "forbidden")
        assert rig.reflector.reason == "list things: 403: things.example.com is forbidden: cannot list"
        assert len(cluster.requests) <= 20
        cluster.trouble = None
        await asyncio.sleep(75)
        assert rig.state == "live"
        rig.check_equal()


@virtual
async def test_a_permission_that_is_taken_away_leaves_the_cache_and_says_so() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        _begin_outage(cluster, FORBIDDEN)
        await asyncio.sleep(600)
        assert (rig.state, rig.reflector.cause, len(rig.store)) == ("degraded", "forbidden", 3)


@virtual
async def test_refused_credentials_are_refreshed_once_for_each_refusal() -> None:
    cluster = filled()
    cluster.list_script.append(UNAUTHORIZED)
    cluster.watch_script.append(UNAUTHORIZED)
    async with running(cluster, chance=_middling) as rig:
        await asyncio.sleep(10)
        assert rig.state == "live"
        assert cluster.refreshes == 2
    assert [request.at for request in cluster.requests] == [0, 1, 1, 3]


@virtual
async def test_the_last_contact_is_the_last_word_of_the_server_an_error_included() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await asyncio.sleep(100)
        cluster.create("new")
        await settle()
        assert rig.reflector.last_contact == EPOCH + 100
        began = _begin_outage(cluster, Refuse())
        await asyncio.sleep(100)
        assert rig.reflector.last_contact == EPOCH + began
        cluster.trouble = STARTING
        await asyncio.sleep(100)
        assert rig.reflector.last_contact > EPOCH + began + 100


# How an outage ends.


@virtual
async def test_what_changed_in_an_outage_is_told_once() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        rig.mirror.clear()
        _begin_outage(cluster, Refuse())
        first, second, third = cluster.objects
        cluster.change(first)
        cluster.delete(second)
        cluster.replace(third)
        await asyncio.sleep(300)
        cluster.trouble = None
        await asyncio.sleep(60)
        rig.check_equal()
        assert rig.mirror.words() == ["Updated t0", "Deleted t1", "Deleted t2", "Added t2"]


@virtual
async def test_what_changed_in_an_outage_is_told_once_when_the_log_was_compacted() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        rig.mirror.clear()
        _begin_outage(cluster, Refuse())
        first, second, third = cluster.objects
        cluster.change(first)
        cluster.delete(second)
        cluster.replace(third)
        cluster.compact()
        await asyncio.sleep(300)
        cluster.trouble = None
        await asyncio.sleep(75)
        rig.check_equal()
        assert sorted(rig.mirror.words()) == ["Added t2", "Deleted t1", "Deleted t2", "Synced", "Updated t0"]


# A server that went back in time.


@virtual
async def test_a_restored_server_is_noticed_by_the_probe_after_the_outage() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        backup = cluster.snapshot()
        first, second, _ = cluster.objects
        cluster.change(first)
        cluster.delete(second)
        cluster.create("lost")
        await settle()
        cluster.restore(backup)
        await asyncio.sleep(5)
        rig.check_equal()
        assert rig.reflector.lists["version_regressed"] == 1
        assert rig.store.version == str(backup.version)
        cluster.create("found")
        await settle()
        rig.check_equal()


@virtual
async def test_a_restored_server_that_kept_its_watches_open_is_noticed_by_its_silence() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await asyncio.sleep(400)
        backup = cluster.snapshot()
        cluster.create("lost")
        cluster.create("lost too")
        await settle()
        cluster.restore(backup, drop=False)
        cluster.create("found")
        await asyncio.sleep(3600)
        rig.check_equal()
        assert rig.reflector.lists["version_regressed"] == 1


@virtual
async def test_a_restored_server_behind_a_proxy_that_ends_quiet_watches_is_noticed() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        backup = cluster.snapshot()
        cluster.create("lost")
        await settle()
        cluster.restore(backup, drop=False)
        cluster.trouble = Close(30)
        cluster.close_watches()
        await asyncio.sleep(200)
        rig.check_equal()


# A resource that is not served.


@virtual
async def test_an_absent_resource_is_a_state_and_no_error() -> None:
    cluster = FakeCluster()
    cluster.served = False
    async with running(cluster) as rig:
        await settle()
        for _ in range(600):
            await asyncio.sleep(0.1)
            assert (rig.state, rig.informer.synced, rig.informer.fresh) == ("absent", True, True)
        assert len(cluster.requests) <= 20
        assert rig.reflector.since == EPOCH


@virtual
async def test_an_absent_resource_is_picked_up_within_seconds_of_its_arrival() -> None:
    cluster = FakeCluster()
    cluster.served = False
    async with running(cluster) as rig:
        await asyncio.sleep(1000)
        cluster.served = True
        cluster.create("new")
        await asyncio.sleep(6)
        assert rig.state == "live"
        rig.check_equal()


@virtual
async def test_a_resource_that_is_removed_empties_the_cache_and_may_come_back() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await asyncio.sleep(10)
        cluster.remove_resource()
        await asyncio.sleep(10)
        assert (rig.state, len(rig.store)) == ("absent", 0)
        cluster.served = True
        cluster.create("t0")
        await asyncio.sleep(6)
        assert rig.state == "live"
        rig.check_equal()


@virtual
async def test_objects_of_a_resource_that_vanished_unseen_are_told_as_deleted() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        _begin_outage(cluster, Refuse())
        cluster.remove_resource()
        cluster.trouble = None
        await asyncio.sleep(20)
        assert (rig.state, len(rig.store), rig.mirror.records) == ("absent", 0, {})


@pytest.mark.parametrize("lists", [0, 1])
def test_a_server_that_starts_may_say_not_found_twice_without_emptying_the_cache(lists: int) -> None:
    @virtual
    async def test() -> None:
        cluster = filled()
        async with running(cluster) as rig:
            await settle()
            cluster.watch_script.append(NOT_SERVED)
            cluster.list_script.extend([NOT_SERVED] * lists)
            cluster.drop_watches()
            await asyncio.sleep(60)
            rig.check_equal()
            assert not [word for word in rig.mirror.words() if word.startswith("Deleted")]

    test()


@virtual
async def test_a_namespace_that_is_refused_after_an_outage_does_not_hold_the_others_back() -> None:
    cluster = filled()
    async with running(cluster, namespaces=["one", "two"], chance=_middling) as rig:
        await settle()
        _begin_outage(cluster, Refuse())
        await asyncio.sleep(20)
        cluster.trouble = None
        cluster.list_script.append(FORBIDDEN)
        await asyncio.sleep(5.5)
        assert {one.state for one in rig.informer.statistics().reflectors} == {"degraded", "live"}


@virtual
async def test_a_failure_that_nobody_foresaw_is_logged_and_waited_out() -> None:
    class Surprising(FakeCluster):
        surprises = 3

        async def list_page(self, resource: Resource, query: ListQuery, hold: asyncio.Event | None = None) -> Page:
            if self.surprises:
                self.surprises -= 1
                raise IndexError("a header nobody has seen before")
            return await super().list_page(resource, query, hold)

    cluster = Surprising()
    cluster.create("a")
    async with running(cluster) as rig:
        assert now() > 1
        rig.check_equal()
