"""The recordings on disk: one readable file for each story."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from tests.simulator.recordings.told import Recording

ANSWERS = Path(__file__).parent / "answers"


def path_of(story: str) -> Path:
    """Give the file of a story."""
    return ANSWERS / f"{story}.json"


def write(recordings: Iterable[Recording], *, whole: bool) -> None:
    """Write recordings; if they are the whole, remove those of stories that are told no more."""
    written = {path_of(recording.story): text_of(recording) for recording in recordings}
    for path, text in written.items():
        path.write_text(text)
    for path in ANSWERS.glob("*.json"):
        if whole and path not in written:
            path.unlink()


def text_of(recording: Recording) -> str:
    """Give a recording as its file has it."""
    return msgspec.json.format(msgspec.json.encode(recording), indent=1).decode() + "\n"


def read(story: str) -> Recording:
    """Read the recording of a story.

    Raises:
        FileNotFoundError: it was never recorded.
    """
    return msgspec.json.decode(path_of(story).read_bytes(), type=Recording)
