"""What happens to a workflow on a real API server is seen on /metrics, and counted once."""

from tests.cluster.conftest import StartProgram
from tests.cluster.workflows import (
    COMPLETIONS,
    CREATIONS,
    DELETIONS,
    RETRIES,
    TEMPLATE,
    TRANSITIONS,
    UPDATES,
    counted,
    phases,
    status,
    workflow,
)
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.cluster import Cluster


def test_a_workflow_is_followed_from_its_creation_over_a_retry_to_its_deletion(
    control_plane: Cluster, namespace: str, start_program: StartProgram
) -> None:
    admin = control_plane.admin
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}").wait_live()
    assert phases(program.metrics(), namespace) == {}

    admin.create(WORKFLOWS, workflow(namespace))
    seen = program.wait_events(1, "added")
    assert (phases(seen, namespace), counted(seen, namespace)) == ({"Unset": 1}, {CREATIONS: 1})

    lived = [status("Pending"), status("Running"), status("Failed")]
    # argo retry: no phase, a new beginning; only the label is still what it was.
    retried = [status(""), status("Running"), status("Succeeded", minutes=1)]
    for place, step in enumerate([*lived, *retried], start=1):
        admin.patch(WORKFLOWS, "hello", {"status": step}, namespace)
        seen = program.wait_events(place, "modified")
        assert phases(seen, namespace) == {step["phase"] or "Unset": 1}
    assert counted(seen, namespace) == {
        CREATIONS: 1,
        COMPLETIONS: 2,
        TRANSITIONS: 6,
        RETRIES: 1,
        UPDATES: 6,
    }

    admin.delete(WORKFLOWS, "hello", namespace)
    seen = program.wait_events(1, "deleted")
    assert phases(seen, namespace) == {}
    assert counted(seen, namespace)[DELETIONS] == 1
    assert seen.get(DELETIONS, namespace=namespace, phase="Succeeded", archived="false") == 1
    assert program.lookup("hello", namespace).code == 404


def test_each_counter_says_what_it_counted(control_plane: Cluster, namespace: str, start_program: StartProgram) -> None:
    admin = control_plane.admin
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}").wait_live()
    admin.create(WORKFLOWS, workflow(namespace, phase="Running"))
    admin.patch(WORKFLOWS, "hello", {"status": status("Failed")}, namespace)
    seen = program.wait_events(1, "modified")
    group = {"template_kind": "WorkflowTemplate", "template_name": TEMPLATE, "cron_workflow": ""}
    line = {"namespace": namespace}
    assert seen.get(CREATIONS, **line, **group) == 1
    assert seen.get(COMPLETIONS, **line, **group, phase="Failed") == 1
    assert seen.get(COMPLETIONS, **line, **group, phase="Succeeded") == 0
    assert seen.get(TRANSITIONS, **line, from_phase="Running", to_phase="Failed") == 1


def test_what_was_there_before_the_start_is_counted_by_gauges_alone(
    control_plane: Cluster, namespace: str, start_program: StartProgram
) -> None:
    there = ["", "Running", "Failed", "Succeeded", "Succeeded"]
    control_plane.admin.create_many(
        WORKFLOWS, (workflow(namespace, f"w{place}", phase) for place, phase in enumerate(there))
    )
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}").wait_live()
    seen = program.metrics()
    assert phases(seen, namespace) == {"Unset": 1, "Running": 1, "Failed": 1, "Succeeded": 2}
    assert counted(seen, namespace) == {}
    assert seen.get(UPDATES, namespace=namespace) == 0


def test_a_name_that_is_used_again_is_another_workflow(
    control_plane: Cluster, namespace: str, start_program: StartProgram
) -> None:
    admin = control_plane.admin
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}").wait_live()
    admin.create(WORKFLOWS, workflow(namespace, phase="Running"))
    admin.delete(WORKFLOWS, "hello", namespace)
    admin.create(WORKFLOWS, workflow(namespace, phase="Pending"))
    seen = program.wait_events(2, "added")
    assert phases(seen, namespace) == {"Pending": 1}
    assert counted(seen, namespace) == {CREATIONS: 2, DELETIONS: 1, COMPLETIONS: 1}
    assert seen.sum(COMPLETIONS, namespace=namespace, phase="Unobserved") == 1
