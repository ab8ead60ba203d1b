"""What a controller did not run is counted as missed, judged by what it did; nobody is blamed for what was not seen."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.kinds.cronworkflow import CronOptions, CronWorkflow, Runs, cron_workflow_kind
from exporter.kube.objects import Key
from exporter.metrics.roll import Roll
from exporter.metrics.text import Format
from exporter.store.delta import Added, Record, Synced, Updated
from tests.metrics.exposition import numbers

BEGIN = 1_700_049_600 + 7_200  # a whole hour
GRACE = 120
LOOK = 20
"""Seconds between two looks, as of scrapes."""
KEY = Key("ns/nightly")
MISSED = "argowf_cronworkflow_missed_schedules_total"


@dataclass(frozen=True)
class Turn:
    """What comes of one time at which the CronWorkflow is due."""

    run: bool = True
    delay: int = 0
    """Seconds until it is run, at most: never so long that the next turn would have begun."""
    busy: bool = False
    """Whether a workflow was still active then, so that Forbid keeps the run back."""
    suspended: bool = False
    seen: bool = True
    """Whether the watch was there to tell; if it was not, the next one seen tells only how things are then."""


RUN, SKIPPED = Turn(), Turn(run=False)


@dataclass
class Controller:
    """A controller that does as its turns say, and an exporter that watches it."""

    schedules: tuple[str, ...]
    period: int
    policy: str = "Allow"
    told_by: str = "status"
    """How it becomes known that something was run: by the status, or by the new workflow alone."""
    now: int = BEGIN + 1
    known: float = BEGIN + 1
    skipped: int = 0
    """Times at which it should have run something, and did not."""
    cron: CronWorkflow = field(init=False)
    shown: CronWorkflow = field(init=False)

    def __post_init__(self) -> None:
        self.cron = self.shown = CronWorkflow(
            schedules=self.schedules, created=BEGIN - 86_400, last_scheduled=BEGIN, policy=self.policy
        )
        portrayal = cron_workflow_kind(CronOptions("UTC", GRACE)).portrayal
        assert portrayal is not None
        self.portrayal = portrayal
        self.roll = Roll(portrayal, now=lambda: self.now, known=lambda: self.known)
        self.roll.apply(Added(KEY, _record(self.cron), initial=True))
        self.roll.apply(Synced())

    def take(self, number: int, turn: Turn) -> None:
        """Live from half a minute before one time to half a minute before the next."""
        due = BEGIN + (number + 1) * self.period
        self.change(turn)  # a watch that is there again begins with how things are
        self._wait(due - 30, seen=turn.seen)
        self.change(turn, active=int(turn.busy), suspended=turn.suspended)
        self._wait(due, seen=turn.seen)
        kept_back = turn.suspended or (turn.busy and self.policy == "Forbid")
        if turn.run and not kept_back:
            self._wait(due + min(turn.delay, self.period - 35), seen=turn.seen)
            self._run(due, turn)
        elif not kept_back:
            self.skipped += 1
        self._wait(due + 26, seen=turn.seen)

    def change(self, turn: Turn, **values: object) -> None:
        """Change the object, and tell how it is if it is seen."""
        self.cron = msgspec.structs.replace(self.cron, **values)
        if turn.seen and self.cron != self.shown:
            before, self.shown = self.shown, self.cron
            self.roll.apply(Updated(KEY, _record(before), _record(self.cron)))

    def missed(self) -> int:
        """What the exporter counts once nothing can be late any more, and nothing else has come due."""
        self._wait(self.now + GRACE + 60, seen=True)
        ((_, counted),) = numbers(b"".join(self.roll.slices(Format.OPENMETRICS, {MISSED}))).items()
        return int(counted)

    def _run(self, due: int, turn: Turn) -> None:
        if self.told_by == "status":
            self.change(turn, last_scheduled=due)
        elif turn.seen:
            self.roll.tell(KEY, Runs(last_created=self.now))

    def _wait(self, until: int, *, seen: bool) -> None:
        for moment in _moments(self.now, until):
            self.now = moment
            self.known = moment if seen else self.known
            if moment % LOOK == 0:
                self.roll.advance()


def _moments(now: int, until: int) -> Iterator[int]:
    yield from range(now - now % LOOK + LOOK, until, LOOK)
    yield max(now, until)


def _record(cron: CronWorkflow) -> Record:
    return Record("u", "1", b"", (), cron)


def lived(controller: Controller, turns: list[Turn]) -> Controller:
    for number, turn in enumerate(turns):
        controller.take(number, turn)
    controller.change(RUN, suspended=True)  # nothing comes due after the story
    return controller


PERIODS = {60: ("* * * * *",), 120: ("*/2 * * * *",), 1_800: ("0 * * * *", "30 * * * *"), 3_600: ("0 * * * *",)}
periods = st.sampled_from([*PERIODS])
policies = st.sampled_from(["Allow", "Forbid", "Replace"])
delays = st.integers(0, 85)
turns = st.builds(Turn, st.booleans(), delays, st.booleans(), st.sampled_from([False, False, True]))
unseen = st.builds(Turn, st.booleans(), delays, seen=st.booleans())


@given(periods, policies, st.sampled_from(["status", "workflow"]), st.lists(turns, max_size=12))
@example(60, "Allow", "status", [RUN, SKIPPED, RUN, SKIPPED, SKIPPED, RUN])
@example(60, "Allow", "workflow", [SKIPPED, RUN])
@example(120, "Allow", "status", [Turn(delay=70), RUN])
@example(1_800, "Allow", "status", [RUN, SKIPPED, RUN])
def test_every_time_that_was_not_run_is_missed_once_and_nothing_else(
    period: int, policy: str, told_by: str, story: list[Turn]
) -> None:
    controller = lived(Controller(PERIODS[period], period, policy, told_by), story)
    assert controller.missed() == controller.skipped


@given(periods, st.lists(unseen, max_size=12))
def test_what_happened_while_nobody_watched_is_blamed_on_nobody_who_did_not_miss_it(
    period: int, story: list[Turn]
) -> None:
    controller = lived(Controller(PERIODS[period], period), [*story, RUN])
    certain = sum(not one.run and one.seen and after.seen for one, after in pairwise([*story, RUN]))
    assert certain <= controller.missed() <= controller.skipped
