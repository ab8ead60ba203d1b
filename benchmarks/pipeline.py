"""The whole path of an event without a socket: ``python -m benchmarks.pipeline [--json]``.

    chunk -> line -> frame -> document -> record and indexes -> delta -> totals, orders, diary

*List* takes the objects of a fleet as pages of 500, *watch* takes the whole lives of workflows as chunks of 64 kB; both
run in a process of their own. *Bare* is what cannot be avoided: one typed decode and one compression of each of the
same objects, in the same process; the share says how much of the path that is. Resident memory is what the process
grew by for each object, everything included: bodies, references, keys, records, indexes, totals.
"""

import argparse
import asyncio
import gc
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from operator import attrgetter
from typing import Any

import msgspec

from benchmarks.fleet import Fleet
from benchmarks.report import machine, print_rows, resident_bytes
from exporter import memory
from exporter.board.board import Board
from exporter.board.diary import Diary
from exporter.informer.informer import Informer, Subject
from exporter.kinds.workflow import WORKFLOW
from exporter.kinds.workflow.projection import PHASES
from exporter.kinds.workflow.reading import WELL_KNOWN_LABELS
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.kube import wire
from exporter.kube.objects import Resource
from exporter.kube.query import ListQuery, WatchQuery
from exporter.kube.wire import Lines, Page
from exporter.metrics.ledger import Ledger
from exporter.store.codec import ZstdCodec

PAGE = 500
CHUNK = 64 * 1024
NAMESPACES = 50
WARM_UP = 200


class Row(msgspec.Struct, frozen=True):
    """One line of the table."""

    fleet: str
    work: str
    objects: int
    mean_bytes: float
    us_each: float
    mb_per_second: float
    bare_us_each: float
    share_percent: float
    resident_bytes_each: float


class _Taken(msgspec.Struct, frozen=True):
    """What a run took, and how long."""

    count: int
    size: int
    seconds: float


class _Nowhere:
    """A source that is never asked."""

    clock_lead = 0.0

    async def list_page(self, resource: Resource, query: ListQuery, hold: asyncio.Event | None = None) -> Page:
        raise NotImplementedError

    def watch(self, resource: Resource, query: WatchQuery) -> AbstractAsyncContextManager[Any]:
        raise NotImplementedError

    async def refresh_credentials(self) -> None:
        raise NotImplementedError


def _informer() -> Informer:
    subject = Subject(WORKFLOW.resource, WORKFLOW.read, WORKFLOW.index_functions(WELL_KNOWN_LABELS))
    informer = Informer(_Nowhere(), subject, ZstdCodec())
    ledger = Ledger(WorkflowAccounting(), since=lambda: 0, now=time.time, open_body=informer.store.body)
    informer.add_handler(ledger)
    informer.add_handler(Board(WORKFLOW.orders, attrgetter("phase"), PHASES))
    informer.add_handler(Diary(attrgetter("phase"), time.time))
    return informer


async def _list(informer: Informer, bodies: Iterator[bytes]) -> _Taken:
    """Take all bodies as pages. Making a body does not count."""
    relist, seconds, count, size = informer.begin(None), 0.0, 0, 0
    while items := [body for _, body in zip(range(PAGE), bodies, strict=False)]:
        page = b'{"metadata":{"resourceVersion":"1"},"items":[%s]}' % b",".join(items)
        began = time.perf_counter()
        for item in wire.read_page(page).items:
            relist.add(bytes(item))
        seconds += time.perf_counter() - began
        count, size = count + len(items), size + len(page)
    began = time.perf_counter()
    await informer.commit(relist, "1")
    return _Taken(count, size, seconds + time.perf_counter() - began)


def _watch(informer: Informer, frames: list[bytes]) -> _Taken:
    """Take all frames in chunks."""
    stream = b"".join(frames)
    lines = Lines()
    began = time.perf_counter()
    for start in range(0, len(stream), CHUNK):
        for line in lines.feed(stream[start : start + CHUNK]):
            frame = wire.read_frame(line)
            change = informer.delete if frame.type == wire.DELETED else informer.apply
            change(None, frame.object)
    return _Taken(len(frames), len(stream), time.perf_counter() - began)


def _bare(bodies: list[bytes]) -> float:
    """Decode and compress the same objects, and nothing else; give the seconds."""
    codec = ZstdCodec()
    began = time.perf_counter()
    for body in bodies:
        codec.encode(body, WORKFLOW.read(body).kin)
    return time.perf_counter() - began


async def measure_list(objects: int, *, diverse: bool) -> Row:
    """List a fleet of that many objects."""
    fleet = Fleet(workflows=objects, namespaces=NAMESPACES, diverse=diverse)
    sample = [body for _, body in zip(range(2_000), fleet, strict=False)]
    bare = min(_bare(sample) for _ in range(3)) / len(sample)
    informer = _informer()
    gc.collect()
    before = resident_bytes()
    taken = await _list(informer, iter(fleet))
    gc.collect()
    grown = resident_bytes() - before
    return _row("diverse" if diverse else "uniform", "list", taken, bare, grown / len(informer.store))


async def measure_watch(objects: int, *, diverse: bool) -> Row:
    """Watch the whole lives of that many workflows."""
    events = list(Fleet(workflows=objects, namespaces=NAMESPACES, diverse=diverse).lives())
    bodies = [event.object for event in events]
    bare = min(_bare(bodies) for _ in range(3)) / len(bodies)
    frames = [event.frame for event in events]
    taken = min((_watch(_informer(), frames) for _ in range(3)), key=lambda run: run.seconds)
    return _row("diverse" if diverse else "uniform", "watch", taken, bare, 0.0)


def _row(fleet: str, work: str, taken: _Taken, bare: float, resident: float) -> Row:
    each = taken.seconds / taken.count
    return Row(
        fleet=fleet,
        work=work,
        objects=taken.count,
        mean_bytes=taken.size / taken.count,
        us_each=each * 1e6,
        mb_per_second=taken.size / taken.seconds / 1e6,
        bare_us_each=bare * 1e6,
        share_percent=100 * bare / each,
        resident_bytes_each=resident,
    )


def _in_a_process(work: str, objects: int, fleet: str) -> Row:
    command = [sys.executable, "-m", "benchmarks.pipeline", "--one", work, fleet, "--objects", str(objects)]
    answer = subprocess.run(command, check=True, capture_output=True).stdout
    return msgspec.json.decode(answer, type=Row)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="The whole path of an event without a socket.")
    parser.add_argument("--objects", type=int, default=20_000, help="size of the listed fleet; a tenth lives in watch")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--one", nargs=2, metavar=("WORK", "FLEET"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        memory.keep_large_buffers_apart()
        work, fleet = asked.one
        measure = measure_list if work == "list" else measure_watch
        print(msgspec.json.encode(asyncio.run(measure(asked.objects, diverse=fleet == "diverse"))).decode())
        return
    sizes = {"list": asked.objects, "watch": asked.objects // 10}
    rows = [_in_a_process(work, size, fleet) for work, size in sizes.items() for fleet in ("uniform", "diverse")]
    print_rows(rows, machine(), as_json=asked.json)


if __name__ == "__main__":
    main()
