"""``informer-exporter demo`` as its users run it: in a session of its own, perhaps behind a shell or behind make."""

import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import msgspec

from tests.controlplane.waiting import wait_for

BEGINNING = 90.0
"""Seconds in which everything must be there, on a busy machine."""
ENDING = 10.0
"""Seconds in which a demo must end when told to: its simulator has some of them for itself."""

DEMO = (sys.executable, "-m", "exporter", "demo")
SMALL = ("--workflows=60", "--namespaces=3", "--rate=5")
ANYWHERE = "--web.listen-address=127.0.0.1:0"

_PAGE = re.compile(r"page +(http://\S+)/$", re.MULTILINE)
_METRICS = re.compile(r"metrics +(http://\S+)$", re.MULTILINE)
_KUBECTL = re.compile(r"kubectl +(kubectl --server=(\S+) .*)$", re.MULTILINE)
_CLUSTER = re.compile(r"cluster +kubectl --server=(\S+) ", re.MULTILINE)


class Answer(msgspec.Struct, frozen=True):
    """What came over HTTP."""

    code: int
    type: str
    body: bytes


class Demo:
    """One command that runs a demo; leaving the context kills whatever is left of its session."""

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        self.out, self.err, self.folder = folder / "out", folder / "err", folder / "temporary"
        self.folder.mkdir()
        self._command = command
        self._cluster_pid: int | None = None

    def __enter__(self) -> Self:
        """Start the command; what it becomes is another matter."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("INFORMER_EXPORTER_")}
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.started = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                env={**environment, "TMPDIR": str(self.folder)},
            )
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind."""
        for first in (self.started.pid, self._cluster_pid):
            if first is not None:
                with suppress(ProcessLookupError):
                    os.killpg(first, signal.SIGKILL)  # each is the first of a session of its own
        self.started.wait()

    @property
    def said(self) -> str:
        """What it told people."""
        return self.out.read_text(errors="replace")

    @property
    def logged(self) -> str:
        """What went to stderr."""
        return self.err.read_text(errors="replace")

    def wait_announced(self) -> Self:
        """Wait until it has said what there is to open."""

        def ask() -> bool:
            assert self.started.poll() is None, f"it ended: {self.said}{self.logged}"
            return "Ctrl-C" in self.said

        wait_for(ask, "what there is to open", seconds=BEGINNING)
        (self._cluster_pid,) = children_of(self.pid)
        return self

    def wait_ready(self) -> Self:
        """Wait until everything is in memory."""
        self.wait_announced()
        wait_for(lambda: self.get("/readyz").code == http.client.OK, "a demo to be ready", seconds=BEGINNING)
        return self

    def wait_ended(self, seconds: float = ENDING) -> int:
        """Wait for the end of the command, and give its exit code."""
        return self.started.wait(seconds)

    @property
    def pid(self) -> int:
        """The process of the demo itself: the last of the chain that the command has become."""
        pid = self.started.pid
        while not is_demo(pid):
            (pid,) = children_of(pid)
        return pid

    @property
    def cluster_pid(self) -> int:
        """The process of the simulated cluster."""
        assert self._cluster_pid is not None
        return self._cluster_pid

    @property
    def page(self) -> str:
        return str(_PAGE.findall(self.said)[-1])

    @property
    def metrics(self) -> str:
        return str(_METRICS.findall(self.said)[-1])

    @property
    def kubectl(self) -> tuple[str, str]:
        """The line to paste, and the server that it names."""
        line, server = _KUBECTL.findall(self.said)[-1]
        return line, server

    @property
    def cluster(self) -> str:
        return str(_CLUSTER.findall(self.said)[-1])

    def get(self, path: str) -> Answer:
        """Ask the exporter."""
        return ask(f"{self.page}{path}")

    def check_nothing_is_left(self) -> None:
        """Fail when a process or a file is left."""
        wait_for(lambda: not alive(self.cluster_pid), "the simulated cluster to end", seconds=ENDING)
        assert [*self.folder.iterdir()] == []


def ask(url: str, method: str = "GET", body: bytes | None = None) -> Answer:
    """Ask a server on loopback; a body is JSON."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return Answer(response.status, response.headers.get_content_type(), response.read())
    finally:
        connection.close()


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be seen does not."""
    return _status(pid)[:1] not in {"", "Z"}


def is_demo(pid: int) -> bool:
    """Whether a process is a demo, and not the shell or the make that started it."""
    words = _words(pid)
    return "demo" in words and any("python" in Path(word).name for word in words[:1])


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    everyone = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [one for one in everyone if _status(one).split()[1:2] == [str(pid)]]


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


def _status(pid: int) -> str:
    """Its state and its parent, as Linux shows them; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2]
    except OSError:
        return ""
