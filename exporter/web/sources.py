"""What the web room asks of the rest of the program, as protocols it owns; nothing here knows how it is done."""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeAlias

import msgspec

from exporter.kube.objects import Key
from exporter.metrics.text import Format
from exporter.store.delta import Record


class Exposition(Protocol):
    """Whoever renders the metrics."""

    def render(self, fmt: Format, names: frozenset[str], /) -> Iterable[bytes]:
        """The whole exposition in chunks, all of one moment; an empty set of names asks for every family.

        The consumer may let other work run between two chunks, so a chunk should take a few milliseconds at most.
        """


class Store(Protocol):
    """Whoever keeps the objects."""

    def get(self, key: Key, /) -> Record | None:
        """The record under a key."""

    def body(self, record: Record, /) -> bytes:
        """The object's bytes as the API server wrote them; asked for before anything else may run."""


class Freshness(msgspec.Struct, frozen=True, gc=False):
    """How far the cache can be trusted now."""

    version: str
    """The resourceVersion up to which the cache is current."""
    age: float
    """Seconds since the API server was last heard."""
    problem: str | None = None
    """Why nothing may be read from the cache (not filled yet, too old), or None."""


class Check(msgspec.Struct, frozen=True):
    """One line of a probe."""

    name: str
    problem: str | None = None
    """What is wrong, in one line, or None."""


class Holding(msgspec.Struct, frozen=True):
    """One resource as the landing page shows it."""

    resource: str
    objects: int
    state: str


class Overview(msgspec.Struct, frozen=True):
    """What the landing page shows."""

    version: str
    """Of the program."""
    holdings: tuple[Holding, ...]


AskFreshness: TypeAlias = Callable[[], Freshness]
AskReadiness: TypeAlias = Callable[[], tuple[Check, ...]]
"""Ready when no check has a problem."""
AskOverview: TypeAlias = Callable[[], Overview]
