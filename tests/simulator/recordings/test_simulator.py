"""The simulator answers every recorded question as the real API server did, field by field."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.simulator.recordings import library
from tests.simulator.recordings.allowances import ALLOWANCES
from tests.simulator.recordings.book import STORIES
from tests.simulator.recordings.sameness import Difference, differences, idle, judged
from tests.simulator.recordings.simulated import stage
from tests.simulator.recordings.story import Story

SHOWN = 15
"""Differences that a failure shows; one story is often wrong for one reason."""

PLAYERS = 8

Found = Mapping[str, Sequence[Difference]]


@pytest.fixture(scope="module")
def found() -> Found:
    """By story, all that differs. Stories mostly wait for watches to end, so they wait together."""
    with stage() as simulators, ThreadPoolExecutor(PLAYERS) as players:
        told = players.map(simulators.play, STORIES)
        return {recording.story: list(differences(library.read(recording.story), recording)) for recording in told}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_goes_as_it_went_with_a_real_server(found: Found, story: Story) -> None:
    wrong = judged(found[story.name], ALLOWANCES)
    assert not wrong, f"{len(wrong)} differences:\n" + "\n".join(map(str, wrong[:SHOWN]))


def test_every_allowance_is_needed(found: Found) -> None:
    everything = [difference for story in found.values() for difference in story]
    assert idle(everything, ALLOWANCES) == []
