"""What each CronWorkflow shows as time goes by, as it changes, and as its workflows end."""

from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kinds.cronworkflow import CronOptions, CronWorkflow, Runs, cron_workflow_kind
from exporter.kube.objects import Key
from exporter.metrics.roll import Roll
from exporter.metrics.text import Format
from exporter.store.delta import Added, Deleted, Record, Synced, Updated
from tests.metrics.exposition import numbers

NOON = 1_700_049_600 + 7_200  # 2023-11-15 14:00 UTC, a whole hour
MINUTE, HOUR, DAY = 60, 3_600, 86_400
GRACE = 120
OWN = ("schedule", "timezone", "concurrency_policy", "phase", "condition")
KEY = Key("ns/nightly")
HOURLY = CronWorkflow(schedules=("0 * * * *",), created=NOON - 10 * DAY)


def record(cron: CronWorkflow) -> Record:
    return Record("u", "1", b"", (), cron)


class Wall:
    """A roll with one CronWorkflow, and its clocks."""

    def __init__(self, cron: CronWorkflow, now: float = NOON + 600, timezone: str = "UTC") -> None:
        self.now = now
        self.behind = 0.0
        portrayal = cron_workflow_kind(CronOptions(timezone, GRACE)).portrayal
        assert portrayal is not None
        self.roll = Roll(portrayal, now=lambda: self.now, known=lambda: self.now - self.behind)
        self.cron = cron
        self.roll.apply(Added(KEY, record(cron), initial=True))
        self.roll.apply(Synced())

    def change(self, **values: object) -> None:
        before, self.cron = self.cron, msgspec.structs.replace(self.cron, **values)
        self.roll.apply(Updated(KEY, record(before), record(self.cron)))

    def shown(self) -> dict[str, float]:
        """Every number by its name without the prefix, with the value of what labels it has beyond its name."""
        found = {}
        for (line, labels), value in numbers(b"".join(self.roll.slices(Format.OPENMETRICS))).items():
            assert {("namespace", "ns"), ("cron_workflow", "nightly")} <= labels
            own = [dict(labels).get(name, "") for name in OWN]
            found[" ".join([line.removeprefix("argowf_cronworkflow_"), *filter(None, own)])] = value
        return found

    def at(self, now: float) -> dict[str, float]:
        self.now = now
        return self.shown()

    def missed(self, now: float) -> float:
        return self.at(now)["missed_schedules_total"]


EXPECTED, NEXT = "expected_schedule_timestamp_seconds", "next_schedule_timestamp_seconds"


def test_all_of_it_is_shown() -> None:
    cron = CronWorkflow(
        schedules=("0 * * * *", "CRON_TZ=Asia/Tokyo 30 9 * * *"),
        active=2,
        created=NOON - DAY,
        last_scheduled=NOON,
        conditions=("SubmissionError: no",),
        policy="Replace",
    )
    wall = Wall(cron)
    wall.roll.tell(KEY, Runs(ended=(3, 2, 1, 0), last_success=NOON - 5, last_failure=NOON - 3700))
    assert wall.shown() == {
        "info 0 * * * * UTC Replace": 1,
        "info CRON_TZ=Asia/Tokyo 30 9 * * * Asia/Tokyo Replace": 1,
        "created_timestamp_seconds": NOON - DAY,
        "suspended": 0,
        "stopped": 0,
        "active_workflows": 2,
        "last_schedule_timestamp_seconds": NOON,
        EXPECTED: NOON,
        NEXT: NOON + HOUR,
        "last_success_timestamp_seconds": NOON - 5,
        "last_failure_timestamp_seconds": NOON - 3700,
        "runs_total Succeeded": 3,
        "runs_total Failed": 2,
        "runs_total Error": 1,
        "runs_total Unobserved": 0,
        "missed_schedules_total": 0,
        "condition SubmissionError": 1,
        "condition SpecError": 0,
        "schedule_invalid": 0,
    }


def test_counters_are_there_from_the_first_sight() -> None:
    shown = Wall(HOURLY).shown()
    assert [shown[f"runs_total {phase}"] for phase in ("Succeeded", "Failed", "Error", "Unobserved")] == [0, 0, 0, 0]
    assert shown["missed_schedules_total"] == 0


def test_what_is_expected_and_what_is_next_move_with_time_alone() -> None:
    wall = Wall(HOURLY)
    assert [wall.shown()[each] for each in (EXPECTED, NEXT)] == [NOON, NOON + HOUR]
    shown = wall.at(NOON + 3 * HOUR + 0.5)
    assert [shown[each] for each in (EXPECTED, NEXT)] == [NOON + 3 * HOUR, NOON + 4 * HOUR]


