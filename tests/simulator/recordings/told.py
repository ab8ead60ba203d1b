"""What a server was asked and what it told, as it is written into a recording."""

import zlib
from collections.abc import Mapping
from typing import Any

import msgspec

LONG = 10_000
"""Characters beyond which a text is told by its checksum."""


class Exchange(msgspec.Struct, omit_defaults=True):
    """One step of a story as it went: the request, with what it referred to in words, and the answer."""

    asked: str
    """Method and target."""
    sent: Any = None
    sent_headers: Mapping[str, str] = {}
    code: int = 0
    headers: Mapping[str, str] = {}
    """The headers that matter, by name in lower case."""
    body: Any = None
    """JSON as read, or text."""
    frames: list[Any] | None = None
    """Of a watch: each line as read."""


class Recording(msgspec.Struct):
    """A story and everything that was told."""

    story: str
    about: str
    exchanges: list[Exchange]


def shortened(value: Any) -> Any:
    """Give a value with a checksum in the place of every long text, so that a recording can be read."""
    match value:
        case dict():
            return {name: shortened(member) for name, member in value.items()}
        case list():
            return [shortened(member) for member in value]
        case str() if len(value) > LONG:
            return f"<{len(value)} characters, {zlib.crc32(value.encode()):08x}>"
        case _:
            return value
