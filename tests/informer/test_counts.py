"""What an informer counts and times of its own work: every number against what a fake cluster did."""

import asyncio
import itertools

import msgspec
import pytest

from exporter.informer.counts import DELAY_BOUNDS, LIST_BOUNDS, WATCH_BOUNDS
from exporter.informer.source import Timing
from exporter.kube.wire import DELETED, MODIFIED
from exporter.store.delta import Delta
from exporter.tally import Seen
from tests.informer.cluster import FakeCluster, bookmark, filled, frame
from tests.informer.rig import EPOCH, Rig, running, stop
from tests.informer.troubles import GONE, STARTING, Answer, Close, Refuse, Slow, Trouble
from tests.informer.virtual import now, settle, virtual
from tests.store.things import body

SERVER_EPOCH = "2027-01-15T08:00:00Z"
"""The moment ``EPOCH`` as a server writes it."""


def _middling() -> float:
    return 0.5


def _at_most(seen: Seen, bounds: tuple[float, ...], bound: float) -> int:
    return seen.buckets[bounds.index(bound)]


def _written(time: str, version: int = 99, **extra: str) -> bytes:
    """An object that the server wrote last at this time."""
    thing = msgspec.json.decode(body("t0", version, uid="uid-1"))
    thing["metadata"]["creationTimestamp"] = "2020-01-01T00:00:00Z"
    thing["metadata"]["managedFields"] = [{"manager": "argo", "time": time}]
    return msgspec.json.encode(thing)


# Lists.


@virtual
async def test_a_list_is_timed_from_its_first_page_until_the_cache_holds_it() -> None:
    cluster = filled(9)
    cluster.list_script.extend([Refuse(), Slow(2), Slow(4), Slow(1)])
    async with running(cluster, chance=_middling) as rig:
        seen = rig.reflector.list_seconds
        assert (seen.count, seen.sum) == (1, 7.0)
        assert (_at_most(seen, LIST_BOUNDS, 5.0), _at_most(seen, LIST_BOUNDS, 10.0)) == (0, 1)
        assert rig.reflector.last_sync == EPOCH + 7.8


@virtual
async def test_a_list_that_starts_again_is_timed_from_its_new_start() -> None:
    cluster = filled(9)
    cluster.list_script.extend([Slow(2), GONE, Slow(3)])
    async with running(cluster, chance=_middling) as rig:
        seen = rig.reflector.list_seconds
        assert (seen.count, seen.sum) == (1, 3.0)


@virtual
async def test_a_resource_that_is_not_served_was_never_listed() -> None:
    cluster = FakeCluster()
    cluster.served = False
    async with running(cluster) as rig:
        await asyncio.sleep(60)
        assert (rig.reflector.list_seconds.count, rig.reflector.last_sync) == (0, 0)


# Watches.


@virtual
async def test_a_watch_is_timed_from_its_opening_to_its_end() -> None:
    cluster = filled()
    cluster.watch_script.extend([Close(4), Answer(500), Close(100)])
    async with running(cluster, chance=_middling) as rig:
        await asyncio.sleep(130)
        seen = rig.reflector.watch_seconds
        assert (seen.count, seen.sum) == (2, 104)
        assert (_at_most(seen, WATCH_BOUNDS, 5.0), _at_most(seen, WATCH_BOUNDS, 60.0)) == (1, 1)


@virtual
async def test_bytes_are_counted_as_pages_and_lines_bring_them() -> None:
    cluster = filled(7)
    async with running(cluster) as rig:
        await settle()
        listed = sum(len(thing.body) for thing in cluster.objects.values())
        assert rig.reflector.received_bytes == listed
        line = frame(MODIFIED, body("t0", 99, uid="uid-1"))
        cluster.say(line, bookmark(100))
        await settle()
        assert rig.reflector.received_bytes == listed + len(line) + len(bookmark(100))


@pytest.mark.parametrize(
    ("written", "lead", "delay"),
    [
        ("2027-01-15T08:00:00Z", 0, 20.0),
        ("2027-01-15T08:00:18Z", 0, 2.0),
        ("2027-01-15T08:00:18Z", 1.5, 0.5),
        ("2027-01-15T08:00:18Z", -3, 5.0),
        ("2027-01-15T09:00:00Z", 0, 0.0),
    ],
    ids=["late", "soon", "our clock is ahead", "our clock is behind", "yet to come"],
)
def test_an_event_is_as_late_as_the_newest_time_in_its_object(written: str, lead: float, delay: float) -> None:
    @virtual
    async def test() -> None:
        cluster = filled()
        cluster.clock_lead = lead
        async with running(cluster) as rig:
            await asyncio.sleep(20)
            cluster.say(frame(MODIFIED, _written(written)))
            await settle()
            seen = rig.reflector.event_delay
            assert (seen.count, seen.sum) == (1, delay)
            assert _at_most(seen, DELAY_BOUNDS, 600.0) == 1

    test()


