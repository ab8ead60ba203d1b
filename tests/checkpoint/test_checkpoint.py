# ruff: noqa: ASYNC240 - a test may block its own loop for a small file
import asyncio
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from exporter.checkpoint import Checkpoint, Identity
from exporter.checkpoint.checkpoint import OVERLAP
from exporter.checkpoint.form import LINE_LIMIT
from exporter.metrics.marks import Mark
from tests.checkpoint.things import IDENTITY, JOB, OTHER, Job, Watch, written

OPEN, ENDED = Job("open"), Job("ended", ended=500)
MARK = Mark(("blue", "main"), "job_last_end_timestamp_seconds", ("ok",), 990.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state"


def load(path: Path, identity: Identity = IDENTITY) -> Checkpoint:
    return Checkpoint.load(path, identity, [JOB, OTHER], now=lambda: 1234.5)


def following(path: Path, *watches: Watch) -> Checkpoint:
    checkpoint = load(path)
    for watch in watches:
        checkpoint.follow(watch.books())
    return checkpoint


def kept(path: Path) -> Mapping[str, Job]:
    """The jobs that the file holds."""
    before = load(path).before(JOB.resource)
    assert before is not None
    return dict(before.values())


def errors(checkpoint: Checkpoint) -> dict[str, int]:
    return {reason: count for reason, count in checkpoint.statistics().errors.items() if count}


def test_without_a_file_nothing_is_known(path: Path) -> None:
    checkpoint = load(path)
    assert checkpoint.before(JOB.resource) is None
    assert checkpoint.since(JOB.resource) is None
    assert checkpoint.marks(JOB.resource) == ()
    assert errors(checkpoint) == {}


async def test_what_is_not_settled_is_known_to_the_next_process(path: Path) -> None:
    watch = Watch(jobs={"blue/a": OPEN, "blue/b": ENDED, "blue/c": Job("ended", ended=950)})
    watch.totals.latest = [MARK]
    checkpoint = following(path, watch)
    assert await checkpoint.write()
    after = load(path)
    assert after.before(JOB.resource) == {
        "uid of blue/a": ("blue/a", OPEN),
        "uid of blue/c": ("blue/c", Job("ended", ended=950)),
    }
    assert after.since(JOB.resource) == watch.started - OVERLAP
    assert after.marks(JOB.resource) == [MARK]
    assert after.before(OTHER.resource) is None


async def test_it_tells_what_became_of_it(path: Path) -> None:
    watch = Watch(jobs={"blue/a": OPEN})
    checkpoint = following(path, watch)
    before = checkpoint.statistics()
    assert (before.writes, before.last_write, before.size, before.owed) == (0, 0, 0, 0)
    await checkpoint.write()
    watch.totals.owes = 7
    after = checkpoint.statistics()
    assert (after.writes, after.last_write, after.size, after.owed) == (1, 1234.5, path.stat().st_size, 7)
    assert load(path).statistics().size == path.stat().st_size


async def test_before_the_first_list_is_whole_the_file_stays_as_it_was(path: Path) -> None:
    data = written(path, {"blue/a": OPEN})
    watch = Watch(jobs={"blue/a": ENDED}, synced=False)
    assert not await following(path, watch).write()
    assert path.read_bytes() == data


async def test_while_counts_are_owed_the_file_stays_as_it_was_and_then_no_longer(path: Path) -> None:
    data = written(path, {"blue/a": OPEN})
    watch = Watch(jobs={"blue/a": ENDED, "blue/b": OPEN})
    watch.totals.owes = 1
    checkpoint = following(path, watch)
    assert not await checkpoint.write()
    assert path.read_bytes() == data
    watch.totals.owes = 0
    assert await checkpoint.write()
    assert kept(path) == {"blue/b": OPEN}


async def test_a_kind_that_is_not_ready_stays_as_it_was_and_keeps_no_other_waiting(path: Path) -> None:
    jobs, others = Watch(jobs={"blue/a": OPEN}), Watch(OTHER, {"blue/o": OPEN})
    await following(path, jobs, others).write()
    jobs.synced, others.shelf.jobs = False, {"blue/p": OPEN}
    checkpoint = following(path, jobs, others)
    for _ in range(2):
        assert await checkpoint.write()
        assert kept(path) == {"blue/a": OPEN}
        found = load(path).before(OTHER.resource)
        assert found is not None
        assert [key for key, _ in found.values()] == ["blue/p"]
    jobs.synced, jobs.shelf.jobs = True, {}
    await checkpoint.write()
    assert kept(path) == {}


@pytest.mark.parametrize(
    ("words", "known_until"),
    [
        ([None], 1_000),
        ([1_060], 1_000),
        ([1_060, 1_120], 1_060),
        ([1_060, 1_120, 1_180], 1_120),
        ([1_060, None, 4_000], 1_000),
        ([1_060, 1_120, None, None, 4_000], 1_060),
        ([1_060, 1_120, None, 4_000, 4_060], 4_000),
        ([1_060, 900, 960], 1_060),
    ],
)
async def test_it_claims_to_know_only_what_came_before_a_word_of_the_server_that_was_not_the_last(
    path: Path, words: list[float | None], known_until: float
) -> None:
    watch = Watch()
    checkpoint = following(path, watch)
    for watch.heard in words:
        await checkpoint.write()
    assert load(path).since(JOB.resource) == known_until - OVERLAP


def test_a_damaged_file_is_told_counted_and_set_aside(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = written(path, {"blue/a": OPEN})[:-10]
    path.write_bytes(data)
    checkpoint = load(path)
    assert checkpoint.before(JOB.resource) is None
    assert errors(checkpoint) == {"damaged": 1}
    assert path.with_name("state.damaged").read_bytes() == data
    assert not path.exists()
    (line,) = caplog.records
    assert line.levelname == "ERROR"
    assert line.fields["set_aside"] == f"{path}.damaged"  # type: ignore[attr-defined]


async def test_a_file_of_another_cluster_is_set_aside_and_a_new_one_begun(path: Path) -> None:
    written(path, {"blue/a": OPEN})
    checkpoint = load(path, Identity("https://127.0.0.1:7443"))
    checkpoint.follow(Watch(jobs={"blue/b": OPEN}).books())
    assert await checkpoint.write()
    assert errors(checkpoint) == {"identity": 1}
    assert kept(path.with_name("state.damaged")) == {"blue/a": OPEN}
    found = load(path, Identity("https://127.0.0.1:7443")).before(JOB.resource)
    assert found == {"uid of blue/b": ("blue/b", OPEN)}


async def test_what_can_be_neither_read_nor_replaced_is_told_and_all_goes_on(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.mkdir()
    (path / "file").touch()
    checkpoint = following(path, Watch(jobs={"blue/a": OPEN}))
    assert not await checkpoint.write()
    assert not await checkpoint.write()
    assert errors(checkpoint) == {"unreadable": 1, "unwritable": 2}
    assert [line.getMessage() for line in caplog.records if line.levelno == logging.ERROR] == [
        "state not used: what completed since the last stop is not counted",
        "state not written",
    ]
    (path / "file").unlink()
    path.rmdir()
    assert await checkpoint.write()
    assert kept(path) == {"blue/a": OPEN}


def test_a_link_that_leads_nowhere_is_no_file_and_a_ring_of_links_is_unreadable(path: Path) -> None:
    path.symlink_to(path)
    assert errors(load(path)) == {"unreadable": 1}
    path.unlink()
    path.symlink_to(path.with_name("nothing"))
    assert errors(load(path)) == {}


async def test_a_write_that_is_cancelled_ends_before_the_next_begins(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = following(path, Watch(jobs={"blue/a": OPEN}))
    begun, go_on, order = threading.Event(), threading.Event(), []

    def slowly(_: object) -> tuple[int, int]:
        begun.set()
        assert go_on.wait(30)
        order.append("first")
        return 0, 0

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "_replace", slowly)
        writing = asyncio.create_task(checkpoint.write())
        await asyncio.to_thread(begun.wait, 30)
    writing.cancel()
    last = asyncio.create_task(checkpoint.write())
    await asyncio.sleep(0)
    go_on.set()
    assert await last
    order.append("last")
    assert order == ["first", "last"]
    assert writing.cancelled()


async def test_other_tasks_get_turns_while_many_objects_are_looked_at(path: Path) -> None:
    watch = Watch(jobs={f"blue/{number}": OPEN for number in range(5_000)})
    writing = asyncio.create_task(following(path, watch).write())
    turns = 0
    while not writing.done():
        await asyncio.sleep(0)
        turns += 1
        if turns == 2:
            watch.shelf.jobs.pop("blue/4999")
    assert turns >= 5
    assert len(kept(path)) == 4_999


async def test_the_first_file_does_not_wait_for_the_interval(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.checkpoint.checkpoint.SOON", 0.001)
    watch = Watch(jobs={"blue/a": OPEN}, synced=False)
    checkpoint = following(path, watch)
    keeping = asyncio.create_task(checkpoint.keep(3_600))
    await asyncio.sleep(0)
    watch.synced = True
    async with asyncio.timeout(30):
        while not checkpoint.statistics().writes:  # noqa: ASYNC110 - nobody is told of a write
            await asyncio.sleep(0.001)
    keeping.cancel()
    assert kept(path) == {"blue/a": OPEN}


@pytest.mark.parametrize("unspeakable", [Job("open", ended=10**5_000), Job("\ud800")])
async def test_what_has_no_place_in_json_is_told_and_counted_and_the_old_file_stays(
    path: Path, unspeakable: Job, caplog: pytest.LogCaptureFixture
) -> None:
    data = written(path, {"blue/a": OPEN})
    watch = Watch(jobs={"blue/b": unspeakable})
    checkpoint = following(path, watch)
    assert not await checkpoint.write()
    assert errors(checkpoint) == {"unwritable": 1}
    assert "state not written" in caplog.messages
    assert path.read_bytes() == data
    watch.shelf.jobs = {"blue/c": OPEN}
    assert await checkpoint.write()
    assert kept(path) == {"blue/c": OPEN}


async def test_what_is_too_long_to_be_read_again_is_left_out_counted_and_told_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watch = Watch(jobs={"blue/a": OPEN, "blue/b": Job("open", "x" * LINE_LIMIT)})
    checkpoint = following(path, watch)
    for written_so_far in (1, 2):
        assert await checkpoint.write()
        assert kept(path) == {"blue/a": OPEN}
        assert errors(checkpoint) == {"too_large": written_so_far}
    assert sum("too long" in message for message in caplog.messages) == 1
    assert [line.fields["left_out"] for line in caplog.records if "too long" in line.getMessage()] == [1]  # type: ignore[attr-defined]


async def test_a_disk_that_hangs_holds_up_nothing_but_the_writing(path: Path) -> None:
    beside = path.with_name("state.tmp")
    os.mkfifo(beside)  # whoever opens it to write waits for a reader, as for a disk that does not answer
    checkpoint = following(path, Watch(jobs={"blue/a": OPEN}))
    writing = asyncio.create_task(checkpoint.write())
    another = asyncio.create_task(checkpoint.write())
    for _ in range(1_000):
        await asyncio.sleep(0)
    assert not writing.done()
    assert not another.done()
    assert errors(checkpoint) == {}
    answers = os.open(beside, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert not await writing  # a pipe cannot be brought to a disk
        assert await another
    finally:
        os.close(answers)
    assert errors(checkpoint) == {"unwritable": 1}
    assert kept(path) == {"blue/a": OPEN}
