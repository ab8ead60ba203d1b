"""The lines of a state file, to be changed by hand and put together again."""

import json
from collections.abc import Sequence
from zlib import crc32

import zstandard


def opened(data: bytes) -> list[bytes]:
    return zstandard.ZstdDecompressor().decompressobj().decompress(data).splitlines()


def compressed(*lines: bytes) -> bytes:
    return zstandard.compress(b"".join(line + b"\n" for line in lines))


def ended(lines: Sequence[bytes]) -> bytes:
    """A file with these lines and an end that fits them."""
    check = crc32(b"".join(line + b"\n" for line in lines))
    return compressed(*lines, json.dumps({"lines": len(lines), "crc32": check}).encode())
