"""The tables of names with numbers: namespaces, and groups of objects that are made alike."""

from collections.abc import Callable, Mapping, Sequence
from heapq import nsmallest
from typing import Any, TypeAlias, TypeVar

import msgspec

from exporter.board.board import Board
from exporter.web.page.reading import Asked, token
from exporter.web.page.sources import Json, Subject

Sort: TypeAlias = tuple[str | float, ...]
"""What rows are sorted by, the least first. No two rows of a table have the same."""

Counted: TypeAlias = tuple[tuple[str, ...], int, Sequence[float]]
"""A group as it is counted: its labels, its objects, its numbers."""

RowT = TypeVar("RowT")

COUNTED = ("created", "succeeded", "failed", "error")
"""The numbers of a group."""
CREATED, FAILED, ERROR = map(COUNTED.index, ("created", "failed", "error"))


class Namespace(msgspec.Struct, frozen=True):
    """One namespace. Times are epoch seconds."""

    namespace: str
    phases: Mapping[str, int]
    total: int
    waiting: int
    oldest_waiting: int | None
    oldest_running: int | None


class Group(msgspec.Struct, frozen=True):
    """What the objects that are made alike amount to, in one namespace; the counters since the start."""

    namespace: str
    template_kind: str
    template: str
    cron: str
    objects: int
    created: int
    succeeded: int
    failed: int
    error: int


class Tables:
    """Both tables, each sorted as it is asked for."""

    def __init__(self, subject: Subject) -> None:
        self._workflows = subject.workflows
        self._columns = [subject.workflows.counted[name][0] for name in COUNTED]

    def namespaces(self, asked: Asked) -> Json:
        """A page of the namespaces that have objects."""
        board = self._workflows.board
        sort = asked.choice("sort", _NAMESPACES)
        keyed = [(_NAMESPACES[sort](board, name, counts), name) for name, counts in board.namespaces().items()]
        every = [((*first, name), name) for first, name in keyed]
        return _page(asked, f"namespaces/{sort}", every, lambda name: _namespace(board, name), board.stamp)

    def groups(self, asked: Asked) -> Json:
        """A page of the groups that have objects, or had lately."""
        sort, namespace = asked.choice("sort", _GROUPS), asked.optional("namespace")
        first = _GROUPS[sort]
        # There may be thousands of them, so only those of the page become more than a tuple.
        every = [
            ((*first(objects, numbers), labels[2], *labels), (labels, objects, numbers))
            for labels, objects, numbers in self._workflows.ledger.groups(self._columns)
            if namespace in {None, labels[0]}
        ]
        return _page(asked, f"groups/{sort}", every, _group, self._workflows.board.stamp)


def _page(asked: Asked, view: str, every: list[tuple[Sort, RowT]], show: Callable[[RowT], Any], stamp: str) -> Json:
    """Cut a page out of a table. Rows whose numbers change meanwhile may be met twice, or not at all."""
    limit, after = asked.limit(), asked.after(view, tuple[str | float, ...])
    try:
        behind = every if after is None else [one for one in every if one[0] > after]
    except TypeError:
        behind = []  # a place of another shape is no place here, and nothing comes behind it
    found = nsmallest(limit, behind, key=_first)
    remaining = len(behind) - len(found)
    return {
        "items": [show(row) for _, row in found],
        "continue": token(view, found[-1][0] if found and remaining else None),
        "remaining": remaining,
        "stamp": stamp,
    }


def _first(one: tuple[Sort, Any]) -> Sort:
    return one[0]


def _namespace(board: Board, name: str) -> Namespace:
    counts = board.namespaces().get(name, {})
    waiting = board.ranking("waiting")
    return Namespace(
        name,
        {phase: counts.get(phase, 0) for phase in board.phases},
        sum(counts.values()),
        waiting.count(name),
        waiting.first(name) or None,
        board.ranking("running").first(name) or None,
    )


def _failed(board: Board, name: str, counts: Mapping[str, int]) -> Sort:
    return (-board.ranking("failures").count(name), -sum(counts.values()))


def _running(board: Board, name: str, _counts: Mapping[str, int]) -> Sort:
    return (-board.ranking("running").count(name),)


def _waiting(board: Board, name: str, _counts: Mapping[str, int]) -> Sort:
    return (-board.ranking("waiting").count(name),)


def _total(_board: Board, _name: str, counts: Mapping[str, int]) -> Sort:
    return (-sum(counts.values()),)


def _by_name(_board: Board, _name: str, _counts: Mapping[str, int]) -> Sort:
    return ()


_NAMESPACES: Mapping[str, Callable[[Board, str, Mapping[str, int]], Sort]] = {
    "failed": _failed,
    "running": _running,
    "waiting": _waiting,
    "total": _total,
    "namespace": _by_name,
}


def _group(row: Counted) -> Group:
    (namespace, template_kind, template, cron), objects, numbers = row
    return Group(namespace, template_kind, template, cron, objects, *map(int, numbers))


_GROUPS: Mapping[str, Callable[[int, Sequence[float]], Sort]] = {
    "failed": lambda objects, numbers: (-numbers[FAILED] - numbers[ERROR], -objects),
    "objects": lambda objects, _: (-objects,),
    "created": lambda _, numbers: (-numbers[CREATED],),
    "template": lambda *_: (),
}
