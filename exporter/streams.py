"""The standard streams as they may be met: closed, full, or with nobody who reads."""

import os
import sys
from typing import TextIO

STDOUT, STDERR = 1, 2


def open_closed() -> None:
    """Put the null device where a standard stream was closed before the start.

    Otherwise the next socket would take the number of that stream; libuv, for one, aborts when it closes such a one.
    """
    for number in (0, STDOUT, STDERR):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    sys.stdout = sys.stdout or _stream(STDOUT)
    sys.stderr = sys.stderr or _stream(STDERR)


def write(stream: TextIO, text: str = "") -> None:
    """Write a text, and what the stream still holds, down to the file or the pipe behind it.

    Raises:
        OSError: it cannot be written, and is lost. Nothing stays for the interpreter, which writes once more at its
            end and takes a failure there for its own.
    """
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        _divert(stream)
        raise


def _stream(number: int) -> TextIO:
    return os.fdopen(number, "w", encoding="utf-8", closefd=False)


def _divert(stream: TextIO) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)
