"""What went wrong inside of the simulator, told to whoever started it: one line each, on stderr."""

import contextlib
import sys
from collections.abc import Callable
from typing import TypeAlias

LONGEST = 500
"""Characters of a line that are told."""

Complain: TypeAlias = Callable[[str], None]


def complain(line: str) -> None:
    """Tell it, if somebody is still there to read it."""
    with contextlib.suppress(OSError, ValueError):  # closed by whoever has read enough, or by ourselves
        sys.stderr.write(f"simulator: {line[:LONGEST]}\n")
        sys.stderr.flush()
