"""The first sync as people see it: a bar that never mixes with the log, lines where there is no terminal."""

import asyncio
import io
import logging
import os
import pty
import random
import termios
from collections.abc import Callable, Sequence
from contextlib import closing

import msgspec
import pytest

from exporter.informer.statistics import InformerStatistics
from exporter.progress import Bar, Lines, Share, Terminal, draw, follow, shares_of, terminal_of, whole
from tests.demo.screen import screen
from tests.informer.cluster import FakeCluster
from tests.informer.rig import Rig, running
from tests.informer.troubles import Refuse
from tests.informer.virtual import now, virtual


def terminal(stream: io.StringIO, columns: int = 80, *, colours: bool = False, blocks: bool = True) -> Terminal:
    return Terminal(stream, columns=lambda: columns, colours=colours, blocks=blocks)


def share(objects: int, remaining: int | None, *, synced: bool = False, trouble: str = "") -> Share:
    return Share("workflows", objects, remaining, synced, trouble)


class Notes:
    """A meter that writes everything down."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, int | None]] = []
        self.ended: list[float] = []
        self.cleared = 0

    def show(self, shares: Sequence[Share], seconds: float) -> None:
        everything = whole(shares)
        entry = (everything.objects, everything.remaining)
        if self.shown[-1:] != [entry]:
            self.shown.append(entry)

    def done(self, shares: Sequence[Share], seconds: float) -> None:
        self.ended.append(round(seconds))

    def clear(self) -> None:
        self.cleared += 1


def filled(objects: int) -> FakeCluster:
    cluster = FakeCluster()
    for number in range(objects):
        cluster.create(f"{number:03}")
    cluster.latency = 1.0
    return cluster


def asking(*rigs: Rig) -> Callable[[], list[InformerStatistics]]:
    return lambda: [rig.informer.statistics() for rig in rigs]


@virtual
async def test_what_came_and_what_is_still_to_come_is_followed_page_by_page() -> None:
    notes = Notes()
    async with running(filled(7), synced=False) as rig:
        await follow(asking(rig), notes, clock=now)
        assert rig.informer.synced
    assert notes.shown == [(0, None), (3, 4), (6, 1)]
    assert notes.ended == [3]
    assert notes.cleared == 1


@virtual
async def test_the_whole_is_known_once_every_namespace_has_begun() -> None:
    notes, cluster = Notes(), FakeCluster()
    cluster.latency = 1.0
    for number in range(12):
        cluster.create(f"{number}", namespace="abc"[number % 3])
    async with running(cluster, namespaces=("a", "b", "c"), synced=False) as rig:
        await follow(asking(rig), notes, clock=now)
    assert notes.shown[0] == (0, None)
    assert {objects + remaining for objects, remaining in notes.shown if remaining is not None} == {12}


@virtual
async def test_every_informer_must_be_there() -> None:
    notes = Notes()

    def ask() -> list[InformerStatistics]:
        late = msgspec.structs.replace(rig.informer.statistics(), synced=now() > 9)
        return [rig.informer.statistics(), late]

    async with running(filled(2)) as rig:
        await follow(ask, notes, clock=now)
        assert now() > 9
    assert notes.shown == [(4, 0)]


@virtual
async def test_a_list_that_begins_again_is_counted_anew() -> None:
    cluster = filled(7)
    async with running(cluster) as rig:
        assert rig.reflector.listed == 7
        cluster.compact()
        cluster.drop_watches()
        await asyncio.sleep(60)
        assert rig.reflector.listed == 7


@virtual
async def test_a_follower_that_is_cancelled_takes_its_bar_away() -> None:
    notes = Notes()
    async with running(filled(7), synced=False) as rig:
        task = asyncio.create_task(follow(asking(rig), notes, clock=now))
        await asyncio.sleep(1.5)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
    assert notes.ended == []
    assert notes.cleared == 1


@virtual
async def test_a_server_that_refuses_is_told_with_its_words() -> None:
    cluster = filled(1)
    cluster.list_script.extend([Refuse()] * 3)
    async with running(cluster, synced=False) as rig:
        await asyncio.sleep(1.5)
        (one,) = shares_of(asking(rig)())
        assert one.trouble == rig.reflector.reason != ""
        await rig.informer.wait_synced()
        (one,) = shares_of(asking(rig)())
        assert one == Share("things.example.com", 1, 0, synced=True)


def test_nobody_knows_the_whole_of_what_one_does_not_know() -> None:
    assert whole([share(5, 3), share(2, None)]) == Share("workflows, workflows", 7, None, synced=False)


@pytest.mark.parametrize(
    ("columns", "one", "line"),
    [
        (80, share(1500, 3500), "listing  ██████████░░░░░░░░░░░░░░░░░░░░░░░░  30%  1,500 of 5,000 objects, 750/s"),
        (200, share(50, 0), "listing  " + "█" * 40 + " 100%  50 objects, 25/s"),
        (80, share(0, 0), "listing  " + "░" * 40 + "   0%  0 objects, 0/s"),
        (40, share(1500, 3500), "listing 30%  1,500 of 5,000 objects, 75"),
        (20, share(1500, None), "listing 1,500 objec"),
        (80, share(1500, None), "listing 1,500 objects, 750/s"),
        (80, share(0, None, trouble="refused\nand\x1b[2J more"), "waiting: refused and [2J more"),
    ],
)
def test_a_bar_fits_the_terminal_and_says_only_what_is_known(columns: int, one: Share, line: str) -> None:
    assert draw(one, 2.0, terminal(io.StringIO(), columns)) == line


@pytest.mark.parametrize("columns", [*range(1, 130)])
def test_no_bar_is_as_wide_as_the_terminal(columns: int) -> None:
    for one in (share(1, 2), share(123_456_789, 1), share(3, None), share(0, None, trouble="nobody answers " * 9)):
        assert len(draw(one, 0.0, terminal(io.StringIO(), columns))) < columns


def test_a_terminal_without_colours_or_blocks_gets_neither() -> None:
    plain = draw(share(1, 1), 1.0, terminal(io.StringIO(), blocks=False))
    assert plain.isascii()
    assert plain.isprintable()
    assert "\x1b[32m" in draw(share(1, 1), 1.0, terminal(io.StringIO(), colours=True))


@pytest.mark.parametrize("seed", range(20))
def test_the_bar_and_the_log_never_mix(seed: int) -> None:
    dice, stream, said, bar = random.Random(seed), io.StringIO(), list[str](), ""
    shown = terminal(stream)
    for number in range(60):
        if dice.random() < 0.5:
            bar = dice.choice(["", "a bar", "a longer bar", "b"])
            shown.show(bar)
        else:
            said.append("line" + "!" * dice.randint(0, 20) + str(number))
            shown.write(said[-1] + "\n")
            shown.flush()
        assert screen(stream.getvalue()) == [*said, bar]


def test_a_short_sync_is_not_worth_a_bar() -> None:
    stream = io.StringIO()
    bar = Bar(terminal(stream))
    bar.show([share(0, 5)], 0.2)
    assert stream.getvalue() == ""
    bar.done([share(5, 0)], 0.25)
    bar.clear()
    assert stream.getvalue() == "listed 5 objects, 20/s, in 0.2 s\n"


def test_a_bar_gives_way_to_a_line_that_stays() -> None:
    stream = io.StringIO()
    bar = Bar(terminal(stream))
    bar.show([share(2000, 3000)], 1.0)
    assert screen(stream.getvalue())[-1].startswith("listing")
    bar.done([share(5000, 0)], 2.5)
    bar.clear()
    assert screen(stream.getvalue()) == ["listed 5,000 objects, 2,000/s, in 2.5 s", ""]


def test_a_terminal_that_is_gone_ends_nothing() -> None:
    stream = io.StringIO()
    bar = Bar(terminal(stream))
    stream.close()
    bar.show([share(1, 1)], 5.0)
    bar.done([share(2, 0)], 6.0)


def test_lines_of_the_log_come_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    lines = Lines()
    for tenth in range(121):
        lines.show([share(tenth * 10, 5000 - tenth * 10), share(3, None), share(0, 0, synced=True)], tenth / 10)
    lines.done([share(5000, 0)], 12.5)
    said = [(record.getMessage(), record.__dict__["fields"]) for record in caplog.records]
    assert said == [
        ("listing", {"resource": "workflows", "objects": 100, "remaining": 4900}),
        ("listing", {"resource": "workflows", "objects": 3}),
        ("listing", {"resource": "workflows", "objects": 600, "remaining": 4400}),
        ("listing", {"resource": "workflows", "objects": 3}),
        ("listing", {"resource": "workflows", "objects": 1100, "remaining": 3900}),
        ("listing", {"resource": "workflows", "objects": 3}),
        ("listed", {"objects": 5000, "seconds": 12.5}),
    ]


def test_the_log_says_nothing_of_a_short_sync_and_nothing_twice(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    short, troubled = Lines(), Lines()
    short.show([share(1, 1)], 0.9)
    short.done([share(2, 0)], 0.95)
    troubled.show([share(0, None, trouble="nobody answers")], 20)
    assert caplog.records == []


@pytest.mark.parametrize(
    ("environment", "columns"), [({"TERM": "xterm"}, 100), ({"TERM": "dumb"}, None), ({"TERM": ""}, None), ({}, None)]
)
def test_only_a_terminal_that_can_go_back_gets_a_bar(environment: dict[str, str], columns: int | None) -> None:
    leader, follower = pty.openpty()
    with os.fdopen(leader, "rb"), os.fdopen(follower, "w", encoding="utf-8") as stream:
        termios.tcsetwinsize(follower, (30, 100))
        found = terminal_of(stream, environment)
        assert (found and found.columns()) == columns


def test_a_pipe_is_no_terminal() -> None:
    read, write = os.pipe()
    with closing(os.fdopen(read)), os.fdopen(write, "w") as stream:
        assert terminal_of(stream, {"TERM": "xterm"}) is None
