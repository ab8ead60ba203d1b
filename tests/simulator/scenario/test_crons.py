"""CronWorkflows fire at the minutes of the wall, at any speed, and their status tells it."""

from itertools import pairwise
from typing import Any

import pytest

from exporter.simulator.resources import CRON_WORKFLOWS, WORKFLOWS
from exporter.simulator.scenario import Options
from tests.simulator.scenario.chronicle import BEGINNING, SPEC, Chronicle, Told, phase, seconds

CRON = "workflows.argoproj.io/cron-workflow"


def children(chronicle: Chronicle, name: str = "") -> list[Told]:
    found = [told for told in chronicle.of() if told.begins and told.moment > BEGINNING]
    return [
        told for told in found if (label := told.thing["metadata"].get("labels", {}).get(CRON)) and name in ("", label)
    ]


def add(chronicle: Chronicle, **spec: Any) -> str:
    namespace = chronicle.world.cast.namespaces[0]
    told = {"schedules": ["* * * * *"], "workflowSpec": SPEC} | spec
    chronicle.history.put(CRON_WORKFLOWS, {"metadata": {"namespace": namespace, "name": "mine"}, "spec": told})
    return namespace


@pytest.fixture(scope="module")
def minutes() -> Chronicle:
    """More than five minutes of a small company in which nearly nobody submits anything by hand."""
    return Chronicle(Options(workflows=120, namespaces=9, rate=0.1, seed=2, speed=60)).follow(325)


def test_children_are_created_at_full_minutes_and_named_after_them(minutes: Chronicle) -> None:
    found = children(minutes)
    assert len(found) > 10
    for told in found:
        name, cron = told.thing["metadata"]["name"], told.thing["metadata"]["labels"][CRON]
        assert told.moment % 60 == 0
        assert name == f"{cron}-{int(told.moment)}"
        assert told.thing["metadata"]["ownerReferences"][0]["kind"] == "CronWorkflow"
        assert seconds(told.thing["metadata"]["creationTimestamp"]) == told.moment


def test_the_status_tells_the_last_time_and_how_children_ended(minutes: Chronicle) -> None:
    own = [each for each in minutes.things() if CRON in each["metadata"]["labels"]]
    minutely = [each for each in minutes.things(CRON_WORKFLOWS) if each["spec"]["schedules"] == ["* * * * *"]]
    fired = [each for each in minutely if not each["status"]["conditions"]]
    assert fired
    for cron in fired:
        namespace, name, status = cron["metadata"]["namespace"], cron["metadata"]["name"], cron["status"]
        mine = [
            each
            for each in own
            if (each["metadata"]["namespace"], each["metadata"]["labels"][CRON]) == (namespace, name)
        ]
        over = [each for each in mine if phase(each) in {"Succeeded", "Failed", "Error"}]
        assert seconds(status["lastScheduledTime"]) > minutes.now - 130
        assert {each["name"] for each in status["active"]} == {
            each["metadata"]["name"] for each in mine if each not in over
        }
        assert status["succeeded"] + status["failed"] >= len(over) > 3
        assert sum(phase(each) == "Succeeded" for each in over) <= 7 + 1


def test_there_are_all_sorts_of_them(minutes: Chronicle) -> None:
    crons = minutes.things(CRON_WORKFLOWS)
    conditions = {each["type"] for cron in crons for each in cron["status"]["conditions"]}
    assert conditions == {"SpecError", "SubmissionError"}
    assert [cron["spec"]["suspend"] for cron in crons].count(True) == 1
    schedules = {text for cron in crons for text in cron["spec"]["schedules"]}
    assert {"* * * * *", "*/2 * * * *", "*/5 * * * *", "0 * * * *", "30 2 * * *"} <= schedules


@pytest.fixture(scope="module")
def many() -> Chronicle:
    """Six minutes of a company that is large enough for all sorts."""
    return Chronicle(Options(workflows=120, namespaces=13, rate=0.1, seed=2, speed=600)).follow(365)


