"""The watch: frames, bookmarks, ends, silence, and everything that is no frame."""

import asyncio

import pytest

from exporter.informer.source import Timing
from exporter.kube.query import WatchQuery
from exporter.kube.wire import ADDED, DELETED, MODIFIED
from exporter.store.delta import Deleted
from tests.informer.cluster import BEAT, FIRST_BOOKMARK, FakeCluster, bookmark, filled, frame
from tests.informer.rig import Rig, running
from tests.informer.troubles import (
    FAILED_IN_STREAM,
    FROM_THE_FUTURE,
    GONE,
    GONE_IN_STREAM,
    Answer,
    Close,
    Drop,
    Hang,
    Html,
    Mute,
    Replay,
    Say,
    Trouble,
)
from tests.informer.virtual import now, settle, virtual
from tests.store.things import body, key

WATCH_TIMEOUT = 450
"""What 300 s become with a chance of one half."""


def _middling() -> float:
    """A chance that makes every wait exactly what its pace says."""
    return 0.5


def _versions(cluster: FakeCluster) -> list[str]:
    return [request.query.version for request in cluster.watches if isinstance(request.query, WatchQuery)]


def _moments(cluster: FakeCluster) -> list[tuple[float, str]]:
    return [(request.at, request.verb) for request in cluster.requests]


# What ordinary life brings.


@virtual
async def test_changes_are_told_as_they_happen() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        first, second, third = cluster.objects
        rig.mirror.clear()
        cluster.change(first)
        cluster.delete(second)
        cluster.replace(third)
        cluster.create("new")
        await settle()
        assert rig.mirror.words() == ["Updated t0", "Deleted t1", "Deleted t2", "Added t2", "Added new"]
        rig.check_equal()
        statistics = rig.informer.statistics()
        assert statistics.events == {"added": 5, "modified": 1, "deleted": 2}
        assert rig.store.version == str(cluster.version)
    assert cluster.verbs() == ["list", "watch"]


@virtual
async def test_a_deletion_carries_the_last_state() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        cluster.delete(next(iter(cluster.objects)))
        await settle()
        delta = rig.mirror.heard[-1]
        assert isinstance(delta, Deleted)
        assert (delta.last.version, delta.last.projection.colour) == (str(cluster.version), "gone")
        assert not delta.final_state_unknown


@virtual
async def test_a_uid_that_changes_without_a_deletion_is_told_as_one() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        rig.mirror.clear()
        cluster.say(frame(MODIFIED, body("t0", 99, uid="another")))
        await settle()
        assert rig.mirror.words() == ["Deleted t0", "Added t0"]


@virtual
async def test_a_watch_that_ends_in_time_is_resumed_at_once_where_it_ended() -> None:
    cluster = filled()
    async with running(cluster, chance=_middling) as rig:
        await asyncio.sleep(WATCH_TIMEOUT - 50)
        cluster.create("new")
        await asyncio.sleep(100)
        assert rig.state == "live"
        rig.check_equal()
    assert _moments(cluster) == [(0, "list"), (0, "watch"), (WATCH_TIMEOUT, "watch")]
    assert _versions(cluster) == ["10", "11"]


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 300), (0.5, 450), (0.999, 600)])
def test_a_watch_is_asked_to_end_after_a_random_time(chance: float, seconds: int) -> None:
    @virtual
    async def test() -> None:
        cluster = filled()
        async with running(cluster, chance=lambda: chance):
            await settle()
        query = cluster.watches[0].query
        assert isinstance(query, WatchQuery)
        assert query.timeout_seconds == seconds

    test()


@virtual
async def test_a_bookmark_moves_the_version_on() -> None:
    cluster = filled()
    async with running(cluster, namespaces=["ns"], chance=_middling) as rig:
        await settle()
        cluster.create("elsewhere", namespace="other")
        await asyncio.sleep(FIRST_BOOKMARK + 1)
        assert rig.store.version == str(cluster.version)
        assert rig.reflector.bookmarks == 1
        cluster.drop_watches()
        await asyncio.sleep(5)
    assert _versions(cluster)[-1] == str(cluster.version)


