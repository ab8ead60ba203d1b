"""What people do to the cluster with kubectl neither breaks the world nor is undone by it."""

from typing import Any

import pytest

from exporter.simulator.resources import CRON_WORKFLOWS, NAMESPACES, WORKFLOWS
from exporter.simulator.scenario import World
from tests.simulator.scenario.chronicle import SMALL, SPEC, Chronicle, phase


def running(chronicle: Chronicle) -> dict[str, Any]:
    """Give a workflow that will run for a while yet."""
    runs = [run for run in chronicle.world.controller.runs.values() if run.portrait.phase == "Running"]
    longest = max(runs, key=lambda run: len(run.ahead))
    return chronicle.get(longest.namespace, longest.name)


def put(chronicle: Chronicle, workflow: dict[str, Any]) -> None:
    chronicle.history.put(WORKFLOWS, workflow)


def where(workflow: dict[str, Any]) -> tuple[str, str]:
    return workflow["metadata"]["namespace"], workflow["metadata"]["name"]


def test_a_workflow_that_somebody_creates_gets_a_life() -> None:
    chronicle = Chronicle()
    chronicle.submit()
    key = (chronicle.world.cast.namespaces[0], "mine")
    assert not phase(chronicle.get(*key))
    chronicle.live(20)
    told = [each for each in chronicle.of() if each.key == "/".join(key)]
    assert [each.phase for each in told][:1] == [""]
    assert told[-1].phase in {"Succeeded", "Failed", "Error"}
    assert told[-1].thing["spec"] == SPEC


@pytest.mark.parametrize(
    "spec", [None, 7, "text", {"templates": 3}, {"templates": [None, {"name": []}]}, {"arguments": []}]
)
def test_a_spec_may_be_anything(spec: object) -> None:
    chronicle = Chronicle()
    namespace = chronicle.world.cast.namespaces[0]
    put(chronicle, {"metadata": {"namespace": namespace, "name": "odd", "labels": None}, "spec": spec})
    chronicle.live(20)
    assert phase(chronicle.get(namespace, "odd"))
    assert chronicle.get(namespace, "odd")["spec"] == spec


def test_one_that_uses_a_known_template_runs_its_steps() -> None:
    chronicle = Chronicle()
    blueprint = chronicle.world.cast.roles[0].blueprint
    workflow = chronicle.submit(workflowTemplateRef={"name": blueprint.name})
    tasks = {task.name for task in blueprint.tasks}
    for _ in range(60):
        chronicle.live(1)
        if nodes := chronicle.get(*where(workflow)).get("status", {}).get("nodes"):
            break
    assert {node["templateName"] for node in nodes.values()} <= tasks | {"main"}


def test_a_label_that_somebody_sets_stays() -> None:
    chronicle = Chronicle().live(2)
    workflow = running(chronicle)
    workflow["metadata"]["labels"]["mine"] = "yes"
    put(chronicle, workflow)
    version = workflow["metadata"]["resourceVersion"]
    chronicle.live(30)
    found = [each.thing for each in chronicle.of() if each.change.new.uid == workflow["metadata"]["uid"]]
    later = [each for each in found if int(each["metadata"]["resourceVersion"]) > int(version)]
    assert len(later) >= 2
    assert {each["metadata"]["labels"].get("mine") for each in later} == {"yes"}
    assert all(len(each["metadata"]["managedFields"]) == 2 for each in later)


def test_one_that_somebody_deletes_is_gone_and_makes_room_for_others() -> None:
    chronicle = Chronicle().live(2)
    before = chronicle.world.controller.open
    workflow = running(chronicle)
    chronicle.history.drop(WORKFLOWS, *where(workflow))
    chronicle.world.advance(chronicle.now, at_most=0)
    assert chronicle.world.controller.open == before - 1
    chronicle.live(30)
    assert chronicle.history.get(WORKFLOWS, *where(workflow)) is None


def test_deleting_everything_does_not_stop_the_company() -> None:
    chronicle = Chronicle().live(2)
    for workflow in chronicle.things():
        chronicle.history.drop(WORKFLOWS, *where(workflow))
    chronicle.live(10)
    inside = [each for each in chronicle.things() if phase(each) == "Running" or holds_a_place(each)]
    assert chronicle.world.throttle.inside >= len(inside) > 0


def holds_a_place(workflow: dict[str, Any]) -> bool:
    message = workflow.get("status", {}).get("message", "")
    return phase(workflow) == "Pending" and "postponed" not in message


