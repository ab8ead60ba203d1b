"""Objects of a type of the program's own, and those that do not fit."""

from collections.abc import Callable

import msgspec
import pytest

from exporter.kube.errors import Malformed
from exporter.library import (
    Added,
    Misfit,
)
from exporter.library.reading import Reader
from tests.informer.cluster import filled
from tests.informer.virtual import settle, virtual
from tests.library.programs import THINGS, Painted, Thing, library
from tests.store import things


@virtual
async def test_objects_may_be_of_a_type_of_the_callers() -> None:
    cluster = filled()
    by_colour: dict[str, Callable[[Painted], str]] = {"colour": lambda thing: thing.colour}
    async with library(cluster).informer(THINGS, type=Painted, indexes=by_colour) as watched:
        await watched.wait_synced()
        found = watched.get("ns/t1")
        assert isinstance(found, Painted)
        assert found.colour == "red"
        assert len(list(watched.find("colour", "red"))) == 3


@virtual
async def test_what_does_not_fit_the_type_is_counted_and_found_by_whoever_looks_at_it() -> None:
    cluster = filled()
    odd = cluster.create("odd", colour="octarine")
    async with library(cluster).informer(THINGS, type=Painted) as watched:
        heard: list[str] = []
        watched.on_change(lambda event: heard.append(event.new.colour) if isinstance(event, Added) else None)
        await watched.wait_synced()
        assert watched.statistics().misfits == 1
        with pytest.raises(Misfit, match="ns/odd: no such colour as octarine"):
            watched[odd]
        assert watched.raw(odd) == cluster.objects[odd].body
        assert heard == ["red"] * 3
        assert watched.statistics().handler_errors == 1
        cluster.change(odd, "blue")
        await settle()
        assert watched[odd].colour == "blue"
        assert watched.healthy


@virtual
async def test_a_change_that_does_not_fit_ends_no_iteration() -> None:
    cluster = filled(0)
    cluster.create("odd", colour="octarine")
    cluster.create("plain")
    async with library(cluster).informer(THINGS, type=Painted) as watched:
        await watched.wait_synced()
        fits: dict[str, bool] = {}
        async for change in watched.changes():
            try:
                fits[change.key] = change.object is not None
            except Misfit:
                fits[change.key] = False
            if len(fits) == 2:
                break
        assert fits == {"ns/odd": False, "ns/plain": True}


@virtual
async def test_drawing_ends_at_what_does_not_fit_and_going_through_the_keys_does_not() -> None:
    cluster = filled()
    odd = cluster.create("odd", colour="octarine")
    async with library(cluster).informer(THINGS, type=Painted) as watched:
        await watched.wait_synced()
        for drawn in (watched.values(), watched.find("namespace", "ns")):
            with pytest.raises(Misfit, match="ns/odd"):
                list(drawn)
            assert list(drawn) == []
        assert {key: watched[key].colour for key in watched if key != odd} == {f"ns/t{n}": "red" for n in range(3)}


@virtual
async def test_what_came_not_to_fit_after_it_was_found_is_told_when_it_is_drawn() -> None:
    cluster = filled(1)
    indexes: dict[str, Callable[[Painted], str]] = {"colour": lambda thing: thing.colour}
    async with library(cluster).informer(THINGS, type=Painted, indexes=indexes) as watched:
        await watched.wait_synced()
        await settle()
        found = watched.find("colour", "red")
        cluster.change(things.key("t0"), "octarine")
        await settle()
        with pytest.raises(Misfit, match="octarine"):
            next(found)
        assert list(watched.find("colour", "red")) == []


def test_a_type_that_nothing_can_be_decoded_into_is_refused_before_anybody_is_asked() -> None:
    class Either(msgspec.Struct):
        metadata: list[str] | tuple[str, ...]

    cluster = filled()
    with pytest.raises(TypeError, match="more than one array-like"):
        library(cluster).informer(THINGS, type=Either)
    assert cluster.requests == []


def test_an_object_too_deep_to_decode_is_kept_by_its_metadata() -> None:
    body = b'{"metadata":{"name":"deep","uid":"u"},"deep":' + b"[" * 9000 + b"]" * 9000 + b"}"
    reader: Reader[Thing] = Reader(dict, {"any": lambda _: "value"})
    document = reader.document(body)
    assert document.meta.key == "deep"
    assert document.problem == "deep: nested too deeply"
    assert tuple(reader.indexes["any"](document)) == ()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"metadata":{}}', b'{"metadata":3}', b'{"metadata":{"name":"a"}']
)
def test_what_is_no_object_with_a_name_is_malformed(body: bytes) -> None:
    reader: Reader[Thing] = Reader(dict, {})
    with pytest.raises(Malformed):
        reader.document(body)


def test_objects_of_one_maker_are_kept_next_to_each_other() -> None:
    def kin(**meta: object) -> str:
        body = msgspec.json.encode({"metadata": {"name": "a", "namespace": "ns"} | meta})
        reader: Reader[Thing] = Reader(dict, {})
        return reader.document(body).kin

    owner = {"kind": "Deployment", "name": "web", "controller": True}
    assert kin(generateName="web-7d4b9c5f6-") == kin(ownerReferences=[owner]) == "ns/web"
    assert kin(generateName="backup-28391230-") == "ns/backup"
    assert kin(generateName="hello-world-") == "ns/hello-world"
    assert kin(ownerReferences=[owner | {"controller": False}]) == kin() == "ns/"
