"""The API server dies and comes back: the program says so, answers meanwhile, and counts what changed once."""

from signal import SIGCONT, SIGSTOP

import pytest

from tests.cluster.conftest import StartProgram
from tests.cluster.program import Program
from tests.cluster.workflows import (
    COMPLETIONS,
    CREATIONS,
    DELETIONS,
    TRANSITIONS,
    UPDATES,
    counted,
    phases,
    status,
    workflow,
)
from tests.conftest import StartControlPlane
from tests.controlplane import accounts
from tests.controlplane.admin import Admin
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.plane import ControlPlane

NAMESPACE = "argo"
UNTOUCHED = 40
"""Workflows that nobody changes."""

CHANGED = {UPDATES: 1, TRANSITIONS: 1, COMPLETIONS: 2, DELETIONS: 1, CREATIONS: 1}
"""What ``change`` amounts to; the second completion is that of the workflow whose end nobody saw."""


@pytest.fixture
def plane(start_control_plane: StartControlPlane) -> ControlPlane:
    plane = start_control_plane()
    accounts.create_namespace(plane.admin, NAMESPACE)
    untouched = [workflow(NAMESPACE, f"w{number}", "Succeeded") for number in range(UNTOUCHED)]
    changing = [workflow(NAMESPACE, "changes", "Pending"), workflow(NAMESPACE, "vanishes", "Running")]
    plane.admin.create_many(WORKFLOWS, [*untouched, *changing])
    return plane


def change(admin: Admin) -> None:
    """Change one workflow, make a new one, and remove one that nobody saw the end of."""
    admin.patch(WORKFLOWS, "changes", {"status": status("Failed", minutes=1)}, NAMESPACE)
    admin.create(WORKFLOWS, workflow(NAMESPACE, "new"))
    admin.delete(WORKFLOWS, "vanishes", NAMESPACE)


def check_truth_in_an_outage(program: Program) -> None:
    """Check that it says what is the matter and goes on answering from what it knows."""
    reason = program.wait_unready("degraded")
    assert "workflows.argoproj.io" in reason
    numbers = program.metrics()
    assert (numbers.of_informer("synced"), numbers.of_informer("state", state="degraded")) == (0, 1)
    assert numbers.of_informer("objects") == UNTOUCHED + 2
    assert program.lookup("w7", NAMESPACE).code == 200
    assert program.get("/livez").code == 200


def check_truth_afterwards(program: Program, plane: ControlPlane) -> None:
    """Check that it follows the API server again and knows the same."""
    numbers = program.metrics()
    assert (numbers.of_informer("synced"), numbers.of_informer("state", state="live")) == (1, 1)
    assert phases(numbers, NAMESPACE) == {"Succeeded": UNTOUCHED, "Failed": 1, "Unset": 1}
    for name in ("w7", "changes", "new"):
        assert program.lookup(name, NAMESPACE).body == plane.admin.read(WORKFLOWS, name, NAMESPACE)
    assert program.lookup("vanishes", NAMESPACE).code == 404


def test_what_changed_in_an_outage_is_counted_once(plane: ControlPlane, start_program: StartProgram) -> None:
    program = start_program(plane.kubeconfig()).wait_live()
    plane.kill_apiserver()
    check_truth_in_an_outage(program)
    program.send(SIGSTOP)  # so that the changes surely happen while it does not look
    plane.start_apiserver()
    change(plane.admin)
    program.send(SIGCONT)
    program.wait_live()
    seen = program.wait_events(1, "deleted")
    assert counted(seen, NAMESPACE) == CHANGED
    check_truth_afterwards(program, plane)


def test_when_the_history_is_gone_too_everything_is_listed_and_only_what_changed_counts(
    plane: ControlPlane, start_program: StartProgram
) -> None:
    program = start_program(plane.kubeconfig()).wait_live()
    plane.kill_apiserver()
    check_truth_in_an_outage(program)
    program.send(SIGSTOP)
    plane.start_apiserver()
    change(plane.admin)
    plane.compact()
    plane.kill_apiserver()
    plane.start_apiserver()
    program.send(SIGCONT)
    program.wait_live()
    seen = program.wait_events(1, "deleted")
    assert counted(seen, NAMESPACE) == CHANGED
    assert seen.of_informer("lists_total", reason="expired") == 1
    events = {event: seen.of_informer("events_total", event=event) for event in ("added", "modified", "deleted")}
    assert events == {"added": UNTOUCHED + 3, "modified": 1, "deleted": 1}
    check_truth_afterwards(program, plane)


def test_a_program_that_starts_in_an_outage_waits_for_its_end(plane: ControlPlane, start_program: StartProgram) -> None:
    plane.kill_apiserver()
    program = start_program(plane.kubeconfig())
    program.wait_unready("degraded")
    assert program.lookup("w7", NAMESPACE).code == 503
    plane.start_apiserver()
    seen = program.wait_live().metrics()
    assert phases(seen, NAMESPACE) == {"Succeeded": UNTOUCHED, "Pending": 1, "Running": 1}
    assert counted(seen, NAMESPACE) == {}
