"""The diary: when an object came, changed its phase, and went, as this process saw it."""

from collections import deque
from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any

import msgspec

from exporter.kube.objects import Key
from exporter.store.delta import Added, Deleted, Delta, Record, Synced, Updated

ENTRIES = 10_000
"""Entries of all objects together: some 30 bytes each, and 150 for each object."""

SEEN, ADDED, MODIFIED, DELETED = EVENTS = "seen", "added", "modified", "deleted"

_LINE = Struct("<dBHQ")
"""An entry as it is kept: its time, the places of its words, its version; a fifth of what an object would take."""
_LARGEST = 2**64 - 1


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One line."""

    time: float
    """Epoch seconds at which it was learnt."""
    event: str
    """``SEEN`` for what was there when this process began, else what happened."""
    phase: str
    version: str
    """Empty where it was no number that an API server gives."""


class Diary:
    """A handler of deltas that keeps the latest lines.

    What was there from the beginning costs nothing until it changes: its first line is written then.
    """

    def __init__(self, phase: Callable[[Any], str], now: Callable[[], float], limit: int = ENTRIES) -> None:
        """``now`` gives epoch seconds."""
        self._phase = phase
        self._now = now
        self._limit = limit
        self._entries: dict[Key, bytes] = {}
        self._phases: dict[str, int] = {}
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
            phases = tuple(self._phases)
            lines = _LINE.iter_unpack(found)
            return tuple(
                Entry(time, EVENTS[event], phases[phase], _text(version)) for time, event, phase, version in lines
            )
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
        phase = self._phases.setdefault(entry.phase, len(self._phases))
        line = _LINE.pack(entry.time, EVENTS.index(entry.event), phase, _number(entry.version))
        self._entries[key] = self._entries.get(key, b"") + line
        self._order.append(key)
        if len(self._order) > self._limit:
            self._forget()

    def _forget(self) -> None:
        self._forgotten = True
        key = self._order.popleft()
        rest = self._entries.pop(key)[_LINE.size :]
        if rest:
            self._entries[key] = rest


def _number(version: str) -> int:
    known = len(version) <= len(str(_LARGEST)) and version.isascii() and version.isdecimal()
    return min(int(version), _LARGEST) if known else 0


def _text(version: int) -> str:
    return str(version) if 0 < version < _LARGEST else ""
