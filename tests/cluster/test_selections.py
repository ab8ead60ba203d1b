"""Only what was chosen is watched: namespaces, labels."""

from tests.cluster.conftest import StartProgram
from tests.cluster.workflows import COMPLETIONS, DELETIONS, counted, phases, workflow
from tests.controlplane import accounts
from tests.controlplane.admin import Object
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.cluster import Cluster


def labelled(team: str) -> Object:
    return {"metadata": {"labels": {"team": team}}}


def test_an_object_that_leaves_the_selection_is_deleted_and_one_that_enters_is_added(
    control_plane: Cluster, namespace: str, start_program: StartProgram
) -> None:
    admin = control_plane.admin
    for name, team in (("ours", "a"), ("theirs", "b")):
        admin.create(WORKFLOWS, workflow(namespace, name, "Running", {"team": team}))
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}", "--label-selector=team=a")
    program.wait_live()
    assert phases(program.metrics(), namespace) == {"Running": 1}
    assert program.lookup("theirs", namespace).code == 404

    admin.patch(WORKFLOWS, "ours", labelled("b"), namespace)
    seen = program.wait_events(1, "deleted")
    assert phases(seen, namespace) == {}
    assert counted(seen, namespace) == {DELETIONS: 1, COMPLETIONS: 1}

    admin.patch(WORKFLOWS, "theirs", labelled("a"), namespace)
    seen = program.wait_events(2, "added")
    assert phases(seen, namespace) == {"Running": 1}
    assert program.lookup("theirs", namespace).code == 200


def test_each_namespace_chosen_has_a_list_and_a_watch_and_no_other_is_seen(
    control_plane: Cluster, namespace: str, start_program: StartProgram
) -> None:
    admin = control_plane.admin
    second, other = (accounts.create_namespace(admin, f"{namespace}-{name}") for name in ("second", "other"))
    for place in (namespace, second, other):
        admin.create(WORKFLOWS, workflow(place, phase="Running"))
    before = control_plane.request_counts().finished.get("LIST", 0)
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace},{second}").wait_live()
    assert control_plane.request_counts().finished["LIST"] == before + 2
    admin.create(WORKFLOWS, workflow(other, "late"))
    admin.create(WORKFLOWS, workflow(second, "late"))
    seen = program.wait_events(3, "added")
    assert seen.of_informer("watches_total") == 2
    assert seen.by("namespace", "argowf_workflows") == {namespace: 1, second: 2}
    assert program.lookup("late", second).code == 200
    assert program.lookup("late", other).code == 403
