"""How the world writes into the history: so that its own changes can be told from those of others."""

from collections.abc import Callable, Mapping
from typing import Any

from exporter.simulator.history import Change, History, Stored
from exporter.simulator.resources import Kind


class Pen:
    """Puts and drops objects, and hands the changes that somebody else makes to a listener."""

    def __init__(self, history: History, listener: Callable[[Change], None]) -> None:
        self._history = history
        self._listener = listener
        self._writing = False
        history.subscribe(self._hear)

    def put(self, kind: Kind, thing: Mapping[str, Any]) -> None:
        """Create or replace an object."""
        self._writing = True
        try:
            self._history.put(kind, thing)
        finally:
            self._writing = False

    def drop(self, kind: Kind, namespace: str, name: str) -> bool:
        """Delete an object; say whether it was there."""
        self._writing = True
        try:
            return self._history.drop(kind, namespace, name) is not None
        finally:
            self._writing = False

    def get(self, kind: Kind, namespace: str, name: str) -> Stored | None:
        """Give an object as it is now."""
        return self._history.get(kind, namespace, name)

    def count(self, kind: Kind) -> int:
        """Say how many objects of a kind there are."""
        return self._history.count(kind)

    def _hear(self, change: Change) -> None:
        if not self._writing:
            self._listener(change)
