"""Records what a real API server answers, or says where the simulator differs.

``python -m tests.simulator.recordings record|compare [STORY ...]``
"""

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.controlplane.binaries import Missing, find
from tests.simulator.recordings import library
from tests.simulator.recordings.allowances import ALLOWANCES
from tests.simulator.recordings.book import STORIES
from tests.simulator.recordings.real import Real, record, running
from tests.simulator.recordings.sameness import differences, judged
from tests.simulator.recordings.simulated import stage
from tests.simulator.recordings.story import Story
from tests.simulator.recordings.told import Recording


def main(arguments: list[str]) -> int:
    """Record or compare all stories, or those named; give the exit code."""
    names = [story.name for story in STORIES]
    if arguments[:1] not in (["record"], ["compare"]) or any(name not in names for name in arguments[1:]):
        _say(f"usage: python -m tests.simulator.recordings record|compare [STORY ...]; stories: {', '.join(names)}")
        return 2
    wanted = [story for story in STORIES if story.name in (arguments[1:] or names)]
    return compare(wanted) if arguments[0] == "compare" else record_to_disk(wanted)


def record_to_disk(stories: Sequence[Story]) -> int:
    """Record stories; give the exit code."""
    try:
        binaries = find(os.environ, _say)
    except Missing as missing:
        _say(str(missing))
        return 1
    with tempfile.TemporaryDirectory() as folder, running(binaries, Path(folder)) as real:
        library.write((_recorded(real, story) for story in stories), whole=len(stories) == len(STORIES))
    return 0


def compare(stories: Sequence[Story]) -> int:
    """Print every field in which the simulator differs and may not; give the exit code."""
    wrong = 0
    with stage() as simulators:
        for story in stories:
            found = judged(list(differences(library.read(story.name), simulators.play(story))), ALLOWANCES)
            wrong += len(found)
            _say("\n".join([f"{story.name}: {len(found)} differences", *map(str, found)]))
    return 1 if wrong else 0


def _recorded(real: Real, story: Story) -> Recording:
    began = time.perf_counter()
    recording = record(real, story)
    _say(f"{story.name}: {len(recording.exchanges)} in {time.perf_counter() - began:.1f} s")
    return recording


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command speaks to whoever runs it


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
