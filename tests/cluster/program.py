"""The program itself, as its users run it: a process with flags, a log, and an address that answers."""

import http.client
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import msgspec

from exporter.kube.objects import Resource
from exporter.metrics.text import Format
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.process import Process
from tests.controlplane.waiting import wait_for
from tests.metrics import exposition

ENDING = 4.0
"""Seconds within which the program must end when told to; longer than it takes, shorter than its time to drain."""

RECOVERY = 90.0
"""Seconds within which the program must have recovered from anything: more than its longest wait."""

_ADDRESS = re.compile(r'msg=listening address="?([^:\s"]+):(\d+)')


class Answer(msgspec.Struct, frozen=True):
    """What came over HTTP."""

    code: int
    headers: Mapping[str, str]
    body: bytes


class Numbers:
    """One scrape, read by the parser of Prometheus's own client."""

    def __init__(self, body: bytes) -> None:
        self._found = exposition.numbers(body, Format.TEXT)

    def get(self, name: str, **labels: str) -> float | None:
        """Give the number with exactly these labels; None where there is no such line."""
        return exposition.value(self._found, name, **labels)

    def sum(self, name: str, **labels: str) -> float:
        """Add up the lines that have at least these labels."""
        return exposition.summed(self._found, name, **labels)

    def by(self, label: str, name: str, **labels: str) -> dict[str, float]:
        """Add up the lines that have at least these labels, for each value of one more; zeros are left out."""
        sums: dict[str, float] = {}
        for line, number in exposition.only(self._found, name).items():
            if set(labels.items()) <= line:
                value = dict(line)[label]
                sums[value] = sums.get(value, 0) + number
        return {value: number for value, number in sums.items() if number}

    def of_informer(self, name: str, resource: Resource = WORKFLOWS, **labels: str) -> float:
        """Give a number about the informer of a kind; 0 where there is no such line."""
        return self.get(f"informer_{name}", resource=resource.name, **labels) or 0


class Program(Process):
    """One running ``python -m exporter serve``, on a port of its own choice.

    Leaving the context ends it, and fails when it did not end well or when its log shows an unexpected error.
    """

    def __init__(self, flags: Sequence[str], log: Path) -> None:
        command = [sys.executable, "-m", "exporter", "serve", "--web.listen-address=127.0.0.1:0", "--list.jitter=0"]
        super().__init__("informer-exporter", [*command, *flags], log)

    def __enter__(self) -> Self:
        """Start it and wait until it listens."""
        self.start()
        try:
            self.wait_ready(self._listens)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        """End it, in order unless a test has failed or ended it already."""
        try:
            if failure is None and self.alive:
                assert self.end() == 0
            if failure is None:
                self.check_log()
        finally:
            self.close()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to end, and give its exit code.

        Raises:
            subprocess.TimeoutExpired: it did not.
        """
        self.send(number)
        return self.wait_ended()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._running.send_signal(number)

    def wait_ended(self, seconds: float = ENDING) -> int:
        """Give the exit code once it has ended by itself."""
        return self._running.wait(seconds)

    def check_log(self) -> None:
        """Fail when the log shows what nobody expected: a traceback, a warning of Python, an error's trace."""
        strange = [line for line in self.lines() if "Traceback" in line or " trace=" in line or "py.warnings" in line]
        assert strange == []

    def lines(self) -> list[str]:
        """Give the lines of its log."""
        return self.log.read_text(errors="replace").splitlines()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, port = _ADDRESS.findall(self.log.read_text(errors="replace"))[-1]
        return host, int(port)

    @property
    def resident_bytes(self) -> int:
        """Memory it has now, as Linux counts it (VmRSS)."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a path; names of headers are written with underscores."""
        return self._ask("GET", path, None, {name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, question: object) -> Answer:
        """Post a question as JSON."""
        return self._ask("POST", path, msgspec.json.encode(question), {"Content-Type": "application/json"})

    def metrics(self) -> Numbers:
        """Scrape it."""
        answer = self.get("/metrics")
        assert answer.code == 200
        return Numbers(answer.body)

    def lookup(self, name: str, namespace: str, **headers: str) -> Answer:
        """Ask it for one workflow."""
        return self.get(WORKFLOWS.path(namespace, name), **headers)

    def readiness(self) -> tuple[int, str]:
        """Give the code and the text of /readyz."""
        answer = self.get("/readyz")
        return answer.code, answer.body.decode()

    def wait_live(self, seconds: float = RECOVERY) -> Self:
        """Wait until it is ready and follows the API server."""
        wait_for(self._is_live, "the program to be live", seconds=seconds)
        return self

    def wait_unready(self, *words: str, seconds: float = RECOVERY) -> str:
        """Wait until /readyz refuses with all these words in its reason, and give the reason."""

        def refusal() -> str | None:
            code, text = self.readiness()
            return text if code == 503 and all(word in text for word in words) else None

        return wait_for(refusal, f"/readyz to say {words}", seconds=seconds)

    def wait_number(self, wanted: float, name: str, seconds: float = RECOVERY, **labels: str) -> Numbers:
        """Wait until a line shows a number, and give that scrape."""

        def scrape() -> Numbers | None:
            numbers = self.metrics()
            return numbers if numbers.get(name, **labels) == wanted else None

        try:
            return wait_for(scrape, f"{name}{labels} to be {wanted:g}", seconds=seconds)
        except TimeoutError as error:
            raise AssertionError(f"{error}: it is {self.metrics().get(name, **labels)}") from None

    def wait_events(self, wanted: int, event: str) -> Numbers:
        """Wait until so many changes of a sort were applied, and give that scrape."""
        return self.wait_number(wanted, "informer_events_total", resource=WORKFLOWS.name, event=event)

    @property
    def _running(self) -> "subprocess.Popen[bytes]":
        assert self._popen is not None
        return self._popen

    def _is_live(self) -> bool:
        assert self.alive, f"the program ended:\n{self.tail()}"
        return self.readiness()[0] == 200 and self.metrics().of_informer("synced") == 1

    def _listens(self) -> bool:
        return _ADDRESS.search(self.log.read_text(errors="replace")) is not None

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        connection = http.client.HTTPConnection(*self.address, timeout=30)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, dict(response.headers), response.read())
        finally:
            connection.close()
