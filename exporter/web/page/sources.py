"""What the live page asks of the rest of the program, as protocols that it owns; nothing here knows how it is done."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import msgspec

from exporter.board.board import Board
from exporter.board.diary import Diary
from exporter.board.trend import Trend
from exporter.metrics.rows import Column
from exporter.web.page.objects import Glance, Node
from exporter.web.page.reports import InformerReport
from exporter.web.sources import AskReadiness, Served


class Ledger(Protocol):
    """Whoever keeps the totals."""

    def totals(self, columns: Iterable[Column], /) -> Sequence[float]:
        """What was counted in each column since the start."""

    def groups(self, columns: Sequence[Column], /) -> Iterable[tuple[tuple[str, ...], int, Sequence[float]]]:
        """Each group: the labels of its row, how many objects are in it, and its numbers in these columns."""


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """One resource that the page shows."""

    served: Served
    """Its cache, and how to read it."""
    ask: Callable[[], InformerReport]
    is_synced: Callable[[], bool]
    """Whether the cache was complete once; before that, half of a list would look like the whole."""


class Workflows(Watched, frozen=True, kw_only=True):
    """The resource that the page is about."""

    board: Board
    diary: Diary
    ledger: Ledger
    counted: Mapping[str, tuple[Column, ...]]
    """The columns of each total: created, succeeded, failed, error, deleted."""
    read_glance: Callable[[bytes], Glance]
    """Reads out of a body what a row shows. Total."""
    read_nodes: Callable[[bytes], Sequence[Node]]
    """Reads the steps out of a body, the first to start first. Total."""


class Fault(msgspec.Struct, frozen=True):
    """One trouble that a simulated cluster is going to make."""

    fault: str
    about: str
    begins: float
    ends: float


class Drill(msgspec.Struct, frozen=True):
    """What there is to say when the cluster is a simulated one."""

    schedule: tuple[Fault, ...]
    speed: float
    about: str = ""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page shows."""

    version: str
    """Of the program."""
    since: float
    """When it began, in epoch seconds."""
    workflows: Workflows
    cron: Watched | None
    """None where cron workflows are not watched."""
    others: tuple[Watched, ...] = ()
    """Whatever else is watched: its informer is shown."""
    trend: Trend
    waits: tuple[str, ...]
    """The tags of the order ``waiting``, told even when nobody has them."""
    ask_readiness: AskReadiness
    ask_drill: Callable[[], Drill | None]
    metrics: str
    """The path that serves the metrics."""
    names: bool
    """Whether names of objects, and objects, may be shown."""
    now: Callable[[], float] = time.time
    """Epoch seconds."""


Json: TypeAlias = dict[str, Any]
