"""Several namespaces as one logical informer."""

import asyncio

from exporter.kube.query import ListQuery, WatchQuery
from exporter.store.delta import Delta
from tests.informer.cluster import FakeCluster
from tests.informer.rig import Rig, running
from tests.informer.troubles import FORBIDDEN, Refuse, Slow
from tests.informer.virtual import settle, virtual

SCOPES = ("one", "two", "three")


def _cluster() -> FakeCluster:
    cluster = FakeCluster()
    for namespace in (*SCOPES, "unwanted"):
        for number in range(4):
            cluster.create(f"t{number}", namespace)
    return cluster


def _check(rig: Rig, scopes: tuple[str, ...] = SCOPES) -> None:
    told = {key: record.version for key, record in rig.store.items()}
    things = rig.cluster.objects.items()
    assert told == {key: str(thing.version) for key, thing in things if key.startswith(scopes)}
    rig.check_consistent()


@virtual
async def test_each_namespace_has_one_list_and_one_watch_and_nothing_else_is_read() -> None:
    cluster = _cluster()
    async with running(cluster, namespaces=[*SCOPES, "one"]) as rig:
        await settle()
        _check(rig)
        assert len(rig.store) == 12
    asked = {query.namespace for query in (request.query for request in cluster.requests)}
    assert asked == set(SCOPES)
    assert len(cluster.watches) == 3


@virtual
async def test_informers_of_two_epochs_never_agree_on_a_stamp() -> None:
    cluster = FakeCluster()
    cluster.create("a", namespace="one")
    stamps = {Rig(cluster, epoch=epoch).store.stamp() for epoch in ("", "first", "second")}
    assert len(stamps) == 3


@virtual
async def test_many_handlers_share_the_watches() -> None:
    cluster = _cluster()
    async with running(cluster, namespaces=SCOPES) as rig:
        await settle()
        for _ in range(5):
            rig.informer.add_handler(rig.mirror.__class__(rig.store))
        await asyncio.sleep(60)
    assert len(cluster.watches) == 3


@virtual
async def test_the_informer_is_synced_when_every_namespace_is() -> None:
    cluster = _cluster()
    cluster.list_script.extend([None, None, Slow(50)])
    async with running(cluster, namespaces=SCOPES, synced=False) as rig:
        await asyncio.sleep(49)
        assert (rig.informer.synced, rig.informer.fresh, rig.mirror.syncs) == (False, False, 0)
        await asyncio.sleep(2)
        assert (rig.informer.synced, rig.informer.fresh, rig.mirror.syncs) == (True, True, 1)
        _check(rig)


@virtual
async def test_a_relist_of_one_namespace_leaves_the_others_alone() -> None:
    cluster = _cluster()
    async with running(cluster, namespaces=SCOPES) as rig:
        await asyncio.sleep(130)
        before = dict(rig.store.items())
        rig.mirror.clear()
        cluster._streams[0].finish(broken=True)
        cluster.compact()
        cluster.vanish(next(key for key in cluster.objects if key.startswith("one/")))
        cluster.compact()
        await asyncio.sleep(10)
        assert rig.mirror.words() == ["Deleted t0", "Synced"]
        assert all(record is before[key] for key, record in rig.store.items())
        _check(rig)
    lists = [request.query for request in cluster.requests if isinstance(request.query, ListQuery) and request.at]
    assert {query.namespace for query in lists} == {"one"}


@virtual
async def test_a_relist_before_the_informer_is_synced_is_one_step_too() -> None:
    cluster = _cluster()
    cluster.list_script.extend([None, None, None, Slow(50)])
    async with running(cluster, namespaces=["one", "two"], synced=False) as rig:
        await asyncio.sleep(5)
        assert (len(rig.store), rig.informer.synced) == (4, False)
        sizes = set[int]()

        class Measuring:
            def apply(self, delta: Delta) -> None:
                sizes.add(len(rig.store))

        rig.informer.add_handler(Measuring())
        cluster.drop_watches()
        for number in range(1000):
            cluster.create(f"n{number}", "one")
        cluster.compact()
        await asyncio.sleep(20)
        assert (sizes, rig.informer.synced) == ({4, 1004}, False)
        await rig.informer.wait_synced()
        await settle()
        cluster.drop_watches()
        await asyncio.sleep(20)
        _check(rig, ("one", "two"))


@virtual
async def test_trouble_in_one_namespace_is_told_and_the_others_go_on() -> None:
    cluster = _cluster()
    cluster.list_script.extend([None, None, FORBIDDEN])
    async with running(cluster, namespaces=SCOPES, synced=False) as rig:
        await settle()
        states = [one.state for one in rig.informer.statistics().reflectors]
        assert sorted(states) == ["degraded", "live", "live"]
        assert rig.informer.state == "degraded"
        cluster.create("new", "one")
        cluster.create("new", "two")
        await settle()
        assert len(rig.store) >= 9
        await asyncio.sleep(10)
        assert rig.informer.state == "live"
        _check(rig)


@virtual
async def test_the_cache_is_as_current_as_its_oldest_namespace() -> None:
    cluster = _cluster()
    async with running(cluster, namespaces=SCOPES) as rig:
        await settle()
        cluster.trouble = Refuse()
        listed = rig.store.version
        cluster._streams[2].finish(broken=True)
        cluster.create("new", "one")
        await asyncio.sleep(130)
        assert rig.store.version == listed
        cluster.trouble = None
        await asyncio.sleep(200)
        assert rig.store.version == str(cluster.version)


@virtual
async def test_watches_of_several_namespaces_end_at_different_moments() -> None:
    cluster = _cluster()
    async with running(cluster, namespaces=SCOPES):
        await settle()
    timeouts = {request.query.timeout_seconds for request in cluster.watches if isinstance(request.query, WatchQuery)}
    assert len(timeouts) == 3
