"""A world that is watched: every change with the moment at which it happened."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from exporter.simulator.frames import framed
from exporter.simulator.history import Change, History
from exporter.simulator.resources import WORKFLOWS, Kind
from exporter.simulator.scenario import Options, World

BEGINNING = 1_790_000_010.0
"""Ten seconds after a full minute."""
SMALL = Options(workflows=150, namespaces=4, rate=2, seed=1, speed=60)
SPEC = {"entrypoint": "main", "templates": [{"name": "main", "container": {"image": "alpine"}}]}


class _Status(msgspec.Struct, frozen=True):
    phase: str = ""


class _Workflow(msgspec.Struct, frozen=True):
    status: _Status = _Status()


@dataclass(frozen=True, slots=True)
class Told:
    """One change."""

    moment: float
    change: Change
    phase: str

    @property
    def thing(self) -> dict[str, Any]:
        """The object, read at every call: thousands of them are kept."""
        return self.change.new.thing

    @property
    def text(self) -> str:
        """The object as text."""
        return self.change.new.body.decode()

    @property
    def key(self) -> str:
        return self.change.new.key

    @property
    def begins(self) -> bool:
        """Whether a workflow came into being by this."""
        return self.change.type == "ADDED"


class Chronicle:
    """Lets a world go on, and keeps what it hears."""

    def __init__(self, options: Options = SMALL) -> None:
        self.now = BEGINNING
        self.told: list[Told] = []
        self.digest = hashlib.sha256()
        self.history = History(lambda: self.now, keep=100)
        self.history.subscribe(self._hear)
        self.world = World(self.history, options)
        self.world.advance(self.now)

    def live(self, seconds: float, step: float = 1.0) -> "Chronicle":
        """Let it go on for so long."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + step)
            self.world.advance(self.now)
        return self

    def follow(self, seconds: float) -> "Chronicle":
        """Let it go on, from each step to the next, so that each change is told with its own moment."""
        end = self.now + seconds
        while (due := self.world.next_due) <= end:
            self.now = max(self.now, due)
            self.world.advance(self.now, at_most=1)
        self.now = end
        return self

    def of(self, kind: Kind = WORKFLOWS) -> list[Told]:
        """Give the changes of a kind."""
        return [told for told in self.told if told.change.kind is kind]

    def lives(self) -> Iterator[list[Told]]:
        """Give the changes of each workflow."""
        lives: dict[str, list[Told]] = {}
        for told in self.of():
            lives.setdefault(told.change.new.uid, []).append(told)
        yield from lives.values()

    def things(self, kind: Kind = WORKFLOWS) -> list[dict[str, Any]]:
        """Give what there is now."""
        return [stored.thing for stored in self.history.things(kind)]

    def get(self, namespace: str, name: str, kind: Kind = WORKFLOWS) -> dict[str, Any]:
        """Give one object."""
        stored = self.history.get(kind, namespace, name)
        assert stored
        return stored.thing

    def submit(self, name: str = "mine", **spec: Any) -> dict[str, Any]:
        """Create a workflow as people do."""
        namespace = self.world.cast.namespaces[0]
        return self.history.put(WORKFLOWS, {"metadata": {"namespace": namespace, "name": name}, "spec": SPEC | spec})

    def _hear(self, change: Change) -> None:
        self.digest.update(framed(change.type, change.new.body))
        stands = change.new.read(_Workflow).status.phase if change.kind is WORKFLOWS else ""
        self.told.append(Told(self.now, change, stands))


def phase(workflow: dict[str, Any]) -> str:
    """Give a workflow's phase; empty for none."""
    return str(workflow.get("status", {}).get("phase", ""))


def seconds(stamp: str) -> float:
    """Read a time."""
    return datetime.fromisoformat(stamp).timestamp()
