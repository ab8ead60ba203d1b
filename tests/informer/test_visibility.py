"""Every trouble is seen from outside: in the state, in the metrics, and as one line of the log at each turn."""

import asyncio
import logging
from collections.abc import Callable

import msgspec
import pytest

from exporter.informer.machine import Cause
from exporter.informer.standing import DEGRADING
from exporter.kube.objects import Resource
from exporter.kube.query import ListQuery
from exporter.kube.wire import Page
from tests.expositions import exposition_of, read
from tests.informer.cluster import FakeCluster, bookmark, filled
from tests.informer.rig import Rig, running
from tests.informer.troubles import (
    BUSY,
    FAILED,
    FAILED_IN_STREAM,
    FORBIDDEN,
    FROM_THE_FUTURE,
    GONE,
    GONE_IN_STREAM,
    NOT_SERVED,
    STARTING,
    UNAUTHORIZED,
    Answer,
    Close,
    Html,
    Mute,
    Refuse,
    Say,
    Trouble,
)
from tests.informer.virtual import now, settle, virtual
from tests.metrics.exposition import Numbers, only
from tests.store.things import THINGS

BEFORE = 10.0
"""Seconds of ordinary life before each trouble."""

Moved = dict[str, str]
"""A family that must move, and the value of its last label; the value is empty where there is none."""


class Case(msgspec.Struct, frozen=True):
    """One trouble of a live informer, and all that must be seen of it."""

    spoil: Callable[[Rig], None]
    cause: str
    moved: Moved
    begun: tuple[str, ...]
    """The lines while it lasts: state and cause."""
    ended: tuple[str, ...] = ("live",)
    """The lines after it is over."""
    level: int = logging.WARNING
    """That of the first line."""
    lasts: float = 0.0
    """Seconds until it shows."""


def _answers(trouble: Trouble) -> Callable[[Rig], None]:
    def spoil(rig: Rig) -> None:
        rig.cluster.trouble = trouble
        rig.cluster.close_watches()

    return spoil


def _says_once(trouble: Trouble) -> Callable[[Rig], None]:
    def spoil(rig: Rig) -> None:
        rig.cluster.watch_script.append(trouble)
        rig.cluster.close_watches()

    return spoil


def _breaks(rig: Rig) -> None:
    rig.cluster.trouble = Refuse()
    rig.cluster.drop_watches()


def _goes_back(rig: Rig) -> None:
    rig.cluster.say(bookmark(9))


def _falls_silent(rig: Rig) -> None:
    rig.cluster.trouble = Mute()
    rig.cluster.mute_watches()


def _cannot_be_kept(rig: Rig) -> None:
    keep = rig.codec.keep

    def fails(body: bytes) -> bytes:
        rig.codec.keep = keep  # type: ignore[method-assign]
        raise MemoryError

    rig.codec.keep = fails  # type: ignore[method-assign]
    rig.cluster.create("new")


WATCH, LIST, LISTS = "informer_watch_errors_total", "informer_list_errors_total", "informer_lists_total"
DECODE = "informer_decode_errors_total"

CASES: dict[str, Case] = {
    "nobody listens": Case(_breaks, "network", {WATCH: "network"}, ("degraded network",)),
    "it is starting": Case(_answers(STARTING), "server", {WATCH: "server"}, ("degraded server",)),
    "it fails": Case(_answers(FAILED), "server", {WATCH: "server"}, ("degraded server",)),
    "it fails in the stream": Case(_says_once(FAILED_IN_STREAM), "server", {WATCH: "server"}, ("degraded server",)),
    "it is busy": Case(_answers(BUSY), "throttled", {WATCH: "throttled"}, ("degraded throttled",)),
    "it does not know us": Case(
        _answers(UNAUTHORIZED), "unauthorized", {WATCH: "unauthorized"}, ("degraded unauthorized",)
    ),
    "it does not let us": Case(_answers(FORBIDDEN), "forbidden", {WATCH: "forbidden"}, ("degraded forbidden",)),
    "it does not understand": Case(_answers(Answer(400)), "rejected", {WATCH: "rejected"}, ("degraded rejected",)),
    "it has forgotten": Case(
        _says_once(GONE), "expired", {WATCH: "expired", LISTS: "expired"}, ("degraded expired",), ("relisting", "live")
    ),
    "it forgets in the stream": Case(
        _says_once(GONE_IN_STREAM),
        "expired",
        {WATCH: "expired", LISTS: "expired"},
        ("degraded expired",),
        ("relisting", "live"),
    ),
    "it is behind us": Case(
        _says_once(FROM_THE_FUTURE),
        "expired",
        {WATCH: "expired", LISTS: "version_regressed"},
        ("degraded expired",),
        ("relisting", "live"),
    ),
    "it went back": Case(
        _goes_back, "expired", {LISTS: "version_regressed"}, ("degraded expired",), ("relisting", "live")
    ),
    "the resource is gone": Case(
        _answers(NOT_SERVED),
        "absent",
        {WATCH: "not_found", LIST: "404", "informer_resync_corrections_total": "missed_delete"},
        ("degraded not_found", "absent absent"),
        ("relisting", "live"),
        lasts=20,
    ),
    "it says nothing any more": Case(
        _falls_silent,
        "silent",
        {WATCH: "silent", "informer_watch_duration_seconds_count": ""},
        ("degraded silent",),
        lasts=1000,
    ),
    "it ends watches at once": Case(
        _says_once(Close()), "closed", {"informer_watches_total": ""}, ("degraded closed",)
    ),
    "it says what is no frame": Case(
        _says_once(Say((b"hello",))), "decode", {WATCH: "decode", DECODE: ""}, ("degraded decode",)
    ),
    "a proxy answers": Case(_says_once(Html()), "decode", {WATCH: "decode", DECODE: ""}, ("degraded decode",)),
    "the cache fails": Case(
        _cannot_be_kept,
        "decode",
        {DECODE: "", LISTS: "error", "informer_resync_corrections_total": "missed_add"},
        ("degraded decode",),
        ("relisting", "live"),
        logging.ERROR,
    ),
}


