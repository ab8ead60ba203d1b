"""Searching: by key, by name, by label."""

import pytest

from exporter.web.page import search
from exporter.web.page.search import kind_of
from tests.web.page.wall import Wall, document, pages, refused, view


def many() -> Wall:
    wall = Wall()
    for namespace in ("a", "ab", "b"):
        for name in ("build-1", "build-2", "test-1"):
            labels = {"team": "red" if name == "test-1" else "blue", "size": name[-1]}
            wall.keep(namespace, name, labels=labels)
    return wall


async def found(wall: Wall, query: str) -> tuple[str, list[str]]:
    answer = await view(wall, f"search?{query}")
    return answer["kind"], [f"{row['namespace']}/{row['name']}" for row in answer["items"]]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a/b", "key"),
        ("a/", "key"),
        ("build", "name"),
        ("", "name"),
        ("in", "name"),
        ("a=b", "selector"),
        ("x.io/a=b", "selector"),
        ("a in (b)", "selector"),
        ("a notin (b)", "selector"),
        ("!a", "selector"),
        ("a,b", "selector"),
        ("a>1", "selector"),
    ],
)
def test_a_text_says_by_itself_what_it_asks_for(text: str, kind: str) -> None:
    assert kind_of(text) == kind


async def test_a_key_finds_itself_and_what_begins_with_it() -> None:
    wall = many()
    assert await found(wall, "q=a/build-1") == ("key", ["a/build-1"])
    assert await found(wall, "q=a/build") == ("key", ["a/build-1", "a/build-2"])
    assert await found(wall, "q=a/") == ("key", ["a/build-1", "a/build-2", "a/test-1"])
    assert await found(wall, "q=a/c") == ("key", [])


async def test_a_name_finds_what_begins_with_it_in_every_namespace() -> None:
    wall = many()
    assert await found(wall, "q=test") == ("name", ["a/test-1", "ab/test-1", "b/test-1"])
    assert await found(wall, "q=test&namespace=ab") == ("name", ["ab/test-1"])
    assert await found(wall, "q=%20build-2%20") == ("name", ["a/build-2", "ab/build-2", "b/build-2"])
    assert await found(wall, "q=uild") == ("name", [])


async def test_nothing_finds_everything() -> None:
    kind, keys = await found(many(), "")
    assert (kind, len(keys)) == ("name", 9)


async def test_labels_are_found_with_an_index_and_without() -> None:
    wall = many()
    assert await found(wall, "q=team%3Dred") == ("selector", ["a/test-1", "ab/test-1", "b/test-1"])
    assert await found(wall, "q=size+in+(2)&namespace=b") == ("selector", ["b/build-2"])
    assert await found(wall, "q=team!%3Dred,size%3D1") == ("selector", ["a/build-1", "ab/build-1", "b/build-1"])


async def test_what_is_no_selector_is_refused_in_words() -> None:
    code, reason = await refused(many(), "search?q=a%3D%3D%3Db")
    assert code == 400
    assert "expected" in reason


@pytest.mark.parametrize("query", ["q=", "q=build", "q=a/", "q=team%3Dblue", "q=size"])
@pytest.mark.parametrize("limit", [1, 2, 3, 9])
async def test_pages_join_to_the_whole(query: str, limit: int) -> None:
    wall = many()
    _, whole = await found(wall, query)
    async with wall.serving() as client:
        joined = await pages(client, f"search?{query}", limit)
    assert [f"{row['namespace']}/{row['name']}" for row in joined] == whole


async def test_a_search_that_looks_at_much_ends_before_its_page_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "LOOKED_AT", 4)
    monkeypatch.setattr(search, "EFFORT", 1)  # others get a turn after each object
    wall = many()
    async with wall.serving() as client:
        first = document(await client.ask("GET", "/api/v1/search?q=size%3D2,team"))
        assert [row["name"] for row in first["items"]] == ["build-2"]
        assert first["remaining"] is None
        joined = await pages(client, "search?q=size%3D2,team", 25)
    assert [row["namespace"] for row in joined] == ["a", "ab", "b"]


async def test_many_namespaces_are_gone_through_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "STRIDE", 2)
    wall = Wall()
    for number in range(9):
        wall.keep(f"n{number}", "only")
    async with wall.serving() as client:
        joined = await pages(client, "search?q=on", 4)
    assert [row["namespace"] for row in joined] == [f"n{number}" for number in range(9)]
