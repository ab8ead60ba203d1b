"""How long a watch may say nothing before it counts as dead.

A server that sends bookmarks on a regular beat can be held to that beat. One that sends none (etcd 3.4) can only be
held to its promise to end the watch after ``timeoutSeconds``. Measured on Kubernetes 1.36 with etcd 3.6: the first
bookmark of a watch comes after two minutes, then one every 60 s.
"""

REGULAR_GAPS = 3
"""Gaps in a row that make a beat."""

GAP_RANGE = (5.0, 120.0)
"""Seconds between bookmarks that count as regular."""

TIGHTNESS = 3.0
"""How many beats may be missed."""

TIGHTEST = 150.0
"""Seconds; never less, since a reopened watch is silent for two minutes before its first bookmark."""

MARGIN = 30.0
"""Seconds beyond ``timeoutSeconds`` for a clean end to arrive."""


class Silence:
    """Learns the beat of one reflector's bookmarks, over all its watches.

    Times are seconds on a clock that never goes back.
    """

    def __init__(self) -> None:
        self._last: float | None = None
        self._gaps: list[float] = []

    def opened(self) -> None:
        """A watch was opened; the wait for its first bookmark is no gap between two."""
        self._last = None

    def bookmark(self, now: float) -> None:
        """A bookmark came."""
        if self._last is not None:
            self._learn(now - self._last)
        self._last = now

    def broken(self) -> None:
        """A watch fell silent: the beat cannot be relied on until it is seen again."""
        self._gaps.clear()
        self._last = None

    def limit(self, timeout_seconds: float) -> float:
        """Seconds without a byte after which a watch opened with ``timeoutSeconds`` counts as dead."""
        promised = timeout_seconds + MARGIN
        if len(self._gaps) < REGULAR_GAPS:
            return promised
        return min(promised, max(TIGHTEST, TIGHTNESS * max(self._gaps)))

    def _learn(self, gap: float) -> None:
        shortest, longest = GAP_RANGE
        if gap > longest:
            self._gaps.clear()
        elif gap >= shortest:
            self._gaps = [*self._gaps[1 - REGULAR_GAPS :], gap]
