"""Troubles of the company: each does what its name says while it lasts, and no longer."""

from collections import Counter
from typing import Any

import pytest

from exporter.simulator.resources import WORKFLOWS
from exporter.simulator.scenario import Options, Troubles
from tests.simulator.scenario.chronicle import Chronicle, Told, phase

BUSY = Options(workflows=300, namespaces=4, rate=8, seed=5, speed=120)
FINAL = {"Succeeded", "Failed", "Error"}


def company(*troubles: str) -> Chronicle:
    chronicle = Chronicle(BUSY)
    for name in troubles:
        chronicle.world.troubles.turn(name, on=True)
    return chronicle


def ends(told: list[Told]) -> Counter[str]:
    return Counter(each.phase for each in told if each.phase in FINAL and not archived(each.thing))


def archived(thing: dict[str, Any]) -> bool:
    return bool(thing["metadata"]["labels"].get("workflows.argoproj.io/workflow-archiving-status") == "Archived")


def test_without_troubles_lives_are_as_they_are_by_the_seed_even_after_one_that_found_nobody() -> None:
    usual, touched = Chronicle(BUSY), Chronicle(BUSY)
    for name in ("failures", "admission", "crons", "stuck"):
        touched.world.troubles.turn(name, on=True)
        touched.world.troubles.turn(name, on=False)
    assert usual.live(4).digest.hexdigest() == touched.live(4).digest.hexdigest()


def test_most_workflows_fail_that_would_succeed_and_say_why() -> None:
    chronicle = company("failures")
    chronicle.live(20)
    before = len(chronicle.told)
    counts = ends(chronicle.told)
    assert counts["Failed"] > counts["Succeeded"] > 0
    failed = [each.thing["status"] for each in chronicle.told if each.phase == "Failed"]
    assert all(status["message"] for status in failed)
    blamed = [status for status in failed if status["message"].startswith("child ")]
    assert blamed
    for status in blamed:
        nodes = status.get("nodes")
        if nodes:
            number = status["message"].split("'")[1]
            assert nodes[number]["phase"] in {"Failed", "Error"}
            assert nodes[number]["message"]
    chronicle.world.troubles.turn("failures", on=False)
    chronicle.live(10)
    counts = ends(chronicle.told[before:])
    assert counts["Succeeded"] > counts["Failed"]


def test_nothing_is_admitted_until_the_trouble_is_over_and_then_all_is() -> None:
    chronicle = company("admission")
    chronicle.live(15)
    waiting = {each.key for each in chronicle.of() if each.begins and not each.phase and each.moment > 1_790_000_010}
    assert len(waiting) > 50
    assert {phase(each) for each in chronicle.things() if name_of(each) in waiting} == {""}
    chronicle.world.troubles.turn("admission", on=False)
    chronicle.live(10)
    assert {phase(each) for each in chronicle.things() if name_of(each) in waiting} <= {"Pending", "Running", *FINAL}


def name_of(thing: dict[str, Any]) -> str:
    return f"{thing['metadata']['namespace']}/{thing['metadata']['name']}"


def test_cron_workflows_do_not_run_and_what_they_missed_they_missed() -> None:
    chronicle = company("crons")
    chronicle.live(120)
    cron = "workflows.argoproj.io/cron-workflow"
    begun = [each for each in chronicle.of() if each.begins and each.moment > 1_790_000_011]
    assert begun
    assert not [each for each in begun if cron in each.thing["metadata"]["labels"]]
    chronicle.world.troubles.turn("crons", on=False)
    before = len(chronicle.told)
    chronicle.live(60)
    children = [each for each in chronicle.told[before:] if each.begins and cron in each.thing["metadata"]["labels"]]
    assert children
    assert len({each.moment for each in children}) == 1


def test_what_has_done_all_its_steps_goes_on_running_until_the_trouble_is_over() -> None:
    chronicle = company("stuck")
    chronicle.live(20)
    hanging = [each for each in chronicle.things() if phase(each) == "Running" and done(each)]
    assert len(hanging) > 20
    assert set(ends(chronicle.told)) <= {"Error"}, "only what never ran has ended"
    chronicle.world.troubles.turn("stuck", on=False)
    chronicle.live(5)
    uids = {each["metadata"]["uid"] for each in hanging}
    over = [phase(each) in FINAL for each in chronicle.things() if each["metadata"]["uid"] in uids]
    assert sum(over) > 0.8 * len(over), "the others were between two steps, or have been retried"


def done(thing: dict[str, Any]) -> bool:
    ended, _, total = thing["status"]["progress"].partition("/")
    return bool(ended == total != "0")


def test_what_hangs_can_be_stopped() -> None:
    chronicle = company("stuck")
    chronicle.live(20)
    hanging = next(each for each in chronicle.things() if phase(each) == "Running" and done(each))
    metadata = hanging["metadata"]
    hanging["spec"]["shutdown"] = "Terminate"
    chronicle.history.put(WORKFLOWS, hanging)
    chronicle.live(2)
    assert phase(chronicle.get(metadata["namespace"], metadata["name"])) == "Failed"


def test_a_trouble_that_there_is_not_is_refused_with_advice() -> None:
    with pytest.raises(ValueError, match="did you mean failures"):
        Troubles(["failure"])
    with pytest.raises(ValueError, match="there are failures, admission, crons, stuck"):
        Troubles().turn("xyz", on=True)


def test_all_are_reported_with_whether_they_are_there() -> None:
    report = Troubles(["stuck"]).report()
    assert {each["name"]: each["on"] for each in report} == {
        "failures": False,
        "admission": False,
        "crons": False,
        "stuck": True,
    }
    assert all(each["about"].endswith(".") for each in report)
