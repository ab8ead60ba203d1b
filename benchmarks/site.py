"""The exporter's own site over a cache filled with a fleet, in a process of its own: what lookups and lists are asked.

The store, its indexes, the codec and the totals are the program's; only the stream of events is missing.
"""

import argparse
import asyncio
import gc
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvloop

from benchmarks.fleet import Fleet
from exporter import memory
from exporter.kinds.workflow import WORKFLOW
from exporter.kinds.workflow.reading import WELL_KNOWN_LABELS
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.metrics.ledger import Ledger
from exporter.metrics.text import Format
from exporter.store.codec import ZstdCodec
from exporter.store.delta import Synced
from exporter.store.store import Writer
from exporter.web.address import Address, parse_address
from exporter.web.server import Server
from exporter.web.site import Site
from exporter.web.sources import Freshness, Served


class Totals:
    """The exposition of the totals alone."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def render(self, fmt: Format, names: frozenset[str]) -> Iterator[bytes]:
        """Give the totals."""
        yield from self._ledger.slices(fmt, names)
        yield fmt.end


async def _wait_version(_version: str, _namespace: str | None = None) -> None:
    """Everything is there already."""


def _filled(workflows: int) -> tuple[Writer, Ledger]:
    writer = Writer(WORKFLOW.read, ZstdCodec(), WORKFLOW.index_functions(WELL_KNOWN_LABELS))
    ledger = Ledger(WorkflowAccounting(), since=lambda: 0, now=lambda: 0)
    relist = writer.relist()
    for body in Fleet(workflows=workflows):
        relist.add(body)
    for delta in relist.commit("1000000000"):
        ledger.apply(delta)
    ledger.apply(Synced())
    return writer, ledger


async def serve(workflows: int) -> None:
    """Serve until standard input ends; the address is the first line of standard output."""
    memory.keep_large_buffers_apart()
    writer, ledger = _filled(workflows)
    served = Served(
        WORKFLOW.resource,
        WORKFLOW.singular,
        columns=WORKFLOW.printer_columns,
        fields=WORKFLOW.fields,
        store=writer.store,
        ask_freshness=lambda: Freshness(0.5),
        wait_version=_wait_version,
    )
    server = Server(Site(Totals(ledger), lambda: (), None, (served,)))
    await server.start([Address("127.0.0.1", 0)])
    gc.collect()
    gc.freeze()
    print(server.addresses[0], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop(1)


@contextmanager
def running(workflows: int) -> Iterator[tuple[Address, int]]:
    """Run a site over so many workflows; gives its address and the id of its process."""
    command = [sys.executable, "-m", "benchmarks.site", "--workflows", str(workflows)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield parse_address(server.stdout.readline().strip()), server.pid
        finally:
            server.stdin.close()


def names(workflows: int) -> Sequence[tuple[str, str]]:
    """Give the namespace and the name of every workflow in such a site."""
    found = (WORKFLOW.read(body).meta for body in Fleet(workflows=workflows))
    return [(meta.namespace, meta.name) for meta in found]


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workflows", type=int, default=2_000)
    uvloop.run(serve(parser.parse_args().workflows))


if __name__ == "__main__":
    main()