def test_what_is_expected_stands_through_a_restart() -> None:
    before, after = Wall(HOURLY, NOON - DAY), Wall(HOURLY, NOON + 1800)
    assert before.at(NOON + 1800)[EXPECTED] == after.shown()[EXPECTED]


def test_nothing_is_expected_before_it_was_created() -> None:
    wall = Wall(msgspec.structs.replace(HOURLY, created=NOON + 60))
    assert EXPECTED not in wall.shown()
    assert wall.at(NOON + HOUR)[EXPECTED] == NOON + HOUR


def test_a_schedule_time_without_a_run_is_missed_once_after_the_grace() -> None:
    wall = Wall(HOURLY)
    assert wall.missed(NOON + HOUR + GRACE - 1) == 0
    assert wall.missed(NOON + HOUR + GRACE) == 1
    assert wall.missed(NOON + HOUR + GRACE + 1800) == 1
    assert wall.missed(NOON + 3 * HOUR + GRACE) == 3


def test_a_run_within_the_grace_is_in_time() -> None:
    wall = Wall(HOURLY)
    wall.now = NOON + HOUR + GRACE - 1
    wall.change(last_scheduled=NOON + HOUR)
    assert wall.missed(NOON + HOUR + 1800) == 0


EVERY_MINUTE = msgspec.structs.replace(HOURLY, schedules=("* * * * *",))


def test_what_was_seen_to_be_late_is_missed_although_a_later_run_comes_within_the_grace() -> None:
    wall = Wall(EVERY_MINUTE, NOON + 1)
    assert wall.missed(NOON + 60 + 31) == 0
    wall.now = NOON + 121
    wall.change(last_scheduled=NOON + 120)
    assert wall.missed(NOON + 122) == 1


def test_a_late_run_within_the_grace_is_not_missed() -> None:
    wall = Wall(EVERY_MINUTE, NOON + 1)
    wall.missed(NOON + 60 + 31)
    wall.now = NOON + 110
    wall.change(last_scheduled=NOON + 60)
    wall.now = NOON + 121
    wall.change(last_scheduled=NOON + 120)
    assert wall.missed(NOON + 150) == 0


def test_what_may_have_been_run_unheard_of_is_not_missed() -> None:
    wall = Wall(EVERY_MINUTE, NOON + 1)
    wall.behind = 1000.0
    wall.missed(NOON + 179)
    wall.behind = 0.0
    wall.now = NOON + 181
    wall.change(last_scheduled=NOON + 180)
    assert wall.missed(NOON + 182) == 0


def test_a_controller_that_was_away_has_missed_all_but_what_it_ran_then() -> None:
    wall = Wall(EVERY_MINUTE, NOON + 1)
    for second in range(0, 600, 15):
        wall.missed(NOON + second)
    wall.now = NOON + 601
    wall.change(last_scheduled=NOON + 600)
    assert wall.missed(NOON + 602) == 9


def test_what_was_missed_before_the_start_is_not_counted() -> None:
    wall = Wall(msgspec.structs.replace(HOURLY, last_scheduled=NOON - 5 * HOUR), NOON + 1)
    assert wall.missed(NOON + 1800) == 0


def test_a_new_workflow_of_it_is_a_run_whatever_the_status_says() -> None:
    wall = Wall(HOURLY)
    wall.roll.tell(KEY, Runs(last_created=NOON + HOUR + 3))
    assert wall.missed(NOON + HOUR + GRACE) == 0


@pytest.mark.parametrize("values", [{"suspended": True}, {"stopped": True}, {"policy": "Forbid", "active": 1}])
def test_what_it_is_kept_from_is_neither_expected_nor_missed(values: dict[str, object]) -> None:
    wall = Wall(HOURLY)
    wall.change(**values)
    wall.now = NOON + HOUR + 1
    wall.change(suspended=False, stopped=False, active=0)
    shown = wall.at(NOON + HOUR + 1800)
    assert (shown[EXPECTED], shown["missed_schedules_total"]) == (NOON, 0)


@pytest.mark.parametrize("values", [{"suspended": True}, {"stopped": True}])
def test_nothing_is_expected_or_next_while_it_should_not_run(values: dict[str, object]) -> None:
    wall = Wall(HOURLY)
    wall.change(**values)
    assert {EXPECTED, NEXT}.isdisjoint(wall.shown())
    wall.change(suspended=False, stopped=False)
    assert wall.at(NOON + HOUR)[EXPECTED] == NOON + HOUR


