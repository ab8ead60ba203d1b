"""How fast a replay feeds its readers: ``python -m benchmarks.replay [--workflows 5000] [--events 10000] [--json]``.

A fleet is laid down in a process of its own (``exporter.simulator.replay``), and this one reads it over loopback with
a plain socket that looks at nothing: the list as a whole, the list in pages of 500, the watch from the list's version.
The processor time of both says what limits it: that of the one which comes near the time that went by.
"""

import argparse
import asyncio
import gc
import http.client
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import islice

import msgspec
import uvloop

from benchmarks.fleet import Event, Fleet
from benchmarks.report import core_seconds, machine, print_rows
from exporter.simulator.replay import Replay

PATH = "/apis/argoproj.io/v1alpha1/workflows"
PAGE = 500
WINDOW = 1 << 20
"""Bytes that are read at once."""
ROUNDS = 5
NEEDLE = b'"continue":"'


class Site(msgspec.Struct, frozen=True):
    """A replay that runs in a process of its own."""

    host: str
    port: int
    pid: int
    version: int
    """That of the list."""
    newest: int
    """That of the last event."""
    list_bytes: int
    watch_bytes: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{self.host}:{self.port}"


class Row(msgspec.Struct, frozen=True):
    """One line of the table: the fastest of several rounds."""

    read: str
    megabytes: float
    seconds: float
    mb_per_second: float
    server_cpu_seconds: float
    reader_cpu_seconds: float


@contextmanager
def running(workflows: int, events: int) -> Iterator[Site]:
    """Run a replay of so many workflows and so many events after them."""
    options = ["--workflows", str(workflows), "--events", str(events), "--serve"]
    command = [sys.executable, "-m", "benchmarks.replay", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield msgspec.json.decode(server.stdout.readline(), type=Site)
        finally:
            server.stdin.close()


async def serve(workflows: int, events: int) -> None:
    """Serve until standard input ends; what there is to read is the first line of standard output."""
    fleet = Fleet(workflows=workflows)
    replay = Replay(fleet, ((event.type, event.object) for event in islice(_lives(events), events)))
    tape = replay.tape
    host, port = await replay.start()
    gc.collect()
    gc.freeze()
    sizes = len(tape.items.cut(0, len(tape.items))), len(tape.frames.cut(0, len(tape.frames)))
    sys.stdout.buffer.write(
        msgspec.json.encode(Site(host, port, os.getpid(), tape.version, tape.newest, *sizes)) + b"\n"
    )
    sys.stdout.buffer.flush()
    await asyncio.to_thread(sys.stdin.read)
    await replay.stop()


def read_watch(site: Site) -> int:
    """Read the watch until everything was told; give the bytes that came."""
    with closing(socket.create_connection((site.host, site.port))) as connection:
        connection.sendall(_request(f"{PATH}?watch=true&resourceVersion={site.version}"))
        return _sink(connection, site.watch_bytes)


def read_list(site: Site) -> int:
    """Read the whole list; give the bytes that came."""
    with closing(socket.create_connection((site.host, site.port))) as connection:
        connection.sendall(_request(PATH))
        return _sink(connection, site.list_bytes)


def read_pages(site: Site) -> int:
    """Read the list page by page over one connection; give the bytes that came."""
    size, token, window = 0, b"", memoryview(bytearray(64 * WINDOW))
    connection = http.client.HTTPConnection(site.host, site.port, timeout=60)
    with closing(connection):
        while True:
            connection.request("GET", f"{PATH}?limit={PAGE}&continue={token.decode()}")
            response = connection.getresponse()
            length = int(response.headers["Content-Length"])
            page = window[:length]
            read = 0
            while read < length:
                read += response.readinto(page[read:])
            size += read
            _, _, rest = bytes(page[-200:]).rpartition(NEEDLE)
            token = rest.partition(b'"')[0] if NEEDLE in bytes(page[-200:]) else b""
            if not token:
                return size


def measure(site: Site) -> list[Row]:
    """Read everything in each way, several times."""
    ways = {"list": read_list, f"list in pages of {PAGE}": read_pages, "watch": read_watch}
    return [
        min((_timed(name, read, site) for _ in range(ROUNDS)), key=lambda row: row.seconds)
        for name, read in ways.items()
    ]


def main() -> None:
    """Measure and print, or serve."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workflows", type=int, default=5_000)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--serve", action="store_true", help="serve until standard input ends")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.serve:
        uvloop.run(serve(options.workflows, options.events))
        return
    with running(options.workflows, options.events) as site:
        print_rows(measure(site), machine(), as_json=options.json)


def _timed(name: str, read: Callable[[Site], int], site: Site) -> Row:
    server, reader, began = core_seconds(site.pid), _own_cpu(), time.perf_counter()
    size = read(site)
    seconds = time.perf_counter() - began
    return Row(name, size / 1e6, seconds, size / 1e6 / seconds, core_seconds(site.pid) - server, _own_cpu() - reader)


def _sink(connection: socket.socket, least: int) -> int:
    """Read and look at nothing, until at least so many bytes came."""
    size, window = 0, bytearray(WINDOW)
    while size < least:
        got = connection.recv_into(window)
        if not got:
            raise EOFError(f"{size} bytes of at least {least}")
        size += got
    return size


def _request(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: replay\r\n\r\n".encode()


def _lives(events: int) -> Iterator[Event]:
    # A life has some ten events; more lives than needed cost nothing, for they are drawn one by one.
    return Fleet(seed=2, workflows=max(1, events)).lives()


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
