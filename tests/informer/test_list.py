"""The list: pages, their failures, and the swap."""

import asyncio
import random
from collections import Counter

import pytest

from exporter.informer.source import Timing
from exporter.kube.query import ListQuery
from exporter.store.delta import Document
from tests.informer import rig as module
from tests.informer.cluster import FakeCluster, filled
from tests.informer.rig import running
from tests.informer.troubles import BUSY, FORBIDDEN, GONE, STARTING, Answer, Html, Refuse, Slow
from tests.informer.virtual import now, settle, virtual
from tests.store.things import read


def _pages(cluster: FakeCluster) -> list[ListQuery]:
    return [request.query for request in cluster.lists if isinstance(request.query, ListQuery)]


@pytest.mark.parametrize(("objects", "pages"), [(0, 1), (2, 1), (3, 1), (4, 2), (7, 3)])
def test_a_list_is_read_page_by_page(objects: int, pages: int) -> None:
    @virtual
    async def test() -> None:
        cluster = filled(objects)
        async with running(cluster) as rig:
            rig.check_equal()
        assert cluster.verbs() == ["list"] * pages + ["watch"]
        assert [page.limit for page in _pages(cluster)] == [3] * pages

    test()


@virtual
async def test_the_next_page_is_asked_for_while_the_present_one_is_kept() -> None:
    cluster = filled(2000)
    async with running(cluster, timing=Timing(page_size=1500, resync=0), synced=False) as rig:
        for _ in range(5):
            await asyncio.sleep(0)
        assert (len(cluster.lists), 0 < rig.codec.encoded < 1500) == (2, True)
        await rig.informer.wait_synced()
        rig.check_equal()


@virtual
async def test_an_empty_page_in_the_middle_does_not_end_the_list() -> None:
    cluster = filled(5)
    cluster.empty_pages.append(1)
    async with running(cluster) as rig:
        rig.check_equal()
        await settle()
        assert rig.state == "live"
    assert len(cluster.lists) == 3


@virtual
async def test_a_list_of_empty_pages_without_end_is_not_read_in_a_hurry() -> None:
    cluster = filled(5)
    cluster.empty_pages.extend(range(1, 1000))
    async with running(cluster, synced=False, chance=lambda: 0.0) as rig:
        await asyncio.sleep(60)
        assert rig.state == "listing"
    assert len(cluster.lists) <= 75


@virtual
async def test_a_page_that_leads_to_itself_is_an_error() -> None:
    cluster = filled(5)
    cluster.stuck_token = True
    async with running(cluster, synced=False) as rig:
        await asyncio.sleep(60)
        assert (rig.state, rig.reflector.cause) == ("degraded", "decode")
        assert len(cluster.lists) <= 20
        cluster.stuck_token = False
        await rig.informer.wait_synced()
        rig.check_equal()


@virtual
async def test_nothing_of_a_half_read_first_list_can_be_seen() -> None:
    cluster = filled(7)
    cluster.list_script.extend([None, None, Refuse()])
    async with running(cluster, synced=False) as rig:
        await settle()
        assert (len(cluster.lists), len(rig.store), rig.informer.synced, rig.mirror.heard) == (3, 0, False, [])
        assert rig.state == "degraded"
        await rig.informer.wait_synced()
        rig.check_equal()


@virtual
async def test_synced_comes_after_all_of_the_first_list_was_told() -> None:
    cluster = filled(7)
    async with running(cluster) as rig:
        assert rig.mirror.words()[-1] == "Synced"
        assert (len(rig.mirror.records), rig.mirror.syncs) == (7, 1)


@pytest.mark.parametrize("trouble", [Refuse(), STARTING, BUSY, FORBIDDEN], ids=str)
def test_a_page_that_may_come_later_is_asked_for_again(trouble: Answer) -> None:
    @virtual
    async def test() -> None:
        cluster = filled(7)
        cluster.list_script.extend([None, trouble])
        async with running(cluster) as rig:
            rig.check_equal()
        tokens = [page.token for page in _pages(cluster)]
        assert tokens[1] == tokens[2] != ""
        assert len(tokens) == 4

    test()


@virtual
async def test_a_list_whose_token_expired_begins_again_with_larger_pages() -> None:
    cluster = filled(14)
    cluster.list_script.extend([None, None, GONE])
    async with running(cluster) as rig:
        rig.check_equal()
        assert rig.reflector.lists["initial"] == 2
    pages = _pages(cluster)
    assert [page.limit for page in pages] == [3, 3, 3, 12, 12]
    assert pages[3].token == ""


