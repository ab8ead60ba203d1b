"""Waits for real processes: asks again until the answer is yes or the deadline has passed."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(ask: Callable[[], T | None], what: str, *, seconds: float = 60.0, pause: float = 0.05) -> T:
    """Give the first answer that is neither None nor False.

    Raises:
        TimeoutError: there was none within the given seconds; the message repeats ``what``.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer is not None and answer is not False:
            return answer
        if time.monotonic() >= deadline:
            raise TimeoutError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(pause)
