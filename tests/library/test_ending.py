"""When something is wrong, and when the block ends: what is said, raised and left behind."""

import asyncio
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from exporter.kube.errors import NoCredentials
from exporter.library import (
    NotServed,
    NotSynced,
    Watched,
    connect,
)
from tests.informer.cluster import FakeCluster, filled
from tests.informer.troubles import (
    FORBIDDEN,
    Hang,
    Slow,
    ask_for_an_hour,
    be_mute,
    be_ordinary,
    refuse,
    serve_nothing,
)
from tests.informer.virtual import now, run, settle, virtual
from tests.library.programs import THINGS, Follower, Thing, library, listed
from tests.store import things


@virtual
async def test_waiting_in_vain_says_what_stands_in_the_way() -> None:
    cluster = filled()
    cluster.trouble = FORBIDDEN
    async with library(cluster).informer(THINGS) as watched:
        with pytest.raises(NotSynced, match=r"things.example.com: not listed within 30 s \(degraded: .* forbidden"):
            await watched.wait_synced(timeout=30)
        assert (watched.state, watched.synced, watched.healthy) == ("degraded", False, False)
        cluster.trouble = None
        await watched.wait_synced(timeout=120)
        assert (len(watched), watched.reason) == (3, "")


@virtual
async def test_after_waiting_the_cache_follows_the_cluster() -> None:
    cluster = filled()
    cluster.watch_script.append(Slow(3))
    async with library(cluster).informer(THINGS) as watched:
        await watched.wait_synced(timeout=5)
        assert (watched.state, watched.healthy, watched.synced, now()) == ("live", True, True, 3.0)


@virtual
async def test_after_waiting_every_namespace_that_was_chosen_follows_the_cluster() -> None:
    cluster = filled()
    cluster.watch_script.extend([Slow(1), Slow(4)])
    async with library(cluster).informer(THINGS, namespaces=["ns", "other"]) as watched:
        await watched.wait_synced(timeout=5)
        assert (watched.healthy, now()) == (True, 4.0)


@virtual
async def test_a_watch_that_is_refused_is_not_waited_for_and_is_told_by_the_state() -> None:
    cluster = filled()
    cluster.watch_script.append(FORBIDDEN)
    async with library(cluster).informer(THINGS) as watched:
        await watched.wait_synced()
        assert (watched.state, watched.healthy, watched.synced, len(watched)) == ("degraded", False, True, 3)
        assert "forbidden" in watched.reason


@virtual
async def test_a_watch_that_does_not_open_in_time_keeps_nobody_from_a_cache_that_is_whole() -> None:
    cluster = filled()
    cluster.watch_script.append(Hang())
    async with library(cluster).informer(THINGS) as watched:
        await watched.wait_synced(timeout=5)
        assert (watched.state, watched.healthy, watched.synced, now()) == ("listing", False, True, 5.0)


@virtual
async def test_each_change_of_state_is_told_until_the_block_ends() -> None:
    cluster = filled()

    async def follow(watched: Watched[Thing]) -> list[tuple[str, bool]]:
        return [(state, bool(watched.reason)) async for state in watched.states()]

    async with asyncio.TaskGroup() as tasks, library(cluster).informer(THINGS) as watched:
        told = tasks.create_task(follow(watched))
        await watched.wait_synced()
        await settle()
        cluster.trouble = FORBIDDEN
        cluster.drop_watches()
        await asyncio.sleep(60)
        cluster.trouble = None
        await asyncio.sleep(600)
    assert told.result() == [("listing", False), ("live", False), ("degraded", True), ("live", False)]


@virtual
async def test_a_consumer_of_states_that_is_busy_hears_the_last_one_only() -> None:
    cluster = filled()
    async with listed(cluster) as watched:
        told: list[str] = []
        async for state in watched.states():
            told.append(state)
            if state == "degraded":
                break
            cluster.drop_watches()
            await settle()
            assert watched.state == "degraded"
            await asyncio.sleep(60)
            assert watched.state == "live"
            asyncio.get_running_loop().call_later(30, cluster.drop_watches)
        assert (told, now()) == (["live", "degraded"], 90.0)
        await settle()


