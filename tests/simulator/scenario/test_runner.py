"""The runner goes by the clock it is given: never late, still while paused, and not in a hurry afterwards."""

import asyncio
from itertools import pairwise

import pytest

from exporter.simulator.resources import CRON_WORKFLOWS
from exporter.simulator.scenario import Books, Options, Runner
from exporter.simulator.scenario.runner import NAP
from tests.simulator.scenario.chronicle import SMALL, Chronicle, seconds


class Wall:
    """A clock that only sleeping moves, and work a little."""

    def __init__(self, chronicle: Chronicle, work: float = 0.0) -> None:
        self.chronicle = chronicle
        self.until = chronicle.now
        self.work = work
        self.late: list[float] = []
        self.runner = Runner(chronicle.world, Books(chronicle.history), self.now, self.sleep)

    def now(self) -> float:
        self.chronicle.now += self.work
        return self.chronicle.now

    async def sleep(self, delay: float) -> None:
        self.late.append(self.chronicle.world.behind)
        self.chronicle.now += delay
        await asyncio.sleep(0)
        if self.chronicle.now >= self.until:
            raise asyncio.CancelledError

    def run(self, seconds: float) -> None:
        self.until = self.chronicle.now + seconds
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(self.runner.run())


def test_lives_sixty_times_shorter_do_not_fall_behind() -> None:
    # Eight steps in two milliseconds are what the slowest of machines manages.
    wall = Wall(Chronicle(Options(workflows=400, namespaces=6, rate=20, seed=2, speed=60)), work=0.002)
    wall.run(20)
    assert max(wall.late) <= NAP
    assert wall.runner.report()["behind"] <= NAP


def test_steps_that_take_too_long_are_seen_as_falling_behind() -> None:
    wall = Wall(Chronicle(Options(workflows=400, namespaces=6, rate=20, seed=2, speed=60)), work=0.2)
    wall.run(10)
    assert wall.runner.report()["behind"] > 1


def test_nothing_happens_while_it_is_paused_and_afterwards_nothing_is_caught_up() -> None:
    wall = Wall(Chronicle())
    wall.run(5)
    usual = len(wall.chronicle.told)
    wall.run(5)
    in_five_seconds = len(wall.chronicle.told) - usual
    wall.runner.pause()
    version, paused_at = wall.chronicle.history.version, wall.chronicle.now
    wall.run(3600)
    assert wall.chronicle.history.version == version == wall.runner.report()["version"]
    assert wall.runner.report()["paused"] is True
    wall.runner.resume()
    resumed_at = wall.chronicle.now
    wall.run(5)
    afterwards = [told for told in wall.chronicle.told if told.moment >= resumed_at]
    assert 0 < len(afterwards) < 4 * in_five_seconds
    for told in afterwards:
        times = [node["startedAt"] for node in told.thing.get("status", {}).get("nodes", {}).values()]
        # What had begun when it was paused, but was not written yet, is said to have begun just before it went on.
        assert not [time for time in times if paused_at + 1 < seconds(time) < resumed_at - 60]


def test_after_a_machine_slept_the_world_goes_on_rather_than_catches_up() -> None:
    wall = Wall(Chronicle())
    wall.run(5)
    wall.chronicle.now += 8 * 3600
    before = len(wall.chronicle.told)
    wall.run(2)
    assert len(wall.chronicle.told) - before < 500
    minutes = [told.moment for told in wall.chronicle.of(CRON_WORKFLOWS)]
    assert all(later >= earlier for earlier, later in pairwise(minutes))


def test_a_clock_that_is_set_back_does_not_stop_the_world() -> None:
    wall = Wall(Chronicle())
    wall.run(5)
    wall.chronicle.now -= 3600
    before = len(wall.chronicle.told)
    wall.run(5)
    assert 0 < len(wall.chronicle.told) - before < 500


def test_the_same_pause_twice_is_one_pause() -> None:
    wall = Wall(Chronicle(SMALL))
    wall.runner.turn()
    wall.runner.pause()
    wall.chronicle.now += 100
    wall.runner.pause()
    wall.runner.resume()
    due = wall.chronicle.world.next_due
    wall.runner.resume()
    assert wall.chronicle.world.next_due == due >= wall.chronicle.now - 1
