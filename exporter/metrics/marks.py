"""The series that remember a time, to be put back after a restart: no object may tell of them again."""

from collections.abc import Iterable, Iterator

import msgspec

from exporter.metrics.namespaces import Namespaces
from exporter.metrics.rows import OVERFLOW, Column, Row
from exporter.metrics.series import Latest


class Mark(msgspec.Struct, frozen=True):
    """One series that remembers a time."""

    row: tuple[str, ...]
    """The labels of the row: the namespace if there are any, then those of the group for a series of a group."""
    family: str
    values: tuple[str, ...]
    """The values of the column's own labels."""
    amount: float


def marks_of(namespaces: Namespaces) -> list[Mark]:
    """Give what all rows remember but those that names share."""
    return [
        Mark(row.labels, column.family.name, column.values, series.value)
        for row in _rows(namespaces)
        if OVERFLOW not in row.labels
        for column, series in row.cells.items()
        if isinstance(series, Latest) and series.value is not None
    ]


def put_back(marks: Iterable[Mark], columns: Iterable[Column], namespaces: Namespaces) -> None:
    """Show marks again; left out is what has no place now: a family or a label that is gone, a row over a limit."""
    known = {(one.family.name, one.values): one for one in columns if one.keeps is Latest}
    for mark in marks:
        column = known.get((mark.family, mark.values))
        row = None if column is None or OVERFLOW in mark.row else namespaces.reserve(mark.row, by_group=column.by_group)
        if column is not None and row is not None:
            row.cells[column].post(mark.amount, 1)


def _rows(namespaces: Namespaces) -> Iterator[Row]:
    for namespace in namespaces:
        yield namespace
        yield from namespace.groups
