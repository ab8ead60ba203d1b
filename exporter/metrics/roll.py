"""A roll has one row for each object: what an object shows is written when it changes, and joined when it is scraped.

What there is to show is the business of a ``Portrayal``, which is pure; the roll keeps the state of each object, the
lines it shows, and when time alone will change them. A scrape pays for what came due since the last one, and for
joining the lines. An object that goes leaves nothing behind.
"""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from heapq import heapify, heappop, heappush
from typing import Any, Protocol, TypeAlias

import msgspec

from exporter.kube.objects import Key, split_key
from exporter.metrics.family import Declaration, Family, check_together
from exporter.metrics.text import Format, head, number, prefix
from exporter.store.delta import Added, Deleted, Delta, Synced, Updated

SLICE_ROWS = 512
"""Rows of one family after which a slice of a rendering ends, as a rule: 100 to 300 kB."""
ROW_LABELS = 2
"""The labels with which all families begin: the namespace, and what the kind calls its name."""

Shown: TypeAlias = tuple[tuple[tuple[str, ...], float], ...]
"""What an object shows in one family: the values of the labels that follow those of the row, and a number; few."""


class Portrayal(Protocol):
    """What each object of a kind shows. Pure; states are immutable, and times are epoch seconds."""

    @property
    def families(self) -> tuple[Family, ...]:
        """All families, none of them a histogram or a summary. They begin with the labels of the row."""

    def begin(self, projection: Any, now: int) -> Any:
        """Give the state of an object that is there, and was not known before."""

    def update(self, state: Any, projection: Any, now: int) -> Any:
        """Give the state after the object was changed."""

    def tell(self, state: Any, fact: Any, now: int) -> Any:
        """Give the state after something was told of the object. Facts of one object can be added up with ``+``."""

    def advance(self, state: Any, now: int, known: float) -> Any:
        """Give the state of an object that is as before, at a later moment.

        What can only be said of a moment of which everything has been told is said up to ``known``.
        """

    def due(self, state: Any) -> float | None:
        """Give the moment from which ``advance`` has something to do; None if time does not matter."""

    def shows(self, state: Any) -> tuple[Shown, ...]:
        """Give what the object shows in each family, in their order."""


class RollStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """The roll about itself."""

    series: int
    rows: int
    overflowed: int
    """Objects that are there and have no row."""
    facts_dropped: int
    """How often something was told of objects that stayed unknown for too long."""


class _Row:
    """One object."""

    __slots__ = ("due", "labels", "state")

    def __init__(self, key: Key, state: Any) -> None:
        self.labels = split_key(key)
        self.state = state
        self.due: float | None = None


