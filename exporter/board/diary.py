"""The diary: when an object came, changed its phase, and went, as this process saw it."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from exporter.kube.objects import Key
from exporter.store.delta import Added, Deleted, Delta, Record, Synced, Updated

ENTRIES = 20_000
"""Entries of all objects together, some 300 bytes each."""

SEEN, ADDED, MODIFIED, DELETED = "seen", "added", "modified", "deleted"


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One line."""

    time: float
    """Epoch seconds at which it was learnt."""
    event: str
    """``SEEN`` for what was there when this process began, else what happened."""
    phase: str
    version: str


class Diary:
    """A handler of deltas that keeps the latest lines.

    What was there from the beginning costs nothing until it changes: its first line is written then.
    """

    def __init__(self, phase: Callable[[Any], str], now: Callable[[], float], limit: int = ENTRIES) -> None:
        """``now`` gives epoch seconds."""
        self._phase = phase
        self._now = now
        self._limit = limit
        self._entries: dict[Key, list[Entry]] = {}
        self._order: deque[Key] = deque()
        self._begun: float | None = None
        self._forgotten = False

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self._order)

    def entries(self, key: Key, record: Record | None = None) -> Sequence[Entry]:
        """What was seen of an object, the oldest first. ``record`` is the object as it is now, if it is."""
        found = self._entries.get(key)
        if found is not None:
            return tuple(found)
        return () if record is None else self._from_the_start(record)

    def apply(self, delta: Delta) -> None:
        """Take one delta."""
        match delta:
            case Updated():
                if self._phase(delta.old.projection) != self._phase(delta.new.projection):
                    self._recall(delta.key, delta.old)
                    self._write(delta.key, MODIFIED, delta.new)
            case Added(initial=False):
                self._write(delta.key, ADDED, delta.new)
            case Deleted():
                self._recall(delta.key, delta.old)
                self._write(delta.key, DELETED, delta.last)
            case Synced() if self._begun is None:
                self._begun = self._now()
            case _:
                pass

    def _recall(self, key: Key, old: Record) -> None:
        """Write the first line of an object that was there from the beginning."""
        if key not in self._entries:
            for entry in self._from_the_start(old):
                self._keep(key, entry)

    def _from_the_start(self, record: Record) -> Sequence[Entry]:
        # An object without a line came before the first of them, unless its lines are forgotten.
        if self._forgotten or self._begun is None:
            return ()
        return (Entry(self._begun, SEEN, self._phase(record.projection), record.version),)

    def _write(self, key: Key, event: str, record: Record) -> None:
        self._keep(key, Entry(self._now(), event, self._phase(record.projection), record.version))

    def _keep(self, key: Key, entry: Entry) -> None:
        self._entries.setdefault(key, []).append(entry)
        self._order.append(key)
        if len(self._order) > self._limit:
            self._forget()

    def _forget(self) -> None:
        self._forgotten = True
        key = self._order.popleft()
        entries = self._entries[key]
        del entries[0]
        if not entries:
            del self._entries[key]
