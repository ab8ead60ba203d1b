"""What the web room asks of the rest of the program, as protocols it owns; nothing here knows how it is done."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Protocol, Self, TypeAlias

import msgspec

from exporter.kube.fields import Field
from exporter.kube.objects import Key, PrinterColumn, Resource
from exporter.metrics.text import Format
from exporter.store.delta import Record


class Exposition(Protocol):
    """Whoever renders the metrics."""

    def render(self, fmt: Format, names: frozenset[str], /) -> Iterable[bytes]:
        """The whole exposition in chunks, all of one moment; an empty set of names asks for every family.

        The consumer may let other work run between two chunks, so a chunk should take a few milliseconds at most.
        """


class Index(Protocol):
    """The keys of all objects that have a value."""

    def keys(self, value: str, /) -> Collection[Key]:
        """The keys with this value; not a copy."""

    def count(self, value: str, /) -> int:
        """How many objects have this value."""

    def values(self) -> Iterator[str]:
        """All values that at least one object has."""


class Snapshot(Protocol):
    """A part of the store as it was at one moment; iterating gives it in the order of the keys."""

    @property
    def version(self) -> str:
        """The resourceVersion of that moment."""

    @property
    def end(self) -> Key | None:
        """The last key in the namespace at that moment, were it asked for or not."""

    @property
    def remaining(self) -> int:
        """Objects that were left out because of a limit."""

    def __enter__(self) -> Self:
        """Keep everything readable."""

    def __exit__(self, *failure: object) -> None:
        """Let go of it."""

    def __iter__(self) -> Iterator[tuple[Key, Record]]:
        """The objects, in the order of their keys; may be drawn slowly."""

    def body(self, record: Record, /) -> bytes:
        """The object's bytes as the API server wrote them."""


class Store(Protocol):
    """Whoever keeps the objects."""

    @property
    def index_names(self) -> tuple[str, ...]:
        """The names of all indexes, in the order of a record's terms."""

    def get(self, key: Key, /) -> Record | None:
        """The record under a key."""

    def body(self, record: Record, /) -> bytes:
        """The object's bytes as the API server wrote them; asked for before anything else may run."""

    def index(self, name: str, /) -> Index:
        """An index by its name."""

    def version_of(self, namespace: str | None, /) -> str:
        """The resourceVersion up to which a namespace (None: everything) is current."""

    def stamp(self, namespace: str | None, /) -> str:
        """A short text that changes with what is stored there."""

    def snapshot(
        self,
        *,
        namespace: str | None = None,
        after: Key | None = None,
        among: Iterable[Key] | None = None,
        limit: int | None = None,
    ) -> Snapshot:
        """What is there now: of a namespace, behind a key, among some keys, so many at most."""


class Freshness(msgspec.Struct, frozen=True, gc=False):
    """How far the cache can be trusted now."""

    age: float
    """Seconds since the API server was last heard."""
    problem: str | None = None
    """Why nothing may be read from the cache (not filled yet, too old), or None."""


class Check(msgspec.Struct, frozen=True):
    """One line of a probe."""

    name: str
    problem: str | None = None
    """What is wrong, in one line, or None."""


AskFreshness: TypeAlias = Callable[[], Freshness]
AskReadiness: TypeAlias = Callable[[], tuple[Check, ...]]
"""Ready when no check has a problem."""


class WaitVersion(Protocol):
    """Whoever knows when the store gets further."""

    async def __call__(self, version: str, namespace: str | None = None, /) -> None:
        """Wait until what is stored of a namespace (None: everything) has reached a version."""


class Offered(msgspec.Struct, frozen=True):
    """One resource that is offered to readers, and the names under which people ask for it."""

    resource: Resource
    singular: str
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


class Served(Offered, frozen=True, kw_only=True):
    """One resource that is answered from memory."""

    columns: tuple[PrinterColumn, ...] = ()
    """What a table shows beside the name."""
    fields: Mapping[str, Field] = {}
    """What field selectors may ask for beside name and namespace."""
    namespaces: tuple[str, ...] = ()
    """The only namespaces whose objects are here; empty for all of them."""
    store: Store
    ask_freshness: AskFreshness
    wait_version: WaitVersion
    now: Callable[[], float] = time.time
    """Epoch seconds by the API server's clock, which wrote the times that tables show as ages."""
