"""A handler that keeps a copy of the store by nothing but deltas, and is strict about every one of them."""

import msgspec

from exporter.kube.objects import Key
from exporter.store.delta import Added, Deleted, Delta, Record, Resynced, Synced, Updated
from exporter.store.store import Store


class Mirror:
    """Folds deltas into a dict; a delta that does not fit what was heard before is an error.

    Given the store, it also looks into it at each delta, as a handler may. What it keeps is bare: the store may
    exchange a body's blob for another.
    """

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self.records: dict[Key, Record] = {}
        self.heard: list[Delta] = []
        self.resynced = 0
        self.errors: list[str] = []

    def apply(self, delta: Delta) -> None:
        """Take one delta. What is wrong with it is kept as well as raised, since handlers are isolated."""
        self.heard.append(delta)
        try:
            self._fold(delta)
        except AssertionError as error:
            self.errors.append(f"{error} ({delta!r:.300})")
            raise

    @property
    def syncs(self) -> int:
        """How often a whole list was said to be told."""
        return sum(isinstance(delta, Synced) for delta in self.heard)

    def words(self) -> list[str]:
        """What was heard, shortly: ``Added a``, ``Synced``."""
        return [word(delta) for delta in self.heard]

    def clear(self) -> None:
        """Forget what was heard, and keep the copy."""
        self.heard.clear()

    def _fold(self, delta: Delta) -> None:
        match delta:
            case Added(key, new):
                assert key not in self.records, "told as added, but it was there"
                self.records[key] = bare(new)
            case Updated(key, old, new):
                assert self.records.get(key) == bare(old), "the old record is not the one that was told"
                assert old.uid == new.uid, "another uid is another object"
                assert old.version != new.version, "nothing changed"
                self._check_decodable(old)
                self.records[key] = bare(new)
            case Deleted(key, last, old):
                assert self.records.get(key) == bare(old), "the deleted record is not the one that was told"
                assert last.uid == old.uid, "the last state is of another object"
                self._check_decodable(old)
                del self.records[key]
            case Resynced(key, record):
                assert self.records.get(key) == bare(record), "told again, but never told"
                self.resynced += 1
            case Synced():
                pass

    def _check_decodable(self, record: Record) -> None:
        if self._store is not None:
            self._store.body(record)


def bare(record: Record) -> Record:
    """A record without its body."""
    return msgspec.structs.replace(record, body=b"")


def word(delta: object) -> str:
    """A delta in one or two words."""
    key = getattr(delta, "key", None)
    name = type(delta).__name__
    return name if key is None else f"{name} {key.rpartition('/')[2]}"
