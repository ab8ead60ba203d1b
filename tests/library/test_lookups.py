"""Looking up: by key, one or all of them."""

import msgspec
import pytest

from tests.informer.cluster import filled
from tests.informer.rig import EPOCH
from tests.informer.virtual import now, settle, virtual
from tests.library.programs import listed
from tests.store import things


@virtual
async def test_an_object_is_a_fresh_dict_each_time_and_its_bytes_are_the_servers() -> None:
    cluster = filled()
    async with listed(cluster) as watched:
        one, other = watched["ns/t0"], watched.get("ns/t0")
        assert one == other == msgspec.json.decode(cluster.objects[things.key("t0")].body)
        assert one is not other
        assert watched.raw("ns/t0") == cluster.objects[things.key("t0")].body
        assert watched.version == str(cluster.version)


@virtual
async def test_what_is_not_there_is_none_or_a_key_error() -> None:
    async with listed(filled()) as watched:
        assert (watched.get("ns/other"), watched.raw("t0")) == (None, None)
        assert "ns/other" not in watched
        with pytest.raises(KeyError, match="ns/other"):
            watched["ns/other"]


@virtual
async def test_all_objects_can_be_counted_named_and_drawn() -> None:
    async with listed(filled(7)) as watched:
        names = {f"ns/t{number}" for number in range(7)}
        assert len(watched) == 7
        assert set(watched) == names
        assert {f"ns/{thing['metadata']['name']}" for thing in watched.values()} == names
        assert "ns/t0" in watched


@virtual
async def test_what_goes_while_objects_are_drawn_is_passed_over() -> None:
    cluster = filled()
    async with listed(cluster) as watched:
        drawn = watched.values()
        first = next(drawn)["metadata"]["name"]
        for name in {"t0", "t1", "t2"} - {first, "t1"}:
            cluster.delete(things.key(name))
        await settle()
        assert {thing["metadata"]["name"] for thing in drawn} | {first} == {first, "t1"}


@virtual
async def test_chosen_namespaces_and_labels_reach_the_server() -> None:
    cluster = filled()
    cluster.create("away", "other")
    async with listed(cluster, namespaces="other", label_selector="a=b") as watched:
        assert list(watched) == ["other/away"]
    assert {request.query.namespace for request in cluster.requests} == {"other"}
    assert {request.query.label_selector for request in cluster.requests} == {"a=b"}


@virtual
async def test_a_program_can_ask_what_is_kept_and_what_went_wrong() -> None:
    cluster = filled()
    async with listed(cluster) as watched:
        await settle()
        cluster.change(things.key("t0"), "blue")
        cluster.delete(things.key("t1"))
        await settle()
        kept = watched.statistics()
        assert (kept.objects, kept.events) == (2, {"added": 3, "modified": 1, "deleted": 1})
        assert (kept.misfits, kept.index_errors, kept.handler_errors, kept.lags) == (0, 0, 0, 0)
        assert kept.index_entries == {"namespace": 2}
        assert kept.body_bytes > 0
        assert kept.last_contact == EPOCH + now()
