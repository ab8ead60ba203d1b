"""Five thousand realistic workflows: read once, counted right, kept small, and never asked for again."""

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import NamedTuple

import msgspec
import pytest

from benchmarks.fleet import Fleet, postable
from tests.cluster import workflows
from tests.cluster.conftest import StartProgram
from tests.cluster.program import Numbers, Program
from tests.cluster.workflows import COMPLETIONS, FINAL, RETRIES, TRANSITIONS, UPDATES, phase_of, status
from tests.controlplane import accounts, argo
from tests.controlplane.admin import NOT_FOUND, PAGE, UNAVAILABLE, Object
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.binaries import Binaries
from tests.controlplane.plane import ControlPlane

OBJECTS, NAMESPACES = 5_000, 50
RESIDENT_LIMIT = 100_000_000
CONNECTIONS = 16
ROUNDS = 4
"""How often each workflow is changed: 20,000 updates in all."""

OK = 200


class Workflow(NamedTuple):
    """As much of a workflow as its place in the counts needs."""

    namespace: str
    name: str
    phase: str


@pytest.fixture(scope="module")
def fleet(control_plane_binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane of this file's own, full of workflows."""
    with pytest.MonkeyPatch.context() as environment, ExitStack() as running:
        environment.setenv("GOGC", "400")  # memory for speed: the API server is the slowest in these tests
        plane = running.enter_context(ControlPlane(control_plane_binaries, tmp_path_factory.mktemp("fleet")))
        argo.install(plane.admin)
        fleet = Fleet(workflows=OBJECTS, namespaces=NAMESPACES, diverse=True)
        for namespace in fleet.namespaces:
            accounts.create_namespace(plane.admin, namespace)
        plane.admin.create_many(WORKFLOWS, map(postable, fleet), CONNECTIONS)
        yield plane


@pytest.fixture(scope="module")
def listed(fleet: ControlPlane) -> list[Workflow]:
    """What the API server lists."""
    return [
        Workflow(thing["metadata"]["namespace"], thing["metadata"]["name"], phase_of(thing))
        for thing in fleet.admin.list_all(WORKFLOWS)
    ]


def test_it_is_read_once_counted_right_and_then_only_followed(
    fleet: ControlPlane, listed: list[Workflow], start_program: StartProgram
) -> None:
    before = fleet.request_counts().finished
    program = start_program(fleet.kubeconfig()).wait_live()
    first = program.metrics()
    assert first.of_informer("objects") == OBJECTS
    assert len(first.by("namespace", "argowf_workflows")) == NAMESPACES
    assert phases(first, listed) == Counter((one.namespace, one.phase) for one in listed)
    assert asked_since(before, fleet) == ({"LIST": OBJECTS // PAGE}, {"WATCH": 1})
    assert program.resident_bytes <= RESIDENT_LIMIT

    change_everything(fleet, listed)
    last = program.wait_events(OBJECTS * ROUNDS, "modified")
    assert counted(last, listed) == model(listed)
    assert phases(last, listed) == Counter((one.namespace, "Succeeded") for one in listed)
    assert last.sum("informer_events_total") == OBJECTS * (ROUNDS + 1)
    assert program.resident_bytes <= RESIDENT_LIMIT

    look_up(program, listed)
    assert asked_since(before, fleet) == (
        {"LIST": OBJECTS // PAGE, "PATCH": OBJECTS * ROUNDS},
        {"WATCH": 1},
    )


def test_it_ends_at_once_in_the_middle_of_its_first_list(fleet: ControlPlane, start_program: StartProgram) -> None:
    program = start_program(fleet.kubeconfig(), "--list.page-size=5")
    program.wait_unready("objects to come")
    assert program.get(WORKFLOWS.path("any", "thing")).code == UNAVAILABLE
    assert program.end() == 0


def phases(numbers: Numbers, listed: list[Workflow]) -> dict[tuple[str, str], float]:
    return {
        (namespace, phase): number
        for namespace in {one.namespace for one in listed}
        for phase, number in workflows.phases(numbers, namespace).items()
    }


def asked_since(before: Mapping[str, int], fleet: ControlPlane) -> tuple[dict[str, int], dict[str, int]]:
    """Give what the API server says was asked of it since then, and what it is still answering."""
    now = fleet.request_counts()
    return dict(Counter(now.finished) - Counter(before)), dict(now.open)


def change_everything(fleet: ControlPlane, listed: list[Workflow]) -> None:
    """Change each workflow four times, in order, and many workflows at a time."""
    with ThreadPoolExecutor(CONNECTIONS) as workers:
        for done in [workers.submit(live_again, fleet, one) for one in listed]:
            done.result()


def live_again(fleet: ControlPlane, one: Workflow) -> None:
    changes: tuple[Object, ...] = (
        # An API server that tracks who owns which field takes twice as long for a change; this ends the tracking.
        {"metadata": {"managedFields": [{}], "annotations": {"round": "1"}}},
        {"metadata": {"labels": {"round": "2"}}},
        {"metadata": {"labels": {"round": "3"}}, "status": status("Running")},
        {"metadata": {"labels": {"round": "4"}}, "status": status("Succeeded", minutes=1)},
    )
    for change in changes:
        fleet.admin.patch(WORKFLOWS, one.name, change, one.namespace)


def model(listed: list[Workflow]) -> Counter[tuple[str, str]]:
    """Give what those changes amount to, by namespace and counter."""
    expected: Counter[tuple[str, str]] = Counter()
    for one in listed:
        expected[one.namespace, UPDATES] += ROUNDS
        expected[one.namespace, COMPLETIONS] += 1
        expected[one.namespace, TRANSITIONS] += 1 if one.phase == "Running" else 2
        expected[one.namespace, RETRIES] += one.phase in FINAL
    return +expected


def counted(numbers: Numbers, listed: list[Workflow]) -> dict[tuple[str, str], float]:
    """Give what every counter of the workflows shows."""
    return {
        (namespace, counter): number
        for namespace in {one.namespace for one in listed}
        for counter, number in workflows.counted(numbers, namespace).items()
    }


def look_up(program: Program, listed: list[Workflow]) -> None:
    keys = [{"key": f"{one.namespace}/{one.name}"} for one in listed[::50]]
    answer = program.post("/lookup/workflows", {"workflows": keys})
    assert len(msgspec.json.decode(answer.body)["items"]) == len(keys)
    for one in listed[::50]:
        assert program.lookup(one.name, one.namespace).code == OK
        assert program.lookup(f"not-{one.name}", one.namespace).code == NOT_FOUND
    program.metrics()
