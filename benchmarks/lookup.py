"""Lookups over loopback: requests for each second and how long they take, one by one and in batches.

``python -m benchmarks.lookup [--json]`` asks a site over a fleet of 14 kB workflows, in a process of its own, over a
few kept-alive connections.
"""

import argparse
import asyncio
import json
import random
import time
from collections.abc import Callable, Sequence
from statistics import median

import msgspec
import uvloop
import zstandard

from benchmarks.report import machine, print_rows
from benchmarks.site import names, running
from exporter.kinds.workflow import WORKFLOW
from exporter.web.address import Address

OBJECTS = 2_000

Names = Sequence[tuple[str, str]]


class Row(msgspec.Struct, frozen=True):
    """One line of the table."""

    question: str
    asked_per_second: float
    median_ms: float
    p99_ms: float


async def ask(address: Address, question: Callable[[random.Random], bytes], until: float, seed: int) -> list[float]:
    """Ask one question after the other on one connection; give the seconds of each."""
    rng, latencies = random.Random(seed), []
    reader, writer = await asyncio.open_connection(address.host, address.port, limit=1 << 20)
    while (started := time.perf_counter()) < until:
        writer.write(question(rng))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head.decode())
        if b"chunked" in head:
            while (size := int(await reader.readline(), 16)) > 0:
                await reader.readexactly(size + 2)
            await reader.readexactly(2)
        else:
            await reader.readexactly(int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]))
        latencies.append(time.perf_counter() - started)
    writer.close()
    return latencies


async def measure(address: Address, name: str, question: Callable[[random.Random], bytes], load: "Options") -> Row:
    """Ask over all connections for the time of a measurement."""
    started = time.perf_counter()
    until = started + load.seconds
    every = await asyncio.gather(*(ask(address, question, until, seed) for seed in range(load.connections)))
    seconds = time.perf_counter() - started
    ordered = sorted(one for latencies in every for one in latencies)
    p99 = ordered[int(len(ordered) * 0.99)]
    return Row(name, len(ordered) / seconds, median(ordered) * 1e3, p99 * 1e3)


def one(known: Names) -> Callable[[random.Random], bytes]:
    """The question for one object."""

    def question(rng: random.Random) -> bytes:
        path = WORKFLOW.resource.path(*rng.choice(known))
        return f"GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: benchmark\r\nAccept: */*\r\n\r\n".encode()

    return question


def batch(known: Names, count: int) -> Callable[[random.Random], bytes]:
    """The question for many objects."""

    def question(rng: random.Random) -> bytes:
        keys = [{"key": "/".join(rng.choice(known))} for _ in range(count)]
        body = json.dumps({"workflows": keys}).encode()
        return f"POST /lookup/workflows HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    return question


class Options(msgspec.Struct, frozen=True):
    """How hard to ask."""

    seconds: float
    connections: int


async def ask_all(address: Address, load: Options) -> list[Row]:
    """Ask each question for a while."""
    alone, known = Options(load.seconds, 1), names(OBJECTS)
    return [
        await measure(address, f"one object x {load.connections}", one(known), load),
        await measure(address, "one object x 1", one(known), alone),
        *[await measure(address, f"batch of {count} x 1", batch(known, count), alone) for count in (10, 20, 100, 1000)],
    ]


def main() -> None:
    """Start the server and ask it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    chosen = parser.parse_args()
    with running(OBJECTS) as (address, _):
        rows = uvloop.run(ask_all(address, Options(chosen.seconds, chosen.connections)))
    print_rows(rows, machine(zstandard=zstandard.__version__), as_json=chosen.json)


if __name__ == "__main__":
    main()
