"""What the live page asks of the rest of the program, as protocols that it owns; nothing here knows how it is done."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import msgspec

from exporter.kube.objects import Key
from exporter.metrics.rows import Column
from exporter.store.delta import Record
from exporter.web.page.objects import Glance, Node
from exporter.web.page.reports import InformerReport
from exporter.web.sources import AskReadiness, Served

Place: TypeAlias = tuple[int, Key]
"""Where an object stands in an order: its number, then its key."""


class Cut(Protocol):
    """A part of an order."""

    @property
    def keys(self) -> Sequence[Key]:
        """The objects, in order."""

    @property
    def after(self) -> Place | None:
        """Where the next part begins: behind this place, which need not exist by then; None at the end."""

    @property
    def remaining(self) -> int | None:
        """How many follow; None where that is not known."""


class Ranking(Protocol):
    """Some objects in an order."""

    @property
    def stamp(self) -> str:
        """A text that changes with who is in the order, where they stand, and what is known of them."""

    @property
    def counts(self) -> Mapping[str, int]:
        """How many there are, by their tags."""

    def count(self, namespace: str, /) -> int:
        """How many are in a namespace."""

    def first(self, namespace: str, /) -> int | None:
        """The number of the first one of a namespace; 0 where it has no time."""

    def cut(
        self, limit: int, *, after: Place | None = None, namespace: str | None = None, tag: str | None = None
    ) -> Cut:
        """The next ones behind a place: so many at most, of a namespace or a tag."""


class Board(Protocol):
    """Whoever knows in which orders people look at objects."""

    @property
    def stamp(self) -> str:
        """A text that changes with whatever is counted of the objects."""

    @property
    def phases(self) -> Mapping[str, int]:
        """How many objects are in each phase, those phases included that none is in."""

    def namespaces(self) -> Mapping[str, Mapping[str, int]]:
        """The same for each namespace that has objects; phases without any may be left out. Not a copy."""

    def ranking(self, order: str, /) -> Ranking:
        """An order by its name."""


class Entry(Protocol):
    """One line of what was seen of an object."""

    @property
    def time(self) -> float:
        """Epoch seconds."""

    @property
    def event(self) -> str:
        """What happened: seen (it was there when we came), added, modified, deleted."""

    @property
    def phase(self) -> str:
        """The phase it was in from then on."""

    @property
    def version(self) -> str:
        """The resourceVersion that told it."""


class Diary(Protocol):
    """Whoever remembers what happened to objects."""

    def entries(self, key: Key, record: Record | None = None, /) -> Sequence[Entry]:
        """What was seen of an object, the oldest first; some of it may be forgotten. ``record`` is it now, if it is."""


class Trend(Protocol):
    """Whoever remembers numbers over time."""

    @property
    def step(self) -> float:
        """Seconds between two points."""

    @property
    def times(self) -> Sequence[float]:
        """When each point was taken, the newest last."""

    def series(self, name: str, /) -> Sequence[float | None]:
        """The numbers of one name at these times; None where nothing is known."""

    def sample(self, now: float, counters: Mapping[str, float], gauges: Mapping[str, float], /) -> None:
        """Take a point."""


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


def _no_drill() -> Drill | None:
    return None


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page shows."""

    version: str
    """Of the program."""
    since: float
    """When it began, in epoch seconds."""
    workflows: Workflows
    cron: Watched | None = None
    """None where cron workflows are not watched."""
    trend: Trend
    waits: tuple[str, ...] = ()
    """The tags of the order ``waiting``, told even when nobody has them."""
    ask_readiness: AskReadiness
    ask_drill: Callable[[], Drill | None] = _no_drill
    metrics: str = "/metrics"
    """The path that serves the metrics."""
    names: bool = True
    """Whether names of objects, and objects, may be shown."""
    now: Callable[[], float] = time.time
    """Epoch seconds."""


Json: TypeAlias = dict[str, Any]
