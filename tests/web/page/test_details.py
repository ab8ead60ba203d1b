"""One object: its row, what was seen of it, its steps, itself; and strangers' words, which come out as JSON alone."""

import gzip
from base64 import b64encode

import msgspec

from exporter.web.page import details
from tests.kinds.samples import START, stamp
from tests.web.page.wall import NOW, Wall, document, view

HOSTILE = "<img src=x onerror=alert(1)>\"'&\u2028</script>"


def node(name: str, started: int | None, **more: object) -> dict[str, object]:
    return {"displayName": name, "type": "Pod", "phase": "Succeeded", "startedAt": stamp(started), **more}


async def test_an_object_is_told_with_everything_that_is_known_of_it() -> None:
    wall = Wall()
    nodes = {"2": node("second", START + 9, message="tired"), "1": node("first", START, finishedAt=stamp(START + 9))}
    wall.keep("a", "b", labels={"team": "red"})
    wall.now += 7
    wall.keep("a", "b", labels={"team": "red"}, phase="Running", started=START, status={"nodes": nodes})
    found = await view(wall, "workflows/a/b")
    assert found["row"]["phase"] == "Running"
    assert (found["uid"], found["version"], found["labels"], found["nodes"]) == ("u-a-b", "102", {"team": "red"}, 2)
    assert found["object"]["status"]["nodes"] == nodes
    assert found["bytes"] == len(msgspec.json.encode(found["object"]))
    assert found["history"] == [
        {"time": NOW, "event": "added", "phase": "Unset", "version": "101"},
        {"time": NOW + 7, "event": "modified", "phase": "Running", "version": "102"},
    ]
    first, second = found["timeline"]
    assert first == {
        "name": "first",
        "type": "Pod",
        "phase": "Succeeded",
        "started": START,
        "finished": START + 9,
        "message": "",
    }
    assert (second["name"], second["message"], second["finished"]) == ("second", "tired", None)


async def test_an_object_that_is_gone_is_remembered() -> None:
    wall = Wall()
    wall.keep("a", "b")
    wall.drop("a", "b")
    async with wall.serving() as client:
        reply = await client.ask("GET", "/api/v1/workflows/a/b")
    answer = msgspec.json.decode(reply.body)
    assert (reply.code, answer["error"]) == (404, "a/b is not known here")
    assert [line["event"] for line in answer["history"]] == ["added", "deleted"]


async def test_of_a_long_history_the_latest_is_told() -> None:
    wall = Wall()
    for turn in range(250):
        wall.keep("a", "b", phase=("Running", "Failed")[turn % 2])
    history = (await view(wall, "workflows/a/b"))["history"]
    assert (len(history), history[-1]["version"]) == (200, "350")


async def test_of_many_steps_the_first_are_told_and_all_are_counted() -> None:
    wall = Wall()
    nodes = {str(number): node(f"n{number:03}", START + number) for number in range(250)}
    wall.keep("a", "b", phase="Running", status={"nodes": nodes})
    found = await view(wall, "workflows/a/b")
    assert (found["nodes"], len(found["timeline"])) == (250, 200)
    assert found["timeline"][-1]["name"] == "n199"


async def test_steps_are_found_in_their_compressed_form() -> None:
    wall = Wall()
    packed = b64encode(gzip.compress(msgspec.json.encode({"1": node("only", START)}))).decode()
    wall.keep("a", "b", phase="Running", status={"compressedNodes": packed})
    assert [one["name"] for one in (await view(wall, "workflows/a/b"))["timeline"]] == ["only"]


async def test_a_large_object_is_read_elsewhere_and_told_alike() -> None:
    wall = Wall()
    wall.keep("a", "b", labels={"pad": "x" * details.INLINE_LIMIT}, phase="Failed", status={"message": "late"})
    found = await view(wall, "workflows/a/b")
    assert found["bytes"] > details.INLINE_LIMIT
    assert found["row"]["message"] == "late"


async def test_a_path_that_names_no_object_is_not_found() -> None:
    wall = Wall()
    wall.keep("a", "b")
    async with wall.serving() as client:
        for path in ("a", "a/", "/b", "a/b/c", "", "a%2Fb"):
            assert (await client.ask("GET", f"/api/v1/workflows/{path}")).code == 404, path
        assert document(await client.ask("GET", "/api/v1/workflows/%61/b"))["row"]["name"] == "b"


async def test_words_of_strangers_come_out_as_json_and_nothing_else() -> None:
    wall = Wall()
    status = {"message": HOSTILE, "progress": HOSTILE, "nodes": {HOSTILE: node(HOSTILE, START, message=HOSTILE)}}
    wall.keep(
        "a", HOSTILE.replace("/", "|"), labels={HOSTILE: HOSTILE}, template=HOSTILE, phase="Failed", status=status
    )
    async with wall.serving() as client:
        listed = await client.ask("GET", "/api/v1/failures")
        (row,) = document(listed)["items"]
        target = "/api/v1/workflows/a/" + "".join(f"%{byte:02x}" for byte in row["name"].encode())
        told = await client.ask("GET", target)
        missing = await client.ask("GET", target + "x")
    assert (row["message"], row["template"]) == (HOSTILE, HOSTILE)
    assert document(told)["timeline"][0]["name"] == HOSTILE
    assert document(told)["labels"] == {HOSTILE: HOSTILE}
    assert missing.code == 404
    for reply in (listed, told, missing):
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in reply.headers["content-security-policy"]
