"""In which form an answer is written: the objects themselves, their metadata alone, or a table for people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from exporter.simulator.api.cells import cell
from exporter.simulator.api.names import quoted
from exporter.simulator.api.query import Query
from exporter.simulator.api.words import JSON, bad_request, not_acceptable, plain_error
from exporter.simulator.history import Stored
from exporter.simulator.resources import Column, Kind

TABLE, METADATA, METADATA_LIST = "Table", "PartialObjectMetadata", "PartialObjectMetadataList"
META_GROUP = "meta.k8s.io"
NAME = Column(
    "Name",
    "string",
    ("metadata", "name"),
    "name",
    "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a "
    "client to request the generation of an appropriate name automatically. Name is primarily intended for creation "
    "idempotence and configuration definition. Cannot be updated. More info: "
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names",
)
MEDIA = frozenset({JSON, "application/*", "*/*"})
"""The names under which JSON is asked for."""

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Form:
    """What a caller wants to read."""

    kind: str = ""
    """``TABLE``, ``METADATA``, ``METADATA_LIST``, or empty for the objects themselves."""
    version: str = "v1"
    include: str = "Metadata"
    """What stands beside the cells of a row: ``Metadata``, ``Object`` or ``None``."""

    @property
    def api_version(self) -> str:
        """The ``apiVersion`` of what is in the group of metadata."""
        return f"{META_GROUP}/{self.version}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One format out of an ``Accept`` header."""

    media: str
    parameters: Mapping[str, str]
    weight: float


def read_accept(accept: str) -> list[Choice]:
    """Read an ``Accept`` header, the best choice first."""
    choices = []
    for element in accept.split(","):
        media, *rest = (part.strip() for part in element.split(";"))
        pairs = (part.partition("=") for part in rest)
        parameters = {name.strip(): value.strip().strip('"') for name, _, value in pairs}
        choices.append(Choice(media, parameters, _weight(parameters.get("q", "1"))))
    return sorted(choices, key=lambda choice: -choice.weight)


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0


@lru_cache(maxsize=256)
def choose_form(accept: str) -> Form:
    """Choose by an ``Accept`` header.

    Raises:
        Refused: 406 nothing in it can be written.
    """
    if not accept.strip():
        return Form()
    for choice in read_accept(accept):
        if choice.media in MEDIA and (form := _form(choice.parameters)):
            return form
    raise not_acceptable()


def _form(parameters: Mapping[str, str]) -> Form | None:
    kind, group, version = (parameters.get(name, "") for name in ("as", "g", "v"))
    if not (kind or group or version):
        return Form()
    known = kind in {TABLE, METADATA, METADATA_LIST} and group == META_GROUP and version in {"v1", "v1beta1"}
    return Form(kind, version) if known else None


def form_of(accept: str, query: Query) -> Form:
    """Choose the form of an answer.

    Raises:
        Refused: 406 there is none, 400 a table is to include what there is not.
    """
    form = choose_form(accept)
    if form.kind != TABLE:
        return form
    include = query.text("includeObject") or "Metadata"
    if include not in {"Metadata", "Object", "None"}:
        wanted = "must be 'Metadata', 'Object', 'None', or empty"
        problem = f"includeObject: Invalid value: {quoted(include)}: {wanted}"
        raise bad_request(f"Unable to convert to Table as requested: {problem}")
    return Form(TABLE, form.version, include)


def check_many(form: Form, kind: Kind) -> None:
    """Refuse a form that is for one object alone.

    Raises:
        Refused: 406.
    """
    if form.kind == METADATA:
        go_type = "unstructured.UnstructuredList" if kind.group else f"core.{kind.list_kind}"
        raise not_acceptable(f"you requested {METADATA}, but the requested object is a list (*{go_type})")


def check_one(form: Form, kind: Kind) -> None:
    """Refuse a form that is for lists alone, which a real server does not foresee of custom objects.

    Raises:
        Refused: 406 or 500.
    """
    if form.kind == METADATA_LIST and kind.group:
        raise plain_error("content is not a list")
    if form.kind == METADATA_LIST:
        problem = f"the requested object is not a list (*core.{kind.kind})"
        raise not_acceptable(f"you requested {METADATA_LIST}, but {problem}")


