"""Series in rows and columns: a row is a namespace, or a group in one; a column is one series kept for each row.

Columns are all declared when a kind is defined; which rows there are is decided in ``places``. The series of one family
over all rows are an account, which is what a scrape writes.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from exporter.metrics.exemplar import NOTING, Noting, NotingHistogram, NotingNumber
from exporter.metrics.family import Declaration, Family, Type
from exporter.metrics.series import Due, Histogram, Latest, Number, Oldest, Series, Summary
from exporter.metrics.text import Format, head

OVERFLOW = "__overflow__"
"""The name of the row shared by what found no place of its own."""

SLICE_LINES = 1_024
"""Lines after which a slice of a rendering ends, at most twice that: some 150 to 300 kB, and 1 or 2 ms to write."""

_USUAL: dict[Type, type[Series]] = {Type.HISTOGRAM: Histogram, Type.SUMMARY: Summary}
_FITTING: dict[Type, tuple[type[Series], ...]] = {
    Type.COUNTER: (Number, NotingNumber),
    Type.GAUGE: (Number, Oldest, Due, Latest),
    Type.HISTOGRAM: (Histogram, NotingHistogram),
    Type.SUMMARY: (Summary,),
}
"""What the columns of a family of each type may keep; those of any other type: a number."""


class Column:
    """One series kept for each row: a family, and the values of its own labels."""

    __slots__ = ("by_group", "eager", "exemplars", "family", "keeps", "values")

    def __init__(
        self,
        family: Family,
        *values: str,
        by_group: bool = False,
        eager: bool = True,
        keeps: type[Series] | None = None,
        exemplars: bool = False,
    ) -> None:
        """Declare a column.

        Raises:
            Declaration: exemplars are wanted of what cannot have any.
        """
        self.family = family
        self.values = values
        """The values of those labels of the family that follow the labels of the row."""
        self.by_group = by_group
        """Whether a row is a group in a namespace, or a whole namespace."""
        self.eager = eager
        """Whether a new row shows the column at 0. NB ``increase()`` misses the first count of any other, unless it is
        opened before that count."""
        self.exemplars = exemplars
        """Whether the lines carry exemplars (in OpenMetrics): only of counters and histograms."""
        self.keeps: type[Series] = keeps or _USUAL.get(family.type, Number)
        """What becomes of the amounts; unless said, the type of the family tells."""
        if exemplars:
            self.keeps = _noting(family, self.keeps)


Entry: TypeAlias = tuple[Column, float]
Entries: TypeAlias = tuple[Entry, ...]
"""Amounts (to add, to observe, or times), and for which columns. Constants as far as possible: making them costs."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an account held at one moment, to be written later."""

    head: bytes
    series: list[Series]
    values: list[Any]
    write: Callable[[Any, Any], bytes]
    """Gives the lines of a series with a value."""
    lines: int
    """Lines of each series."""


class Account:
    """All series of one family, in the order in which they were opened."""

    def __init__(self, family: Family, keeps: type[Series]) -> None:
        self.family = family
        self.keeps = keeps
        self._noting = keeps in NOTING.values()
        self._heads = {fmt: head(family, fmt) for fmt in Format}
        self._series: dict[tuple[str, ...], Series] = {}

    def __iter__(self) -> Iterator[Series]:
        return iter(self._series.values())

    @property
    def line_count(self) -> int:
        """How many lines the series have now."""
        return len(self._shown() if self.keeps.fitful else self._series) * self.family.lines

    def open(self, values: tuple[str, ...]) -> Series:
        """Start a series with nothing in it."""
        series = self._series[values] = self.keeps(self.family, values)
        return series

    def close(self, values: tuple[str, ...]) -> None:
        """End a series."""
        del self._series[values]

    def snapshot(self, fmt: Format) -> Snapshot | None:
        """Give what is shown as of now; None when that is nothing."""
        series = self._shown()
        if not series:
            return None
        if self._noting and fmt.openmetrics:
            shown = [one.shown for one in cast(list[Noting], series)]
            return Snapshot(
                self._heads[fmt], series, shown, cast(type[Noting], self.keeps).write_shown, self.family.lines
            )
        values = [one.value for one in series]
        return Snapshot(self._heads[fmt], series, values, self.keeps.write, self.family.lines)

    def _shown(self) -> list[Series]:
        every = self._series.values()
        return [series for series in every if series.value is not None] if self.keeps.fitful else list(every)


