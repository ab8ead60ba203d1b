"""Where a checkpoint lies: one file that is replaced as a whole, and others beside it that could not be used.

All of it blocks.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from exporter.checkpoint.form import Trouble, Unusable

MODE = 0o600
MOST_ASIDE = 5
"""Files that are kept aside; the oldest gives way."""


def check(path: Path) -> str:
    """Say why no checkpoint can lie at a path; empty when one can. Whether it may be written, time will tell."""
    if not path.name:
        return f"{path} is no name of a file"
    if not path.parent.exists():
        return f"there is no folder {path.parent}"
    if not path.parent.is_dir():
        return f"{path.parent} is no folder"
    if path.exists() and not path.is_file():
        return f"{path} is there and no file"
    return ""


def find(path: Path) -> BinaryIO | None:
    """Open the file to read it; None where there is none.

    Raises:
        Unusable: it may not be read, or is no file.
    """
    try:
        # A pipe would keep whoever opens it waiting for a writer.
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unusable(Trouble.UNREADABLE, said(error)) from error
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise Unusable(Trouble.UNREADABLE, "it is no file")
    return os.fdopen(number, "rb")


def replace(path: Path, pieces: Iterable[bytes]) -> int:
    """Put a file in the place of another, or leave that as it is; give the size.

    Once this returns it stays, even if the machine loses power; at any moment before, a reader finds one of the two.

    Raises:
        OSError: it could not be written. Whatever the pieces raise comes through.
    """
    beside = path.with_name(path.name + ".tmp")
    try:
        size = _write(beside, pieces)
        beside.replace(path)
    except BaseException:
        _remove(beside)
        raise
    _settle(path.parent)
    return size


def set_aside(path: Path) -> Path | None:
    """Give a file another name, so that nothing overwrites it, and give that; None for what is no file.

    Raises:
        OSError: it has to stay where it is.
    """
    if not stat.S_ISREG(path.lstat().st_mode):
        return None
    names = [
        path.with_name(f"{path.name}.damaged{number}") for number in ("", *(f".{n}" for n in range(2, MOST_ASIDE + 1)))
    ]
    free = next((name for name in names if not name.exists()), None)
    return path.replace(free or min(names, key=lambda name: name.lstat().st_mtime))


def said(error: OSError) -> str:
    """Say what the system said, without the path."""
    return error.strerror or repr(error)


def _write(path: Path, pieces: Iterable[bytes]) -> int:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, MODE)
    with os.fdopen(number, "wb") as file:
        os.fchmod(number, MODE)  # one may have been there, with another mode
        size = sum(file.write(piece) for piece in pieces)
        file.flush()
        os.fsync(number)
    return size


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):  # the error that led here says more
        path.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # some file systems cannot do it for a folder
            raise
    finally:
        os.close(number)
