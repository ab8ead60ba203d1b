"""A kind with little to count, and everything around it that a checkpoint needs: jobs, which end."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import msgspec

from exporter.checkpoint import Books, Identity
from exporter.checkpoint.form import Section, write
from exporter.kinds.kind import Kind
from exporter.kube.objects import Key, Resource
from exporter.metrics.accounting import Past, Plain
from exporter.metrics.family import Family, Type
from exporter.metrics.marks import Mark
from exporter.metrics.rows import Column, Entries
from exporter.store.delta import Document, Record
from exporter.store.store import Store
from tests.kinds.histories import Cache
from tests.kinds.samples import record

JOBS = Family(name="jobs", type=Type.GAUGE, help="Jobs.", labels=("namespace", "queue", "state"))
ENDED = Family(name="jobs_ended_total", type=Type.COUNTER, help="Jobs that ended.", labels=("namespace", "queue"))
LOST = Family(name="jobs_lost_total", type=Type.COUNTER, help="Jobs whose end nobody saw.", labels=("namespace",))

_STATES = {state: Column(JOBS, state, by_group=True) for state in ("open", "ended")}
_ENDED = Column(ENDED, by_group=True)
_LOST = Column(LOST)

IDENTITY = Identity("https://127.0.0.1:6443", ("blue", "red"), "team=a")


class Job(msgspec.Struct, frozen=True):
    state: str
    queue: str = "main"
    ended: int | None = None


class JobAccounting(Plain):
    columns = (*_STATES.values(), _ENDED, _LOST)
    group_labels: tuple[str, ...] = ("queue",)

    def group(self, projection: Job) -> tuple[str, ...]:
        return (projection.queue,)

    def gauges(self, projection: Job) -> Entries:
        return ((_STATES[projection.state], 1),)

    def appeared(self, new: Job, past: Past, since: int) -> Entries:
        return ((_ENDED, 1),) if new.ended is not None and new.ended >= since else ()

    def changed(self, old: Job, new: Job, past: Past) -> Entries:
        return ((_ENDED, 1),) if new.ended not in {None, old.ended} else ()

    def vanished(self, last: Job, past: Past) -> Entries:
        return ((_LOST, 1),) if last.ended is None else ()

    def unsettled(self, projection: Job, since: int) -> bool:
        return projection.ended is None or projection.ended >= since


def _read(body: bytes) -> Document:
    raise NotImplementedError


JOB = Kind(Resource("example.org", "v1", "jobs", "Job"), _read, Job, JobAccounting())
OTHER = Kind(Resource("example.org", "v1", "others", "Other"), _read, Job, JobAccounting())


class Shelf:
    """A store, as far as it is read here."""

    def __init__(self, jobs: Mapping[str, Job] | None = None) -> None:
        self.jobs = dict(jobs or {})

    def keys(self) -> Iterable[Key]:
        return map(Key, self.jobs)

    def get(self, key: Key) -> Record | None:
        job = self.jobs.get(key)
        return None if job is None else Record(f"uid of {key}", "1", b"", (), job)


def section(jobs: Mapping[str, Job], marks: Iterable[Mark] = (), as_of: float = 1000.0) -> Section:
    return Section(as_of, ("queue",), [(f"uid of {key}", Key(key), job) for key, job in jobs.items()], list(marks))


def whole(sections: Mapping[str, Section], identity: Identity = IDENTITY) -> bytes:
    return b"".join(write(identity, sections, 1234.5))


def written(path: Path, jobs: Mapping[str, Job]) -> bytes:
    data = whole({JOB.resource.name: section(jobs)})
    path.write_bytes(data)
    return data


class Totals:
    """A ledger, as far as a checkpoint asks it."""

    def __init__(self) -> None:
        self.owes = 0
        self.latest: list[Mark] = []

    def marks(self) -> list[Mark]:
        return self.latest


class Watch:
    """One kind that is being counted, with everything about it at a test's will."""

    def __init__(self, kind: Kind = JOB, jobs: Mapping[str, Job] | None = None, *, synced: bool = True) -> None:
        self.kind = kind
        self.shelf = Shelf(jobs)
        self.totals = Totals()
        self.synced = synced
        self.heard: float | None = None
        self.started = 1_000.0

    def books(self) -> Books:
        assert self.kind.accounting is not None
        return Books(
            resource=self.kind.resource,
            accounting=self.kind.accounting,
            store=cast("Any", self.shelf),
            ledger=cast("Any", self.totals),
            ask_synced=lambda: self.synced,
            ask_heard=lambda: self.heard,
            ask_started=lambda: self.started,
        )


class RecordsOf:
    """The cache of ``tests/kinds/histories.py`` as a store, as far as it is read here."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def keys(self) -> Iterable[Key]:
        return self._cache.states.keys()

    def get(self, key: Key) -> Record | None:
        state = self._cache.states.get(key)
        return None if state is None else record(state.body)

    def as_store(self) -> Store:
        return cast("Store", self)
