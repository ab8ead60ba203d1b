"""Bytes become objects: plain dicts, or a type of the caller's. What does not fit is kept, counted and found out."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from exporter.kube.errors import Malformed
from exporter.kube.objects import Key, Meta
from exporter.kube.wire import members
from exporter.store import index as store_index
from exporter.store.delta import Document

T = TypeVar("T")

IndexFunction: TypeAlias = Callable[[T], str | Iterable[str] | None]
"""Gives the values of an object in one index: one text, several, or None. What it raises is counted: no values."""

_UNREADABLE = (msgspec.ValidationError, UnicodeDecodeError, RecursionError)


class Misfit(ValueError):
    """An object cannot be decoded into the type that was asked for; its bytes are there nevertheless (``raw``)."""

    def __init__(self, key: Key, reason: str) -> None:
        self.key = key
        super().__init__(f"{key}: {reason}")


class _Opened(Document, frozen=True, gc=False, kw_only=True):
    """A document with the whole object, for the index functions; like any document it is not kept."""

    whole: Any


class _Headed(msgspec.Struct, gc=False):
    metadata: Meta


_headed = msgspec.json.Decoder(_Headed)
_metas = msgspec.json.Decoder(Meta)


class Reader(Generic[T]):
    """Reads objects of one type, and what the store keeps about them: nothing besides metadata and indexes.

    An object is decoded when it arrives only if somebody wants that: index functions, or a type it may not fit.
    """

    def __init__(self, kind: type[T], indexes: Mapping[str, IndexFunction[T]]) -> None:
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(kind)
        self._opens = bool(indexes) or kind is not dict
        self.indexes = {name: _of_document(function) for name, function in indexes.items()}

    def object(self, key: Key, body: bytes) -> T:
        """Decode an object.

        Raises:
            Misfit: it is not of the type.
        """
        try:
            return self._decoder.decode(body)
        except RecursionError:
            raise Misfit(key, "nested too deeply") from None
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Misfit(key, str(error)) from error

    def document(self, body: bytes) -> Document:
        """Read what the store wants to know of an object.

        Raises:
            Malformed: not a JSON object with readable metadata.
        """
        meta = _meta(body)
        if not self._opens:
            return Document(meta, None, _kin(meta))
        try:
            return _Opened(meta, None, _kin(meta), whole=self.object(meta.key, body))
        except Misfit as misfit:
            return Document(meta, None, _kin(meta), str(misfit))


def _of_document(function: IndexFunction[T]) -> store_index.IndexFunction:
    def values(document: Document) -> tuple[str, ...]:
        given = function(document.whole) if isinstance(document, _Opened) else None
        if given is None:
            return ()
        return (given,) if isinstance(given, str) else tuple(given)

    return values


def _meta(body: bytes) -> Meta:
    try:
        meta = _headed.decode(body).metadata
    except _UNREADABLE:
        meta = _meta_apart(body)
    except msgspec.DecodeError as error:
        raise Malformed(f"not an object ({error}), {len(body)} bytes") from error
    if not meta.name:
        raise Malformed("an object without a name")
    return meta


def _meta_apart(body: bytes) -> Meta:
    """Read the metadata of an object whose other parts cannot be read: nested too deeply, say."""
    try:
        return _metas.decode(members(body).get("metadata", b""))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"not an object with metadata ({error}), {len(body)} bytes") from error


_HASHES = re.compile(r"(?:-(?:[a-z0-9]*[0-9][a-z0-9]*)?)+$")


def _kin(meta: Meta) -> str:
    """Objects that one thing makes resemble each other, whatever hash or date is in its name."""
    maker = meta.generate_name or next((one.name for one in meta.owner_references or () if one.controller), "")
    return f"{meta.namespace}/{_HASHES.sub('', maker)}"