@virtual
async def test_what_changes_between_two_pages_is_told_by_the_watch() -> None:
    cluster = filled(7)
    cluster.latency = 1.0
    async with running(cluster, synced=False) as rig:
        await asyncio.sleep(1.5)
        first, *_, last = cluster.objects
        cluster.change(first)
        cluster.delete(last)
        cluster.create("new")
        await asyncio.sleep(10)
        rig.check_equal()
    assert len(cluster.lists) == 3


@virtual
async def test_objects_on_their_way_are_counted_down() -> None:
    cluster = filled(7)
    cluster.latency = 1.0
    async with running(cluster, synced=False) as rig:
        await asyncio.sleep(1.5)
        assert rig.reflector.remaining == 4
        await asyncio.sleep(1)
        assert rig.reflector.remaining == 1
        await asyncio.sleep(1)
        assert rig.reflector.remaining is None


@virtual
async def test_a_relist_keeps_what_did_not_change_and_tells_what_did() -> None:
    cluster = filled(5)
    async with running(cluster) as rig:
        before = dict(rig.store.items())
        changed, deleted, replaced, *same = cluster.objects
        cluster.mute_watches()
        cluster.change(changed)
        cluster.delete(deleted)
        cluster.replace(replaced)
        cluster.compact()
        rig.mirror.clear()
        await asyncio.sleep(3600)
        rig.check_equal()
        assert sorted(rig.mirror.words()[:-1]) == ["Added t2", "Deleted t1", "Deleted t2", "Updated t0"]
        assert rig.mirror.words()[-1] == "Synced"
        assert all(rig.store.get(key) is before[key] for key in same)
        assert rig.reflector.lists["expired"] == 1


@virtual
async def test_a_relist_in_progress_shows_nobody_a_half() -> None:
    cluster = filled(7)
    async with running(cluster) as rig:
        before = dict(rig.store.items())
        for key in tuple(cluster.objects):
            cluster.vanish(key)
        cluster.create("only")
        cluster.compact()
        cluster.latency = 1.0
        cluster.list_script.append(Slow(5))
        cluster.drop_watches()
        while rig.mirror.syncs < 2:
            assert dict(rig.store.items()) == before
            assert len(rig.mirror.records) == 7
            await asyncio.sleep(0.05)
        assert rig.colours() == {"only": "red"}


@virtual
async def test_a_first_list_is_put_off_by_a_random_part_of_the_jitter() -> None:
    cluster = filled(1)
    timing = Timing(jitter=10.0, resync=0)
    async with running(cluster, timing=timing, chance=lambda: 0.25):
        assert now() == 2.5


@virtual
async def test_lists_of_many_namespaces_are_fetched_two_at_a_time() -> None:
    cluster = FakeCluster()
    cluster.latency = 1.0
    async with running(cluster, namespaces=[f"n{number}" for number in range(6)]):
        pass
    assert [request.at for request in cluster.lists] == [0, 0, 1, 1, 2, 2]


@virtual
async def test_an_object_without_readable_metadata_is_left_out_and_counted() -> None:
    cluster = filled(2)
    cluster.strays.append(b'{"metadata":{"name":7}}')
    async with running(cluster) as rig:
        rig.check_equal()
        assert rig.reflector.decode_errors == 1


@virtual
async def test_a_page_for_people_is_an_error_and_the_list_begins_again() -> None:
    cluster = filled(7)
    cluster.list_script.extend([None, Html()])
    async with running(cluster) as rig:
        rig.check_equal()
        assert (rig.reflector.decode_errors, +Counter(rig.reflector.list_errors)) == (1, {"decode": 1})
    assert [bool(page.token) for page in _pages(cluster)] == [False, True, False, True, True]


@virtual
async def test_a_reader_that_fails_in_a_list_degrades_it_and_does_not_end_the_informer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    healthy = False

    def fails(body: bytes) -> Document:
        if not healthy:
            raise ZeroDivisionError
        return read(body)

    monkeypatch.setattr(module, "read", fails)
    async with running(filled(2), synced=False) as rig:
        await asyncio.sleep(60)
        assert (rig.state, rig.reflector.cause) == ("degraded", "decode")
        assert rig.reflector.decode_errors <= 10
        healthy = True
        await rig.informer.wait_synced()
        monkeypatch.undo()
        rig.check_equal()


@virtual
async def test_the_same_chances_lead_to_the_same_requests() -> None:
    async def requests() -> list[tuple[float, str]]:
        began, cluster = now(), filled(7)
        cluster.list_script.extend([Refuse(), BUSY, None, GONE])
        async with running(cluster, chance=random.Random(3).random):
            await asyncio.sleep(3600)
        return [(round(request.at - began, 6), request.verb) for request in cluster.requests]

    assert await requests() == await requests()
