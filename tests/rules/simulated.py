"""The simulated cluster as a process whose troubles a test turns on and off, and which can fall silent."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Self

from tests.controlplane.process import Process
from tests.demo.program import ask


class Simulated(Process):
    """One running ``python -m exporter.simulator``; leaving the context ends it."""

    def __init__(self, flags: list[str], log: Path) -> None:
        super().__init__("simulator", [sys.executable, "-m", "exporter.simulator", "--port=0", *flags], log)

    def __enter__(self) -> Self:
        """Start it and wait until it has said where it is."""
        self.start()
        try:
            self.wait_ready(lambda: self.log.read_text().endswith("}\n"))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End it, also when it is silent."""
        self.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return str(json.loads(self.log.read_text().splitlines()[0])["url"])

    @contextmanager
    def trouble(self, name: str) -> Iterator[None]:
        """Let a trouble last for a block."""
        self._turn(name, on="true")
        try:
            yield
        finally:
            self._turn(name, on="false")

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Keep all connections for a block, and say nothing on them."""
        self._send(signal.SIGSTOP)
        try:
            yield
        finally:
            self._send(signal.SIGCONT)

    @contextmanager
    def pause(self) -> Iterator[int]:
        """Let nothing happen for a block; gives the number of workflows that there are."""
        books = json.loads(self._post("pause"))
        try:
            yield int(books["workflows"])
        finally:
            self._post("resume")

    def _turn(self, name: str, *, on: str) -> None:
        self._post(f"trouble?name={name}&on={on}")

    def _post(self, path: str) -> bytes:
        answer = ask(f"{self.url}/simulator/{path}", "POST")
        assert answer.code == HTTPStatus.OK, answer
        return answer.body

    def _send(self, number: signal.Signals) -> None:
        assert self._popen is not None
        self._popen.send_signal(number)