def test_an_active_workflow_keeps_nothing_back_where_several_may_run() -> None:
    wall = Wall(msgspec.structs.replace(HOURLY, active=3, policy="Allow"))
    assert wall.missed(NOON + HOUR + GRACE) == 1


def test_being_suspended_after_the_time_is_no_excuse() -> None:
    wall = Wall(HOURLY)
    wall.now = NOON + HOUR + 5
    wall.change(suspended=True)
    assert wall.missed(NOON + HOUR + GRACE) == 1


def test_where_an_expression_decides_nothing_is_expected_or_missed() -> None:
    wall = Wall(msgspec.structs.replace(HOURLY, conditional=True))
    shown = wall.at(NOON + HOUR + GRACE)
    assert EXPECTED not in shown
    assert (shown["missed_schedules_total"], shown[NEXT]) == (0, NOON + 2 * HOUR)


def test_nothing_is_judged_of_what_was_not_heard_yet() -> None:
    wall = Wall(HOURLY)
    wall.behind = 1000.0
    assert wall.missed(NOON + HOUR + 600) == 0
    wall.change(last_scheduled=NOON + HOUR)
    wall.behind = 0.0
    assert wall.missed(NOON + HOUR + 601) == 0
    assert wall.missed(NOON + 2 * HOUR + 601) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"schedules": ()},
        {"schedules": ("61 * * * *",)},
        {"schedules": ("* * * * *", "x")},
        {"timezone": "Mars/Base"},
        {"schedules": ("CRON_TZ=UTC * * * * *",), "timezone": "UTC"},
        {"schedules": tuple(f"{minute} * * * *" for minute in range(17))},
    ],
)
def test_what_cannot_be_read_is_said_and_never_expected(values: dict[str, object]) -> None:
    wall = Wall(msgspec.structs.replace(HOURLY, **values))
    shown = wall.at(NOON + 2 * HOUR)
    assert {EXPECTED, NEXT}.isdisjoint(shown)
    assert (shown["schedule_invalid"], shown["missed_schedules_total"]) == (1, 0)
    wall.change(schedules=HOURLY.schedules, timezone="")
    assert wall.at(NOON + 3 * HOUR)[EXPECTED] == NOON + 3 * HOUR
    wall.change(schedules=("x",))
    assert wall.shown()["schedule_invalid"] == 1


def test_schedules_are_in_its_own_zone_else_in_that_of_the_setting() -> None:
    in_kolkata = Wall(HOURLY, timezone="Asia/Kolkata")
    assert in_kolkata.shown()[NEXT] == NOON + 1800
    assert "info 0 * * * * Asia/Kolkata Allow" in in_kolkata.shown()
    in_utc = Wall(msgspec.structs.replace(HOURLY, timezone="UTC"), timezone="Asia/Kolkata")
    assert in_utc.shown()[NEXT] == NOON + HOUR


def test_another_schedule_holds_from_when_it_was_set() -> None:
    wall = Wall(HOURLY)
    wall.change(schedules=("5 * * * *",))
    shown = wall.shown()
    assert (shown[EXPECTED], shown[NEXT]) == (NOON, NOON + HOUR + 5 * MINUTE)
    assert "info 5 * * * * UTC Allow" in shown
    assert "info 0 * * * * UTC Allow" not in shown


def test_an_every_counts_from_its_last_run_or_its_creation_and_anew_with_each_change() -> None:
    every = CronWorkflow(schedules=("@every 40m",), created=NOON - DAY)
    assert Wall(every).shown()[NEXT] == NOON - DAY + 37 * 2400
    wall = Wall(msgspec.structs.replace(every, last_scheduled=NOON))
    assert [wall.shown()[each] for each in (EXPECTED, NEXT)] == [NOON, NOON + 2400]
    wall.change(active=1)
    assert wall.shown()[NEXT] == wall.now + 2400


def test_an_every_is_not_blamed_for_a_change_that_was_made_before_the_start() -> None:
    wall = Wall(CronWorkflow(schedules=("@every 40m",), created=NOON, last_scheduled=NOON))
    assert wall.missed(NOON + 2400 + GRACE) == 0
    assert wall.missed(NOON + 2 * 2400 + GRACE) == 1


