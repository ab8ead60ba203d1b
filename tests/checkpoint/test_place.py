import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.checkpoint import check
from exporter.checkpoint.form import Trouble, Unusable
from exporter.checkpoint.place import MOST_ASIDE, find, replace, set_aside


def test_a_file_is_replaced_as_a_whole_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.with_name("state.tmp").write_bytes(b"of a process that was killed while it wrote")
    path.with_name("state.tmp").chmod(0o644)
    assert replace(path, [b"one", b"two"]) == 6
    assert replace(path, [b"three"]) == 5
    assert path.read_bytes() == b"three"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["state"]


def _pieces_that_end_badly() -> Iterator[bytes]:
    yield b"half of"
    raise OSError(errno.ENOSPC, "No space left on device")


def test_when_writing_fails_the_file_stays_as_it_was_and_nothing_is_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "state"
    replace(path, [b"whole"])
    with pytest.raises(OSError, match="No space left"):
        replace(path, _pieces_that_end_badly())
    assert path.read_bytes() == b"whole"
    assert [one.name for one in tmp_path.iterdir()] == ["state"]


def test_a_link_that_lies_where_we_write_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"precious")
    (tmp_path / "state.tmp").symlink_to(other)
    with pytest.raises(OSError, match="symbolic link"):
        replace(tmp_path / "state", [b"one"])
    assert other.read_bytes() == b"precious"


def test_what_is_no_file_is_neither_read_nor_moved(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(Unusable, match="no file") as caught:
            find(tmp_path / name)
        assert caught.value.trouble is Trouble.UNREADABLE
        assert set_aside(tmp_path / name) is None
        assert (tmp_path / name).exists()


def test_there_may_be_no_file(tmp_path: Path) -> None:
    assert find(tmp_path / "state") is None


def test_files_are_set_aside_under_numbers_and_the_oldest_gives_way(tmp_path: Path) -> None:
    path = tmp_path / "state"
    for number in range(MOST_ASIDE + 2):
        path.write_text(str(number))
        os.utime(path, (number, number))
        set_aside(path)
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {
        "state.damaged": "5",
        "state.damaged.2": "6",
        "state.damaged.3": "2",
        "state.damaged.4": "3",
        "state.damaged.5": "4",
    }


def test_a_path_is_checked_before_anything_begins(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert check(tmp_path / "state") == ""
    assert check(tmp_path / "file") == ""
    assert check(tmp_path) == f"{tmp_path} is there and no file"
    assert check(tmp_path / "none" / "state") == f"there is no folder {tmp_path / 'none'}"
    assert check(tmp_path / "file" / "state") == f"{tmp_path / 'file'} is no folder"
    assert check(Path("/")) == "/ is no name of a file"
