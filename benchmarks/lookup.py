"""Lookups over loopback: requests for each second and how long they take, one by one and in batches.

``python -m benchmarks.lookup [--json]`` starts a server with zstd-compressed workflows of about 14 kB in a process of
its own and asks it over a few kept-alive connections.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import msgspec
import uvloop
import zstandard

from benchmarks.report import machine, print_rows
from exporter.kube.objects import Key, Resource
from exporter.metrics.text import Format
from exporter.store.delta import Record
from exporter.web.address import Address, parse_address
from exporter.web.server import Server
from exporter.web.site import Lookups, Site
from exporter.web.sources import Freshness, Overview

WORKFLOWS = Resource("argoproj.io", "v1alpha1", "workflows", "Workflow")
OBJECTS = 2_000
BODY = 14_000
"""Bytes of a workflow, roughly."""


class Shelf:
    """A store of compressed bodies that share one dictionary."""

    def __init__(self) -> None:
        rng = random.Random(7)
        bodies = [_workflow(rng, place) for place in range(OBJECTS)]
        dictionary = zstandard.train_dictionary(64 * 1024, [*bodies[:300]])
        self._decompressor = zstandard.ZstdDecompressor(dict_data=dictionary)
        compress = zstandard.ZstdCompressor(level=1, dict_data=dictionary).compress
        self._records = {
            Key(f"ns/w{place}"): Record(str(place), str(1000 + place), bytes(memoryview(compress(body))), (), None)
            for place, body in enumerate(bodies)
        }

    def get(self, key: Key) -> Record | None:
        """The record under a key."""
        return self._records.get(key)

    def body(self, record: Record) -> bytes:
        """The object's bytes."""
        return self._decompressor.decompress(record.body)


class NoExposition:
    """No metrics are asked for here."""

    def render(self, _fmt: Format, _names: frozenset[str]) -> tuple[bytes, ...]:
        """Nothing."""
        return ()


class Row(msgspec.Struct, frozen=True):
    """One line of the table."""

    question: str
    asked_per_second: float
    median_ms: float
    p99_ms: float


def _workflow(rng: random.Random, place: int) -> bytes:
    nodes = {
        f"w{place}-{rng.getrandbits(32)}": {
            "id": f"w{place}-{rng.getrandbits(32)}",
            "displayName": f"step-{number}",
            "type": "Pod",
            "templateName": f"template-{number % 5}",
            "phase": rng.choice(["Succeeded", "Running", "Failed"]),
            "startedAt": f"2024-01-01T00:{rng.randrange(60):02}:{rng.randrange(60):02}Z",
            "resourcesDuration": {"cpu": rng.randrange(1000), "memory": rng.randrange(1000)},
            "outputs": {"exitCode": "0", "artifacts": [{"name": "main-logs", "s3": {"key": f"w{place}/main.log"}}]},
        }
        for number in range(BODY // 340)
    }
    meta = {"name": f"w{place}", "namespace": "ns", "uid": f"{rng.getrandbits(128):032x}"}
    return json.dumps({"apiVersion": "argoproj.io/v1alpha1", "metadata": meta, "status": {"nodes": nodes}}).encode()


async def serve() -> None:
    """Serve until standard input ends; the address is the first line of standard output."""
    lookups = Lookups(WORKFLOWS, Shelf(), lambda: Freshness("5000", 0.5))
    server = Server(Site(NoExposition(), lambda: (), lambda: Overview("", ()), lookups))
    await server.start([Address("127.0.0.1", 0)])
    print(server.addresses[0], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop(1)


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


def one(rng: random.Random) -> bytes:
    """The question for one object."""
    path = WORKFLOWS.path("ns", f"w{rng.randrange(OBJECTS)}")
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: benchmark\r\nAccept: */*\r\n\r\n".encode()


def batch(count: int) -> Callable[[random.Random], bytes]:
    """The question for many objects."""

    def question(rng: random.Random) -> bytes:
        keys = [{"key": f"ns/w{rng.randrange(OBJECTS)}"} for _ in range(count)]
        body = json.dumps({"workflows": keys}).encode()
        return f"POST /lookup/workflows HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    return question


class Options(msgspec.Struct, frozen=True):
    """How hard to ask."""

    seconds: float
    connections: int


async def ask_all(address: Address, load: Options) -> list[Row]:
    """Ask each question for a while."""
    alone = Options(load.seconds, 1)
    return [
        await measure(address, f"one object x {load.connections}", one, load),
        await measure(address, "one object x 1", one, alone),
        *[await measure(address, f"batch of {count} x 1", batch(count), alone) for count in (10, 20, 100, 1000)],
    ]


def main() -> None:
    """Start the server and ask it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        uvloop.run(serve())
        return
    command = [sys.executable, "-m", "benchmarks.lookup", "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = parse_address(server.stdout.readline().strip())
        rows = uvloop.run(ask_all(address, Options(chosen.seconds, chosen.connections)))
        assert server.stdin is not None
        server.stdin.close()
    print_rows(rows, machine(zstandard=zstandard.__version__), as_json=chosen.json)


if __name__ == "__main__":
    main()
