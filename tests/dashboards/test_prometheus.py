"""Every expression returns data from a real Prometheus that scrapes two replicas, and none of them counts twice."""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress

import pytest

from dashboards.drawing.data import look
from dashboards.reading import Asked, Moment, asked, boards, plain
from dashboards.shapes import Scope
from tests.controlplane.waiting import wait_for
from tests.dashboards.stage import Stage, stage
from tests.prometheus.answers import Refused

ALL = {board.uid: board for board in boards()}
FLAGS = ("--metrics.stuck-after=5s", "--cron.grace=1s")
COURSE = ((0.0, "failures", True), (0.0, "crons", True), (10.0, "stuck", True), (20.0, "stuck", False))
"""Seconds after which a trouble of the company begins or ends."""
MOMENT = Moment(span=40, step=1, rates=15)
PATIENCE = 45.0
"""Seconds in which everything that the company can show has been seen."""
RARE: Mapping[tuple[str, str], str] = {
    ("argowf-overview", "Schedules missed"): "a cron workflow has to miss a minute",
    ("argowf-overview", "Late now"): "a cron workflow has to miss a minute",
    ("argowf-cronworkflows", "Missed"): "a cron workflow has to miss a minute",
    ("argowf-cronworkflows", "Missed over time"): "a cron workflow has to miss a minute",
    ("argowf-cronworkflows", "Late now"): "a cron workflow has to miss a minute",
    ("argowf-cronworkflows", "Lateness"): "a cron workflow has to miss a minute",
    ("argowf-cronworkflows", "Failed share"): "cron workflows run by the minute",
    ("argowf-cronworkflows", "Failed share by cron workflow"): "cron workflows run by the minute",
    ("argowf-cronworkflows", "Runs"): "cron workflows run by the minute",
    ("argowf-cronworkflows", "Active workflows"): "cron workflows run by the minute",
    ("argowf-cronworkflows", "Switched off"): "none is stopped",
    ("argowf-exporter", "Duration of lists"): "there is one list, before the first scrape",
    ("argowf-exporter", "Log"): "nobody complains",
}
"""What takes longer to happen than a test may: there zeros must be found, by comparing less strictly."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("dashboards"), flags=FLAGS) as everything:
        everything.replicas[0].get("/apis/argoproj.io/v1alpha1/namespaces/nowhere/workflows/nothing")
        yield everything


@pytest.fixture(scope="module")
def missing(running: Stage) -> set[tuple[str, str, str]]:
    """Go through the course of troubles, and give what never had data: dashboard, panel, letter."""
    left = {(board.uid, panel.title, one.letter): one for board in ALL.values() for panel, one in asked(board)}
    course, began = [*COURSE], time.monotonic()

    def look() -> bool:
        while course and time.monotonic() - began >= course[0][0]:
            _, trouble, on = course.pop(0)
            running.turn(trouble, on=on)
        for key, one in [*left.items()]:
            if running.prometheus.query(_expression(key[0], key[1], one)):
                del left[key]
        return not left

    with suppress(TimeoutError):
        wait_for(look, "data in every panel", seconds=PATIENCE, pause=1)
    for _, trouble, on in course:
        running.turn(trouble, on=on)
    return {*left}


def _expression(uid: str, title: str, one: Asked) -> str:
    expression = plain(one.expression, ALL[uid], MOMENT)
    return expression.replace(" > ", " >= ") if (uid, title) in RARE else expression


@pytest.mark.parametrize("uid", ALL)
def test_every_panel_has_data(missing: set[tuple[str, str, str]], uid: str) -> None:
    assert {key for key in missing if key[0] == uid} == set()


@pytest.mark.parametrize("uid", ALL)
def test_every_variable_has_values_and_all_of_them_is_everything(running: Stage, uid: str) -> None:
    board = ALL[uid]
    for name, variable in board.variables.items():
        if variable["type"] == "query" and name != "cluster":  # there is no such label where nobody adds it
            series, _, label = variable["query"].removeprefix("label_values(").removesuffix(")").rpartition(", ")
            chosen = plain(series, board, MOMENT)
            assert running.prometheus.query(f"group by ({label}) ({chosen})"), name
            every = running.prometheus.query(f"count({series.partition('{')[0]})")
            assert running.prometheus.query(f"count({chosen})")[0].value == every[0].value


def test_pictures_show_what_prometheus_answers(running: Stage) -> None:
    def drawn() -> bool:
        panels = look(running.prometheus, ALL["argowf-overview"], time.time(), 40, 2)
        shown = {panel["title"]: panel for panel in panels}
        phases = {one["name"] for one in shown["Workflows by phase"]["series"]}
        lines = [one for one in shown["Completions"]["series"] if len(one["points"]) > 1]
        return bool(
            phases >= {"Succeeded", "Failed", "Running"} and lines and shown["Templates that failed most"]["rows"]
        )

    wait_for(drawn, "a picture of several moments", pause=1)


def test_two_replicas_count_once(running: Stage) -> None:
    board = ALL["argowf-overview"]
    scope = Scope()
    with running.cluster.pause() as workflows:
        shown = plain(scope.gauge("argowf_workflows"), board, MOMENT)
        running.prometheus.wait(shown, lambda found: [one.value for one in found] == [workflows])
        running.prometheus.wait("sum(argowf_workflows)", lambda found: [one.value for one in found] == [2 * workflows])
        told = running.replicas[0].metrics().by("phase", "argowf_workflows")
        by_phase = plain(scope.gauge("argowf_workflows", "phase"), board, MOMENT)
        running.prometheus.wait(
            by_phase, lambda found: {one.labels["phase"]: one.value for one in found if one.value} == told
        )


def test_a_rate_of_two_replicas_is_that_of_one(running: Stage) -> None:
    board, moment = ALL["argowf-overview"], MOMENT
    name = "argowf_workflow_completions_total"
    both = running.prometheus.query(plain(Scope().rate(name), board, moment))[0].value
    each = [one.value for one in running.prometheus.query(f"sum by (instance) (rate({name}[15s]))")]
    assert len(each) == 2
    assert min(each) > 0
    assert both < 1.5 * max(each), "they are added, not folded"


def test_a_share_of_failures_is_of_completions_and_at_most_one(running: Stage) -> None:
    found = running.prometheus.query(plain(Scope().failed_share(), ALL["argowf-overview"], MOMENT))
    assert [one for one in found if 0 < one.value <= 1] == found != []


@pytest.mark.parametrize("uid", ["argowf-overview", "argowf-templates"])
def test_dots_are_single_workflows_that_can_be_looked_up(running: Stage, uid: str) -> None:
    wanted = {plain(one.expression, ALL[uid], MOMENT) for _, one in asked(ALL[uid]) if one.exemplars}
    assert wanted
    for expression in wanted:
        dots = running.prometheus.exemplars(expression, time.time() - 120, time.time())
        assert dots, expression
        namespace, _, name = dots[-1].labels["workflow"].partition("/")
        assert namespace == dots[-1].series["namespace"]
        assert name


def test_what_prometheus_does_not_like_is_told_apart_from_no_data(running: Stage) -> None:
    with pytest.raises(Refused):
        running.prometheus.query("sum by (")
