"""What a handler hears of one object: it came, it changed, it went. Objects are decoded when they are looked at."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeAlias, TypeVar

from exporter.kube.objects import Key
from exporter.store import delta as store_delta
from exporter.store.delta import Delta, Record

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Added(Generic[T]):
    """An object is there that was not, or that the handler had not been told of."""

    key: Key
    initial: bool
    """True for what was there already when the informer, or the handler, began: a baseline, not news."""
    _new: Callable[[], T] = field(repr=False)

    @property
    def new(self) -> T:
        """The object, decoded anew each time. ``Misfit`` if it is not of the type."""
        return self._new()


@dataclass(frozen=True, slots=True)
class Updated(Generic[T]):
    """An object has another version. NB ``old`` can be read only while the handler runs."""

    key: Key
    _old: Callable[[], T] = field(repr=False)
    _new: Callable[[], T] = field(repr=False)

    @property
    def old(self) -> T:
        """The object as it was, decoded anew each time. ``Misfit`` if it is not of the type."""
        return self._old()

    @property
    def new(self) -> T:
        """The object as it is, decoded anew each time. ``Misfit`` if it is not of the type."""
        return self._new()


@dataclass(frozen=True, slots=True)
class Deleted(Generic[T]):
    """An object is gone. NB ``last`` can be read only while the handler runs."""

    key: Key
    final_state_unknown: bool
    """Whether it may have changed further before it went, unseen."""
    _last: Callable[[], T] = field(repr=False)

    @property
    def last(self) -> T:
        """The object as the cache had it last, decoded anew each time. ``Misfit`` if it is not of the type."""
        return self._last()


Event: TypeAlias = Added[T] | Updated[T] | Deleted[T]


class Ear(Generic[T]):
    """A handler of the informer's that hands each delta of an object on as an event."""

    def __init__(self, hear: Callable[[Event[T]], object], open_: Callable[[Key, Record], T]) -> None:
        self._hear = hear
        self._open = open_

    def apply(self, delta: Delta) -> None:
        """Take one delta."""
        match delta:
            case store_delta.Added(key, new, initial):
                self._hear(Added(key, initial, partial(self._open, key, new)))
            case store_delta.Updated(key, old, new):
                self._hear(Updated(key, partial(self._open, key, old), partial(self._open, key, new)))
            case store_delta.Deleted(key, last):
                self._hear(Deleted(key, delta.final_state_unknown, partial(self._open, key, last)))
            case _:
                pass
