"""What the live page costs the exporter: ``python -m benchmarks.page [--workflows N] [--seconds N] [--json]``.

Over a cache of 50,000 workflows in 500 namespaces, in a process of its own: what the page's handlers take of one
delta, how long each answer takes to make, and the share of a core that one open page takes, which listens to the
stream and asks for five lists every two seconds. Answers are timed without the socket, the share includes it.
"""

import argparse
import asyncio
import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import islice

import msgspec
import uvloop
from aiohttp.test_utils import make_mocked_request

from benchmarks.fleet import Fleet
from benchmarks.report import Figure, core_seconds, machine, print_rows
from exporter.board.board import Board
from exporter.board.diary import Diary
from exporter.board.trend import Trend
from exporter.informer.informer import Informer, Subject
from exporter.informer.source import Source
from exporter.kinds.workflow import WORKFLOW
from exporter.kinds.workflow.projection import PHASES, WAITS, Workflow
from exporter.kinds.workflow.story import read_glance, read_nodes
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.kube.objects import Key
from exporter.metrics.ledger import Ledger
from exporter.store.codec import ZstdCodec
from exporter.store.delta import Record, Updated
from exporter.web.address import Address, parse_address
from exporter.web.page import sources
from exporter.web.page.page import Page
from exporter.web.server import Server
from exporter.web.site import Site
from exporter.web.sources import Freshness, Served

WORKFLOWS, NAMESPACES = 50_000, 500
ROUNDS = 9
DELTAS = 20_000
LISTS = ("waiting", "running", "failures", "namespaces", "groups")
"""What an open page asks for again and again."""
ASKED_EVERY = 2.0
"""Seconds."""


class _Built:
    """A page over a fleet, as the program builds it, without a cluster behind it."""

    def __init__(self) -> None:
        self.informer = Informer(_no_source(), Subject(WORKFLOW.resource, WORKFLOW.read, _indexes()), ZstdCodec())
        self.board = Board(WORKFLOW.orders, _phase, PHASES)
        self.diary = Diary(_phase, time.time)
        self.accounting = WorkflowAccounting()
        self.ledger = Ledger(self.accounting, since=lambda: 0, now=lambda: 0)
        for handler in (self.ledger, self.board, self.diary):
            self.informer.add_handler(handler)
        self.page = Page(self._subject())

    async def fill(self, workflows: int) -> None:
        """Read a list."""
        relist = self.informer.begin(None)
        for body in Fleet(workflows=workflows, namespaces=NAMESPACES):
            relist.add(body)
        await self.informer.commit(relist, "1000000000")

    def _subject(self) -> sources.Subject:
        served = Served(
            WORKFLOW.resource,
            WORKFLOW.singular,
            store=self.informer.store,
            ask_freshness=lambda: Freshness(0.5),
            wait_version=self.informer.wait_version,
        )
        workflows = sources.Workflows(
            served=served,
            ask=self.informer.statistics,
            is_synced=lambda: True,
            board=self.board,
            diary=self.diary,
            ledger=self.ledger,
            counted=self.accounting.counted,
            read_glance=read_glance,
            read_nodes=read_nodes,
        )
        return sources.Subject(
            cron=None,
            ask_drill=lambda: None,
            metrics="/metrics",
            names=True,
            version="",
            since=0,
            workflows=workflows,
            trend=Trend(),
            waits=WAITS,
            ask_readiness=lambda: (),
        )


def _no_source() -> Source:
    return None  # type: ignore[return-value]  # nothing is read from a cluster here


def _indexes() -> dict[str, Callable[..., Sequence[str]]]:
    return dict(WORKFLOW.index_functions())  # type: ignore[arg-type]  # tuples, all of them


def _phase(workflow: Workflow) -> str:
    return workflow.phase


async def answers(built: _Built) -> list[Figure]:
    """Time each view, made and encoded."""
    *_, key = islice(built.informer.store.keys(), 2)  # the first one has a history from the handlers
    name, label = key.partition("/")[2], "workflows.argoproj.io/phase%3DFailed"
    questions = ["overview", "informers", "throughput", *LISTS, "namespaces?limit=200"]
    questions += [f"search?q={key}", f"search?q={name[:4]}", f"workflows/{key}", f"search?q={label}"]
    return [await _answered(built.page, f"/api/v1/{question}") for question in questions]


