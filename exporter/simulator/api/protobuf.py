"""Objects in the binary form, as far as kubectl sends it: the name, labels and annotations of a namespace."""

from collections.abc import Iterator
from typing import Any

MAGIC = b"k8s\x00"
_LENGTH_DELIMITED, _VARINT = 2, 0
_FIXED = {1: 8, 5: 4}
"""Bytes of a number of fixed size, by its wire type."""
_TYPE, _RAW = 1, 2
_API_VERSION, _KIND = 1, 2
_METADATA = 1
_TEXTS = {1: "name", 2: "generateName", 3: "namespace", 5: "uid", 6: "resourceVersion"}
_MAPS = {11: "labels", 12: "annotations"}


def read_namespace(body: bytes) -> dict[str, Any]:
    """Read an object of which nothing but the metadata matters.

    Raises:
        ValueError: it is no such thing.
    """
    if not body.startswith(MAGIC):
        raise ValueError("it does not begin as an object does")
    thing: dict[str, Any] = {"metadata": {}}
    for number, content in _fields(body[len(MAGIC) :]):
        if number == _TYPE:
            texts = dict(_fields(content))
            thing["apiVersion"] = texts.get(_API_VERSION, b"").decode()
            thing["kind"] = texts.get(_KIND, b"").decode()
        elif number == _RAW:
            for part, metadata in _fields(content):
                if part == _METADATA:
                    thing["metadata"] = _read_metadata(metadata)
    return thing


def _read_metadata(content: bytes) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for number, value in _fields(content):
        if number in _TEXTS and value:
            metadata[_TEXTS[number]] = value.decode()
        elif number in _MAPS:
            entry = dict(_fields(value))
            metadata.setdefault(_MAPS[number], {})[entry.get(1, b"").decode()] = entry.get(2, b"").decode()
    return metadata


def _fields(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the fields that have a length, by number; numbers are passed over."""
    place = 0
    while place < len(content):
        head, place = _varint(content, place)
        number, form = head >> 3, head & 7
        if form == _VARINT:
            _, place = _varint(content, place)
        elif form == _LENGTH_DELIMITED:
            size, place = _varint(content, place)
            if place + size > len(content):
                raise ValueError("it ends too early")
            yield number, content[place : place + size]
            place += size
        elif form in _FIXED:
            place += _FIXED[form]
        else:
            raise ValueError("it has a field of an unknown form")


def _varint(content: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(content):
        byte = content[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004 - the highest bit says that more follows
            return value, place
    raise ValueError("it ends too early")
