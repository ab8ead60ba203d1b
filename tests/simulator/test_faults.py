"""Faults come when the schedule says so, one at a time, round and round, and are undone."""

import asyncio
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.simulator.faults import APART, FAULTS, FIRST, Schedule, play

names = st.lists(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=8)


class Victim:
    """A server that keeps what is done to it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.end = 0.0
        self.done: list[tuple[float, str]] = []

    def note(self, what: str) -> None:
        self.done.append((self.now, what))

    def drop_watches(self) -> None:
        self.note("drop")

    def expire(self) -> None:
        self.note("expire")

    def slow(self, on: bool, /) -> None:
        self.note(f"slow {on}")

    def throttle(self, on: bool, /) -> None:
        self.note(f"throttle {on}")

    def freeze(self, on: bool, /) -> None:
        self.note(f"freeze {on}")

    async def restart(self, down: float, /) -> None:
        self.note("restart")
        await self.sleep(down)

    async def sleep(self, delay: float) -> None:
        self.now += delay
        if self.now > self.end:
            raise asyncio.CancelledError

    def suffer(self, schedule: Schedule, seconds: float) -> list[tuple[float, str]]:
        self.end = self.now + seconds
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(play(schedule, self, lambda: self.now, self.sleep))
        return self.done


def test_each_fault_is_done_at_its_time_and_undone() -> None:
    schedule = Schedule(["drop-watch", "expire", "slow", "429", "half-open", "restart"], begins=0)
    assert Victim().suffer(schedule, 480) == [
        (30, "drop"),
        (75, "expire"),
        (120, "slow True"),
        (140, "slow False"),
        (165, "throttle True"),
        (165, "drop"),
        (180, "throttle False"),
        (255, "freeze True"),
        (315, "freeze False"),
        (390, "restart"),
        (480, "drop"),
    ]


def test_a_player_that_is_ended_undoes_what_it_began() -> None:
    assert Victim().suffer(Schedule(["half-open"], begins=0), 50) == [(30, "freeze True"), (50 + 40, "freeze False")]


def test_one_who_comes_late_leaves_out_what_has_begun() -> None:
    victim = Victim()
    victim.now = 80.0
    assert victim.suffer(Schedule(["drop-watch", "expire"], begins=0), 60) == [(120, "drop")]


def test_what_a_machine_slept_through_is_not_made_up_for() -> None:
    victim = Victim()
    hours = 8 * 3600.0

    async def sleep(delay: float) -> None:
        victim.now = max(victim.now, hours)
        await victim.sleep(delay)

    schedule = Schedule(["drop-watch", "restart"], begins=0)
    victim.end = hours + 200
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(play(schedule, victim, lambda: victim.now, sleep))
    assert 0 < len(victim.done) < 5
    assert all(moment > hours for moment, _ in victim.done)


@pytest.mark.parametrize("name", ["429", "half-open", "restart"])
def test_after_repeated_failures_there_is_calm_enough_for_them_to_be_forgotten(name: str) -> None:
    first, second = Schedule([name, "drop-watch"], begins=0).upcoming(0, 2)
    assert second.begins - first.ends >= 75


def test_without_names_there_is_nothing_to_come() -> None:
    assert Schedule([], begins=0).upcoming(100) == []
    asyncio.run(play(Schedule([], begins=0), Victim(), lambda: 0.0, asyncio.sleep))


@given(names, st.floats(0, 1e6), st.floats(0, 1e5))
def test_what_is_to_come_is_in_order_and_does_not_overlap(chosen: list[str], begins: float, later: float) -> None:
    now = begins + later
    entries = Schedule(chosen, begins).upcoming(now, 5)
    assert len(entries) == 5
    assert all(entry.ends > now for entry in entries)
    assert all(entry.begins >= begins + FIRST for entry in entries)
    assert all(
        one.ends < other.begins and other.begins - one.begins >= APART - 1e-6 for one, other in pairwise(entries)
    )


@given(names, st.floats(0, 1e6), st.floats(0, 3e3))
def test_nothing_that_is_to_come_is_left_out(chosen: list[str], begins: float, later: float) -> None:
    schedule, now = Schedule(chosen, begins), begins + later
    first = schedule.upcoming(now)[0]
    whole = schedule.upcoming(begins, 100)
    expected = next(entry for entry in whole if entry.ends > now)
    assert first.fault == expected.fault
    assert first.begins == pytest.approx(expected.begins)


def test_an_entry_is_json_with_a_sentence_for_people() -> None:
    (entry,) = Schedule(["expire"], begins=100).upcoming(100, 1)
    assert msgspec.to_builtins(entry) == {
        "fault": "expire",
        "about": FAULTS["expire"].about,
        "begins": 130,
        "ends": 131,
    }
    assert all(fault.about.endswith(".") for fault in FAULTS.values())


@pytest.mark.parametrize(
    ("name", "advice"), [("drop-watches", "did you mean drop-watch?"), ("zzz", "there are drop-watch,")]
)
def test_an_unknown_fault_is_refused_with_advice(name: str, advice: str) -> None:
    with pytest.raises(ValueError, match="no fault is named") as refused:
        Schedule(["expire", name], begins=0)
    assert advice in str(refused.value)
