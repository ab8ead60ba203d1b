"""Where each object is counted: in the row of its namespace, and in that of its group in there.

The rows of a kind whose objects live in no namespace are the same, but one: it has no label, and holds every object.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import TypeAlias, cast

import msgspec

from exporter.kube.objects import Key, split_key
from exporter.metrics.exemplar import Exemplar, ExemplarLabels, Noting
from exporter.metrics.places import Quota, Rows
from exporter.metrics.rows import OVERFLOW, Column, Entries, Row, Sheet

DAY = 86_400

Group: TypeAlias = tuple[str, ...]
"""The values of the labels that tell groups apart."""


class LedgerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is told apart; the rest goes into rows named ``__overflow__``."""

    namespaces: int = 500
    groups: int = 1_000
    """Groups in all namespaces together; the same group in two namespaces is two."""
    groups_of_namespace: int = 100
    keep_seconds: float = 7 * DAY
    """How long a group or namespace without objects stays. Keep it over the longest window of any alert."""
    memory: int = 10_000
    """Objects gone (or begun anew) of which the outcomes are remembered."""


class NamespaceRow(Row):
    """The numbers of a namespace, and the rows of its groups."""

    __slots__ = ("groups",)

    def __init__(self, sheet: Sheet, labels: tuple[str, ...], groups: Rows[Group, Row]) -> None:
        super().__init__(sheet, labels, by_group=False)
        self.groups = groups

    def close(self) -> None:
        """End all series of the namespace and of its groups."""
        super().close()
        self.groups.close()


RowPair: TypeAlias = tuple[NamespaceRow, Row]
"""Where one object is counted: its namespace, and its group in there."""


class Namespaces:
    """The rows of all namespaces and groups, with how many objects are in each."""

    def __init__(self, sheet: Sheet, limits: LedgerLimits, *, namespaced: bool, group_labels: int) -> None:
        self._sheet = sheet
        self._limits = limits
        self._namespaced = namespaced
        self._overflow = (OVERFLOW,) * group_labels
        self.group_quota = Quota(limits.groups)
        self.quota = Quota(limits.namespaces)
        self._rows: Rows[str, NamespaceRow] = Rows(limits.namespaces, self.quota, self._open_namespace)

    def __iter__(self) -> Iterator[NamespaceRow]:
        return iter(self._rows)

    def names(self) -> tuple[str, ...]:
        """All namespaces that are kept, with objects or lately without."""
        return self._rows.names()

    def find(self, key: Key, group: Group) -> RowPair:
        """The rows that an object is in.

        Raises:
            KeyError: its namespace, or its group, is not kept.
        """
        namespace = self._rows[split_key(key)[0]]
        return namespace, namespace.groups[group]

    def enter(self, key: Key, group: Group) -> RowPair:
        """Count an object in; gives its rows, which are opened when they are new."""
        namespace = self._rows.enter(split_key(key)[0])
        return namespace, namespace.groups.enter(group)

    def leave(self, key: Key, group: Group) -> RowPair:
        """Count an object out again; gives the rows that it was in."""
        namespace = self._rows.leave(split_key(key)[0])
        return namespace, namespace.groups.leave(group)

    def visit(self, key: Key, group: Group) -> RowPair:
        """The rows that an object would be in, opened when they are new, without counting it in."""
        try:
            return self.find(key, group)
        except KeyError:
            self.enter(key, group)
            return self.leave(key, group)

    def reserve(self, labels: tuple[str, ...], *, by_group: bool) -> Row | None:
        """The own row with these labels, opened if there is room; None if there is none, or no row has such labels."""
        own = int(self._namespaced)
        if len(labels) != own + by_group * len(self._overflow):
            return None
        row = self._rows.reserve("".join(labels[:own]))
        return row.groups.reserve(labels[own:]) if by_group and row is not None else row

    def expire(self, now: float) -> None:
        """Close the rows that have been without objects for long; ``now`` in seconds of any clock."""
        for row in self._rows:
            row.groups.expire(now, self._limits.keep_seconds)
        self._rows.expire(now, self._limits.keep_seconds)

    def settle(self, namespace: str, members: Mapping[Group, list[Entries]]) -> int:
        """Let a namespace hold exactly these objects, told by what each shows; give how many gauges were wrong.

        A namespace without a row of its own is left as it is: its objects are counted together with those of others.
        """
        if namespace in self._rows and self._rows.shares(namespace):
            return 0
        self._rows.recount(namespace, sum(map(len, members.values())))
        if namespace not in self._rows or self._rows.shares(namespace):
            return 0
        row = self._rows[namespace]
        for group in {*row.groups.names(), *members}:
            row.groups.recount(group, len(members.get(group, ())))
        amounts = _amounts(row, members)
        return sum(each.settle(amounts[each]) for each in (row, *row.groups))

    def _open_namespace(self, name: str | None) -> NamespaceRow:
        labels = (OVERFLOW if name is None else name,) if self._namespaced else ()

        def open_group(group: Group | None) -> Row:
            return Row(self._sheet, (*labels, *(self._overflow if group is None else group)), by_group=True)

        # The namespaces that share a row share one group as well.
        limit = 0 if name is None else self._limits.groups_of_namespace
        return NamespaceRow(self._sheet, labels, Rows(limit, self.group_quota, open_group))


def post(rows: RowPair, entries: Entries, sign: int) -> None:
    """Take amounts in (sign 1), or out (-1), each in the row that its column wants."""
    namespace, group = rows
    for column, amount in entries:
        (group if column.by_group else namespace).cells[column].post(amount, sign)


def repost(here: RowPair, into: RowPair, before: Entries, after: Entries) -> None:
    """Let an object show something else: most of it is the same, and stands at the same place."""
    if here is not into:
        post(here, before, -1)
        post(into, after, 1)
        return
    namespace, group = here
    for old, new in zip_longest(before, after):
        if old == new:
            continue
        if old and new and (column := old[0]) is new[0]:  # nearly always: one look at the cells does for both
            series = (group if column.by_group else namespace).cells[column]
            series.post(old[1], -1)
            series.post(new[1], 1)
        else:
            post(here, (old,) if old else (), -1)
            post(here, (new,) if new else (), 1)


def note(here: RowPair, counts: Entries, labels: ExemplarLabels, now: float) -> None:
    """Lead from what was counted, where exemplars are kept, to one object; no labels lead nowhere."""
    for column, amount in counts if labels else ():
        if column.exemplars:
            series = (here[1] if column.by_group else here[0]).cells[column]
            cast(Noting, series).note(Exemplar(labels, amount, now))


def expect(rows: RowPair, columns: tuple[Column, ...]) -> None:
    """Show columns that an object may soon be counted in."""
    namespace, group = rows
    if columns not in group.expected:  # asked at nearly every delta, and mostly for what was asked for lately
        group.expect(columns)
        namespace.expect(columns)


def open_columns(rows: RowPair, columns: Iterable[Column]) -> None:
    """Show columns from now on."""
    namespace, group = rows
    for column in columns:
        (group if column.by_group else namespace).cells[column]


def _amounts(
    namespace: NamespaceRow, members: Mapping[Group, list[Entries]]
) -> defaultdict[Row, defaultdict[Column, list[float]]]:
    """Give what the gauges of each row should hold."""
    amounts: defaultdict[Row, defaultdict[Column, list[float]]] = defaultdict(lambda: defaultdict(list))
    for name, objects in members.items():
        of_namespace, of_group = amounts[namespace], amounts[namespace.groups[name]]
        for entries in objects:
            for column, amount in entries:
                (of_group if column.by_group else of_namespace)[column].append(amount)
    return amounts
