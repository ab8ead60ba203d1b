"""Frames and pages against models: plain splitting for lines, json.loads for everything else."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kube import wire
from exporter.kube.errors import Malformed, TooLarge

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
json_objects = st.dictionaries(st.text(max_size=8), json_values, max_size=5)
DEEP = 5000


def compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"[]" + b"}" * depth


def cut(stream: bytes, ends: list[int]) -> list[bytes]:
    marks = sorted({end % (len(stream) + 1) for end in ends} | {0, len(stream)})
    return [stream[start:end] for start, end in pairwise(marks)]


@given(st.lists(st.sampled_from([b"", b"a", b"bc", b"\n", b"\r", b"\n\n", b"long" * 9])), st.lists(st.integers(0)))
def test_lines_are_those_of_a_plain_split_wherever_chunks_end(parts: list[bytes], ends: list[int]) -> None:
    stream = b"".join(parts)
    lines = wire.Lines()
    got = [line for chunk in cut(stream, ends) for line in lines.feed(chunk)]
    *complete, rest = stream.split(b"\n")
    assert got == [line for line in complete if line]
    assert lines.finish() == rest
    assert lines.finish() == b""


@given(st.integers(1, 30), st.integers(0, 40), st.lists(st.integers(0)), st.booleans())
def test_a_line_over_the_limit_is_refused_wherever_chunks_end(
    limit: int, size: int, ends: list[int], ended: bool
) -> None:
    stream = b"x" * size + b"\n" * ended
    lines = wire.Lines(limit)
    chunks = cut(stream, ends)
    if size > limit:
        with pytest.raises(TooLarge):
            [lines.feed(chunk) for chunk in chunks]
        return
    got = [line for chunk in chunks for line in lines.feed(chunk)]
    assert b"".join([*got, lines.finish()]) == b"x" * size


@given(st.sampled_from(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR", "NEW"]), json_objects)
def test_a_frame_is_read_alike_by_the_quick_and_the_careful_way(kind: str, value: dict[str, Any]) -> None:
    line = b'{"type":%s,"object":%s}' % (compact(kind), compact(value))
    assert wire.read_frame(line) == wire.check_frame(line) == wire.Frame(kind, compact(value))


@given(json_objects, json_objects)
def test_a_frame_is_understood_in_any_layout(value: dict[str, Any], more: dict[str, Any]) -> None:
    line = json.dumps(more | {"object": value, "type": "ADDED"}, indent=1).encode()
    frame = wire.read_frame(line)
    assert frame.type == "ADDED"
    assert json.loads(frame.object) == value


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{}", b"null", b"<html>", b'{"type":"ADDED"}', b'{"object":{}}', b'{"type":1,"object":{}}', b"\xff",
        b'{"type":"ADDED","object":{}', b'{"type":"ADDED","object":{}}}', b'{"type":"\xff","object":{}}',
        b'{"type":"ADDED","object":' + nested(DEEP) + b"}x", b'{"object":' + nested(DEEP) + b"}",
    ],
)  # fmt: skip
def test_what_is_no_frame_is_malformed(line: bytes) -> None:
    with pytest.raises(Malformed):
        wire.check_frame(line)


def test_a_frame_may_be_nested_deeper_than_a_decoder_goes() -> None:
    line = b'{"object":' + nested(DEEP) + b',"type":"ADDED"}'
    assert wire.read_frame(line) == wire.Frame("ADDED", nested(DEEP))


@given(st.lists(json_objects, max_size=4), st.text(max_size=5), st.none() | st.integers(0, 9))
def test_a_page_gives_the_bytes_of_its_items(items: list[Any], token: str, remaining: int | None) -> None:
    meta = {"resourceVersion": "7", "continue": token, "remainingItemCount": remaining}
    body = compact({"kind": "L", "items": items, "metadata": meta})
    for form in (body, bytearray(body)):
        page = wire.read_page(form)
        assert (page.version, page.token, page.remaining) == ("7", token, remaining)
        assert [bytes(item) for item in page.items] == [compact(item) for item in items]


def test_a_page_may_hold_an_object_nested_deeper_than_a_decoder_goes() -> None:
    body = b'{"items":[{"b":1},' + nested(DEEP) + b'],"metadata":{"resourceVersion":"7"}}'
    assert [bytes(item) for item in wire.read_page(body).items] == [b'{"b":1}', nested(DEEP)]


@pytest.mark.parametrize("items", [b"null", b"[]"])
def test_a_page_without_items_is_a_page(items: bytes) -> None:
    page = wire.read_page(b'{"metadata":{"resourceVersion":"7"},"items":%s}' % items)
    assert (page.items, page.token, page.remaining) == ([], "", None)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"metadata":{}}', b'{"metadata":{"resourceVersion":7}}', b'{"metadata":', b"\xff\xfe",
     b'{"items":[' + nested(DEEP) + b"]}", b'{"metadata":1,"items":[' + nested(DEEP) + b"]}", nested(DEEP)[:-1]],
)  # fmt: skip
def test_what_is_no_page_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        wire.read_page(body)


@pytest.mark.parametrize("marker", [None, "true", "false"])
def test_a_bookmark_gives_its_version_and_whether_it_ends_the_initial_events(marker: str | None) -> None:
    annotations = {} if marker is None else {"annotations": {"k8s.io/initial-events-end": marker}}
    body = compact({"kind": "W", "metadata": {"resourceVersion": "9"} | annotations})
    assert wire.read_bookmark(body) == ("9", marker == "true")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"metadata":{"resourceVersion":""}}', b'{"metadata":[]}', b"\xff"])
def test_a_bookmark_without_a_version_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        wire.read_bookmark(body)


@given(json_objects, st.sampled_from([None, 1, 3]), st.booleans())
def test_members_are_those_that_json_finds(value: dict[str, Any], indent: int | None, ascii_only: bool) -> None:
    found = wire.members(json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode())
    assert {name: json.loads(part) for name, part in found.items()} == value


@given(st.binary(max_size=40) | st.text(alphabet='{}[],:"\\a1 ', max_size=30).map(str.encode))
def test_members_of_anything_are_found_or_it_is_malformed(body: bytes) -> None:
    try:
        expected = json.loads(body)
    except (ValueError, RecursionError):
        expected = None
    try:
        found = wire.members(body)
    except Malformed:
        assert not isinstance(expected, dict)
        return
    assert expected is None or set(found) == set(expected)
