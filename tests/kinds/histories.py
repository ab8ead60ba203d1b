"""Random histories of workflows: what a server holds, and what a cache hears of it."""

import gzip
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from exporter.kube.objects import Key, key_of
from exporter.store.delta import Added, Deleted, Delta, Record, Synced, Updated
from tests.kinds.samples import record, workflow

FINAL = {"Succeeded", "Failed", "Error"}
OPEN = {"Unset", "Pending", "Running"}

NODES = {
    "1": {"type": "Pod", "phase": "Succeeded", "finishedAt": "2023-11-14T22:00:00Z"},
    "2": {
        "type": "Pod",
        "phase": "Failed",
        "finishedAt": "2023-11-14T22:00:09Z",
        "message": "OOMKilled (exit code 137)",
    },
    "3": {"type": "DAG", "phase": "Failed", "finishedAt": "2023-11-14T22:00:08Z", "message": "child '2' failed"},
}
STORED: dict[str, Mapping[str, Any]] = {
    "none": {},
    "plain": {"nodes": NODES},
    "waiting": {"nodes": NODES | {"4": {"type": "Suspend", "phase": "Running"}}},
    "packed": {"compressedNodes": b64encode(gzip.compress(msgspec.json.encode(NODES))).decode()},
    "offloaded": {"offloadNodeStatusVersion": "fnv:1234"},
    "corrupt": {"compressedNodes": "H4sIAAAA"},
}
"""Ways in which nodes are stored, by name."""


class State(msgspec.Struct, frozen=True):
    """One version of a workflow on the server."""

    namespace: str
    name: str
    uid: str
    version: int
    phase: str
    created: int
    started: int | None = None
    finished: int | None = None
    template: str = "build"
    archived: bool = False
    updated: int | None = None
    suspended: bool = False
    deadline: int | None = None
    """Seconds."""
    estimate: int | None = None
    """Seconds."""
    done: int = 0
    planned: int = 0
    cpu: int = 0
    memory: int = 0
    message: str = ""
    stored: str = "none"
    """One of ``STORED``."""

    @property
    def key(self) -> Key:
        return key_of(self.namespace, self.name)

    @property
    def body(self) -> bytes:
        return workflow(
            self.namespace,
            self.name,
            uid=self.uid,
            version=self.version,
            phase="" if self.phase == "Unset" else self.phase,
            created=self.created,
            started=self.started,
            finished=self.finished,
            template=self.template,
            labels={"workflows.argoproj.io/workflow-archiving-status": "Archived"} if self.archived else {},
            written=self.updated,
            spec={"suspend": self.suspended, "activeDeadlineSeconds": self.deadline},
            estimatedDuration=self.estimate,
            progress=f"{self.done}/{self.planned}",
            resourcesDuration={"cpu": self.cpu, "memory": self.memory},
            message=self.message,
            **STORED[self.stored],
        )


class Cache:
    """Keeps the newest version of each object and tells what that changed, as the real store promises to."""

    def __init__(self) -> None:
        self.states: dict[Key, State] = {}

    def applied(self, state: State, *, initial: bool = False) -> Iterator[Delta]:
        old = self.states.get(state.key)
        if old is not None and old.uid == state.uid and state.version <= old.version:
            return
        if old is not None and old.uid != state.uid:
            del self.states[state.key]
            yield Deleted(state.key, _record(old), _record(old), "replaced")
            old = None
        self.states[state.key] = state
        yield (
            Added(state.key, _record(state), initial)
            if old is None
            else Updated(state.key, _record(old), _record(state))
        )

    def deleted(self, state: State) -> Iterator[Delta]:
        old = self.states.get(state.key)
        if old is None or old.uid != state.uid:
            return
        last = state if state.version > old.version else old
        del self.states[state.key]
        yield Deleted(state.key, _last(last, old), _record(old))

    def listed(self, states: dict[Key, State], *, initial: bool = False) -> Iterator[Delta]:
        for key in sorted(self.states.keys() - states.keys()):
            old = self.states.pop(key)
            yield Deleted(key, _record(old), _record(old), "relist")
        for state in states.values():
            yield from self.applied(state, initial=initial)
        yield Synced()


def _record(state: State) -> Record:
    return record(state.body)


def _last(state: State, old: State) -> Record:
    """What a deletion tells: the newest state, with the body of the one that the store had."""
    last, kept = _record(state), _record(old)
    return Record(last.uid, last.version, kept.body, last.terms, last.projection)