async def _answered(page: Page, target: str) -> Figure:
    path = target.partition("?")[0]
    route = page.routes.get(path) or page.find(path)
    assert route is not None, target
    seconds = []
    for _ in range(ROUNDS):
        request = make_mocked_request("GET", target)
        begun = time.perf_counter()
        response = await route.call(request)
        seconds.append(time.perf_counter() - begun)
        assert response.status == 200
    return Figure(f"GET {target}", statistics.median(seconds) * 1e6, "us")


def handlers(built: _Built) -> list[Figure]:
    """Time what the board and the diary take of each delta."""
    base = Workflow("Running", ("WorkflowTemplate", "a", ""), 1_700_000_000, 1_700_000_001)
    ended = msgspec.structs.replace(base, phase="Failed", finished=1_700_000_100)
    key = next(iter(built.informer.store.keys()))
    return [
        Figure("a delta without news", _applied(built, key, base, msgspec.structs.replace(base)), "us"),
        Figure("a delta that moves an object", _applied(built, key, base, ended), "us"),
    ]


def _applied(built: _Built, key: Key, one: Workflow, other: Workflow) -> float:
    records = [Record("u", "1", b"", (), projection) for projection in (one, other)]
    present = built.informer.store.get(key)
    assert present is not None
    heard: list[Board | Diary] = [built.board, built.diary]
    _hear(heard, Updated(key, present, records[0]))
    there, back = Updated(key, *records), Updated(key, records[1], records[0])
    begun = time.perf_counter()
    for _ in range(DELTAS // 2):
        for handler in heard:
            handler.apply(there)
            handler.apply(back)
    seconds = time.perf_counter() - begun
    _hear(heard, Updated(key, records[0], present))
    return seconds / (DELTAS // 2 * 2) * 1e6


def _hear(handlers: Sequence[Board | Diary], delta: Updated) -> None:
    for handler in handlers:
        handler.apply(delta)


async def serve(workflows: int) -> None:
    """Measure, then serve until standard input ends; the figures and the address are the first line of output."""
    built = _Built()
    await built.fill(workflows)
    built.page.sample()
    gc.collect()
    gc.freeze()
    figures = [*handlers(built), *await answers(built)]
    server = Server(Site(_Nothing(), lambda: (), built.page))
    await server.start([Address("127.0.0.1", 0)])
    print(json.dumps([str(server.addresses[0]), msgspec.to_builtins(figures)]), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    built.page.leave()
    await server.stop(1)


class _Nothing:
    """No metrics."""

    def render(self, _fmt: object, _names: frozenset[str]) -> Sequence[bytes]:
        """Give nothing."""
        return ()


async def look(address: Address, seconds: float) -> int:
    """Be an open page for a while; give how many answers it had."""
    listening = asyncio.create_task(_listen(address))
    until, asked = time.perf_counter() + seconds, 0
    while time.perf_counter() < until:
        for name in LISTS:
            await _ask(address, name)
            asked += 1
        await asyncio.sleep(ASKED_EVERY)
    listening.cancel()
    return asked


async def _listen(address: Address) -> None:
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(b"GET /api/v1/live HTTP/1.1\r\nHost: x\r\n\r\n")
    while await reader.read(1 << 16):
        pass


async def _ask(address: Address, name: str) -> None:
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(f"GET /api/v1/{name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    if not (await reader.read()).startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"{name} was not answered")
    writer.close()


def measure(workflows: int, seconds: float) -> list[Figure]:
    """Start the process, let it measure itself, look at its page."""
    command = [sys.executable, "-m", "benchmarks.page", "--serve", "--workflows", str(workflows)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            where, figures = json.loads(server.stdout.readline())
            before, begun = core_seconds(server.pid), time.perf_counter()
            uvloop.run(look(parse_address(where), seconds))
            share = (core_seconds(server.pid) - before) / (time.perf_counter() - begun)
        finally:
            server.stdin.close()
    return [*msgspec.convert(figures, list[Figure]), Figure("an open page", share * 100, "% of a core")]


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workflows", type=int, default=WORKFLOWS)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    chosen = parser.parse_args()
    if chosen.serve:
        uvloop.run(serve(chosen.workflows))
    else:
        print_rows(measure(chosen.workflows, chosen.seconds), machine(), as_json=chosen.json)


if __name__ == "__main__":
    main()
