"""Indexes: what a program finds objects by."""

import pytest

from tests.informer.cluster import filled
from tests.informer.virtual import settle, virtual
from tests.library.programs import listed
from tests.store import things


@virtual
async def test_objects_are_found_by_index_under_one_value_or_several() -> None:
    cluster = filled(0)
    cluster.create("a", colour="red")
    cluster.create("b", colour="blue")
    cluster.create("c", "other", colour="red")
    indexes = {
        "colour": lambda thing: thing["colour"],
        "letters": lambda thing: list(thing["colour"]),
        "none": lambda _: None,
    }
    async with listed(cluster, indexes=indexes) as watched:
        assert set(watched.keys("colour", "red")) == {"ns/a", "other/c"}
        assert [thing["metadata"]["name"] for thing in watched.find("letters", "b")] == ["b"]
        assert len(watched.keys("letters", "e")) == 3
        assert watched.statistics().index_entries["none"] == 0
        assert watched.keys("namespace", "other") == ("other/c",)
        cluster.change(things.key("a"), "green")
        await settle()
        assert watched.keys("colour", "red") == ("other/c",)
        with pytest.raises(KeyError):
            watched.keys("size", "1")


@virtual
async def test_an_index_function_that_raises_gives_no_values_and_is_counted() -> None:
    cluster = filled()
    async with listed(cluster, indexes={"size": lambda thing: thing["size"]}) as watched:
        assert watched.statistics().index_errors == 3
        assert len(watched) == 3
        await settle()
        assert watched.healthy
