"""Numbers over time: a point each few seconds, for as long as an hour, in rings that do not grow."""

from collections import deque
from collections.abc import Mapping, Sequence

STEP = 5.0
"""Seconds between two points."""
POINTS = 720
"""An hour of them."""


class Trend:
    """A ring of points for each name. Of a counter, a point holds what it rose by since the point before."""

    def __init__(self, step: float = STEP, points: int = POINTS) -> None:
        self.step = step
        self._points = points
        self._times: deque[float] = deque(maxlen=points)
        self._series: dict[str, deque[float | None]] = {}
        self._counters: dict[str, float] = {}

    @property
    def times(self) -> Sequence[float]:
        """When each point was taken, in epoch seconds, the newest last."""
        return tuple(self._times)

    def series(self, name: str) -> Sequence[float | None]:
        """The numbers of one name at these times; None where nothing is known."""
        return tuple(self._series.get(name, (None,) * len(self._times)))

    def sample(self, now: float, counters: Mapping[str, float], gauges: Mapping[str, float]) -> None:
        """Take a point, at ``now`` in epoch seconds. Points that should have been taken meanwhile are left empty.

        Where the clock was set back, everything before is forgotten: the points would not be in order.
        """
        if self._times and now <= self._times[-1]:
            self._times.clear()
            self._series.clear()
        if self._times:
            self._skip(now)
        before, self._counters = self._counters, dict(counters)
        risen = {name: _rise(before.get(name), count) for name, count in counters.items()}
        self._append(now, {**risen, **gauges})

    def _skip(self, now: float) -> None:
        missed = min(round((now - self._times[-1]) / self.step) - 1, self._points)
        for steps in range(missed, 0, -1):
            self._append(now - steps * self.step, {})

    def _append(self, time: float, numbers: Mapping[str, float | None]) -> None:
        for name in numbers.keys() - self._series.keys():
            self._series[name] = deque([None] * len(self._times), maxlen=self._points)
        self._times.append(time)
        for name, ring in self._series.items():
            ring.append(numbers.get(name))


def _rise(before: float | None, now: float) -> float | None:
    """What a counter rose by; None where it is new, or began again."""
    return None if before is None or now < before else now - before
