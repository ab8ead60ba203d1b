"""Patches do what their RFCs say."""

import json
from typing import Any

import pytest

from exporter.simulator.api.decoding import NESTING
from exporter.simulator.api.patches import JSON_PATCH, MERGE, apply_patch, merge
from exporter.simulator.api.words import Refused


# The table of RFC 7386, appendix A.
@pytest.mark.parametrize(
    ("thing", "patch", "merged"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_merges(thing: Any, patch: Any, merged: Any) -> None:
    assert merge(thing, patch) == merged


@pytest.mark.parametrize(
    ("steps", "patched"),
    [
        (b'[{"op":"add","path":"/b","value":1}]', {"a": [1, 2], "b": 1}),
        (b'[{"op":"add","path":"/a/0","value":0}]', {"a": [0, 1, 2]}),
        (b'[{"op":"add","path":"/a/-","value":3}]', {"a": [1, 2, 3]}),
        (b'[{"op":"add","path":"/x~1y","value":3}]', {"a": [1, 2], "x/y": 3}),
        (b'[{"op":"remove","path":"/a/0"}]', {"a": [2]}),
        (b'[{"op":"replace","path":"/a/1","value":{}}]', {"a": [1, {}]}),
        (b'[{"op":"copy","from":"/a/0","path":"/b"}]', {"a": [1, 2], "b": 1}),
        (b'[{"op":"move","from":"/a","path":"/b"}]', {"b": [1, 2]}),
        (b'[{"op":"test","path":"/a","value":[1,2]}]', {"a": [1, 2]}),
    ],
)
def test_a_json_patch_goes_step_by_step(steps: bytes, patched: Any) -> None:
    assert apply_patch(JSON_PATCH, steps, {"a": [1, 2]}) == patched


@pytest.mark.parametrize(
    "steps",
    [
        b'[{"op":"remove","path":"/never"}]',
        b'[{"op":"replace","path":"/a/7","value":1}]',
        b'[{"op":"add","path":"/a/7","value":1}]',
        b'[{"op":"add","path":"/a/-1","value":1}]',
        b'[{"op":"add","path":"never","value":1}]',
        b'[{"op":"test","path":"/a","value":1}]',
        b'[{"op":"nonsense","path":"/a"}]',
        b'[{"op":"add"}]',
        b'[{"op":"replace","path":"","value":5}]',
        b'[{"op":"remove","path":""}]',
        b'[{"op":"copy","from":"","path":"/b"}]',
        b'[{"op":"move","from":"/a","path":"/a/b"}]',
        b"[null]",
    ],
)
def test_a_step_that_cannot_be_done_undoes_all(steps: bytes) -> None:
    thing = {"a": [1, 2]}
    with pytest.raises(Refused) as refused:
        apply_patch(JSON_PATCH, steps, thing)
    assert (refused.value.code, thing) == (422, {"a": [1, 2]})


@pytest.mark.parametrize(
    ("media", "body"), [(MERGE, b"[]"), (MERGE, b"nonsense"), (MERGE, b"null"), (JSON_PATCH, b"{}")]
)
def test_what_is_no_patch_is_refused(media: str, body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        apply_patch(media, body, {})
    assert refused.value.code == 400


def test_copies_in_a_patch_have_a_limit() -> None:
    steps = [{"op": "copy", "from": "/a", "path": f"/a/{number}"} for number in range(30)]
    with pytest.raises(Refused) as refused:
        apply_patch(JSON_PATCH, json.dumps(steps).encode(), {"a": {"x": "y" * 1000}})
    assert refused.value.code == 422


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("levels", [NESTING, 5_000, 50_000])
def test_what_is_nested_too_deeply_is_refused(levels: int) -> None:
    for media, body in (
        (MERGE, f'{{"a":{nested(levels)}}}'),
        (JSON_PATCH, f'[{{"op":"add","path":"/a","value":{nested(levels)}}}]'),
    ):
        with pytest.raises(Refused) as refused:
            apply_patch(media, body.encode(), {})
        assert (refused.value.code, refused.value.message.endswith("exceeded max depth")) == (400, True)


def test_shallow_patches_do_not_make_an_object_deep_in_the_end() -> None:
    deeper = b"""[{"op":"move","from":"/a","path":"/b"},{"op":"add","path":"/a","value":{}},
                  {"op":"move","from":"/b","path":"/a/b"}]"""
    thing: dict[str, Any] = {"a": {}}
    for _ in range(NESTING - 2):
        thing = apply_patch(JSON_PATCH, deeper, thing)
    with pytest.raises(Refused) as refused:
        apply_patch(JSON_PATCH, deeper, thing)
    assert refused.value.code == 422
