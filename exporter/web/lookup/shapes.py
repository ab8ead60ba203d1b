"""How an answer is written: the objects themselves, their metadata alone, or a table.

A list is written from its head through its items to its tail, which names the version and the next page: it can be
sent before the last object is known.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Protocol

import msgspec

from exporter.kube.objects import PrinterColumn, Resource
from exporter.kube.quoting import quoted
from exporter.web.answers import JSON, bad_request, not_acceptable
from exporter.web.lookup import table
from exporter.web.lookup.query import Query
from exporter.web.negotiation import JSON_NAMES, Choice, read_choices
from exporter.web.sources import Served

TABLE, METADATA, METADATA_LIST = "Table", "PartialObjectMetadata", "PartialObjectMetadataList"
_GROUP = "meta.k8s.io"
_VERSIONS = frozenset({"v1", "v1beta1"})


class Include(Enum):
    """How much of an object stands beside its cells in a table."""

    METADATA = "Metadata"
    OBJECT = "Object"
    NONE = "None"


class Form(msgspec.Struct, frozen=True):
    """What a caller wants to read."""

    kind: str = ""
    """``TABLE``, ``METADATA``, ``METADATA_LIST``, or empty for the objects themselves."""
    version: str = "v1"
    """Of the group ``meta.k8s.io``, for the three that are in it."""

    @property
    def api_version(self) -> str:
        """What such an answer carries as ``apiVersion``."""
        return f"{_GROUP}/{self.version}"

    @property
    def mark(self) -> str:
        """What tells it apart in an entity tag; empty for the objects themselves."""
        return f"-{self.kind}.{self.version}" if self.kind else ""


class Page(msgspec.Struct, frozen=True):
    """What stands in the metadata of a list."""

    version: str
    token: str = ""
    """Where the next page begins; empty on the last one."""
    remaining: int = 0
    """How many objects the next pages have; 0 where that is not known."""


class Shape(Protocol):
    """Writes lists and single objects in one form."""

    @property
    def head(self) -> bytes:
        """The beginning of a list."""

    def item(self, body: bytes) -> bytes:
        """One object of a list."""

    def tail(self, page: Page) -> bytes:
        """The end of a list."""

    def single(self, body: bytes, version: str) -> bytes:
        """An answer of one object."""


def shape_of(form: Form, served: Served, query: Query) -> Shape:
    """Give the writer of a form.

    Raises:
        Refused: 400 a table is to include what there is not.
    """
    if form.kind == TABLE:
        return Table(form, served.columns, read_include(query), served.now())
    return Metadata(form) if form.kind else Objects(served.resource)


@lru_cache(maxsize=256)
def choose_form(accept: str) -> Form:
    """Choose the form that an ``Accept`` header asks for: the best of those that are written here, else the first.

    Remembered, since a caller always says the same.

    Raises:
        Refused: 406 none of them is.
    """
    if not accept.strip():
        return Form()
    choices = sorted(read_choices(accept), key=lambda choice: -choice.weight)
    for choice in choices:
        if (form := _form(choice)) is not None:
            return form
    raise not_acceptable(f"only the following media types are accepted: {JSON}")


def read_include(query: Query) -> Include:
    """Read ``includeObject``.

    Raises:
        Refused: 400 it is none of the three.
    """
    asked = query.text("includeObject") or Include.METADATA.value
    try:
        return Include(asked)
    except ValueError:
        wanted = "must be 'Metadata', 'Object', 'None', or empty"
        problem = f"includeObject: Invalid value: {quoted(asked)}: {wanted}"
        raise bad_request(f"Unable to convert to Table as requested: {problem}") from None


def _form(choice: Choice) -> Form | None:
    if choice.name not in JSON_NAMES:
        return None
    kind, group, version = (choice.parameters.get(name, "") for name in ("as", "g", "v"))
    if not (kind or group or version):
        return Form()
    known = kind in {TABLE, METADATA, METADATA_LIST} and group == _GROUP and version in _VERSIONS
    return Form(kind, version) if known else None


class Objects:
    """The objects themselves, byte for byte."""

    def __init__(self, resource: Resource) -> None:
        self.head = b'{"apiVersion":"%s","items":[' % resource.api_version.encode()
        self._kind = f"{resource.kind}List".encode()

    def item(self, body: bytes) -> bytes:
        """Give the object."""
        return body

    def tail(self, page: Page) -> bytes:
        """End the list; ``continue`` is there even when it is empty."""
        metadata = {"continue": page.token, "resourceVersion": page.version} | _remaining(page)
        return b'],"kind":"%s","metadata":%s}\n' % (self._kind, msgspec.json.encode(metadata))

    def single(self, body: bytes, version: str) -> bytes:  # noqa: ARG002 - it stands in the body
        """Give the object and a newline."""
        return body + b"\n"


class Metadata:
    """What every object has, without its spec and status."""

    def __init__(self, form: Form) -> None:
        kind, version = METADATA_LIST.encode(), form.api_version.encode()
        self.head = b'{"kind":"%s","apiVersion":"%s","items":[' % (kind, version)
        self._item = b'{"kind":"%s","apiVersion":"%s","metadata":' % (METADATA.encode(), version)

    def item(self, body: bytes) -> bytes:
        """Give the object's metadata."""
        return self.part(table.split(body))

    def part(self, parts: Mapping[str, bytes]) -> bytes:
        """Give the metadata of an object that was cut into its members before."""
        return self._item + parts["metadata"] + b"}"

    def tail(self, page: Page) -> bytes:
        """End the list."""
        return b'],"metadata":%s}\n' % _list_metadata(page)

    def single(self, body: bytes, version: str) -> bytes:  # noqa: ARG002 - it stands in the body
        """Give the object's metadata."""
        return self.item(body) + b"\n"


class Table:
    """Rows of cells, each with as much of its object as was asked for."""

    def __init__(self, form: Form, columns: Sequence[PrinterColumn], include: Include, now: float) -> None:
        defined = msgspec.json.encode(table.definitions(columns))
        version = form.api_version.encode()
        self.head = b'{"kind":"Table","apiVersion":"%s","columnDefinitions":%s,"rows":[' % (version, defined)
        self._metadata = Metadata(form)
        self._columns = columns
        self._include = include
        self._now = now

    def item(self, body: bytes) -> bytes:
        """Give the object's row."""
        parts = table.split(body)
        cells = msgspec.json.encode(table.cells(parts, self._columns, self._now))
        match self._include:
            case Include.OBJECT:
                beside = body
            case Include.METADATA:
                beside = self._metadata.part(parts)
            case Include.NONE:
                beside = b"null"
        return b'{"cells":%s,"object":%s}' % (cells, beside)

    def tail(self, page: Page) -> bytes:
        """End the table."""
        return b'],"metadata":%s}\n' % _list_metadata(page)

    def single(self, body: bytes, version: str) -> bytes:
        """Give a table of one row."""
        return self.head + self.item(body) + self.tail(Page(version))


def _list_metadata(page: Page) -> bytes:
    token = {"continue": page.token} if page.token else {}
    return msgspec.json.encode({"resourceVersion": page.version} | token | _remaining(page))


def _remaining(page: Page) -> dict[str, int]:
    return {"remainingItemCount": page.remaining} if page.token and page.remaining else {}
