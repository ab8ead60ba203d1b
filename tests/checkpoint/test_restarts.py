"""Workflows live on while exporters come and go: what all of them counted is what one that never stopped counted."""

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from exporter.checkpoint import Books, Checkpoint, Identity
from exporter.kinds.workflow import WORKFLOW
from exporter.kube.objects import Key
from exporter.metrics.ledger import Ledger
from exporter.metrics.text import Format
from exporter.store.delta import Delta, Synced
from tests.checkpoint.things import RecordsOf
from tests.kinds.histories import Cache, State
from tests.kinds.samples import START
from tests.metrics.exposition import numbers, only, rendered

IDENTITY = Identity("https://127.0.0.1:6443")
COUNTED = ("argowf_workflow_completions_total", "argowf_workflow_creations_total")

keys = st.sampled_from([Key("blue/a"), Key("blue/b"), Key("red/a")])
finals = st.sampled_from(["Succeeded", "Failed", "Error"])


@pytest.fixture(autouse=True)
def settling_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # thousands of files are written here, for as many moments


class Run:
    """One process, from its first list to its end; it is told everything that its cache learns."""

    def __init__(self, path: Path | None, started: int, since: float) -> None:
        assert WORKFLOW.accounting is not None
        self.cache = Cache()
        self.started = started
        self._heard = float(started)
        before = marks = known = None
        if path is not None:
            self.checkpoint = Checkpoint.load(path, IDENTITY, [WORKFLOW], now=lambda: started)
            assert not any(self.checkpoint.statistics().errors.values())
            before, marks = self.checkpoint.before(WORKFLOW.resource), self.checkpoint.marks(WORKFLOW.resource)
            known = self.checkpoint.since(WORKFLOW.resource)
        since = since if known is None else min(known, since)
        self.ledger = Ledger(WORKFLOW.accounting, since=lambda: since, now=lambda: self._heard, before=before)
        self.ledger.recall(marks or ())
        if path is not None:
            self.checkpoint.follow(self._books())

    def hears(self, deltas: Iterable[Delta], now: int) -> None:
        self._heard = now
        for delta in deltas:
            self.ledger.apply(delta)

    def write(self) -> bool:
        return asyncio.run(self.checkpoint.write())

    def counted(self) -> Counter[tuple[str, ...]]:
        """Give completions and creations by all their labels. NB This is no scrape, which asks for everything."""
        found = numbers(rendered(self.ledger, Format.TEXT, *COUNTED), Format.TEXT)
        return Counter(
            {
                (name, *(value for _, value in sorted(line))): int(number)
                for name in COUNTED
                for line, number in only(found, name).items()
                if number
            }
        )

    def _books(self) -> Books:
        assert WORKFLOW.accounting is not None
        return Books(
            resource=WORKFLOW.resource,
            accounting=WORKFLOW.accounting,
            store=RecordsOf(self.cache).as_store(),
            ledger=self.ledger,
            ask_synced=lambda: True,
            ask_heard=lambda: self._heard,
            ask_started=lambda: self.started,
        )