@virtual
async def test_a_bookmark_that_went_back_means_to_list_again() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        cluster.say(bookmark(9))
        await asyncio.sleep(5)
        rig.check_equal()
        assert rig.reflector.lists["version_regressed"] == 1
    assert cluster.verbs() == ["list", "watch", "list", "watch"]


# What is told twice, late, or not at all.


@virtual
async def test_a_log_told_again_from_its_beginning_changes_nothing() -> None:
    cluster = filled()
    first, second, third = cluster.objects
    cluster.change(first)
    cluster.delete(second)
    cluster.replace(third)
    async with running(cluster) as rig:
        await settle()
        rig.mirror.clear()
        cluster.watch_script.append(Replay())
        cluster.close_watches()
        await asyncio.sleep(5)
        rig.check_equal()
        assert rig.mirror.words() == []


@virtual
async def test_a_deletion_that_comes_late_changes_nothing() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        rig.mirror.clear()
        cluster.say(
            frame(DELETED, body("t0", 99, uid="another")),
            frame(DELETED, body("unknown", 99)),
            frame(DELETED, body("t0", 7, uid="uid-1")),
        )
        await settle()
        assert rig.mirror.words() == []
        assert rig.store.statistics().ignored == 3
        rig.check_equal()


@virtual
async def test_an_addition_that_is_told_twice_is_one() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        cluster.create("new")
        cluster.say(frame(ADDED, cluster.objects[key("new")].body))
        await settle()
        assert rig.mirror.words().count("Added new") == 1
        rig.check_equal()


@virtual
async def test_an_addition_of_what_is_gone_by_now_changes_nothing() -> None:
    cluster = filled()
    gone = cluster.objects[key("t0")].body
    async with running(cluster) as rig:
        await settle()
        cluster.delete(key("t0"))
        cluster.say(frame(ADDED, gone))
        await settle()
        rig.check_equal()


# How a watch fails.


@pytest.mark.parametrize("trouble", [GONE, GONE_IN_STREAM], ids=["as a status", "as a frame"])
def test_an_expired_version_means_to_list_again(trouble: Answer) -> None:
    @virtual
    async def test() -> None:
        cluster = filled()
        cluster.watch_script.append(trouble)
        async with running(cluster, chance=_middling) as rig:
            await asyncio.sleep(5)
            rig.check_equal()
            assert rig.state == "live"
            assert rig.mirror.words().count("Added t0") == 1
            assert (rig.reflector.lists["expired"], rig.reflector.watch_errors["expired"]) == (1, 1)
        assert _moments(cluster) == [(0, "list"), (0, "watch"), (0.2, "list"), (0.2, "watch")]

    test()


@virtual
async def test_a_version_too_large_means_to_list_again() -> None:
    cluster = filled()
    cluster.watch_script.append(FROM_THE_FUTURE)
    async with running(cluster) as rig:
        await asyncio.sleep(5)
        rig.check_equal()
        assert rig.reflector.lists["version_regressed"] == 1


@virtual
async def test_an_error_in_the_stream_is_followed_by_a_wait_and_a_probe() -> None:
    cluster = filled()
    cluster.watch_script.append(FAILED_IN_STREAM)
    async with running(cluster, chance=_middling) as rig:
        await settle()
        assert (rig.state, rig.reflector.cause) == ("degraded", "server")
        await asyncio.sleep(5)
        assert rig.state == "live"
    assert _moments(cluster) == [(0, "list"), (0, "watch"), (0.8, "list"), (0.8, "watch")]
    assert _versions(cluster) == ["10", "10"]


@virtual
async def test_a_broken_watch_is_resumed_from_the_last_version_and_tells_nothing_twice() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        cluster.change(next(iter(cluster.objects)))
        await settle()
        cluster.drop_watches()
        cluster.create("new")
        await asyncio.sleep(5)
        rig.check_equal()
        assert rig.mirror.words()[-2:] == ["Updated t0", "Added new"]
    assert _versions(cluster) == ["10", "11"]
    assert len(cluster.lists) == 2  # the second is the probe
    assert cluster.lists[-1].query.limit == 1  # type: ignore[union-attr]


