"""One server process: started on a leash, logged to a file, and never left behind."""

import atexit
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.controlplane import leash
from tests.controlplane.waiting import wait_for

LOG_TAIL = 15
"""Lines of a log that an error repeats."""


class StartFailed(Exception):
    """A server ended, or was not ready in time; the message carries the end of its log."""


class Process:
    """A server that dies with us, whatever way we die.

    It may be started again after it ended; its log is appended to. Every method may be called from any thread.
    """

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._popen: subprocess.Popen[bytes] | None = None
        # The leash is tied to the thread that starts the process, so that thread must live as long as the process:
        # this one, not one of a test's.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    @property
    def pid(self) -> int:
        """The process id, also of a process that has ended."""
        assert self._popen is not None, f"{self.name} was never started"
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._popen is not None and self._popen.poll() is None

    def start(self) -> None:
        """Start it; being ready is another matter."""
        assert not self.alive, f"{self.name} is running"
        self._popen = self._starter.submit(self._spawn).result()
        atexit.register(self.kill)

    def wait_ready(self, ready: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait until it says that it is ready.

        Raises:
            StartFailed: it ended before, or took longer.
        """

        def ask() -> bool:
            if not self.alive:
                raise StartFailed(f"{self.name} ended while starting:\n{self.tail()}")
            return ready()

        try:
            wait_for(ask, f"{self.name} to be ready", seconds=seconds)
        except TimeoutError as error:
            raise StartFailed(f"{error}:\n{self.tail()}") from error

    def stop(self, seconds: float = 20.0) -> None:
        """Ask it to end (SIGTERM); kill it if it has not within the given seconds."""
        if self._popen is not None:
            self._popen.terminate()
            try:
                self._popen.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End it (SIGKILL) and wait until it is gone; nothing happens to one that has ended."""
        if self._popen is not None:
            self._popen.kill()
            self._popen.wait()
        atexit.unregister(self.kill)

    def close(self) -> None:
        """Kill it; it cannot be started again."""
        self.kill()
        self._starter.shutdown()

    def tail(self) -> str:
        """Give the last lines of its log."""
        with self.log.open(errors="replace") as lines:
            return "".join(deque(lines, maxlen=LOG_TAIL))

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), *self._command]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
