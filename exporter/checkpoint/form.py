"""How a checkpoint is written down: lines of JSON, compressed; read back within bounds, whatever a file may hold.

::

    {"format": "informer-exporter state", "version": 1, "written": …, "identity": {…}, "sections": 1}
    {"resource": "workflows.argoproj.io", "as_of": …, "group_labels": […], "marks": 1, "objects": 1}
    {"row": ["ns", "WorkflowTemplate", "build", ""], "family": …, "values": ["Succeeded"], "amount": …}
    ["uid", "ns/name", {"phase": "Running", …}]
    {"lines": 4, "crc32": …}

``zstd -dc`` shows it. The last line tells a whole file from one that was cut or altered.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from itertools import chain
from typing import Any, BinaryIO, TypeAlias, TypeVar
from zlib import crc32

import msgspec
import zstandard

from exporter.kinds.kind import Kind
from exporter.kube.objects import Key
from exporter.metrics.accounting import Accounting
from exporter.metrics.marks import Mark

FORMAT, VERSION = "informer-exporter state", 1

LIMIT = 64 << 20
"""Bytes of all lines: some 300,000 objects. More is neither written nor read."""
LINE_LIMIT = 1 << 16
"""Bytes of one line."""
_WINDOW = 8 << 20
"""Bytes that a decompression may look back; ours need 2 MiB."""
_PIECE = 1 << 16
_CHUNK = 256
"""Lines that are encoded at once: some 0.1 ms in which no other thread runs."""

T = TypeVar("T")

Row: TypeAlias = tuple[str, Key, Any]
"""One unsettled object: its uid, its key, its projection."""


class Trouble(StrEnum):
    """Why a checkpoint could not be used, written or put aside."""

    UNREADABLE = "unreadable"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    VERSION = "version"
    IDENTITY = "identity"
    NOT_SET_ASIDE = "not_set_aside"
    UNWRITABLE = "unwritable"


class Unusable(Exception):
    """A checkpoint cannot be used, or not be written."""

    def __init__(self, trouble: Trouble, text: str) -> None:
        super().__init__(text)
        self.trouble = trouble


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a checkpoint tells of: the objects of one server, in these namespaces, with these labels."""

    server: str
    namespaces: tuple[str, ...] = ()
    """In alphabetical order; empty for all."""
    label_selector: str = ""


class Section(msgspec.Struct, frozen=True):
    """What is known of the objects of one resource."""

    as_of: float
    """Epoch seconds by the API server's clock: everything that happened until then is in it, or was counted."""
    group_labels: tuple[str, ...]
    rows: Sequence[Row]
    marks: Sequence[Mark]


class _Named(msgspec.Struct, frozen=True):
    format: str
    version: int


class _Head(msgspec.Struct, frozen=True):
    format: str
    version: int
    written: float
    identity: Identity
    sections: int


class _SectionHead(msgspec.Struct, frozen=True):
    resource: str
    as_of: float
    group_labels: tuple[str, ...]
    marks: int
    objects: int


class _End(msgspec.Struct, frozen=True):
    lines: int
    crc32: int
    """Of all lines before, with their newlines."""


_LEFT_OUT = b"null\n"
"""In place of a line that would be too long to be read again."""

UNSPEAKABLE = (msgspec.MsgspecError, zstandard.ZstdError, ValueError, TypeError, OverflowError)
"""What writing raises of what has no place in JSON, such as a number of a hundred digits."""

_NOT_WHAT_WAS_WRITTEN = (msgspec.MsgspecError, zstandard.ZstdError, ValueError, RecursionError, OverflowError)


def _do_nothing() -> None:
    """Nobody wants to know."""


def write(
    identity: Identity, sections: Mapping[str, Section], now: float, leave_out: Callable[[], None] = _do_nothing
) -> Iterator[bytes]:
    """Give the pieces of a file with these sections by the names of their resources.

    ``leave_out`` is called for each thing whose line would be longer than what is read again.

    Raises:
        Unusable: they are more than would be read again.
    """
    if len(msgspec.json.encode(identity)) > LINE_LIMIT // 2:  # without its first line no file can be read
        raise Unusable(Trouble.TOO_LARGE, "the namespaces and the label selector would fill more than a line")
    compress = zstandard.ZstdCompressor(level=3).compressobj()
    left = LIMIT
    for lines in _lines(identity, sections, now, leave_out):
        left -= len(lines)
        if left < 0:
            raise Unusable(Trouble.TOO_LARGE, f"more than {LIMIT >> 20} MiB would have to be kept")
        yield compress.compress(lines)
    yield compress.flush()


def read(file: BinaryIO, identity: Identity, kinds: Iterable[Kind]) -> dict[str, Section]:
    """Read a file; give the sections of these kinds by the names of their resources.

    Raises:
        Unusable: it cannot be used, for whatever reason.
    """
    wanted = {kind.resource.name: kind for kind in kinds if kind.accounting is not None}
    lines = _Lines(file)
    try:
        return dict(_sections(lines, identity, wanted))
    except _NOT_WHAT_WAS_WRITTEN as error:
        raise Unusable(Trouble.DAMAGED, f"line {lines.count}: {error}"[:300]) from error


def _lines(
    identity: Identity, sections: Mapping[str, Section], now: float, leave_out: Callable[[], None]
) -> Iterator[bytes]:
    encode, count, check = msgspec.json.Encoder().encode_lines, 0, 0
    for things in _things(identity, sections, now):
        lines = encode(things)
        if len(lines) > LINE_LIMIT:  # of all of them, which is seldom
            lines = b"".join(_bounded(lines, leave_out))
        count, check = count + len(things), crc32(lines, check)
        yield lines
    yield encode([_End(count, check)])