def _lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines that people see: state and cause."""
    seen = [record for record in caplog.records if record.levelno > logging.DEBUG]
    assert all(record.message.startswith("informer ") for record in seen), [record.message for record in seen]
    fields = [getattr(record, "fields", {}) for record in seen]
    assert {one["resource"] for one in fields} <= {THINGS.name}
    named = zip(seen, fields, strict=True)
    return [f"{record.message.removeprefix('informer ')} {one.get('cause', '')}".strip() for record, one in named]


def _moves(before: Numbers, rig: Rig) -> dict[str, set[str]]:
    """The counters that moved: name -> values of the label beside the resource."""
    moved: dict[str, set[str]] = {}
    for (name, labels), number in read(exposition_of(rig)).items():
        if name.endswith(("_total", "_count")) and number > before.get((name, labels), 0):
            others = [text for label, text in labels if label != "resource"]
            moved.setdefault(name, set()).add("".join(others))
    return moved


def _reasons(rig: Rig) -> dict[str, float]:
    shown = only(read(exposition_of(rig)), "informer_degraded")
    return {dict(labels)["reason"]: number for labels, number in shown.items()}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_trouble_is_seen_in_the_state_in_the_metrics_and_as_one_line_at_each_turn(
    case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    @virtual
    async def test() -> None:
        cluster = filled()
        async with running(cluster, chance=lambda: 0.5) as rig:
            await asyncio.sleep(BEFORE)
            before = read(exposition_of(rig))
            caplog.clear()
            case.spoil(rig)
            await settle()
            await asyncio.sleep(case.lasts)
            _check_begin(case, rig, caplog)
            caplog.clear()
            cluster.trouble = None
            cluster.create("afterwards")
            await asyncio.sleep(2000)
            rig.check_equal()
            _check_end(case, rig, caplog)
            _check_moves(case, _moves(before, rig))

    caplog.set_level(logging.INFO, logger="exporter")
    test()


def _check_begin(case: Case, rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    assert (rig.state, rig.reflector.cause) == (case.begun[-1].split()[0], case.cause)
    assert rig.reflector.reason  # what readiness says
    assert _lines(caplog) == list(case.begun)
    assert caplog.records[0].levelno == case.level
    assert _reasons(rig) == {cause: int(rig.state == "degraded" and cause == case.cause) for cause in DEGRADING}


def _check_end(case: Case, rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    assert (rig.state, rig.reflector.cause, rig.reflector.reason) == ("live", None, "")
    assert _lines(caplog) == list(case.ended)
    assert 0 < caplog.records[-1].fields["after"] <= now() - BEFORE  # type: ignore[attr-defined]
    assert set(_reasons(rig).values()) == {0}


def _check_moves(case: Case, moved: dict[str, set[str]]) -> None:
    for name, label in case.moved.items():
        assert label in moved[name], name
    assert moved["informer_transitions_total"] == {line.split()[0] for line in (*case.begun, *case.ended)}


def test_every_cause_that_degrades_is_tried() -> None:
    tried = {line.split()[1] for case in CASES.values() for line in case.begun}
    assert tried == {*DEGRADING, Cause.ABSENT}


@virtual
async def test_what_flaps_between_two_scrapes_is_seen_in_the_counters() -> None:
    cluster = filled()
    async with running(cluster, chance=lambda: 0.5) as rig:
        await asyncio.sleep(BEFORE)
        before = rig.reflector.transitions
        for _ in range(5):
            cluster.drop_watches()
            await asyncio.sleep(30)
        assert rig.state == "live"
        moved = {state: count - before[state] for state, count in rig.reflector.transitions.items()}
        assert moved == {"live": 5, "degraded": 5, "absent": 0, "listing": 0, "relisting": 0}


def test_the_line_of_a_failure_that_nobody_foresaw_shows_where_it_was(caplog: pytest.LogCaptureFixture) -> None:
    class Surprising(FakeCluster):
        surprises = 3

        async def list_page(self, resource: Resource, query: ListQuery, hold: asyncio.Event | None = None) -> Page:
            if self.surprises:
                self.surprises -= 1
                raise IndexError("a header nobody has seen before")
            return await super().list_page(resource, query, hold)

    @virtual
    async def test() -> None:
        async with running(Surprising()):
            await settle()

    caplog.set_level(logging.INFO, logger="exporter")
    test()
    first, *others = caplog.records
    assert (first.message, first.levelno) == ("informer degraded", logging.ERROR)
    assert first.exc_info is not None
    assert isinstance(first.exc_info[1], IndexError)
    assert {record.levelno for record in others} == {logging.INFO}
    assert [record.message for record in others] == ["informer listing", "cache complete", "informer live"]


def test_the_first_live_line_says_how_long_the_start_took(caplog: pytest.LogCaptureFixture) -> None:
    @virtual
    async def test() -> None:
        cluster = filled()
        cluster.latency = 1.5
        async with running(cluster):
            await asyncio.sleep(10)

    caplog.set_level(logging.INFO, logger="exporter")
    test()
    complete, live = caplog.records
    assert [complete.message, live.message] == ["cache complete", "informer live"]
    assert live.fields == {"resource": THINGS.name, "after": 3.0}  # type: ignore[attr-defined]
