"""The official Python client finds in the simulator what it finds in an API server."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client, dynamic, watch
from kubernetes.client.exceptions import ApiException

from tests.simulator import rig
from tests.simulator.rig import NAMESPACE, Rig, workflow

ARGO = ("argoproj.io", "v1alpha1")
PLACE = (*ARGO, NAMESPACE, "workflows")


@pytest.fixture
def simulated() -> Iterator[Rig]:
    with rig.running() as running:
        yield running


@pytest.fixture
def api(simulated: Rig) -> Iterator[client.ApiClient]:
    configuration = client.Configuration(host=simulated.url)
    configuration.retries = False
    with client.ApiClient(configuration) as found:
        yield found


def names(listed: dict[str, Any]) -> list[str]:
    return [item["metadata"]["name"] for item in listed["items"]]


def test_an_object_is_created_changed_and_deleted(api: client.ApiClient) -> None:
    objects: Any = client.CustomObjectsApi(api)
    made = objects.create_namespaced_custom_object(*PLACE, workflow("a"))
    assert made["metadata"]["generation"] == 1
    made["status"]["phase"] = "Failed"
    replaced = objects.replace_namespaced_custom_object(*PLACE, "a", made)
    assert (replaced["status"]["phase"], replaced["metadata"]["generation"]) == ("Failed", 2)
    with pytest.raises(ApiException) as stale:
        objects.replace_namespaced_custom_object(*PLACE, "a", {**made, "spec": {}})
    assert stale.value.status == 409
    objects.patch_namespaced_custom_object(*PLACE, "a", {"metadata": {"labels": {"team": "x"}}})
    assert names(objects.list_namespaced_custom_object(*PLACE, label_selector="team=x")) == ["a"]
    assert objects.delete_namespaced_custom_object(*PLACE, "a")["status"] == "Success"
    with pytest.raises(ApiException) as gone:
        objects.get_namespaced_custom_object(*PLACE, "a")
    assert gone.value.status == 404


def test_pages_are_complete(simulated: Rig, api: client.ApiClient) -> None:
    for number in range(7):
        simulated.put(workflow(f"w-{number}"))
    objects: Any = client.CustomObjectsApi(api)
    found, token = list[str](), ""
    while True:
        page = objects.list_cluster_custom_object(*ARGO, "workflows", limit=3, _continue=token)
        found += names(page)
        token = page["metadata"].get("continue", "")
        if not token:
            break
    assert found == [f"w-{number}" for number in range(7)]


def test_a_watch_tells_every_change(simulated: Rig, api: client.ApiClient) -> None:
    simulated.put(workflow("a"))
    objects: Any = client.CustomObjectsApi(api)
    version = objects.list_namespaced_custom_object(*PLACE)["metadata"]["resourceVersion"]
    later = threading.Timer(0.0, lambda: [simulated.put(workflow("a", "Failed")), simulated.put(workflow("b"))])
    later.start()
    told = list[tuple[str, str]]()
    watching: Any = watch.Watch()  # type: ignore[no-untyped-call]
    for event in watching.stream(
        objects.list_namespaced_custom_object, *PLACE, resource_version=version, timeout_seconds=10
    ):
        told.append((event["type"], event["object"]["metadata"]["name"]))
        if len(told) == 2:
            watching.stop()
    later.join()
    assert told == [("MODIFIED", "a"), ("ADDED", "b")]


def test_a_collection_is_deleted_by_selector(simulated: Rig, api: client.ApiClient) -> None:
    for name, team in (("a", "x"), ("b", "y"), ("c", "x")):
        simulated.put(workflow(name, team=team))
    objects: Any = client.CustomObjectsApi(api)
    objects.delete_collection_namespaced_custom_object(*PLACE, label_selector="team=x")
    assert names(objects.list_namespaced_custom_object(*PLACE)) == ["b"]


def test_namespaces_are_created_and_deleted(api: client.ApiClient) -> None:
    core: Any = client.CoreV1Api(api)
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name="blue")))
    assert core.read_namespace("blue").status.phase == "Active"
    assert {found.metadata.name for found in core.list_namespace().items} >= {"blue", "default"}
    core.delete_namespace("blue")
    with pytest.raises(ApiException) as refused:
        core.delete_namespace("default")
    assert refused.value.status == 403


def test_the_dynamic_client_discovers_the_kinds(simulated: Rig, api: client.ApiClient) -> None:
    simulated.put(workflow("a"))
    discovered: Any = dynamic.DynamicClient(api)  # type: ignore[no-untyped-call]
    found = discovered.resources.get(api_version="argoproj.io/v1alpha1", kind="Workflow")
    assert (found.name, found.namespaced, found.short_names) == ("workflows", True, ["wf"])
    assert [item.metadata.name for item in found.get(namespace=NAMESPACE).items] == ["a"]
