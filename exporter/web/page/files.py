"""The files of the page: read from the package once, and answered by their names alone."""

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

import msgspec
from aiohttp.web import BaseRequest, Response

from exporter.web.conditions import not_modified
from exporter.web.exchange import path_of
from exporter.web.negotiation import accepts_gzip
from exporter.web.page.headers import GUARDS

FRONT = "index.html"
"""The file that is answered under ``/``."""
BELOW = "/static/"
"""Where the others are, by their paths in the folder."""

_TEXT = "; charset=utf-8"
_TYPES = {
    ".css": f"text/css{_TEXT}",
    ".html": f"text/html{_TEXT}",
    ".js": f"text/javascript{_TEXT}",
    ".svg": f"image/svg+xml{_TEXT}",
}
_OTHERWISE = f"text/plain{_TEXT}"
"""What a licence is, under whatever name."""


class File(msgspec.Struct, frozen=True):
    """One file, as it is sent."""

    type: str
    plain: bytes
    packed: bytes | None
    """The same in gzip; None where that is not smaller."""
    digest: str


class Files:
    """All files of a folder. What is no name of one of them is not found, whatever it is."""

    def __init__(self, folder: Traversable | None = None) -> None:
        """Read them. Blocks for a few milliseconds. Without a folder they are those of the package."""
        folder = folder or files("exporter.web.page").joinpath("static")
        read = dict(_read(folder, PurePosixPath()))
        front = {"/": read[FRONT]} if FRONT in read else {}
        self.paths: Mapping[str, File] = front | {f"{BELOW}{name}": file for name, file in read.items()}
        """By the paths under which they are answered."""

    async def answer(self, request: BaseRequest) -> Response:
        """The file under one of ``paths``, or 304."""
        file = self.paths[path_of(request)]
        encodings = ",".join(request.headers.getall("Accept-Encoding", ()))
        packed = file.packed if accepts_gzip(encodings) else None
        headers = {
            "Content-Type": file.type,
            "Cache-Control": "no-cache",
            "ETag": f'"{file.digest}{"-gzip" if packed else ""}"',
            **GUARDS,
        }
        if file.packed:
            headers["Vary"] = "Accept-Encoding"
        if unchanged := not_modified(request, headers):
            return unchanged
        if packed is None:
            return Response(body=file.plain, headers=headers)
        return Response(body=packed, headers=headers | {"Content-Encoding": "gzip"})


def _read(folder: Traversable, below: PurePosixPath) -> Iterator[tuple[str, File]]:
    for entry in folder.iterdir():
        if entry.name.startswith((".", "__")):
            continue  # what an editor or an interpreter left there
        if entry.is_dir():
            yield from _read(entry, below / entry.name)
        else:
            yield str(below / entry.name), _file(entry.name, entry.read_bytes())


def _file(name: str, plain: bytes) -> File:
    packed = gzip.compress(plain, mtime=0)
    digest = hashlib.sha256(plain).hexdigest()[:32]
    type_ = _TYPES.get(PurePosixPath(name).suffix, _OTHERWISE)
    return File(type_, plain, packed if len(packed) < len(plain) else None, digest)