class Roll:
    """A handler of deltas that shows each object by itself, up to a limit."""

    def __init__(
        self,
        portrayal: Portrayal,
        *,
        now: Callable[[], float],
        known: Callable[[], float] | None = None,
        limit: int = 2_000,
    ) -> None:
        """Begin with nothing.

        Args:
            portrayal: what an object shows.
            now: epoch seconds by the clock of those who write the objects' times.
            known: up to when everything has been told, by the same clock; ``now`` unless given. While the cache does
                not follow the API server, this should stand still, or nobody could tell what was missed from what
                was not heard yet.
            limit: how many objects have a row. When one goes, the one that has waited longest takes its place.

        Raises:
            Declaration: two families clash, or one is not of rows.
        """
        _check(portrayal.families)
        self._portrayal = portrayal
        self._now = now
        self._known = known or now
        self._limit = limit
        self._rows: dict[Key, _Row] = {}
        self._beyond: dict[Key, Any] = {}
        """The projections of the objects that have no row."""
        self._untold: dict[Key, Any] = {}
        """Facts about objects that have no row, or are not known."""
        self._dropped = 0
        self._lines: dict[Family, dict[Key, bytes]] = {family: {} for family in portrayal.families}
        self._series = 0
        self._moments: list[tuple[float, Key]] = []
        self._whole = False

    def apply(self, delta: Delta) -> None:
        """Take one delta in. Deltas must come in order, and each object begin with ``Added``."""
        match delta:
            case Added():
                self._enter(delta.key, delta.new.projection)
            case Updated():
                self._update(delta.key, delta.new.projection)
            case Deleted():
                self._leave(delta.key)
            case Synced():
                self._whole = True
            case _:
                pass  # Resynced brings no news.

    def tell(self, key: Key, fact: Any) -> None:
        """Take in what became known of an object from elsewhere; kept for a while if it has no row (yet)."""
        row = self._rows.get(key)
        if row is not None:
            self._become(key, row, self._portrayal.tell(row.state, fact, int(self._now() // 1)))
            return
        before = self._untold.pop(key, None)
        self._untold[key] = fact if before is None else before + fact
        if len(self._untold) > self._limit:
            del self._untold[next(iter(self._untold))]
            self._dropped += 1

    def advance(self) -> None:
        """Let the objects come to the present moment. A scrape does so; do it now and then between scrapes, too."""
        now, known = int(self._now() // 1), self._known()
        due = {}
        while self._moments and self._moments[0][0] <= now:
            moment, key = heappop(self._moments)
            row = self._rows.get(key)
            if row is not None and row.due == moment:
                due[key] = row
        for key, row in due.items():
            row.due = None
            self._become(key, row, self._portrayal.advance(row.state, now, known))

    def slices(self, fmt: Format, names: AbstractSet[str] = frozenset()) -> Iterator[bytes]:
        """Give all families (or those named) in slices of about 256 kB, without the end of the exposition.

        All slices tell of the moment of this call. Nothing is given before the first list has been told whole.
        """
        if not self._whole:
            return iter(())
        self.advance()
        asked = [(family, list(lines.values())) for family, lines in self._lines.items() if family.is_asked(names)]
        return _slices([(head(family, fmt), rows) for family, rows in asked if rows])

    def statistics(self) -> RollStatistics:
        """How much is kept."""
        return RollStatistics(
            series=self._series,
            rows=len(self._rows),
            overflowed=len(self._beyond),
            facts_dropped=self._dropped,
        )

    def _enter(self, key: Key, projection: Any) -> None:
        if len(self._rows) >= self._limit:
            self._beyond[key] = projection
            return
        state = self._portrayal.begin(projection, int(self._now() // 1))
        fact = self._untold.pop(key, None)
        if fact is not None:
            state = self._portrayal.tell(state, fact, int(self._now() // 1))
        row = self._rows[key] = _Row(key, state)
        self._write(key, row, (), self._portrayal.shows(state))
        self._plan(key, row)

    def _update(self, key: Key, projection: Any) -> None:
        row = self._rows.get(key)
        if row is None:
            self._beyond[key] = projection
        else:
            self._become(key, row, self._portrayal.update(row.state, projection, int(self._now() // 1)))

    def _leave(self, key: Key) -> None:
        row = self._rows.pop(key, None)
        if row is None:
            self._beyond.pop(key, None)
            return
        self._series -= sum(map(len, self._portrayal.shows(row.state)))
        for lines in self._lines.values():
            lines.pop(key, None)
        if self._beyond:
            longest = next(iter(self._beyond))
            self._enter(longest, self._beyond.pop(longest))

    def _become(self, key: Key, row: _Row, state: Any) -> None:
        before, row.state = row.state, state
        self._write(key, row, self._portrayal.shows(before), self._portrayal.shows(state))
        self._plan(key, row)

    def _write(self, key: Key, row: _Row, before: tuple[Shown, ...], after: tuple[Shown, ...]) -> None:
        olds = before or ((),) * len(after)
        for (family, lines), old, new in zip(self._lines.items(), olds, after, strict=True):
            if new == old:
                continue
            self._series += len(new) - len(old)
            if new:
                lines[key] = b"".join([_line(family, (*row.labels, *values), amount) for values, amount in new])
            else:
                lines.pop(key, None)

    def _plan(self, key: Key, row: _Row) -> None:
        due = self._portrayal.due(row.state)
        if due is not None and due != row.due:
            heappush(self._moments, (due, key))
        row.due = due
        if len(self._moments) > 2 * len(self._rows) + SLICE_ROWS:
            self._moments = [(one.due, key) for key, one in self._rows.items() if one.due is not None]
            heapify(self._moments)


def _line(family: Family, labels: tuple[str, ...], amount: float) -> bytes:
    return prefix(family.name, family.labels, labels) + number(amount) + b"\n"


def _slices(families: list[tuple[bytes, list[bytes]]]) -> Iterator[bytes]:
    parts: list[bytes] = []
    for introduction, rows in families:
        parts.append(introduction)
        for start in range(0, len(rows), SLICE_ROWS):
            parts += rows[start : start + SLICE_ROWS]
            if len(parts) >= SLICE_ROWS:
                yield b"".join(parts)
                parts = []
    if parts:
        yield b"".join(parts)


def _check(families: tuple[Family, ...]) -> None:
    check_together(families)
    for family in families:
        if len(family.sample_names) > 1 or len(family.labels) < ROW_LABELS or family.labels[0] != "namespace":
            raise Declaration(f"family {family.name!r}: one that shows objects has lines with their names")
