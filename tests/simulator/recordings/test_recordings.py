"""The recordings are what a real API server answers to the stories, unedited and not grown old."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.controlplane.binaries import Binaries
from tests.simulator.recordings import library
from tests.simulator.recordings.book import STORIES
from tests.simulator.recordings.real import Real, record, running
from tests.simulator.recordings.story import Ask, Forget, Open, Read, Step, Story
from tests.simulator.recordings.told import shortened

ENOUGH = 150


@pytest.fixture(scope="module")
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    """A control plane of the module's own: stories want the whole of it, and make it forget."""
    binaries: Binaries = request.getfixturevalue("control_plane_binaries")
    with running(binaries, tmp_path_factory.mktemp("recordings")) as plane:
        yield plane


@pytest.mark.cluster
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_recording_is_what_a_real_server_answers(real: Real, story: Story) -> None:
    assert library.text_of(record(real, story)) == library.path_of(story.name).read_text()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_recording_answers_the_questions_of_its_story(story: Story) -> None:
    recording = library.read(story.name)
    assert recording.about == story.about
    asked = [(exchange.asked, exchange.sent) for exchange in recording.exchanges]
    assert asked == [question for step in story.steps for question in _questions(step)]


def test_nothing_is_recorded_that_no_story_asks() -> None:
    assert {path.stem for path in library.ANSWERS.glob("*.json")} == {story.name for story in STORIES}


def test_there_are_many_questions() -> None:
    assert sum(len(library.read(story.name).exchanges) for story in STORIES) >= ENOUGH


def test_no_watch_was_cut_off_while_it_was_recorded() -> None:
    assert not [path.name for path in library.ANSWERS.glob("*.json") if "broke off" in path.read_text()]


def _questions(step: Step) -> list[tuple[str, Any]]:
    match step:
        case Ask():
            return [(f"{step.method} {step.target}", shortened(step.body))]
        case Open():
            return [(f"GET {step.target}", None)]
        case Read():
            return [(f"frames of {step.name}", None)]
        case Forget():
            return []
