"""A simulated cluster, the program that reads it, and a browser that looks at its page."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, Self

import msgspec
import pytest
from playwright.sync_api import Browser

from tests.cluster.program import Program
from tests.page.chromium import Missing, chromium
from tests.page.cluster import SimulatedCluster
from tests.page.visit import Visit


class World:
    """A cluster and the program that reads it; either can go away and come back where it was."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self.cluster = SimulatedCluster()
        self._folder = folder
        self._flags = flags
        self._program: Program | None = None
        self.address = ""

    def __enter__(self) -> Self:
        """The cluster listens; the program is yet to begin."""
        self.cluster.__enter__()
        return self

    def __exit__(self, failure: type[BaseException] | None, *rest: object) -> None:
        """End both."""
        try:
            if self._program is not None:
                self._program.__exit__(failure, *rest)
        finally:
            self.cluster.__exit__()

    @property
    def program(self) -> Program:
        """The one that runs."""
        assert self._program is not None, "it has not begun"
        return self._program

    def begin(self, *flags: str) -> None:
        """Start the program, and wait until it listens."""
        log = self._folder / "program.log"
        log.unlink(missing_ok=True)
        kubeconfig = self.cluster.kubeconfig(self._folder)
        self._program = Program([f"--kubeconfig={kubeconfig}", *self._flags, *flags], log).__enter__()
        self.address = "{}:{}".format(*self.program.address)

    def end(self) -> None:
        """End the program."""
        self.program.__exit__(None)
        self._program = None

    def begin_again(self) -> None:
        """Start the program once more, at the address that readers know (and one that nobody does)."""
        known = self.address
        self.begin(f"--web.listen-address={known}")
        self.address = known

    @property
    def origin(self) -> str:
        """What stands before the paths of the page."""
        return f"http://{self.address}"

    def ask(self, path: str) -> Any:
        """Give what the page's JSON says; ``path`` is below ``/api/v1/``."""
        answer = self.program.get(f"/api/v1/{path}")
        assert answer.code == 200, answer.body
        return msgspec.json.decode(answer.body)


class StartWorld(Protocol):
    """Starts a cluster and a program of a test's own."""

    def __call__(self, *flags: str, prepare: Callable[[SimulatedCluster], None] | None = None) -> World:
        """Start both; the program gets the flags.

        ``prepare`` is what is done to the cluster before; without it, the program follows the cluster already.
        """


class Open(Protocol):
    """Opens the page in a tab of its own; at the test's end the browser must have had no complaint."""

    def __call__(self, world: World, **options: Any) -> Visit:
        """Open nothing yet: ``options`` are those of a browser's context."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. For a module and no longer: no coroutine can be run while Playwright runs its loop in this thread."""
    with ExitStack() as running:
        try:
            yield running.enter_context(chromium())
        except Missing as missing:
            if os.environ.get("REQUIRE_BROWSER") == "1":
                pytest.fail(f"REQUIRE_BROWSER=1, but {missing}")
            pytest.skip(str(missing))


@pytest.fixture(scope="session")
def _shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("page")) as world:
        world.begin()
        world.program.wait_live()
        yield world


@pytest.fixture
def world(_shared_world: World) -> World:
    """The cluster of most tests, empty again, and its program, which knows that."""
    _shared_world.cluster.clear()
    _shared_world.program.wait_number(0, "informer_objects", resource="workflows.argoproj.io")
    _shared_world.program.wait_number(0, "informer_objects", resource="cronworkflows.argoproj.io")
    return _shared_world


@pytest.fixture
def start_world(tmp_path: Path) -> Iterator[StartWorld]:
    """Start worlds that end with the test."""
    with ExitStack() as running:

        def start(*flags: str, prepare: Callable[[SimulatedCluster], None] | None = None) -> World:
            world = running.enter_context(World(tmp_path, *flags))
            if prepare:
                prepare(world.cluster)
            world.begin()
            if not prepare:
                world.program.wait_live()
            return world

        yield start


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """Open pages that end with the test."""
    visits: list[Visit] = []

    def open_(world: World, **options: Any) -> Visit:
        visits.append(Visit(browser, world.origin, **options))
        return visits[-1]

    try:
        yield open_
        for one in visits:
            one.check()
    finally:
        for one in visits:
            one.close()