def test_what_somebody_created_is_not_cleaned_up() -> None:
    chronicle = Chronicle()
    workflow = chronicle.submit()
    chronicle.live(60)
    assert len(chronicle.things()) == 150
    assert phase(chronicle.get(*where(workflow))) in {"Succeeded", "Failed", "Error"}


def test_one_made_anew_under_the_same_name_is_another() -> None:
    chronicle = Chronicle().live(2)
    workflow = running(chronicle)
    chronicle.history.drop(WORKFLOWS, *where(workflow))
    new = {"metadata": {"namespace": where(workflow)[0], "name": where(workflow)[1]}, "spec": SPEC}
    uid = chronicle.history.put(WORKFLOWS, new)["metadata"]["uid"]
    chronicle.live(5)
    assert chronicle.get(*where(workflow))["metadata"]["uid"] == uid != workflow["metadata"]["uid"]


@pytest.mark.parametrize("strategy", ["Stop", "Terminate"])
def test_one_that_somebody_shuts_down_ends_at_once(strategy: str) -> None:
    chronicle = Chronicle().live(2)
    workflow = running(chronicle)
    workflow["spec"]["shutdown"] = strategy
    put(chronicle, workflow)
    chronicle.world.advance(chronicle.now)
    status = chronicle.get(*where(workflow))["status"]
    assert (status["phase"], status["message"]) == ("Failed", f"Stopped with strategy '{strategy}'")
    assert all(node["finishedAt"] for node in status["nodes"].values())


def test_a_finished_one_that_somebody_retries_runs_again() -> None:
    chronicle = Chronicle().live(2)
    workflow = next(each for each in chronicle.things() if phase(each) == "Failed")
    put(chronicle, workflow | {"status": {"phase": "", "startedAt": workflow["status"]["startedAt"]}})
    chronicle.live(20)
    told = [each.phase for each in chronicle.of() if each.change.new.uid == workflow["metadata"]["uid"]]
    assert {"", "Running"} <= set(told[1:])


def test_a_finished_one_that_somebody_labels_is_left_alone() -> None:
    chronicle = Chronicle().live(2)
    workflow = next(each for each in chronicle.things() if phase(each) == "Succeeded")
    put(chronicle, workflow)
    count = len(chronicle.world.controller.runs)
    chronicle.world.advance(chronicle.now, at_most=0)
    assert len(chronicle.world.controller.runs) == count


def test_nothing_is_submitted_in_a_namespace_that_is_gone() -> None:
    chronicle = Chronicle()
    gone = chronicle.world.cast.namespaces[0]
    chronicle.history.drop(NAMESPACES, "", gone)
    before = len(chronicle.told)
    for cron in [each for each in chronicle.things(CRON_WORKFLOWS) if each["metadata"]["namespace"] == gone]:
        chronicle.history.drop(CRON_WORKFLOWS, gone, cron["metadata"]["name"])
    chronicle.live(10)
    assert not [each for each in chronicle.told[before:] if each.begins and each.change.namespace == gone]


def test_a_workflow_whose_step_fails_is_given_up_and_all_others_live_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chronicle = Chronicle().live(2)
    world = chronicle.world
    namespace, name = where(running(chronicle))
    (run,) = [each for each in world.controller.runs.values() if (each.namespace, each.name) == (namespace, name)]

    def fail(*_: object) -> None:
        raise TypeError("nobody foresaw that")

    monkeypatch.setattr(run.portrait, "object", fail)
    before = len(chronicle.told)
    chronicle.live(120)
    assert run.uid not in world.controller.runs
    assert world.stumbled == 1
    assert capsys.readouterr().err == f"simulator: {namespace}/{name} is given up: TypeError('nobody foresaw that')\n"
    assert any(told.key != f"{namespace}/{name}" for told in chronicle.told[before:])
    assert world.controller.open == sum(not each.over for each in world.controller.runs.values())


def test_a_change_that_nobody_foresaw_ends_neither_the_world_nor_the_hearing_of_others() -> None:
    chronicle = Chronicle().live(2)
    said: list[str] = []
    world = World(chronicle.history, SMALL, said.append)
    world.advance(chronicle.now)
    odd = running(chronicle)
    odd["metadata"]["managedFields"] = [5]
    put(chronicle, odd)
    gone = chronicle.submit("gone")
    chronicle.history.drop(WORKFLOWS, *where(gone))
    world.advance(chronicle.now)
    assert world.stumbled == 1
    assert said == [f"{'/'.join(where(odd))} is given up: AttributeError(\"'int' object has no attribute 'get'\")"]
