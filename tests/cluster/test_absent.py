"""A cluster without Argo, one that gets it, one that loses it."""

from tests.cluster.conftest import StartProgram
from tests.cluster.program import Program
from tests.cluster.workflows import phases, workflow
from tests.conftest import StartControlPlane
from tests.controlplane import accounts, argo
from tests.controlplane.argo import WORKFLOWS

NAMESPACE = "argo"


def wait_state(program: Program, state: str) -> None:
    program.wait_number(1, "informer_state", resource=WORKFLOWS.name, state=state)


def test_a_kind_may_come_and_go_and_come_again(
    start_control_plane: StartControlPlane, start_program: StartProgram
) -> None:
    plane = start_control_plane()
    accounts.create_namespace(plane.admin, NAMESPACE)
    argo.remove(plane.admin, [WORKFLOWS])

    program = start_program(plane.kubeconfig())
    wait_state(program, "absent")
    assert program.readiness()[0] == 200
    assert program.metrics().of_informer("objects") == 0
    assert program.lookup("hello", NAMESPACE).code == 404

    for _ in range(2):
        argo.install(plane.admin, [WORKFLOWS])
        wait_state(program, "live")
        plane.admin.create(WORKFLOWS, workflow(NAMESPACE, phase="Running"))
        seen = program.wait_number(1, "informer_objects", resource=WORKFLOWS.name)
        assert phases(seen, NAMESPACE) == {"Running": 1}
        assert program.lookup("hello", NAMESPACE).body == plane.admin.read(WORKFLOWS, "hello", NAMESPACE)

        argo.remove(plane.admin, [WORKFLOWS])
        wait_state(program, "absent")
        assert phases(program.metrics(), NAMESPACE) == {}
        assert program.lookup("hello", NAMESPACE).code == 404
        assert program.readiness()[0] == 200
