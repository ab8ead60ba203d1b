"""What the controllers of a real cluster do with what is being deleted: the rest of the deletion, a moment later."""

import asyncio

from exporter.simulator.history import Change, History, Stored
from exporter.simulator.resources import ARGO_KINDS, NAMESPACES, Kind

OWN_FINALIZERS = frozenset({"foregroundDeletion", "orphan"})
"""The finalizers that the garbage collector of a cluster takes away."""


class Sweeper:
    """Empties and removes namespaces, and removes objects that wait for the garbage collector alone."""

    def __init__(self, history: History, delay: float) -> None:
        """``delay`` is in seconds."""
        self._history = history
        self._delay = delay
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Work from now on; to be called in the event loop."""
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        """Do nothing more."""
        self._loop = None

    def look(self, change: Change) -> None:
        """Note a change that asks for work."""
        if self._loop is None or change.type != "MODIFIED" or b'"deletionTimestamp"' not in change.new.body:
            return
        self._loop.call_later(self._delay, self._sweep, change.kind, change.new)

    def _sweep(self, kind: Kind, noted: Stored) -> None:
        thing = self._history.get(kind, noted.namespace, noted.name)
        if self._loop is None or thing is None or thing.uid != noted.uid:
            return
        if kind is NAMESPACES:
            self._empty(noted.name)
            self._history.drop(kind, "", noted.name)
        elif set(thing.thing["metadata"].get("finalizers", ())) <= OWN_FINALIZERS:
            self._history.drop(kind, noted.namespace, noted.name)

    def _empty(self, namespace: str) -> None:
        for kind in ARGO_KINDS:
            if kind.namespaced:
                for thing in list(self._history.things(kind, namespace)):
                    self._history.drop(kind, namespace, thing.name)
