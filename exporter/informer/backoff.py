"""How long to wait before the next try: exponential, jittered, forgetful. No clock and no sleep of its own."""

from collections.abc import Callable

import msgspec


class Pace(msgspec.Struct, frozen=True):
    """The waits after one cause of failure, in seconds."""

    first: float
    most: float


class Backoff:
    """Doubles the wait with each failure in a row, and forgets the row after a healthy spell.

    ``random`` gives floats in [0, 1), like ``random.random``. One row is kept for all causes: a server that answers
    now this error and now that one is not asked twice as often for it.
    """

    def __init__(self, random: Callable[[], float], *, jitter: float = 0.2, forget: float = 60.0) -> None:
        self._random = random
        self._jitter = jitter
        self._forget = forget
        self._failures = 0
        self._ready_at = float("-inf")

    def delay(self, pace: Pace, now: float) -> float:
        """Count one failure and give the seconds to wait: ``first * 2**n``, at most ``most``, +- the jitter.

        ``now`` is any clock that never goes back.
        """
        if now - self._ready_at >= self._forget:
            self._failures = 0
        # 2.0 ** 1024 overflows; no pace gets anywhere near 2 ** 60.
        full: float = min(pace.most, pace.first * 2.0 ** min(self._failures, 60))
        self._failures += 1
        wait = full * (1 + self._jitter * (2 * self._random() - 1))
        self._ready_at = now + wait
        return wait