class Sheet:
    """The accounts of all columns."""

    def __init__(self, columns: Iterable[Column]) -> None:
        self.columns = tuple(columns)
        if len({(column.family.name, column.values) for column in self.columns}) < len(self.columns):
            raise Declaration("two columns have the same family and the same labels")
        for column in self.columns:
            _check(column, self.columns)
        self._accounts = {column.family: Account(column.family, column.keeps) for column in self.columns}
        self._account = {column: self._accounts[column.family] for column in self.columns}
        self._now = -math.inf
        self._timed = [account for account in self if account.keeps is Due]

    @property
    def series_count(self) -> int:
        """How many lines all accounts have together, each of which is a series to Prometheus."""
        return sum(account.line_count for account in self._accounts.values())

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def account(self, column: Column) -> Account:
        """The account to which a column belongs."""
        return self._account[column]

    def advance(self, now: float) -> None:
        """Let it be so late for all series that follow the time; an earlier moment than the last changes nothing."""
        self._now = max(now, self._now)
        for account in self._timed:
            for series in account:
                cast(Due, series).advance(self._now)

    def slices(self, fmt: Format, names: AbstractSet[str]) -> Iterator[bytes]:
        """Give all families (or those named) in slices of about 256 kB, without the end of the exposition.

        All slices tell of the moment of this call, however long the caller takes to draw them: the values are copied
        here, and the drawing writes those lines anew whose value is not the one last written.
        """
        asked = [account for account in self if account.family.is_asked(names)]
        return _sliced([snapshot for account in asked if (snapshot := account.snapshot(fmt))])


def _sliced(snapshots: list[Snapshot]) -> Iterator[bytes]:
    parts: list[bytes] = []
    lines = 0
    for snapshot in snapshots:
        parts.append(snapshot.head)
        step = max(1, SLICE_LINES // snapshot.lines)
        for start in range(0, len(snapshot.series), step):
            end = start + step
            parts += map(snapshot.write, snapshot.series[start:end], snapshot.values[start:end])
            lines += len(snapshot.series[start:end]) * snapshot.lines
            if lines >= SLICE_LINES:
                yield b"".join(parts)
                parts, lines = [], 0
    if parts:
        yield b"".join(parts)


def _noting(family: Family, keeps: type[Series]) -> type[Noting]:
    if keeps not in NOTING:
        raise Declaration(f"family {family.name!r}: only counters and histograms have exemplars")
    return NOTING[keeps]


def _check(column: Column, columns: Iterable[Column]) -> None:
    family, keeps = column.family, column.keeps
    fitting = _FITTING.get(family.type, (Number,))
    if keeps not in fitting or any(one.keeps is not keeps for one in columns if one.family is family):
        raise Declaration(f"family {family.name!r}: {keeps.__name__} is not what its columns can keep")


class Cells(dict[Column, Series]):
    """The series of a row by column; one that is asked for and not there is opened."""

    __slots__ = ("_labels", "_sheet")

    def __init__(self, sheet: Sheet, labels: tuple[str, ...]) -> None:
        super().__init__()
        self._sheet = sheet
        self._labels = labels

    def __missing__(self, column: Column) -> Series:
        series = self[column] = self._sheet.account(column).open((*self._labels, *column.values))
        return series

    def close(self) -> None:
        """End all series."""
        for column in self:
            self._sheet.account(column).close((*self._labels, *column.values))


EXPECTATIONS = 4
"""What a row remembers of being opened because it was expected; constants, of which a kind has one or two."""


class Row:
    """One namespace, or one group in a namespace."""

    __slots__ = ("_by_group", "cells", "expected", "labels")

    def __init__(self, sheet: Sheet, labels: tuple[str, ...], *, by_group: bool) -> None:
        self.labels = labels
        """The values of the row's own labels, with which those of its series begin."""
        self.cells = Cells(sheet, labels)
        self.expected: tuple[tuple[Column, ...], ...] = ()
        """The columns that were lately opened because they may be needed."""
        self._by_group = by_group
        self.open(column for column in sheet.columns if column.eager and column.by_group == by_group)

    def open(self, columns: Iterable[Column]) -> None:
        """Show columns from now on."""
        for column in columns:
            self.cells[column]

    def expect(self, columns: tuple[Column, ...]) -> None:
        """Show those of some columns that are of such a row, which may soon be needed."""
        if columns not in self.expected:
            self.expected = (columns, *self.expected[: EXPECTATIONS - 1])
            self.open(column for column in columns if column.by_group == self._by_group)

    def settle(self, amounts: Mapping[Column, list[float]]) -> int:
        """Let the gauges hold exactly these amounts; give how many series held others."""
        self.open(amounts)
        return sum(
            series.settle(amounts.get(column, ()))
            for column, series in self.cells.items()
            if column.family.type is Type.GAUGE and isinstance(series, Number | Oldest | Due)
        )

    def close(self) -> None:
        """End all series of the row."""
        self.cells.close()