class Writer:
    """Writes objects of one kind in one form."""

    def __init__(self, kind: Kind, form: Form, now: float) -> None:
        self.form = form
        self._kind = kind
        self._now = now
        self._columns = (NAME, *kind.columns)
        self._defined = False

    def single(self, body: bytes, version: str) -> bytes:
        """Write an answer of one object."""
        if self.form.kind == TABLE:
            return b"".join((self._table_head({"resourceVersion": version}, defined=True), self._row(body), b"]}\n"))
        return self._written(body) + b"\n"

    def framed(self, body: bytes, version: str) -> bytes:
        """Write what stands in a frame of a watch; the first one of a table defines the columns."""
        if self.form.kind == TABLE:
            head = self._table_head({"resourceVersion": version}, defined=not self._defined)
            self._defined = True
            return b"".join((head, self._row(body), b"]}"))
        return self._written(body)

    def pieces(self, things: Sequence[Stored], metadata: "ListMetadata") -> Iterator[bytes]:
        """Write a list piece by piece."""
        end = b"]"
        if self.form.kind == METADATA_LIST and not things:
            yield b'{"items":'
            end = b"null"  # a real server has no empty list there
        else:
            yield self._rows_head() if self.form.kind == TABLE else b'{"items":['
        separator = b""
        for thing in things:
            yield separator + self._item(thing.body)
            separator = b","
        yield b'%b,"metadata":%b,%b}\n' % (
            end,
            _encode(metadata.written(self._is_custom)),
            self._list_kind(),
        )

    @property
    def _is_custom(self) -> bool:
        return not self.form.kind and bool(self._kind.group)

    def _item(self, body: bytes) -> bytes:
        if self.form.kind == TABLE:
            return self._row(body)
        if self.form.kind:
            return self._metadata(_members.decode(body))
        return body if self._kind.group else _untyped(body)

    def _written(self, body: bytes) -> bytes:
        return self._metadata(_members.decode(body)) if self.form.kind else body

    def _metadata(self, members: Mapping[str, msgspec.Raw]) -> bytes:
        return b'{"kind":"%b","apiVersion":"%b","metadata":%b}' % (
            METADATA.encode(),
            self.form.api_version.encode(),
            bytes(members["metadata"]),
        )

    def _row(self, body: bytes) -> bytes:
        members = _members.decode(body)
        cells = [cell(members, column, self._now) for column in self._columns]
        match self.form.include:
            case "Object":
                beside = body
            case "Metadata":
                beside = self._metadata(members)
            case _:
                beside = b"null"
        return b'{"cells":%b,"object":%b}' % (_encode(cells), beside)

    def _list_kind(self) -> bytes:
        if self.form.kind:
            return b'"kind":"%b","apiVersion":"%b"' % (self.form.kind.encode(), self.form.api_version.encode())
        return b'"kind":"%b","apiVersion":"%b"' % (self._kind.list_kind.encode(), self._kind.api_version.encode())

    def _rows_head(self) -> bytes:
        return b'{"columnDefinitions":%b,"rows":[' % _encode(definitions(self._columns))

    def _table_head(self, metadata: Mapping[str, Any], *, defined: bool) -> bytes:
        return b'{"kind":"Table","apiVersion":"%b","metadata":%b,"columnDefinitions":%b,"rows":[' % (
            self.form.api_version.encode(),
            _encode(metadata),
            _encode(definitions(self._columns) if defined else None),
        )


def definitions(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Describe the columns of a table."""
    return [
        {
            "name": column.name,
            "type": column.type,
            "format": column.format,
            "description": column.description,
            "priority": 0,
        }
        for column in columns
    ]


@dataclass(slots=True)
class ListMetadata:
    """What a list tells about itself."""

    version: int
    token: str = ""
    remaining: int | None = None

    def written(self, is_custom: bool) -> dict[str, Any]:  # noqa: FBT001 - it is the one thing that matters
        """Give it as it is written; only a list of custom objects has an empty token."""
        told: dict[str, Any] = {"resourceVersion": str(self.version)}
        if self.token or is_custom:
            told["continue"] = self.token
        if self.remaining is not None:
            told["remainingItemCount"] = self.remaining
        return told


def _untyped(body: bytes) -> bytes:
    """An object of a built-in kind stands in a list without its type."""
    members = _members.decode(body)
    return _encode({name: raw for name, raw in members.items() if name not in {"kind", "apiVersion"}})
