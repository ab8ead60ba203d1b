"""Nodes as Argo stores them, and as nobody should; the compressors of other people judge what is read."""

import bz2
import gzip
import random
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import brotli  # type: ignore[import-untyped]
import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from exporter.kinds.workflow import WorkflowOptions, nodes, read, workflow_kind
from exporter.kinds.workflow.nodes import (
    CORRUPT,
    LARGEST,
    TOO_LARGE,
    NodesUnreadableError,
    count_nodes,
    nodes_of,
    read_status,
    unpack,
)
from exporter.kinds.workflow.projection import NodeCounts
from tests.kinds.samples import START, workflow

NODES = {
    "1": {"type": "Pod", "phase": "Succeeded"},
    "2": {"type": "Pod", "phase": "Succeeded", "message": "é"},
    "3": {"type": "Suspend", "phase": "Running"},
    "4": {"type": "Wonder", "phase": ""},
}
COUNTED = (("Other", "Other", 1), ("Pod", "Succeeded", 2), ("Suspend", "Running", 1))

Compress = Callable[[bytes], bytes]
COMPRESSORS: dict[str, Compress] = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor(level=19).compress,
    "zstd without its size": zstandard.ZstdCompressor(write_content_size=False).compress,
    "brotli": brotli.compress,
}
every_compressor = pytest.mark.parametrize("compress", COMPRESSORS.values(), ids=COMPRESSORS.keys())


def text(data: bytes) -> str:
    return b64encode(data).decode()


def counts(**status: Any) -> NodeCounts:
    return count_nodes(nodes_of(read_status(msgspec.json.encode({"status": status}))))


def reason(**status: Any) -> str:
    with pytest.raises(NodesUnreadableError) as told:
        counts(**status)
    return told.value.reason


def test_plain_nodes_are_counted_by_type_and_phase_and_what_argo_does_not_have_is_other() -> None:
    assert counts(nodes=NODES) == COUNTED
    assert counts() == counts(nodes=None) == counts(nodes={}) == counts(compressedNodes="") == ()


@every_compressor
def test_compressed_nodes_are_counted_whatever_compressed_them(compress: Compress) -> None:
    assert counts(compressedNodes=text(compress(msgspec.json.encode(NODES)))) == COUNTED


@every_compressor
def test_nodes_that_were_cut_off_are_corrupt(compress: Compress) -> None:
    random_ids = random.Random(5)
    whole = compress(msgspec.json.encode({f"wf-{random_ids.random()}": {"type": "Pod"} for _ in range(500)}))
    for size in (len(whole) // 2, len(whole) - 20):
        assert reason(compressedNodes=text(whole[:size])) == "corrupt"


@every_compressor
def test_nodes_that_would_fill_the_memory_are_too_large(compress: Compress) -> None:
    bomb = compress(b" " * 16 * 1024 * 1024)
    assert len(bomb) < 100_000
    assert reason(compressedNodes=text(bomb)) == "too_large"


@every_compressor
def test_the_limit_itself_is_not_too_large(compress: Compress) -> None:
    packed = text(compress(b"[" + b" " * (LARGEST - 2) + b"]"))
    assert len(unpack(packed)) == LARGEST
    with pytest.raises(NodesUnreadableError):
        unpack(packed, LARGEST - 1)


def test_plain_nodes_have_the_same_limit() -> None:
    assert reason(nodes={"1": {"message": "x" * LARGEST}}) == "too_large"


def test_a_frame_that_asks_for_a_huge_window_is_too_large() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    made = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    frame = made.compress(b"{}") + made.flush()
    assert reason(compressedNodes=text(frame)) == "too_large"


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ({"offloadNodeStatusVersion": "fnv:1"}, "offloaded"),
        ({"offloadNodeStatusVersion": "fnv:1", "nodes": None}, "offloaded"),
        ({"compressedNodes": "%%%"}, "corrupt"),
        ({"compressedNodes": "é"}, "corrupt"),
        ({"compressedNodes": 7}, "corrupt"),
        ({"compressedNodes": text(bz2.compress(b"{}"))}, "codec"),
        ({"compressedNodes": text(gzip.compress(b"[1]"))}, "corrupt"),
        ({"compressedNodes": text(gzip.compress(b"{"))}, "corrupt"),
        ({"nodes": [1]}, "corrupt"),
        ({"nodes": "many"}, "corrupt"),
    ],
)
def test_what_cannot_be_read_says_why(status: dict[str, Any], told: str) -> None:
    assert reason(**status) == told