def _bounded(lines: bytes, leave_out: Callable[[], None]) -> Iterator[bytes]:
    for line in lines.splitlines(keepends=True):
        if len(line) > LINE_LIMIT:
            leave_out()
        yield _LEFT_OUT if len(line) > LINE_LIMIT else line


def _things(identity: Identity, sections: Mapping[str, Section], now: float) -> Iterator[Sequence[Any]]:
    yield [_Head(FORMAT, VERSION, now, identity, len(sections))]
    for resource, section in sections.items():
        yield [_SectionHead(resource, section.as_of, section.group_labels, len(section.marks), len(section.rows))]
        yield from _chunks(section.marks)
        yield from _chunks(section.rows)


def _chunks(things: Sequence[T]) -> Iterator[Sequence[T]]:
    return (things[start : start + _CHUNK] for start in range(0, len(things), _CHUNK))


class _Lines:
    """The lines of a file, one after the other, each within bounds."""

    def __init__(self, file: BinaryIO) -> None:
        reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(file)
        self._pieces = iter(partial(reader.read, _PIECE), b"")
        self._lines: Iterator[bytes] = iter(())
        self._rest = b""
        self._left = LIMIT
        self.count = self.check = 0
        """How many lines were given, and their CRC-32."""

    def next(self) -> bytes:
        """Give the next line.

        Raises:
            Unusable: there is none, or it is beyond a bound.
        """
        line = next(self._lines, None)
        while line is None:
            self._more()
            line = next(self._lines, None)
        self.count += 1
        self.check = crc32(b"\n", crc32(line, self.check))
        return line

    def ended(self) -> bool:
        """Whether nothing follows."""
        return next(chain(self._lines, (self._rest,), self._pieces), b"") == b""

    def _more(self) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            raise Unusable(Trouble.DAMAGED, f"it ends after {self.count} lines")
        self._left -= len(piece)
        if self._left < 0 or len(self._rest) > LINE_LIMIT:
            raise Unusable(Trouble.TOO_LARGE, f"more than {LIMIT >> 20} MiB, or a line of more than {LINE_LIMIT} bytes")
        *lines, self._rest = (self._rest + piece).split(b"\n")
        self._lines = iter(lines)


def _sections(lines: _Lines, identity: Identity, wanted: Mapping[str, Kind]) -> Iterator[tuple[str, Section]]:
    for _ in range(_head(lines, identity).sections):
        head = msgspec.json.decode(lines.next(), type=_SectionHead)
        kind = wanted.get(head.resource)
        if kind is None or kind.accounting is None:
            for _ in range(head.marks + head.objects):
                lines.next()
        else:
            yield head.resource, _section(lines, head, kind, kind.accounting)
    end = _End(lines.count, lines.check)
    if msgspec.json.decode(lines.next(), type=_End) != end or not lines.ended():
        raise Unusable(Trouble.DAMAGED, f"its end is not behind {end.lines} lines, or something in them was altered")


def _head(lines: _Lines, identity: Identity) -> _Head:
    line = lines.next()
    named = msgspec.json.decode(line, type=_Named)
    if named.format != FORMAT:
        raise Unusable(Trouble.DAMAGED, "it is something else")
    if named.version != VERSION:
        raise Unusable(Trouble.VERSION, f"it is of version {named.version}, and this program reads {VERSION}")
    head = msgspec.json.decode(line, type=_Head)
    if head.identity != identity:
        raise Unusable(Trouble.IDENTITY, f"it tells of {_said(head.identity)}, and not of {_said(identity)}")
    return head


def _said(identity: Identity) -> str:
    parts = identity.server, ",".join(identity.namespaces) or "all namespaces", identity.label_selector
    return " ".join(part for part in parts if part)[:400]


def _section(lines: _Lines, head: _SectionHead, kind: Kind, accounting: Accounting) -> Section:
    if head.group_labels != tuple(accounting.group_labels):
        theirs, ours = ", ".join(head.group_labels), ", ".join(accounting.group_labels)
        raise Unusable(Trouble.IDENTITY, f"its groups have the labels {theirs[:300]}, and not {ours[:300]}")
    mark = msgspec.json.Decoder(Mark | None).decode
    marks = [_placed(found, accounting) for _ in range(head.marks) if (found := mark(lines.next()))]
    row = msgspec.json.Decoder(tuple[str, str, kind.projection] | None).decode  # type: ignore[name-defined]
    rows = [_countable(found, accounting) for _ in range(head.objects) if (found := row(lines.next()))]
    return Section(head.as_of, head.group_labels, rows, marks)


def _placed(mark: Mark, accounting: Accounting) -> Mark:
    """Make sure that a mark is of a namespace, or of a group in one."""
    own = int(accounting.namespaced)
    if len(mark.row) not in {own, own + len(accounting.group_labels)}:
        raise ValueError("a time of no known group")
    return mark


def _countable(row: tuple[str, str, Any], accounting: Accounting) -> Row:
    """Make sure that the totals will not fail on an object: it has the right types, but perhaps no known phase."""
    uid, key, projection = row
    try:
        accounting.gauges(projection)
        accounting.changed(projection, projection, ())
        accounting.vanished(projection, ())
        fits = len(accounting.group(projection)) == len(accounting.group_labels)
    except LookupError as error:
        raise ValueError(f"an object that cannot be counted: {error!r}") from error
    if not fits:
        raise ValueError("an object of no known group")
    return uid, Key(key), projection