class Restarts(RuleBasedStateMachine):
    """A fleet, one exporter whose watch breaks now and then, and many that stop at the same moments instead.

    A process that owed counts to the last, since nobody scraped it, is as if it had not been: to the steady exporter,
    the watch stays broken then.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "state"
        self.now = START
        self.version = 0
        self.server: dict[Key, State] = {}
        self.steady = Run(None, START, START)
        self.steady.hears([Synced()], START)
        self.run = Run(self.path, START, START)
        self.run.hears([Synced()], START)
        self.run.write()  # before that, a crash leaves nothing
        self.running = True
        self.seen: Counter[tuple[str, ...]] = Counter()
        """What the scrapes of all processes saw, of each its last."""
        self.scraped = True
        """Whether the present process was scraped since it was complete, or has left word of what it counted."""
        self.unscraped: list[tuple[int, Callable[[], Iterator[Delta]]]] = []
        """What the steady exporter will hear if the present process is scraped."""
        self.crashed = False
        self.unsure = False
        """Whether the last process to be scraped crashed: what came into being after its last write may be unknown."""

    def teardown(self) -> None:
        try:
            self.an_exporter_starts()
            self.a_scrape_comes()
            self._compare()
        finally:
            shutil.rmtree(self.folder)

    @rule(key=keys, template=st.sampled_from(["build", "test"]))
    def a_workflow_is_submitted(self, key: Key, template: str) -> None:
        if key not in self.server:
            namespace, name = key.split("/")
            new = State(namespace, name, f"u{self.version}", 0, "Unset", self.now, template=template)
            self._happens(new)

    @rule(key=keys)
    def it_runs(self, key: Key) -> None:
        self._changes(key, {"Unset", "Pending"}, phase="Running", started=self.now)

    @rule(key=keys, phase=finals)
    def it_ends(self, key: Key, phase: str) -> None:
        self._changes(key, {"Unset", "Pending", "Running"}, phase=phase, finished=self.now)

    @rule(key=keys)
    def it_is_retried(self, key: Key) -> None:
        self._changes(key, {"Succeeded", "Failed", "Error"}, phase="Unset", started=self.now, finished=None)

    @rule(key=keys)
    def it_is_archived(self, key: Key) -> None:
        self._changes(key, {"Succeeded", "Failed", "Error"}, archived=True)

    @rule(key=keys)
    def it_is_deleted(self, key: Key) -> None:
        if key in self.server and not self.unsure:
            state = self.server.pop(key)
            self._tells(lambda cache: cache.deleted(state))

    @rule(seconds=st.sampled_from([1, 1, 7, 50, 200]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @precondition(lambda self: self.running and self.scraped)
    @rule()
    def a_checkpoint_is_written(self) -> None:
        self.run.hears([], self.now)
        self.run.write()

    @precondition(lambda self: self.running)
    @rule()
    def the_exporter_stops(self) -> None:
        self.run.hears([], self.now)
        if self.run.write() and not self.scraped:
            self._counts_from_now_on()
        self._ends()

    @precondition(lambda self: self.running)
    @rule()
    def the_exporter_crashes(self) -> None:
        self.crashed = True
        self.unsure = self.unsure or self.scraped
        self._ends()

    @precondition(lambda self: not self.running)
    @rule()
    def an_exporter_starts(self) -> None:
        if self.running:
            return
        self.running, self.scraped = True, False
        self.run = Run(self.path, self.now, self.now)
        self.run.hears(self.run.cache.listed(self.server, initial=True), self.now)
        listed = dict(self.server)
        self.unscraped = [(self.now, lambda: self.steady.cache.listed(listed))]

    @precondition(lambda self: self.running)
    @rule()
    def a_scrape_comes(self) -> None:
        rendered(self.run.ledger)
        self.run.ledger.catch_up()
        assert self.run.ledger.owes == 0
        self._counts_from_now_on()
        self._compare()

    def _counts_from_now_on(self) -> None:
        self.scraped, self.unsure = True, False
        self._hears_the_rest()

    def _ends(self) -> None:
        if self.scraped:
            self.seen += self.run.counted()
        self.running = False

    def _compare(self) -> None:
        everything, truth = self.seen + self.run.counted(), self.steady.counted()
        if self.crashed:
            assert not truth - everything
        else:
            assert everything == truth

    def _changes(self, key: Key, phases: set[str], **changes: object) -> None:
        state = self.server.get(key)
        if state is not None and state.phase in phases:
            self._happens(msgspec.structs.replace(state, **changes))

    def _happens(self, state: State) -> None:
        self.version += 1
        self.server[state.key] = new = msgspec.structs.replace(state, version=self.version)
        self._tells(lambda cache: cache.applied(new))

    def _tells(self, news: Callable[[Cache], Iterator[Delta]]) -> None:
        if self.running:
            self.run.hears(news(self.run.cache), self.now)
            self.unscraped.append((self.now, lambda: news(self.steady.cache)))
            if self.scraped:
                self._hears_the_rest()

    def _hears_the_rest(self) -> None:
        for now, news in self.unscraped:
            self.steady.hears(news(), now)
        self.unscraped = []


TestRestarts = Restarts.TestCase
TestRestarts.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