@virtual
async def test_a_watch_that_ends_at_once_is_not_reopened_at_once() -> None:
    cluster = filled()
    cluster.watch_script.extend([Close(), Close(0.9), Close()])
    async with running(cluster, chance=_middling) as rig:
        await asyncio.sleep(10)
        assert rig.state == "live"
    assert [request.at for request in cluster.watches] == pytest.approx([0, 0.5, 2.4, 4.4])


GARBAGE: dict[str, Trouble] = {
    "no JSON": Say((b"hello",)),
    "half a frame": Say((b'{"type":"MODIFIED","object":{"metadata"',)),
    "half an object": Say((b'{"type":"MODIFIED","object":{"metadata":{"name":"t0"}}',)),
    "an unknown type": Say((b'{"type":"SURPRISE","object":{}}',)),
    "no name": Say((b'{"type":"MODIFIED","object":{"metadata":{}}}',)),
    "no object": Say((b'{"type":"MODIFIED","object":7}',)),
    "a bookmark without a version": Say((b'{"type":"BOOKMARK","object":{}}',)),
    "a page for people": Html(),
}


@pytest.mark.parametrize("trouble", GARBAGE.values(), ids=GARBAGE.keys())
def test_what_is_no_frame_ends_the_watch_and_is_counted(trouble: Trouble) -> None:
    @virtual
    async def test() -> None:
        cluster = filled()
        cluster.watch_script.append(trouble)
        async with running(cluster, chance=_middling) as rig:
            await settle()
            assert (rig.state, rig.reflector.cause) == ("degraded", "decode")
            assert (rig.reflector.decode_errors, rig.reflector.watch_errors["decode"]) == (1, 1)
            await asyncio.sleep(5)
            assert rig.state == "live"
            rig.check_equal()
        assert _moments(cluster) == [(0, "list"), (0, "watch"), (0.5, "watch")]

    test()


@virtual
async def test_good_frames_in_front_of_a_bad_one_count() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        cluster.create("new")
        cluster.say(b"hello")
        await asyncio.sleep(5)
        rig.check_equal()
    assert _versions(cluster) == ["10", "11"]


@virtual
async def test_a_frame_that_is_bad_every_time_is_passed_by_a_list() -> None:
    cluster = filled()
    cluster.watch_script.extend([Say((b"hello",)), Say((b"hello",))])
    async with running(cluster) as rig:
        await asyncio.sleep(10)
        assert rig.state == "live"
        assert rig.reflector.lists["error"] == 1
    assert cluster.verbs() == ["list", "watch", "watch", "list", "watch"]


@virtual
async def test_a_frame_laid_out_in_another_way_is_read_all_the_same() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        cluster.say(b'{ "object" : ' + body("odd", 99) + b' , "type" : "ADDED" } ')
        cluster.say(b'{"type":"ADDED","object":' + body("extra", 100) + b',"more":{"a":{}}}')
        await settle()
        assert rig.mirror.words()[-2:] == ["Added odd", "Added extra"]
        assert rig.state == "live"


@virtual
async def test_what_cannot_be_applied_is_healed_by_a_list_and_not_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()

        def fails(data: bytes) -> bytes:
            monkeypatch.undo()
            raise MemoryError

        monkeypatch.setattr(rig.codec, "keep", fails)
        cluster.create("new")
        await settle()
        assert (rig.state, rig.reflector.cause) == ("degraded", "decode")
        await asyncio.sleep(5)
        rig.check_equal()
        assert (rig.state, rig.reflector.lists["error"]) == ("live", 1)


# Silence.


async def _learn_the_beat(rig: Rig) -> None:
    await asyncio.sleep(FIRST_BOOKMARK + 3 * BEAT + 1)
    assert rig.reflector.bookmarks == 4


@virtual
async def test_a_silent_watch_is_dropped_three_beats_after_its_last_word() -> None:
    cluster = filled()
    async with running(cluster, chance=_middling) as rig:
        await _learn_the_beat(rig)
        cluster.mute_watches()
        cluster.create("unheard")
        await asyncio.sleep(3 * BEAT)
        rig.check_equal()
        assert rig.reflector.watch_errors["silent"] == 1
    assert _moments(cluster) == [(0, "list"), (0, "watch"), (FIRST_BOOKMARK + 3 * BEAT + 3 * BEAT, "watch")]


