"""Fixtures that start the program against an API server."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest

from tests.cluster.program import Program


class StartProgram(Protocol):
    """Starts a program; at the test's end it is told to end, and must do so well."""

    def __call__(self, kubeconfig: Path, *flags: str) -> Program:
        """Start it with a kubeconfig and more flags, and wait until it listens."""


@pytest.fixture
def start_program(tmp_path: Path) -> Iterator[StartProgram]:
    """Start programs that end with the test."""
    numbers = count(1)
    with ExitStack() as running:

        def start(kubeconfig: Path, *flags: str) -> Program:
            program = Program([f"--kubeconfig={kubeconfig}", *flags], tmp_path / f"program-{next(numbers)}.log")
            return running.enter_context(program)

        yield start
