"""Who writes to the API server and then reads from the cache, not older than that, sees what it wrote."""

from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Any

import msgspec
import pytest

from tests.cluster.conftest import StartProgram
from tests.cluster.program import Program
from tests.cluster.workflows import status, workflow
from tests.controlplane.admin import Admin
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.cluster import Cluster

WRITERS, ROUNDS = 4, 25
NOT_OLDER = "resourceVersionMatch=NotOlderThan&resourceVersion"


def list_of(program: Program, path: str, query: str) -> list[dict[str, Any]]:
    answer = program.get(f"{path}?{query}")
    assert answer.code == 200, answer.body
    items: list[dict[str, Any]] = msgspec.json.decode(answer.body)["items"]
    return items


def write_and_read(admin: Admin, program: Program, namespace: str, name: str) -> None:
    """Change a workflow of one's own again and again, and read it each time in another way."""
    thing = admin.create(WORKFLOWS, workflow(namespace, name))
    for place, phase in zip(range(ROUNDS), cycle(["Pending", "Running", "Failed"]), strict=False):
        version = thing["metadata"]["resourceVersion"]
        match place % 3:
            case 0:
                answer = program.get(f"{WORKFLOWS.path(namespace, name)}?resourceVersion={version}")
                seen = msgspec.json.decode(answer.body)
            case 1:
                query = f"fieldSelector=metadata.name%3D{name}&{NOT_OLDER}={version}"
                (seen,) = list_of(program, WORKFLOWS.path(), query)
            case _:
                found = list_of(program, WORKFLOWS.path(namespace), f"{NOT_OLDER}={version}")
                (seen,) = [item for item in found if item["metadata"]["name"] == name]
        assert seen == thing
        thing = admin.patch(WORKFLOWS, name, {"status": status(phase), "spec": {"round": place}}, namespace)


@pytest.mark.parametrize("everywhere", [True, False])
def test_every_write_is_seen_by_the_read_that_follows(
    control_plane: Cluster, namespace: str, start_program: StartProgram, everywhere: bool
) -> None:
    flags = [] if everywhere else [f"--namespaces={namespace}"]
    program = start_program(control_plane.kubeconfig(), *flags).wait_live()
    with ThreadPoolExecutor(WRITERS) as writers:
        for done in [
            writers.submit(write_and_read, control_plane.admin, program, namespace, f"{namespace}-{number}")
            for number in range(WRITERS)
        ]:
            done.result()
