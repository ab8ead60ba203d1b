"""Bytes to pages and frames, without I/O and without looking into objects.

A watch is a sequence of lines, one JSON object each: ``{"type":"ADDED","object":{...}}``. A list is one JSON object
with ``metadata`` and ``items``. Both are taken apart so that an object's bytes stay exactly as the server wrote them.
"""

import re
from collections.abc import Iterator

import msgspec

from exporter.kube.errors import Malformed, TooLarge

FRAME_LIMIT = 32 * 1024 * 1024
"""Bytes of the longest line that is read by default; etcd's default limit for one object is 1.5 MiB."""

ADDED, MODIFIED, DELETED, BOOKMARK, ERROR = "ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One line of a watch: what happened, and the object's own bytes."""

    type: str
    object: bytes


class Page(msgspec.Struct, frozen=True):
    """One page of a list."""

    version: str
    token: str
    """What to pass as ``continue`` for the next page; empty on the last one."""
    remaining: int | None
    items: list[msgspec.Raw]
    """Each object's own bytes, as views into the page: copy one when it is wanted, and let the page go."""


class _Envelope(msgspec.Struct, gc=False):
    type: str
    object: msgspec.Raw


class _ListMeta(msgspec.Struct, rename="camel"):
    resource_version: str = ""
    continue_: str = msgspec.field(default="", name="continue")
    remaining_item_count: int | None = None


class _List(msgspec.Struct):
    metadata: _ListMeta = msgspec.field(default_factory=_ListMeta)
    items: list[msgspec.Raw] | None = None


class _BookmarkMeta(msgspec.Struct, rename="camel"):
    resource_version: str = ""
    annotations: dict[str, str] | None = None


class _Bookmark(msgspec.Struct):
    metadata: _BookmarkMeta = msgspec.field(default_factory=_BookmarkMeta)


_envelopes = msgspec.json.Decoder(_Envelope)
_lists = msgspec.json.Decoder(_List)
_list_metas = msgspec.json.Decoder(_ListMeta)
_bookmarks = msgspec.json.Decoder(_Bookmark)

# A real server writes type first, object second and nothing else; then the object is found without a scan.
_HEADS = tuple((kind, f'{{"type":"{kind}","object":'.encode()) for kind in (MODIFIED, ADDED, DELETED))


class Lines:
    """Cuts chunks of any size into lines, each found by index in O(bytes)."""

    def __init__(self, limit: int = FRAME_LIMIT) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take a chunk, give the lines it completed, without their newlines and without empty ones.

        Raises:
            TooLarge: a line is longer than the limit; the connection is of no further use.
        """
        end = chunk.find(b"\n")
        if end < 0:
            self._keep(chunk)
            return []
        last = chunk.rfind(b"\n")
        first = b"".join((*self._parts, chunk[:end])) if self._parts else chunk[:end]
        self._parts, self._size = [], 0
        lines = [first, *chunk[end + 1 : last].split(b"\n")] if last > end else [first]
        if last + 1 < len(chunk):
            self._keep(chunk[last + 1 :])
        if any(len(line) > self._limit for line in lines):
            raise TooLarge(f"a watch frame is longer than {self._limit} bytes")
        return [line for line in lines if line]

    def finish(self) -> bytes:
        """Give what came after the last newline: an unterminated last line, or nothing."""
        rest = b"".join(self._parts)
        self._parts, self._size = [], 0
        return rest

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit:
            raise TooLarge(f"a watch frame is longer than {self._limit} bytes")
        self._parts.append(part)


def read_frame(line: bytes) -> Frame:
    """Take one line of a watch apart.

    The object of the fast path is *not* checked to be JSON here; whoever decodes it does that (and hands a failure to
    ``check_frame``).

    Raises:
        Malformed: the line is not a frame.
    """
    for kind, head in _HEADS:
        if line.startswith(head) and line.endswith(b"}}"):
            return Frame(kind, line[len(head) : -1])
    return check_frame(line)


def check_frame(line: bytes) -> Frame:
    """Like ``read_frame``, trusting nothing about the order of members or the layout."""
    try:
        envelope = _envelopes.decode(line)
    except RecursionError:
        return _deep_frame(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Malformed(f"not a watch frame ({error}), {len(line)} bytes") from error
    return Frame(envelope.type, bytes(envelope.object))


def read_page(body: bytes | bytearray) -> Page:
    """Take one page of a list apart.

    Raises:
        Malformed: the body is not a list.
    """
    try:
        page = _lists.decode(body)
    except RecursionError:
        return _deep_page(bytes(body))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Malformed(f"not a list ({error}), {len(body)} bytes") from error
    return _page(page.metadata, page.items or [])


def read_bookmark(body: bytes) -> tuple[str, bool]:
    """Give a bookmark's version, and whether it ends the initial events of a streaming list.

    Raises:
        Malformed: the object carries no version.
    """
    try:
        meta = _bookmarks.decode(body).metadata
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"not a bookmark ({error})") from error
    if not meta.resource_version:
        raise Malformed("a bookmark without a version")
    return meta.resource_version, (meta.annotations or {}).get("k8s.io/initial-events-end") == "true"


def _page(meta: _ListMeta, items: list[msgspec.Raw]) -> Page:
    if not meta.resource_version:
        raise Malformed("a list without a version")
    return Page(meta.resource_version, meta.continue_, meta.remaining_item_count, items)


# What follows is for objects nested deeper than a recursive decoder may go (the API server stores up to 10,000
# levels). It is slow, correct on valid JSON, and needed perhaps once in a cluster's life.

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}\[\],:]', re.DOTALL)


def members(body: bytes) -> dict[str, bytes]:
    """Cut a JSON object into its top-level members, values as raw bytes, at any depth of nesting.

    Raises:
        Malformed: the body is not an object.
    """
    found: dict[str, bytes] = {}
    for part in _elements(body, b"{"):
        name = _TOKENS.match(part)
        if name is None or part[name.end() :].lstrip()[:1] != b":":
            raise Malformed("not a JSON object")
        found[_name(name.group())] = part[name.end() :].lstrip()[1:].strip()
    return found


def _name(token: bytes) -> str:
    try:
        return msgspec.json.decode(token, type=str)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Malformed("not a JSON object") from error


def _elements(body: bytes, opening: bytes) -> Iterator[bytes]:
    body = body.strip()
    if body[:1] != opening:
        raise Malformed("not the JSON value that was expected")
    depth, start = 0, 1
    for token in _TOKENS.finditer(body):
        match token.group():
            case b"{" | b"[":
                depth += 1
            case b"}" | b"]":
                depth -= 1
                if depth == 0:
                    if body[start : token.start()].strip():
                        yield body[start : token.start()].strip()
                    if token.end() != len(body):
                        raise Malformed("bytes after the end of a JSON value")
                    return
            case b"," if depth == 1:
                yield body[start : token.start()].strip()
                start = token.end()
            case _:
                pass
    raise Malformed("a JSON value that does not end")


def _deep_frame(line: bytes) -> Frame:
    parts = members(line)
    if "type" not in parts or "object" not in parts:
        raise Malformed(f"not a watch frame, {len(line)} bytes")
    return Frame(_name(parts["type"]), parts["object"])


def _deep_page(body: bytes) -> Page:
    parts = members(body)
    try:
        meta = _list_metas.decode(parts.get("metadata", b"{}"))
    except msgspec.MsgspecError as error:
        raise Malformed("not a list") from error
    items = parts.get("items", b"null")
    return _page(meta, [] if items == b"null" else [msgspec.Raw(item) for item in _elements(items, b"[")])