def test_nodes_win_over_the_note_that_they_are_elsewhere() -> None:
    assert counts(nodes=NODES, offloadNodeStatusVersion="fnv:1") == COUNTED


def test_a_node_of_another_shape_is_left_out() -> None:
    assert counts(nodes={"1": {"type": "Pod", "phase": "Failed"}, "2": 7, "3": {"type": []}}) == (("Pod", "Failed", 1),)


def test_nodes_deeper_than_the_decoder_goes_are_corrupt() -> None:
    deep = b"[" * 40_000 + b"]" * 40_000
    body = b'{"spec":%s,"status":{"nodes":{"1":{"type":"Pod","phase":"Failed"},"2":%s}}}' % (deep, deep)
    with pytest.raises(NodesUnreadableError, match=CORRUPT):
        count_nodes(nodes_of(read_status(body)))


@pytest.mark.parametrize("nodes", [{"1": 7}, {"1": [], "2": "Pod"}, {str(one): 1 for one in range(20_000)}])
def test_where_no_node_has_the_shape_they_are_corrupt(nodes: dict[str, Any]) -> None:
    assert reason(nodes=nodes) == CORRUPT


def test_where_a_thousand_have_another_shape_the_rest_is_not_looked_at() -> None:
    strange: dict[str, Any] = {str(one): 1 for one in range(1_000)}
    assert counts(nodes={"a": {"type": "Pod"}, **strange}) == (("Pod", "Other", 1),)
    assert reason(nodes={"a": {"type": "Pod"}, **strange, "b": 2}) == CORRUPT


@pytest.mark.parametrize("node", [{}, 1])
def test_more_nodes_than_can_be_looked_at_are_too_large(node: Any) -> None:
    assert reason(nodes={f"{one:06}": node for one in range(125_000)}) == TOO_LARGE


@given(st.binary(max_size=200), st.sampled_from([b"", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\x1b"]))
def test_whatever_stands_there_is_unpacked_or_refused(data: bytes, magic: bytes) -> None:
    with suppress(NodesUnreadableError):
        assert len(unpack(text(magic + data))) <= LARGEST


@given(st.binary(max_size=2_000), st.sampled_from(sorted(COMPRESSORS)))
def test_what_was_packed_is_unpacked(data: bytes, codec: str) -> None:
    assert unpack(text(COMPRESSORS[codec](data))) == data


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "phase", "x"]), inner),
    max_leaves=6,
)


@given(json_values, json_values, json_values)
def test_counting_is_total(plain: Any, packed: Any, elsewhere: Any) -> None:
    with suppress(NodesUnreadableError):
        found = counts(nodes=plain, compressedNodes=packed, offloadNodeStatusVersion=elsewhere)
        assert sum(count for _, _, count in found) <= len(plain or ())


def test_without_the_option_no_node_is_decoded_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[bytes] = []

    def look(_reader: object, raw: bytes) -> list[object]:
        looked.append(raw)
        return []

    monkeypatch.setattr(nodes.NodeReader, "read", look)
    packed = text(gzip.compress(msgspec.json.encode(NODES)))
    for phase in ("", "Pending", "Running", "Succeeded", "Failed"):
        read(workflow(phase=phase, started=START, nodes={"1": {"type": "Pod", "phase": "Running"}}))
        read(workflow(phase=phase, started=START, compressedNodes=packed))
    assert looked == []
    workflow_kind(WorkflowOptions(nodes=True)).read(workflow(phase="Running", compressedNodes=packed))
    assert len(looked) == 1


def test_compressed_nodes_tell_of_a_person_only_with_the_option() -> None:
    body = workflow(phase="Running", compressedNodes=text(gzip.compress(msgspec.json.encode(NODES))))
    assert not read(body).projection.underway.suspended
    found = workflow_kind(WorkflowOptions(nodes=True)).read(body).projection.underway
    assert (found.suspended, found.nodes) == (True, COUNTED)


def test_a_workflow_that_has_ended_keeps_nothing_of_its_nodes() -> None:
    kind = workflow_kind(WorkflowOptions(nodes=True))
    assert kind.read(workflow(phase="Failed", nodes=NODES)).projection.underway is None