@pytest.mark.parametrize(
    ("schedule", "apart"), [("@every 90s", 90), ("CRON_TZ=Asia/Kolkata */4 * * * *", 240), ("*/6 * * * *", 360)]
)
def test_rarer_schedules_fire_when_they_should(many: Chronicle, schedule: str, apart: int) -> None:
    (cron,) = (each for each in many.things(CRON_WORKFLOWS) if schedule in each["spec"]["schedules"])
    fired = [told.moment for told in children(many, cron["metadata"]["name"])]
    assert fired
    assert all(later - earlier == apart for earlier, later in pairwise(fired))


def test_one_that_is_stopped_does_not_fire(many: Chronicle) -> None:
    (stopped,) = (each for each in many.things(CRON_WORKFLOWS) if "stopStrategy" in each["spec"])
    assert stopped["status"]["phase"] == "Stopped"
    assert not [
        told
        for told in children(many, stopped["metadata"]["name"])
        if told.change.namespace == stopped["metadata"]["namespace"]
    ]


def test_those_that_cannot_fire_do_not(minutes: Chronicle) -> None:
    still = [each for each in minutes.things(CRON_WORKFLOWS) if each["spec"]["suspend"] or each["status"]["conditions"]]
    assert len(still) == 3
    for cron in still:
        told_of_name = children(minutes, cron["metadata"]["name"])
        assert not [told for told in told_of_name if told.change.namespace == cron["metadata"]["namespace"]]


def test_one_that_somebody_creates_fires_until_it_is_deleted() -> None:
    chronicle = Chronicle()
    namespace = add(chronicle)
    chronicle.live(120)
    assert len(children(chronicle, "mine")) == 2
    chronicle.history.drop(CRON_WORKFLOWS, namespace, "mine")
    chronicle.live(120)
    assert len(children(chronicle, "mine")) == 2


@pytest.mark.parametrize(
    ("spec", "times"), [({"suspend": True}, 0), ({"schedules": None, "schedule": "*/2 * * * *"}, 1), ({}, 2)]
)
def test_what_its_spec_says_counts(spec: dict[str, Any], times: int) -> None:
    chronicle = Chronicle()
    add(chronicle, **spec)
    chronicle.live(120)
    assert len(children(chronicle, "mine")) == times


def test_suspending_one_stops_it_and_resuming_lets_it_go_on() -> None:
    chronicle = Chronicle()
    namespace = add(chronicle)
    chronicle.live(60)
    for suspended, times in ((True, 1), (False, 2)):
        cron = chronicle.get(namespace, "mine", CRON_WORKFLOWS)
        cron["spec"]["suspend"] = suspended
        chronicle.history.put(CRON_WORKFLOWS, cron)
        chronicle.live(60)
        assert len(children(chronicle, "mine")) == times


@pytest.mark.parametrize(
    "spec", [{"schedules": 7}, {"schedules": [["x"]]}, {"timezone": "Nowhere/Land"}, {"workflowSpec": None}]
)
def test_nonsense_in_one_does_not_stop_the_others(spec: dict[str, Any]) -> None:
    chronicle = Chronicle()
    add(chronicle, **spec)
    chronicle.live(120)
    assert children(chronicle)


def test_one_whose_template_is_missing_says_so() -> None:
    chronicle = Chronicle()
    namespace = add(chronicle, workflowSpec={"workflowTemplateRef": {"name": "nowhere"}})
    chronicle.live(60)
    (condition,) = chronicle.get(namespace, "mine", CRON_WORKFLOWS)["status"]["conditions"]
    assert (condition["type"], condition["message"]) == (
        "SubmissionError",
        'workflowtemplates.argoproj.io "nowhere" not found',
    )


def test_the_children_it_does_not_keep_are_deleted() -> None:
    chronicle = Chronicle()
    namespace = add(chronicle, successfulJobsHistoryLimit=1, failedJobsHistoryLimit=0)
    chronicle.live(300)
    kept = [each for each in chronicle.things() if each["metadata"].get("labels", {}).get(CRON) == "mine"]
    assert len(children(chronicle, "mine")) == 5
    at_rest = [each for each in kept if each["metadata"]["uid"] not in chronicle.world.controller.runs]
    assert [phase(each) for each in at_rest] in (["Succeeded"], [])
    assert chronicle.history.get(WORKFLOWS, namespace, f"mine-{int(BEGINNING) + 50}") is None
