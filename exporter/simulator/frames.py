"""The lines of a watch: one for each thing that happened, ended by a newline."""

import msgspec

_encode = msgspec.json.Encoder().encode


def framed(type_: str, body: bytes) -> bytes:
    """Give the line that tells of an object, which is JSON already."""
    return b'{"type":"%b","object":%b}\n' % (type_.encode(), body)


def frame_of(type_: str, thing: object) -> bytes:
    """Give the line that tells of an object."""
    return framed(type_, _encode(thing))
