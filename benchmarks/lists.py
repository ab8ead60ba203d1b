"""Lists over loopback, and what they cost everybody else: ``python -m benchmarks.lists [--workflows 20000] [--json]``.

A site over a fleet of 14 kB workflows is asked for lists of several kinds, one at a time, by curl. *First byte* is what
a caller waits for; *grown* is by how much the peak of the process's resident memory lies above what it had before the
list; *scrapes* are asked by another curl, one after the other, while the list is read. Times are curl's own.
"""

import argparse
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import quote

import msgspec

from benchmarks.report import machine, print_rows
from benchmarks.site import running
from exporter.kinds.workflow import WORKFLOW
from exporter.web.address import Address

PATH = WORKFLOW.resource.path()
TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"
METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
JSON = "application/json"
MEMORY = "/dev/shm"
"""Where answers are kept: who writes 280 MB to a disk makes everybody wait who writes to it, curl's scrapes as well."""
PAGE = 500
ROUNDS = 3
SLOW = "40M"
"""Bytes a second that a slow reader takes."""


class Row(msgspec.Struct, frozen=True):
    """One line of the table."""

    list: str
    objects: int
    megabytes: float
    first_byte_ms: float
    seconds: float
    grown_mb: float
    scrapes: int
    scrape_median_ms: float
    scrape_p99_ms: float
    scrape_longest_ms: float


class Question(msgspec.Struct, frozen=True):
    """What is asked."""

    name: str
    query: str = ""
    accept: str = JSON
    paged: bool = False
    rate: str = ""
    """How fast the answer is read; empty for as fast as it comes."""


QUESTIONS = (
    Question("all"),
    Question("all, read slowly", rate=SLOW),
    Question("all, as a table", accept=TABLE),
    Question("all, metadata alone", accept=METADATA),
    Question(f"all, in pages of {PAGE}", paged=True),
    Question("all, as a table in pages", accept=TABLE, paged=True),
    Question("one phase, by an index", "fieldSelector=" + quote("status.phase=Running")),
    Question("none, by a label without an index", "labelSelector=" + quote("no-such-label=x")),
    Question("first 10", "limit=10"),
)


class _Metadata(msgspec.Struct):
    token: str = msgspec.field(name="continue", default="")


class _List(msgspec.Struct):
    metadata: _Metadata
    items: list[msgspec.Raw] = []
    rows: list[msgspec.Raw] = []


class Timed(msgspec.Struct):
    """What curl says about one answer, or several added up."""

    time_starttransfer: float = 0.0
    """The longest of several."""
    time_total: float = 0.0
    size_download: int = 0
    http_code: int = 200


class Read(msgspec.Struct):
    """What was read of one list, all its pages included."""

    timed: Timed
    objects: int


def read_list(address: Address, question: Question, body: Path) -> Read:
    """Read a list, page by page if it has several; the last page is left in the body's file, and not counted yet."""
    read, token = Read(Timed(), 0), ""
    while True:
        paging = f"limit={PAGE}&continue={token}" if question.paged else ""
        query = "&".join(part for part in (question.query, paging) if part)
        timed = get(address, f"{PATH}?{query}", question, body)
        read.timed.time_starttransfer = max(read.timed.time_starttransfer, timed.time_starttransfer)
        read.timed.time_total += timed.time_total
        read.timed.size_download += timed.size_download
        page = _page(body) if question.paged else _List(_Metadata())
        token = page.metadata.token
        if not token:
            return read
        read.objects += _count(page)


def _page(body: Path) -> _List:
    return msgspec.json.decode(body.read_bytes(), type=_List)


def _count(page: _List) -> int:
    return len(page.items or page.rows)


def get(address: Address, target: str, question: Question, body: Path) -> Timed:
    """Ask once, and keep the body in a file."""
    rate = ["--limit-rate", question.rate] if question.rate else []
    command = ["curl", "--silent", "--header", f"Accept: {question.accept}", "--output", str(body), *rate]
    said = subprocess.run(
        [*command, "--write-out", "%{json}", f"http://{address}{target}"], check=True, capture_output=True
    )
    timed = msgspec.json.decode(said.stdout, type=Timed)
    if timed.http_code != 200:
        raise SystemExit(body.read_text(encoding="utf-8"))
    return timed


@contextmanager
def scraping(address: Address, latencies: list[float]) -> Iterator[None]:
    """Ask for the metrics again and again, meanwhile."""
    ended = threading.Event()

    def scrape() -> None:
        while not ended.is_set():
            latencies.append(get(address, "/metrics", Question(""), Path(os.devnull)).time_total)

    thread = threading.Thread(target=scrape)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def measure(address: Address, pid: int, question: Question, directory: Path) -> Row:
    """Read a list a few times while somebody scrapes; the middle one by its time counts, the worst of all growths."""
    reads, grown, latencies, body = list[Read](), 0, list[float](), directory / "body"
    for _ in range(ROUNDS):
        with peak_grown(pid) as grown_now, scraping(address, latencies):
            reads.append(read_list(address, question, body))
        reads[-1].objects += _count(_page(body))  # reading 280 MB of JSON would take a core from those who are measured
        grown = max(grown, grown_now())
    read = sorted(reads, key=lambda one: one.timed.time_total)[ROUNDS // 2]
    return Row(
        question.name,
        read.objects,
        read.timed.size_download / 1e6,
        max(one.timed.time_starttransfer for one in reads) * 1e3,
        read.timed.time_total,
        grown / 1e6,
        len(latencies),
        median(latencies) * 1e3,
        sorted(latencies)[int(len(latencies) * 0.99)] * 1e3,
        max(latencies) * 1e3,
    )


@contextmanager
def peak_grown(pid: int) -> Iterator[Callable[[], int]]:
    """Watch the peak of a process's resident memory; gives how many bytes it rose above what was there before."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    before = _status(pid, "VmRSS")
    peak = before
    yield lambda: peak - before
    peak = _status(pid, "VmHWM")


def _status(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise SystemExit(f"no {name} in the status of process {pid}")


def main() -> None:
    """Start the site and ask it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workflows", type=int, default=20_000)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    chosen = parser.parse_args()
    with running(chosen.workflows) as (address, pid), TemporaryDirectory(dir=MEMORY) as directory:
        rows = [measure(address, pid, question, Path(directory)) for question in QUESTIONS]
    print_rows(rows, machine(), as_json=chosen.json)


if __name__ == "__main__":
    main()
