"""A kind that uses all that a ledger can: jobs in queues, which are late at some time, and end well or badly."""

from collections.abc import Iterator
from typing import NamedTuple

from exporter.kube.objects import Key
from exporter.metrics.accounting import Past, Plain, Whole
from exporter.metrics.family import Family, Type
from exporter.metrics.rows import Column, Entries, Entry
from exporter.metrics.series import Due, Latest
from exporter.store.delta import Added, Deleted, Record, Updated


class Job(NamedTuple):
    queue: str = "main"
    created: int = 0
    due: int = 100
    ended: int | None = None
    good: bool = True


BY_QUEUE = ("namespace", "queue")
JOBS = Family(name="jobs", type=Type.GAUGE, help="Jobs.", labels=("namespace", "state"))
LATE = Family(name="jobs_late", type=Type.GAUGE, help="Open jobs that are late.", labels=("namespace",))
CREATIONS = Family(name="job_creations_total", type=Type.COUNTER, help="Jobs that came.", labels=BY_QUEUE)
ENDS = Family(name="job_ends_total", type=Type.COUNTER, help="Jobs that ended.", labels=(*BY_QUEUE, "how"))
LAST = Family(
    name="job_last_end_timestamp_seconds", type=Type.GAUGE, help="When.", labels=(*BY_QUEUE, "how"), unit="seconds"
)
TOOK = Family(name="job_took_seconds", type=Type.SUMMARY, help="How long.", labels=BY_QUEUE, unit="seconds")
SECONDS = Family(
    name="job_seconds", type=Type.HISTOGRAM, help="How long.", labels=("namespace",), unit="seconds", buckets=(10, 60)
)
CAUSES = Family(name="job_causes_total", type=Type.COUNTER, help="Why.", labels=("namespace", "cause"))
GONE = Family(name="job_gone_total", type=Type.COUNTER, help="Jobs that went.", labels=("namespace",))

OPEN, CLOSED = Column(JOBS, "open"), Column(JOBS, "closed")
LATENESS = Column(LATE, keeps=Due)
CREATION = Column(CREATIONS, by_group=True)
END = {good: Column(ENDS, how, by_group=True, exemplars=True) for good, how in ((True, "well"), (False, "badly"))}
LAST_END = {good: Column(LAST, how, by_group=True, keeps=Latest) for good, how in ((True, "well"), (False, "badly"))}
TIME = Column(TOOK, by_group=True)
TIMES = Column(SECONDS, exemplars=True)
CAUSE = {cause: Column(CAUSES, cause, eager=False) for cause in ("fire", "flood")}
GOING = Column(GONE)


class JobAccounting(Plain):
    columns: tuple[Column, ...] = (
        *(OPEN, CLOSED, LATENESS, CREATION, *END.values(), *LAST_END.values(), TIME, TIMES, *CAUSE.values(), GOING),
    )
    group_labels: tuple[str, ...] = ("queue",)

    def group(self, projection: Job) -> tuple[str, ...]:
        return (projection.queue,)

    def gauges(self, projection: Job) -> Entries:
        return ((OPEN, 1), (LATENESS, projection.due)) if projection.ended is None else ((CLOSED, 1),)

    def baseline(self, new: Job) -> Entries:
        return () if new.ended is None else ((LAST_END[new.good], new.ended),)

    def appeared(self, new: Job, past: Past, since: int) -> Entries:
        created: Entries = ((CREATION, 1),) if not past and new.created >= since else ()
        return (*created, *_ended(new, past)) if new.ended is not None and new.ended >= since else created

    def changed(self, old: Job, new: Job, past: Past) -> Entries:
        return tuple(_ended(new, past)) if new.ended != old.ended else ()

    def vanished(self, last: Job, past: Past) -> Entries:
        return ((GOING, 1),)

    def remembered(self, past: Past, old: Job, new: Job | None) -> Past:
        shown_on = new is not None and old.ended in {None, new.ended}
        return past if shown_on or old.ended in past else (*past, old.ended)

    def asks_whole(self, counts: Entries) -> bool:
        return any(column is END[False] for column, _ in counts)

    def whole(self, key: Key, body: bytes, new: Job, counts: Entries) -> Whole:
        cause = body.decode()
        entries: Entries = ((CAUSE[cause], 1),) if cause in CAUSE else ()
        return Whole(entries, (("job", key), ("cause", cause)))

    def unsettled(self, projection: Job, since: int) -> bool:
        return projection.ended is None or max(projection.created, projection.ended) >= since


def _ended(new: Job, past: Past) -> Iterator[Entry]:
    if new.ended is not None and new.ended not in past:
        yield END[new.good], 1
        yield LAST_END[new.good], new.ended
        yield TIME, new.ended - new.created
        yield TIMES, new.ended - new.created


def came(name: str, job: Job, *, initial: bool = False, body: bytes = b"") -> Added:
    return Added(Key(f"blue/{name}"), record(name, job, body), initial)


def became(name: str, old: Job, new: Job, body: bytes = b"") -> Updated:
    return Updated(Key(f"blue/{name}"), record(name, old), record(name, new, body))


def went(name: str, job: Job) -> Deleted:
    return Deleted(Key(f"blue/{name}"), record(name, job), record(name, job))


def record(uid: str, job: Job, body: bytes = b"") -> Record:
    return Record(uid, "1", body, (), job)
