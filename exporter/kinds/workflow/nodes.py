"""The nodes of a workflow, which stand in it plainly, or compressed, or elsewhere; whatever cannot be read says why."""

import binascii
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Generic, TypeVar

import msgspec

from exporter.kinds.apart import NOT_AS_TYPED, NULL, cut, read_as
from exporter.kinds.workflow.projection import NodeCounts
from exporter.kube.errors import Malformed

OFFLOADED, CORRUPT, CODEC, TOO_LARGE = "offloaded", "corrupt", "codec", "too_large"
UNREADABLE = (OFFLOADED, CORRUPT, CODEC, TOO_LARGE)
"""Why nodes cannot be read: Argo keeps them in its database; damaged; compressed in a way that is not known; large."""

OTHER = "Other"
TYPES = (
    "Pod",
    "Container",
    "Steps",
    "StepGroup",
    "DAG",
    "TaskGroup",
    "Retry",
    "Skipped",
    "Suspend",
    "HTTP",
    "Plugin",
    OTHER,
)
PHASES = ("Pending", "Running", "Succeeded", "Skipped", "Failed", "Error", "Omitted", OTHER)

LARGEST = 2 * 1024 * 1024
"""Bytes of the nodes of one workflow after decompression, some 2,000 of them, which take 20 ms to read; an object of
1.5 MiB can claim to hold gigabytes."""

MOST_OBJECTS, MOST_MEMBERS = 65_536, 120_000
"""JSON objects and members in the nodes of one workflow, which bound the time for reading them as the size alone would
not: 2 MiB of empty nodes would take 0.3 s."""
MOST_WRONG = 1_000
"""Nodes that are not of the type; with more, the rest is not looked at."""
_SMALL = 256 * 1024
"""Bytes that take a few milliseconds whatever they hold."""

_GZIP_MAGIC, _ZSTD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_GZIP = 16 + zlib.MAX_WBITS
_ZSTD_WINDOW = 8 * 1024 * 1024
"""Bytes of history that a frame may ask to be kept."""

_TYPE = {name: name for name in TYPES}
_PHASE = {name: name for name in PHASES}

_NOTHING, _EMPTY = msgspec.Raw(NULL), msgspec.Raw(b'""')

NodeT = TypeVar("NodeT")


class NodesUnreadableError(ValueError):
    """There are nodes, or there may be, and they cannot be read."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """One of ``UNREADABLE``."""


class Status(msgspec.Struct, gc=False, rename="camel"):
    """What of a workflow's status is needed for its nodes, and for why it failed, as it stands there."""

    phase: msgspec.Raw = _NOTHING
    finished_at: msgspec.Raw = _NOTHING
    message: msgspec.Raw = _NOTHING
    nodes: msgspec.Raw = _NOTHING
    compressed_nodes: msgspec.Raw = _NOTHING
    offload_node_status_version: msgspec.Raw = _NOTHING


class _Object(msgspec.Struct, gc=False):
    status: Status | None = None


class _Light(msgspec.Struct, gc=False):
    type: str | None = None
    phase: str | None = None


_objects = msgspec.json.Decoder(_Object)
_statuses = msgspec.json.Decoder(Status)
_texts = msgspec.json.Decoder(str)
_raw_nodes = msgspec.json.Decoder(dict[str, msgspec.Raw])
_BROKEN = (*NOT_AS_TYPED, msgspec.DecodeError)


class NodeReader(Generic[NodeT]):
    """Reads nodes as one type, of which every member may be missing."""

    def __init__(self, node: type[NodeT]) -> None:
        self._all = msgspec.json.Decoder(dict[str, node])  # type: ignore[valid-type]
        self._one = msgspec.json.Decoder(node)

    def read(self, raw: bytes) -> Iterable[NodeT]:
        """Give the nodes of an object by their ids; a node that is not of the type is left out.

        Raises:
            NodesUnreadableError: that is no object, none of them (or of the first ``MOST_WRONG`` too few) is of the
                type, or they are too many.
        """
        if len(raw) > _SMALL and (raw.count(b"{") > MOST_OBJECTS or raw.count(b":") > MOST_MEMBERS):
            raise NodesUnreadableError(TOO_LARGE)
        try:
            return self._all.decode(raw).values()
        except _BROKEN:
            return self._each(raw)

    def _each(self, raw: bytes) -> list[NodeT]:
        try:
            every = _raw_nodes.decode(raw).values()
        except _BROKEN as error:
            raise NodesUnreadableError(CORRUPT) from error
        found, wrong = list[NodeT](), 0
        for one in every:
            try:
                found.append(self._one.decode(one))
            except _BROKEN as error:
                wrong += 1
                if wrong > MOST_WRONG or wrong == len(every):
                    raise NodesUnreadableError(CORRUPT) from error
        return found


