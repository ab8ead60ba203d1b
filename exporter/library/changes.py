"""What a slow consumer hears: for each object that is not as it was last told, what it is now."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from exporter.informer.subscription import Lagged, Told
from exporter.kube.objects import Key
from exporter.store.delta import Added, Deleted, Synced, Updated
from exporter.store.store import Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """What an object is now: its bytes, or None when it is gone."""

    key: Key
    initial: bool
    """True where the consumer is first told of what was there when its loop, or the informer, began: a baseline, not
    news. It is told as it is now; what changed before its turn came is not told apart."""
    raw: bytes | None = field(repr=False)
    _read: Callable[[Key, bytes], T] = field(repr=False)

    @property
    def object(self) -> T | None:
        """The object, decoded anew each time; None when it is gone.

        Raises:
            Misfit: it is not of the type.
        """
        return None if self.raw is None else self._read(self.key, self.raw)


class Follower(Generic[T]):
    """Turns what a subscription tells into changes, and knows which versions its consumer knows.

    That costs one entry of a table for each object, and buys that a replay tells only what is different.
    """

    def __init__(self, store: Store, read: Callable[[Key, bytes], T]) -> None:
        self._store = store
        self._read = read
        self._known: dict[Key, tuple[str, str]] = {}
        """The uid and version last told."""
        self._begun = False
        """Whether all of the baseline was told."""
        self._unseen: set[Key] = set()
        """Of a replay: what the consumer knows and the replay has not named so far."""

    def take(self, told: Told) -> Iterator[Change[T]]:
        """Take one word of the subscription; give what the consumer must hear."""
        match told:
            case Added(key, initial=initial):
                yield from self._there(key, initial=initial and not self._begun)
            case Updated(key):
                yield from self._there(key)
            case Deleted(key):
                yield from self._gone(key)
            case Lagged():
                self._unseen = set(self._known)
            case Synced():
                self._begun = True
                for key in tuple(self._unseen):
                    yield from self._gone(key)
            case _:
                pass

    def _there(self, key: Key, *, initial: bool = False) -> Iterator[Change[T]]:
        self._unseen.discard(key)
        # Not what was told some time ago, but what is there now; if nothing is, that will be told next.
        record = self._store.get(key)
        if record is None:
            return
        state = record.uid, record.version
        known = self._known.get(key)
        if known != state:
            self._known[key] = state
            yield Change(key, initial and known is None, self._store.body(record), self._read)

    def _gone(self, key: Key) -> Iterator[Change[T]]:
        self._unseen.discard(key)
        if self._known.pop(key, None) is not None:
            yield Change(key, initial=False, raw=None, _read=self._read)
