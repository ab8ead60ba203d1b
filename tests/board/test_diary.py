"""The diary: what was seen of each object, within bounds."""

from hypothesis import given
from hypothesis import strategies as st

from exporter.board.diary import Diary
from exporter.kube.objects import Key
from exporter.store.delta import Added, Deleted, Record, Synced, Updated

A, B = Key("ns/a"), Key("ns/b")


def record(phase: str, version: int) -> Record:
    return Record("u", str(version), b"", (), phase)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def diary(limit: int = 100) -> tuple[Diary, Clock]:
    clock = Clock()
    return Diary(str, clock, limit), clock


def lines(found: Diary, key: Key, now: Record | None = None) -> list[tuple[float, str, str, str]]:
    return [(entry.time, entry.event, entry.phase, entry.version) for entry in found.entries(key, now)]


def test_coming_changing_and_going_are_written_down_with_their_times() -> None:
    found, clock = diary()
    found.apply(Synced())
    for delta in (
        Added(A, record("new", 1)),
        Updated(A, record("new", 1), record("new", 2)),
        Updated(A, record("new", 2), record("old", 3)),
        Deleted(A, record("gone", 4), record("old", 3)),
    ):
        clock.now += 1
        found.apply(delta)
    assert lines(found, A) == [
        (101, "added", "new", "1"),
        (103, "modified", "old", "3"),
        (104, "deleted", "gone", "4"),
    ]
    assert lines(found, B) == []


def test_what_was_there_from_the_beginning_was_seen_then() -> None:
    found, clock = diary()
    found.apply(Added(A, record("new", 1), initial=True))
    found.apply(Added(B, record("new", 1), initial=True))
    assert lines(found, B, record("new", 1)) == []  # the first list is not whole yet
    found.apply(Synced())
    clock.now += 5
    found.apply(Synced())
    found.apply(Updated(A, record("new", 1), record("old", 2)))
    assert lines(found, A, record("old", 2)) == [(100, "seen", "new", "1"), (105, "modified", "old", "2")]
    assert lines(found, B, record("new", 1)) == [(100, "seen", "new", "1")]
    assert len(found) == 2


def test_what_goes_without_a_line_was_seen_as_well() -> None:
    found, _ = diary()
    found.apply(Synced())
    found.apply(Deleted(A, record("new", 1), record("new", 1), "relist"))
    assert [event for _, event, _, _ in lines(found, A)] == ["seen", "deleted"]


def test_when_lines_were_forgotten_nothing_is_said_about_the_beginning() -> None:
    found, _ = diary(limit=1)
    found.apply(Synced())
    found.apply(Added(A, record("new", 1)))
    found.apply(Added(B, record("new", 2)))
    assert lines(found, A, record("new", 1)) == []
    found.apply(Updated(A, record("new", 1), record("old", 3)))
    assert [event for _, event, _, _ in lines(found, A)] == ["modified"]


@given(st.lists(st.tuples(st.sampled_from([A, B, Key("x/c")]), st.integers(0, 9)), max_size=60), st.integers(1, 8))
def test_only_the_latest_lines_of_all_are_kept(changes: list[tuple[Key, int]], limit: int) -> None:
    found, clock = diary(limit)
    found.apply(Synced())
    written: list[tuple[Key, float]] = []
    for key, version in changes:
        clock.now += 1
        found.apply(Added(key, record("any", version)))
        written.append((key, clock.now))
    kept = written[-limit:]
    assert len(found) == len(kept)
    for key in (A, B, Key("x/c")):
        assert [time for time, *_ in lines(found, key)] == [time for one, time in kept if one == key]


def test_a_version_that_no_api_server_gives_is_left_out() -> None:
    found, _ = diary()
    found.apply(Synced())
    for place, version in enumerate(("x7", "9" * 5000, "", str(2**64), "7")):
        key = Key(f"ns/{place}")
        found.apply(Added(key, Record("u", version, b"", (), "new")))
        assert [entry.version for entry in found.entries(key)] == ["7" if version == "7" else ""]