def test_what_passed_in_a_long_sleep_is_not_judged_and_what_comes_then_is() -> None:
    wall = Wall(msgspec.structs.replace(HOURLY, schedules=("* * * * *",)))
    shown = wall.at(NOON + 10 * HOUR)
    assert (shown[EXPECTED], shown["missed_schedules_total"]) == (NOON + 10 * HOUR, 0)
    assert wall.missed(NOON + 10 * HOUR + 5 * MINUTE) == 3


def test_many_or_endless_schedules_are_shown_in_part() -> None:
    many = tuple(f"{minute} * * * *" for minute in range(40))
    assert sum(name.startswith("info") for name in Wall(msgspec.structs.replace(HOURLY, schedules=many)).shown()) == 16
    shown = Wall(msgspec.structs.replace(HOURLY, schedules=("1" * 100_000,))).shown()
    assert f"info {'1' * 128} UTC Allow" in shown


def test_a_deleted_one_leaves_nothing() -> None:
    wall = Wall(HOURLY)
    wall.roll.apply(Deleted(KEY, record(HOURLY), record(HOURLY)))
    assert wall.at(NOON + 3 * HOUR) == {}


PERIODS = {"* * * * *": 60, "*/3 * * * *": 180, "0 * * * *": HOUR}


@dataclass
class Book:
    """The same by plain reckoning: second after second."""

    cron: CronWorkflow
    now: int
    missed: int = 0
    expected: int | None = None
    created: int = 0
    open: list[int] = field(default_factory=list)
    late: set[int] = field(default_factory=set)
    """What was seen not to be done after a while, of what is open."""

    def __post_init__(self) -> None:
        period = PERIODS[self.cron.schedules[0]]
        if self.cron.is_free:
            self.expected = self.now // period * period

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += 1
            if self.now % PERIODS[self.cron.schedules[0]] == 0 and self.cron.is_free:
                self.expected = self.now
                self.open.append(self.now)

    def hear(self) -> None:
        """Learn that something was run, perhaps; of what came before that, what was seen to be late was missed."""
        ran = max(self.cron.last_scheduled or 0, self.created)
        done = [moment for moment in self.open if moment <= ran]
        self.missed += len(self.late.intersection(done[:-1]))
        self.open = [moment for moment in self.open if moment > ran]

    def look(self, behind: int) -> dict[str, float | None]:
        known = self.now - behind
        self.missed += sum(moment <= known - GRACE for moment in self.open)
        self.open = [moment for moment in self.open if moment > known - GRACE]
        self.late |= {moment for moment in self.open if moment <= known - 30}
        held = self.cron.suspended or self.cron.stopped
        period = PERIODS[self.cron.schedules[0]]
        return {
            "missed_schedules_total": self.missed,
            EXPECTED: None if held else max(self.expected or 0, self.cron.last_scheduled or 0) or None,
            NEXT: None if held else (self.now // period + 1) * period,
        }


changes = st.fixed_dictionaries(
    {},
    optional={
        "suspended": st.booleans(),
        "stopped": st.booleans(),
        "policy": st.sampled_from(["Allow", "Forbid"]),
        "active": st.integers(0, 1),
        "schedules": st.sampled_from([(text,) for text in PERIODS]),
    },
)
steps = st.one_of(
    st.tuples(st.just("wait"), st.integers(0, 700)),
    st.tuples(st.just("change"), changes),
    st.tuples(st.just("run"), st.booleans()),
    st.tuples(st.just("look"), st.sampled_from([0, 0, 60, 5000])),
)


@given(first=changes, start=st.integers(0, 200), history=st.lists(steps, max_size=25))
def test_where_it_stands_is_a_fold_over_all_that_happened(
    first: dict[str, object], start: int, history: list[tuple[str, object]]
) -> None:
    cron = msgspec.structs.replace(HOURLY, **first)
    wall, book = Wall(cron, NOON + start), Book(cron, NOON + start)
    for what, value in [*history, ("look", 0)]:
        if what == "wait":
            assert isinstance(value, int)
            book.wait(value)
            wall.now = book.now
        elif what == "run" and value:
            book.created = book.now
            book.hear()
            wall.roll.tell(KEY, Runs(last_created=book.now))
        elif what in {"run", "change"}:
            values = value if isinstance(value, dict) else {"last_scheduled": book.expected}
            book.cron = msgspec.structs.replace(book.cron, **values)
            book.hear()
            wall.change(**values)
        else:
            assert isinstance(value, int)
            wall.behind = value
            shown, expected = wall.shown(), book.look(value)
            assert {name: shown.get(name) for name in expected} == expected
