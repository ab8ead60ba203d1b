"""The first sync of a real process in a real terminal, and in a pipe."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Semaphore, Thread
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from tests import kubeconfigs
from tests.controlplane.waiting import wait_for
from tests.demo.screen import screen

OBJECTS, PAGE = 8, 2


class SlowServer(BaseHTTPRequestHandler):
    """An API server that gives a page of a list when it is told to, and has no news."""

    pages: ClassVar[Semaphore]

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if "watch" in query:
            self._answer(b"")
            return
        self.pages.acquire()
        begin = int(query.get("continue", "0"))
        end = begin + PAGE
        metadata: dict[str, object] = {"resourceVersion": "7"}
        if end < OBJECTS:
            metadata |= {"continue": str(end), "remainingItemCount": OBJECTS - end}
        items = [
            {"metadata": {"name": f"w{number}", "namespace": "ns", "uid": str(number), "resourceVersion": "3"}}
            for number in range(begin, end)
        ]
        self._answer(json.dumps({"kind": "WorkflowList", "metadata": metadata, "items": items}).encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name it has there
        """Say nothing."""


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Iterator[Path]:
    SlowServer.pages = Semaphore(0)
    server = ThreadingHTTPServer(("127.0.0.1", 0), SlowServer)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    yield kubeconfigs.write(tmp_path, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()


def serve(kubeconfig: Path, stderr: int, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "exporter", "serve", f"--kubeconfig={kubeconfig}", f"--list.page-size={PAGE}"]
    kinds = ["cronworkflows", "workflowtemplates", "clusterworkflowtemplates"]
    flags = ["--web.listen-address=127.0.0.1:0", *(f"--no-collector.{kind}" for kind in kinds)]
    plain = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "TERM"}}
    return subprocess.Popen([*command, *flags], stderr=stderr, env={**plain, **environment}, stdin=subprocess.DEVNULL)


def screens(leader: int, running: "subprocess.Popen[bytes]") -> list[list[str]]:
    """What the terminal showed, time after time, until all was listed and the process ended as told.

    The next page comes when the bar has shown the one before.
    """
    written, shown, told, bars = "", list[list[str]](), False, set[str]()
    while True:
        try:
            piece = os.read(leader, 65_536)
        except OSError:  # nobody has the other end any more
            return shown
        written += piece.decode()
        shown.append(screen(written))
        for bar in re.findall(r"^listing .*?(\d+)(?: of 8)? objects", "\n".join(shown[-1]), re.MULTILINE):
            if bar not in bars:
                bars.add(bar)
                SlowServer.pages.release()
        if not told and any(line.startswith("listed") for line in shown[-1]):
            told = True
            running.send_signal(signal.SIGTERM)


@pytest.mark.parametrize("environment", [{"TERM": "xterm"}, {"TERM": "xterm", "NO_COLOR": "1"}], ids=str)
def test_a_terminal_shows_a_bar_below_the_log_and_no_trace_of_it_afterwards(
    kubeconfig: Path, environment: dict[str, str]
) -> None:
    SlowServer.pages.release()
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (30, 100))
    running = serve(kubeconfig, follower, environment | {"PYTHONIOENCODING": "utf-8"})
    os.close(follower)
    try:
        shown = screens(leader, running)
        assert running.wait(20) == 0
    finally:
        running.kill()
        running.wait()
        os.close(leader)
    bars = {line for lines in shown for line in lines if line.startswith("listing")}
    assert any(re.fullmatch(r"listing  █+░+  75%  6 of 8 objects, \d+/s", line) for line in bars)
    assert all(not line or line.startswith(("ts=", "listing", "listed ")) for lines in shown for line in lines)
    *log, rest = shown[-1]
    assert rest == ""
    assert [line for line in log if re.fullmatch(r"listed 8 objects, \d+/s, in [\d.]+ s", line)] != []
    assert not any(line.startswith("listing") for line in log)


def test_a_pipe_gets_lines_of_the_log(kubeconfig: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as stream:
        running = serve(kubeconfig, stream.fileno(), {"TERM": "xterm"})
    try:
        SlowServer.pages.release()
        wait_for(lambda: "remaining=6" in log.read_text(), "a line about the first page", seconds=30)
        SlowServer.pages.release(OBJECTS // PAGE - 1)
        wait_for(lambda: "msg=listed" in log.read_text(), "the end of the list", seconds=30)
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 0
    finally:
        running.kill()
        running.wait()
    said = log.read_text()
    assert "\x1b" not in said
    assert "\r" not in said
    assert re.search(r"msg=listing resource=workflows\.argoproj\.io objects=2 remaining=6$", said, re.MULTILINE)
    assert re.search(r"msg=listed objects=8 seconds=[\d.]+$", said, re.MULTILINE)
