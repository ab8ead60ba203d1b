"""Series in rows and columns: a row is a namespace, or a group in one; a column is one series kept for each row.

Columns are all declared when a kind is defined; which rows there are is decided in ``places``. The series of one family
over all rows are an account, which is what a scrape writes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from exporter.metrics.family import Declaration, Family, Type
from exporter.metrics.series import Histogram, Number, Oldest, Series
from exporter.metrics.text import Format, head

OVERFLOW = "__overflow__"
"""The name of the row shared by what found no place of its own."""


class Column:
    """One series kept for each row: a family, and the values of its own labels."""

    __slots__ = ("by_group", "eager", "family", "keeps", "values")

    def __init__(
        self,
        family: Family,
        *values: str,
        by_group: bool = False,
        eager: bool = True,
        keeps: type[Series] | None = None,
    ) -> None:
        self.family = family
        self.values = values
        """The values of those labels of the family that follow the labels of the row."""
        self.by_group = by_group
        """Whether a row is a group in a namespace, or a whole namespace."""
        self.eager = eager
        """Whether a new row shows the column at 0. NB ``increase()`` misses the first count of any other, unless it is
        opened before that count."""
        self.keeps: type[Series] = keeps or (Histogram if family.type is Type.HISTOGRAM else Number)
        """What becomes of the amounts; unless said, the type of the family tells."""


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
        self._keeps = keeps
        self._heads = {fmt: head(family, fmt) for fmt in Format}
        self._series: dict[tuple[str, ...], Series] = {}

    def __iter__(self) -> Iterator[Series]:
        return iter(self._series.values())

    @property
    def line_count(self) -> int:
        """How many lines the series have now."""
        return len(self._shown() if self._keeps.fitful else self._series) * self.family.lines

    def open(self, values: tuple[str, ...]) -> Series:
        """Start a series with nothing in it."""
        series = self._series[values] = self._keeps(self.family, values)
        return series

    def close(self, values: tuple[str, ...]) -> None:
        """End a series."""
        del self._series[values]

    def snapshot(self, fmt: Format) -> Snapshot | None:
        """Give what is shown as of now; None when that is nothing."""
        series = self._shown()
        values = [one.value for one in series]
        return Snapshot(self._heads[fmt], series, values, self._keeps.write, self.family.lines) if series else None

    def _shown(self) -> list[Series]:
        every = self._series.values()
        return [series for series in every if series.value is not None] if self._keeps.fitful else list(every)


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

    @property
    def series_count(self) -> int:
        """How many lines all accounts have together, each of which is a series to Prometheus."""
        return sum(account.line_count for account in self._accounts.values())

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def account(self, column: Column) -> Account:
        """The account to which a column belongs."""
        return self._account[column]


def _check(column: Column, columns: Iterable[Column]) -> None:
    family, keeps = column.family, column.keeps
    fitting = {Type.HISTOGRAM: (Histogram,), Type.GAUGE: (Number, Oldest)}.get(family.type, (Number,))
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


class Row:
    """One namespace, or one group in a namespace."""

    __slots__ = ("cells", "expected", "labels")

    def __init__(self, sheet: Sheet, labels: tuple[str, ...], *, by_group: bool) -> None:
        self.labels = labels
        """The values of the row's own labels, with which those of its series begin."""
        self.cells = Cells(sheet, labels)
        self.expected: tuple[Column, ...] = ()
        """The columns that were last opened because they may be needed."""
        self.open(column for column in sheet.columns if column.eager and column.by_group == by_group)

    def open(self, columns: Iterable[Column]) -> None:
        """Show columns from now on."""
        for column in columns:
            self.cells[column]

    def settle(self, amounts: Mapping[Column, list[float]]) -> int:
        """Let the gauges hold exactly these amounts; give how many series held others."""
        self.open(amounts)
        return sum(
            series.settle(amounts.get(column, ()))
            for column, series in self.cells.items()
            if column.family.type is Type.GAUGE and isinstance(series, Number | Oldest)
        )

    def close(self) -> None:
        """End all series of the row."""
        self.cells.close()
