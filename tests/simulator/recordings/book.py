"""All stories, in the order in which they are told."""

from tests.simulator.recordings.stories.discovery import DISCOVERY
from tests.simulator.recordings.stories.forms import FORMS
from tests.simulator.recordings.stories.lists import LISTS
from tests.simulator.recordings.stories.objects import OBJECTS
from tests.simulator.recordings.stories.refusals import REFUSALS
from tests.simulator.recordings.stories.watches import WATCHES
from tests.simulator.recordings.story import Story

STORIES: tuple[Story, ...] = (*DISCOVERY, *OBJECTS, *REFUSALS, *LISTS, *FORMS, *WATCHES)