@virtual
async def test_a_silent_watch_of_a_server_without_bookmarks_is_dropped_when_its_end_does_not_come() -> None:
    cluster = filled()
    cluster.bookmarks = False
    cluster.watch_script.append(Mute())
    async with running(cluster, chance=_middling):
        cluster.create("unheard")
        await asyncio.sleep(WATCH_TIMEOUT + 30)
        await settle()
    assert _moments(cluster) == [(0, "list"), (0, "watch"), (WATCH_TIMEOUT + 30, "watch")]


@virtual
async def test_headers_that_never_come_are_a_silence_too() -> None:
    cluster = filled()
    cluster.watch_script.append(Hang())
    async with running(cluster, chance=_middling) as rig:
        await asyncio.sleep(WATCH_TIMEOUT + 31)
        cluster.create("new")
        await settle()
        rig.check_equal()
    assert len(cluster.watches) == 2


@virtual
async def test_a_quiet_server_that_keeps_its_promises_is_never_called_silent() -> None:
    cluster = filled()
    cluster.bookmarks = False
    async with running(cluster) as rig:
        await asyncio.sleep(24 * 3600)
        assert (rig.state, rig.reflector.watch_errors["silent"]) == ("live", 0)
        assert rig.reflector.lists["version_regressed"] == 0
    assert {request.query.limit for request in cluster.lists[1:]} == {1}  # type: ignore[union-attr]  # probes


@virtual
async def test_after_a_silence_a_watch_counts_as_live_when_it_is_heard_and_not_before() -> None:
    cluster = filled()
    cluster.watch_script.append(Mute())
    async with running(cluster, chance=_middling) as rig:
        await asyncio.sleep(WATCH_TIMEOUT + 31)
        assert cluster.open_watches == 1
        assert (rig.state, rig.reflector.cause, rig.informer.fresh) == ("degraded", "silent", False)
        cluster.create("new")
        await settle()
        assert (rig.state, rig.informer.fresh) == ("live", True)


@virtual
async def test_after_two_silences_the_server_is_asked_whether_it_knows_our_version() -> None:
    cluster = filled()
    cluster.watch_script.extend([Mute(), Mute()])
    async with running(cluster, chance=_middling) as rig:
        await asyncio.sleep(2 * (WATCH_TIMEOUT + 30) + 1)
        cluster.create("new")
        await settle()
        rig.check_equal()
    assert cluster.verbs() == ["list", "watch", "watch", "list", "watch"]
    assert _versions(cluster) == ["10"] * 3
    assert len(rig.mirror.heard) == 5


@virtual
async def test_watches_that_stay_silent_are_never_called_live_however_often_the_server_answers_a_probe() -> None:
    cluster = filled()
    async with running(cluster, chance=_middling) as rig:
        await asyncio.sleep(10)
        cluster.trouble = Mute()
        cluster.mute_watches()
        await asyncio.sleep(WATCH_TIMEOUT + 31)
        for _ in range(200):
            await asyncio.sleep(60)
            assert (rig.state, rig.informer.fresh) == ("degraded", False)
        assert len(cluster.lists) > 5


@virtual
async def test_a_watch_that_only_ever_opens_is_never_read_in_a_hurry() -> None:
    cluster = filled()
    async with running(cluster, timing=Timing(resync=0, watch_timeout=10)):
        cluster.trouble = Mute()
        cluster.close_watches()
        await asyncio.sleep(3600)
    assert len(cluster.requests) < 3 * 3600 / 40


@virtual
async def test_a_watch_that_breaks_long_after_its_last_trouble_is_resumed_quickly() -> None:
    cluster = filled()
    cluster.watch_script.extend([Drop(3), Drop(3), Drop(3), Drop(300)])
    async with running(cluster, chance=_middling):
        await asyncio.sleep(400)
    dropped = cluster.watches[3].at + 300
    assert cluster.watches[4].at == pytest.approx(dropped + 0.8)
    assert now() > dropped