@virtual
async def test_deletions_repetitions_and_what_a_list_brings_say_nothing_about_delay() -> None:
    cluster = filled()
    cluster.strays.append(msgspec.json.encode({**msgspec.json.decode(_written(SERVER_EPOCH, 5)), "colour": "blue"}))
    async with running(cluster) as rig:
        await settle()
        cluster.say(frame(MODIFIED, _written(SERVER_EPOCH)), frame(MODIFIED, _written(SERVER_EPOCH)))
        await settle()
        cluster.say(frame(DELETED, _written(SERVER_EPOCH, 100)))
        cluster.say(frame(MODIFIED, _written("on a Tuesday in ancient timeZ", 101)))
        await settle()
        assert rig.reflector.event_delay.count == 1


@virtual
async def test_the_last_event_is_the_last_that_changed_the_cache() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await asyncio.sleep(10)
        assert rig.reflector.last_event == 0
        cluster.change(next(iter(cluster.objects)))
        await asyncio.sleep(10)
        cluster.say(bookmark(cluster.version), frame(MODIFIED, body("t0", 8, uid="uid-1")))
        await settle()
        assert rig.reflector.last_event == EPOCH + 10
        assert rig.reflector.last_contact == EPOCH + 20
        cluster.delete(next(iter(cluster.objects)))
        await settle()
        assert rig.reflector.last_event == EPOCH + 20


# Corrections.


@virtual
async def test_what_a_later_list_finds_is_counted_as_missed() -> None:
    cluster = filled(4)
    async with running(cluster) as rig:
        await asyncio.sleep(10)
        assert set(rig.reflector.corrections.values()) == {0}
        first, second, third, _ = cluster.objects
        cluster.trouble = Refuse()
        cluster.drop_watches()
        cluster.change(first)
        cluster.delete(second)
        cluster.replace(third)
        cluster.create("new")
        cluster.compact()
        cluster.trouble = None
        await asyncio.sleep(60)
        rig.check_equal()
        assert rig.reflector.corrections == {"missed_add": 2, "missed_update": 1, "missed_delete": 2}


@virtual
async def test_a_list_that_only_confirms_what_watches_told_corrects_nothing() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await asyncio.sleep(10)
        cluster.change(next(iter(cluster.objects)))
        cluster.create("new")
        await settle()
        cluster.watch_script.append(GONE)
        cluster.close_watches()
        await asyncio.sleep(60)
        assert rig.reflector.lists["expired"] == 1
        assert set(rig.reflector.corrections.values()) == {0}


@virtual
async def test_objects_of_a_resource_that_has_just_come_were_not_missed() -> None:
    cluster = FakeCluster()
    cluster.served = False
    async with running(cluster) as rig:
        await asyncio.sleep(100)
        cluster.served = True
        cluster.create("new")
        await asyncio.sleep(10)
        assert len(rig.store) == 1
        assert set(rig.reflector.corrections.values()) == {0}


@virtual
async def test_objects_that_went_with_their_resource_unseen_were_missed() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await asyncio.sleep(10)
        cluster.trouble = Refuse()
        cluster.drop_watches()
        cluster.remove_resource()
        cluster.trouble = None
        await asyncio.sleep(60)
        assert rig.state == "absent"
        assert rig.reflector.corrections["missed_delete"] == 3


# Handlers and waits.


@virtual
async def test_handlers_are_timed_once_for_each_event_and_each_batch() -> None:
    class Idle:
        def apply(self, delta: Delta) -> None:
            """Take it."""

    cluster = filled()
    rig = Rig(cluster, timing=Timing(resync=0), stopwatch=itertools.count(step=0.25).__next__)
    rig.informer.add_handler(Idle())
    task = asyncio.create_task(rig.informer.run())
    await rig.informer.wait_synced()
    await settle()
    listed = rig.informer.statistics().handler_seconds
    cluster.change(next(iter(cluster.objects)))
    cluster.say(bookmark(cluster.version))
    await settle()
    cluster.create("new")
    await settle()
    seen = rig.informer.statistics().handler_seconds
    assert (listed.count, seen.count) == (2, 4)  # the list, and that it was complete
    assert (listed.sum, seen.sum) == (0.5, 1.0)
    task.cancel()
    await asyncio.wait([task])


@virtual
async def test_lists_and_watches_are_timed_by_the_stopwatch_since_a_loop_may_count_in_milliseconds() -> None:
    cluster = filled()
    cluster.list_script.append(Slow(0.5))
    cluster.watch_script.append(Close(4))
    rig = Rig(cluster, stopwatch=lambda: now() + now() / 1024)
    task = asyncio.create_task(rig.informer.run())
    await asyncio.sleep(10)
    assert rig.reflector.list_seconds.sum == 0.5 + 0.5 / 1024
    assert rig.reflector.watch_seconds.sum == 4 + 4 / 1024
    await stop(task)


@pytest.mark.parametrize(("trouble", "seconds"), [(STARTING, 0.8), (Answer(429, retry_after=40.0), 40.0)])
def test_the_present_wait_is_told_with_its_length(trouble: Trouble, seconds: float) -> None:
    @virtual
    async def test() -> None:
        cluster = filled()
        cluster.list_script.append(trouble)
        async with running(cluster, synced=False, chance=_middling) as rig:
            await settle()
            assert rig.reflector.backoff == seconds
            await asyncio.sleep(seconds)
            await settle()
            assert (rig.reflector.backoff, rig.state) == (0, "live")

    test()