_light = NodeReader(_Light)


def read_status(body: bytes) -> Status:
    """Cut out of a workflow what its nodes are read from; nothing of what is no workflow."""
    try:
        return _objects.decode(body).status or Status()
    except _BROKEN:
        return _status_apart(body)


def text_of(raw: bytes) -> str:
    """Give a text; empty for what is none."""
    return read_as(_texts, "", "", raw, []) or ""


def nodes_of(status: Status, largest: int = LARGEST) -> bytes:
    """Give the nodes as JSON, ``{}`` for none; at most ``largest`` bytes if they are compressed, else ``LARGEST``.

    Raises:
        NodesUnreadableError: they are elsewhere, damaged, too large, or compressed in a way that is not known.
    """
    if status.nodes != _NOTHING:
        raw = bytes(status.nodes)
        if len(raw) > LARGEST:
            raise NodesUnreadableError(TOO_LARGE)
        return raw
    if status.compressed_nodes not in (_NOTHING, _EMPTY):
        return unpack(_compressed_text(status.compressed_nodes), largest)
    if text_of(status.offload_node_status_version):
        raise NodesUnreadableError(OFFLOADED)
    return b"{}"


def count_nodes(raw: bytes) -> NodeCounts:
    """Count nodes by type and phase; ``Other`` for what Argo does not have, and for what is missing.

    Raises:
        NodesUnreadableError: as ``NodeReader.read``.
    """
    counts: dict[tuple[str, str], int] = {}
    for node in _light.read(raw):
        place = _TYPE.get(node.type or "", OTHER), _PHASE.get(node.phase or "", OTHER)
        counts[place] = counts.get(place, 0) + 1
    return _shared(tuple(sorted([(*place, count) for place, count in counts.items()])))


def unpack(text: str, largest: int = LARGEST) -> bytes:
    """Give what stands in a base64 of a gzip, of a zstd frame or, without a magic number, of brotli.

    Raises:
        NodesUnreadableError: it is damaged, too large, or none of these.
    """
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NodesUnreadableError(CORRUPT) from error
    unpacked = _codec_of(data)(data, largest)
    if len(unpacked) > largest:
        raise NodesUnreadableError(TOO_LARGE)
    return unpacked


def _codec_of(data: bytes) -> Callable[[bytes, int], bytes]:
    if data.startswith(_GZIP_MAGIC):
        return _gunzip
    return _unzstd if data.startswith(_ZSTD_MAGIC) else _unbrotli


# Each gives at most one byte more than the limit, and of a zstd frame that is cut off, what came before the cut: then
# the JSON is cut off too.


def _gunzip(data: bytes, largest: int) -> bytes:
    inflater = zlib.decompressobj(_GZIP)
    try:
        found = inflater.decompress(data, largest + 1)
    except zlib.error as error:
        raise NodesUnreadableError(CORRUPT) from error
    if not inflater.eof and len(found) <= largest:
        raise NodesUnreadableError(CORRUPT)
    return found


def _unzstd(data: bytes, largest: int) -> bytes:
    import zstandard  # noqa: PLC0415 - few clusters need it

    try:
        with zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).stream_reader(data) as reader:
            return reader.read(largest + 1)
    except zstandard.ZstdError as error:
        too_wide = "requires too much memory" in str(error)
        raise NodesUnreadableError(TOO_LARGE if too_wide else CORRUPT) from error


def _unbrotli(data: bytes, largest: int) -> bytes:
    try:
        import brotli  # type: ignore[import-untyped]  # noqa: PLC0415 - few clusters need it
    except ImportError as error:
        raise NodesUnreadableError(CODEC) from error
    inflater, found = brotli.Decompressor(), b""
    try:
        found = inflater.process(data, output_buffer_limit=largest + 1)
    except brotli.error as error:
        # It has no magic number: what it does not take may be anything.
        raise NodesUnreadableError(CODEC) from error
    if not inflater.is_finished() and len(found) <= largest:
        raise NodesUnreadableError(CORRUPT)
    return bytes(found[: largest + 1])


def _compressed_text(raw: msgspec.Raw) -> str:
    found: str | None = read_as(_texts, "", "", raw, [])
    if found is None:
        raise NodesUnreadableError(CORRUPT)
    return found


def _status_apart(body: bytes) -> Status:
    try:
        parts = cut(cut(body).get("status", NULL))
    except (Malformed, UnicodeDecodeError):
        return Status()
    wanted = {name: msgspec.Raw(parts[name]) for name in _MEMBERS if name in parts}
    return Status(**{_MEMBERS[name]: raw for name, raw in wanted.items()})


@lru_cache(maxsize=4096)
def _shared(counts: NodeCounts) -> NodeCounts:
    return counts


_MEMBERS = {field.encode_name: field.name for field in msgspec.structs.fields(Status)}
