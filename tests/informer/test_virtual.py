"""The tests' own clock."""

import asyncio
import itertools

import pytest

from tests.informer.virtual import Spinning, Stalled, now, run, virtual


@virtual
async def test_hours_pass_at_once_and_to_the_second() -> None:
    await asyncio.sleep(7200.25)
    assert now() == 7200.25


@virtual
async def test_timeouts_and_sleeps_come_in_their_order() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5):
            await asyncio.sleep(6)
    assert now() == 5


def test_waiting_for_what_cannot_come_is_an_error_and_no_hang() -> None:
    with pytest.raises(Stalled):
        run(_wait_for_ever())


def test_work_without_end_in_one_moment_is_an_error_and_no_hang() -> None:
    with pytest.raises(Spinning):
        run(_spin())


def test_a_task_left_behind_is_an_error() -> None:
    with pytest.raises(AssertionError, match="forgotten"):
        run(_leave_a_task())


async def _wait_for_ever() -> None:
    await asyncio.Event().wait()


async def _spin() -> None:
    for _ in itertools.count():
        await asyncio.sleep(0)


async def _leave_a_task() -> None:
    task = asyncio.create_task(asyncio.sleep(1), name="forgotten")
    assert not task.done()


def test_waiting_again_and_again_for_what_never_comes_ends() -> None:
    async def test() -> None:
        while True:  # noqa: ASYNC110 - that is the mistake
            await asyncio.sleep(1_000)

    with pytest.raises(Stalled, match="has not come"):
        run(test())