@virtual
async def test_who_waits_for_the_version_of_a_write_finds_the_write_in_the_cache() -> None:
    cluster = filled()
    async with listed(cluster) as watched:
        await settle()
        cluster.change(things.key("t0"), "blue")
        await watched.wait_version(str(cluster.version), timeout=1)
        assert watched["ns/t0"]["colour"] == "blue"
        with pytest.raises(NotSynced, match=r"not at version 99 within 5 s \(live\)"):
            await watched.wait_version("99", timeout=5)


@virtual
async def test_a_resource_that_is_not_served_is_said_to_be_absent_and_waited_for() -> None:
    cluster = filled()
    cluster.served = False
    async with library(cluster).informer(THINGS) as watched:
        with pytest.raises(NotServed, match=r"does not serve /apis/example[.]com/v1/things"):
            await watched.wait_synced(timeout=60)
        await watched.wait_synced(absent=True)
        assert (watched.state, len(watched)) == ("absent", 0)
        cluster.served = True
        await asyncio.sleep(10)
        await watched.wait_synced()
        assert (watched.state, len(watched)) == ("live", 3)


def _hang_in_a_list(cluster: FakeCluster) -> None:
    cluster.list_script.append(Hang())


@pytest.mark.parametrize("prepare", [_hang_in_a_list, be_mute, be_ordinary, refuse, ask_for_an_hour, serve_nothing])
@pytest.mark.parametrize("moment", [0.0, 1.0, 40.0])
def test_leaving_the_block_ends_everything_wherever_it_stands(
    prepare: Callable[[FakeCluster], None], moment: float
) -> None:
    async def leave() -> None:
        cluster = filled()
        prepare(cluster)
        async with asyncio.TaskGroup() as tasks:
            async with library(cluster).informer(THINGS) as watched:
                waiting = tasks.create_task(_outcome(watched))
                following = tasks.create_task(Follower(watched).run())
                await asyncio.sleep(moment)
            left = now()
            await asyncio.wait([waiting, following])
            assert now() - left <= 1.0
        assert waiting.result() in {"synced", "stopped", "absent"}
        assert (watched.state, watched.healthy, cluster.open_watches) == ("stopped", False, 0)
        assert len(asyncio.all_tasks()) == 1

    run(leave())


async def _outcome(watched: Watched[Thing]) -> str:
    try:
        await watched.wait_synced()
    except NotSynced as error:
        return "stopped" if "not listed (stopped" in str(error) else str(error)
    except NotServed:
        return "absent"
    return "synced"


@virtual
async def test_after_the_block_the_cache_can_be_read_and_nothing_waits() -> None:
    async with library(filled()).informer(THINGS) as unread:
        pass
    with pytest.raises(NotSynced, match="stopped"):
        await unread.wait_synced()
    async with listed(filled()) as watched:
        pass
    assert len(list(watched.values())) == 3
    assert [change async for change in watched.changes()] == []


@virtual
async def test_an_exception_in_the_block_comes_out_as_it_is() -> None:
    failure = LookupError("of the caller's")
    with pytest.raises(LookupError) as caught:
        await _raise_inside(failure)
    assert caught.value is failure
    assert failure.__context__ is None


async def _raise_inside(failure: Exception) -> None:
    async with listed(filled()):
        raise failure


@virtual
async def test_an_informer_that_fails_cancels_the_block_and_raises_its_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    async with library(filled()).informer(THINGS) as one:
        kind = type(one._informer)

    async def fail(_: object) -> None:
        await asyncio.sleep(5)
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr(kind, "run", fail)
    with pytest.raises(ZeroDivisionError, match="a mistake of ours"):
        async with library(filled()).informer(THINGS) as watched:
            await watched.wait_synced()
    assert now() == 5.0


async def test_without_credentials_nothing_is_connected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NoCredentials, match="no kubeconfig is named"):
        async with connect():
            pass


def test_type_checkers_are_told_that_the_package_is_typed() -> None:
    assert files("exporter").joinpath("py.typed").is_file()
