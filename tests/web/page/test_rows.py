"""Rows are read in turns, and what has gone meanwhile is left out."""

import asyncio

import pytest

from exporter.kube.objects import Key
from exporter.web.page import rows
from exporter.web.page.rows import read_rows
from tests.web.page.wall import Wall

NAMES = [f"wf-{number}" for number in range(9)]
KEYS = [Key(f"a/{name}") for name in NAMES]


def wall_of_nine() -> Wall:
    wall = Wall()
    for name in NAMES:
        wall.keep("a", name, phase="Running")
    return wall


async def others_turns(wall: Wall) -> tuple[list[str], int]:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    waiting = asyncio.create_task(other())
    found = await read_rows(wall.subject(), KEYS)
    waiting.cancel()
    return [row.name for row in found], turns


async def test_others_have_a_turn_after_each_stretch_of_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = wall_of_nine()
    monkeypatch.setattr(rows, "EFFORT", 1)
    assert await others_turns(wall) == (NAMES, 9)


async def test_a_few_small_rows_are_read_at_once() -> None:
    assert await others_turns(wall_of_nine()) == (NAMES, 0)


async def test_what_goes_before_its_turn_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = wall_of_nine()
    monkeypatch.setattr(rows, "EFFORT", 1)
    reading = asyncio.create_task(read_rows(wall.subject(), KEYS))
    await asyncio.sleep(0)
    wall.drop("a", "wf-8")
    assert [row.name for row in await reading] == NAMES[:-1]
