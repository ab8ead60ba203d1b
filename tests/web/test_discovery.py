"""The documents that tell what can be asked for."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiohttp.web import BaseRequest, Response, StreamResponse

from exporter.kube.objects import Resource
from exporter.web.address import Address
from exporter.web.answers import Refused, text
from exporter.web.discovery import Discovery
from exporter.web.exchange import finish, path_of
from exporter.web.server import Server
from exporter.web.sources import Offered
from tests.web.fakes import WORKFLOWS, Client, Reply

TEMPLATES = Resource("argoproj.io", "v1alpha1", "clusterworkflowtemplates", "ClusterWorkflowTemplate", namespaced=False)
ARGO = (
    Offered(WORKFLOWS, "workflow", ("wf",), ("all", "argo")),
    Offered(TEMPLATES, "clusterworkflowtemplate"),
)
PODS = Offered(Resource("", "v1", "pods", "Pod"), "pod", ("po",))
JOBS = Offered(Resource("batch", "v1", "jobs", "Job"), "job")
OLD_JOBS = Offered(Resource("batch", "v1beta1", "jobs", "Job"), "job")

NEWEST = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
OLDER = NEWEST.replace("v=v2", "v=v2beta1")
NONE_SUCH = NEWEST.replace("v=v2", "v=v9")

WORKFLOW_ENTRY = {
    "name": "workflows",
    "singularName": "workflow",
    "namespaced": True,
    "kind": "Workflow",
    "verbs": ["get", "list"],
    "shortNames": ["wf"],
    "categories": ["all", "argo"],
}


class Site:
    """Serves discovery alone."""

    def __init__(self, discovery: Discovery) -> None:
        self.discovery = discovery

    async def __call__(self, request: BaseRequest) -> StreamResponse:
        try:
            response = await self.discovery.answer(request)
        except Refused as refused:
            response = refused.status()
        except KeyError:
            response = text(404, f"not one of its paths: {path_of(request)}\n")
        await finish(request, response)
        return response

    def refuse(self, code: int, reason: str) -> Response:
        return text(code, reason)

    def turn_away(self) -> None:
        """Nobody is turned away here."""


@asynccontextmanager
async def offering(served: Sequence[Offered]) -> AsyncIterator[Client]:
    server = Server(Site(Discovery(served)))
    await server.start([Address("127.0.0.1", 0)])
    try:
        yield Client(server.addresses[0])
    finally:
        await server.stop(5)


async def ask(path: str, served: Sequence[Offered] = ARGO, **headers: str) -> Reply:
    async with offering(served) as client:
        return await client.ask("GET", path, b"", **headers)


async def document(path: str, served: Sequence[Offered] = ARGO, **headers: str) -> dict[str, Any]:
    reply = await ask(path, served, **headers)
    assert reply.code == 200
    found: dict[str, Any] = msgspec.json.decode(reply.body)
    return found


async def test_a_group_names_its_versions() -> None:
    version = {"groupVersion": "argoproj.io/v1alpha1", "version": "v1alpha1"}
    assert await document("/apis/argoproj.io") == {
        "kind": "APIGroup",
        "apiVersion": "v1",
        "name": "argoproj.io",
        "versions": [version],
        "preferredVersion": version,
    }


async def test_a_version_lists_its_resources_with_all_their_names() -> None:
    found = await document("/apis/argoproj.io/v1alpha1")
    assert (found["kind"], found["apiVersion"]) == ("APIResourceList", "v1")
    assert found["groupVersion"] == "argoproj.io/v1alpha1"
    workflows, templates = found["resources"]
    assert workflows == WORKFLOW_ENTRY
    assert templates == {
        "name": "clusterworkflowtemplates",
        "singularName": "clusterworkflowtemplate",
        "namespaced": False,
        "kind": "ClusterWorkflowTemplate",
        "verbs": ["get", "list"],
    }


async def test_the_groups_are_those_in_the_cache() -> None:
    found = await document("/apis", (*ARGO, PODS, JOBS))
    assert (found["kind"], found["apiVersion"]) == ("APIGroupList", "v1")
    assert [group["name"] for group in found["groups"]] == ["argoproj.io", "batch"]


async def test_the_first_version_of_a_group_is_the_preferred_one() -> None:
    group = await document("/apis/batch", (JOBS, OLD_JOBS))
    assert [version["version"] for version in group["versions"]] == ["v1", "v1beta1"]
    assert group["preferredVersion"] == {"groupVersion": "batch/v1", "version": "v1"}


async def test_the_core_group_is_there_even_when_nothing_of_it_is_served() -> None:
    assert await document("/api") == {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    assert await document("/api/v1") == {"kind": "APIResourceList", "groupVersion": "v1", "resources": []}
    aggregated = await document("/api", Accept=NEWEST)
    assert aggregated["items"] == [
        {"metadata": {}, "versions": [{"version": "v1", "resources": [], "freshness": "Current"}]}
    ]


async def test_a_resource_of_the_core_group_is_offered_there() -> None:
    found = await document("/api/v1", (PODS,))
    assert [resource["name"] for resource in found["resources"]] == ["pods"]
    assert (await document("/apis", (PODS,)))["groups"] == []
    aggregated = await document("/api", (PODS,), Accept=NEWEST)
    assert aggregated["items"][0]["versions"][0]["resources"][0]["responseKind"] == {
        "group": "",
        "version": "v1",
        "kind": "Pod",
    }


@pytest.mark.parametrize(("accept", "version"), [(NEWEST, "v2"), (OLDER, "v2beta1")])
async def test_all_groups_are_told_at_once_to_who_asks_for_that(accept: str, version: str) -> None:
    reply = await ask("/apis", Accept=f"{accept},application/json")
    assert (reply.headers["content-type"], reply.headers["vary"]) == (accept, "Accept")
    found = msgspec.json.decode(reply.body)
    assert (found["kind"], found["apiVersion"]) == ("APIGroupDiscoveryList", f"apidiscovery.k8s.io/{version}")
    (group,) = found["items"]
    assert group["metadata"] == {"name": "argoproj.io"}
    (told,) = group["versions"]
    assert (told["version"], told["freshness"]) == ("v1alpha1", "Current")
    workflows, templates = told["resources"]
    assert workflows == {
        "resource": "workflows",
        "responseKind": {"group": "argoproj.io", "version": "v1alpha1", "kind": "Workflow"},
        "scope": "Namespaced",
        "singularResource": "workflow",
        "verbs": ["get", "list"],
        "shortNames": ["wf"],
        "categories": ["all", "argo"],
    }
    assert (templates["scope"], "shortNames" in templates) == ("Cluster", False)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "application/json"),
        ("application/json, */*", "application/json"),
        ("text/html, */*;q=0.1", "application/json"),
        ("application/json;q=0.9, application/json;pretty=1", "application/json"),
        (f"{NONE_SUCH}, application/json", "application/json"),
        ("application/json;as=Table;g=meta.k8s.io;v=v1, application/json", "application/json"),
        (f"{NEWEST}, {OLDER}, application/json", NEWEST),
        (f"{OLDER}, {NEWEST}", OLDER),
        (f"application/json, {NEWEST};q=0.4", NEWEST),
        (f"{NEWEST};profile=nopeer, application/json", NEWEST),
        ("*/*;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", NEWEST),
    ],
)
async def test_the_form_is_the_one_asked_for(accept: str, media: str) -> None:
    assert (await ask("/api", Accept=accept)).headers["content-type"] == media


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/api", "text/html"),
        ("/api", "application/vnd.kubernetes.protobuf"),
        ("/api", NONE_SUCH),
        ("/apis", "application/json;as=Table;g=meta.k8s.io;v=v1"),
        ("/apis/argoproj.io", NEWEST),
        ("/version", "application/yaml"),
    ],
)
async def test_who_takes_nothing_of_it_is_told_what_there_is(path: str, accept: str) -> None:
    reply = await ask(path, Accept=accept)
    assert (reply.code, reply.status["reason"]) == (406, "NotAcceptable")
    assert reply.status["message"] == "only the following media types are accepted: application/json"


async def test_the_aggregated_document_is_not_sent_again_to_who_has_it() -> None:
    async with offering(ARGO) as client:
        first = await client.ask("GET", "/apis", Accept=NEWEST)
        again = await client.ask("GET", "/apis", Accept=NEWEST, If_None_Match=first.headers["etag"])
        older = await client.ask("GET", "/apis", Accept=OLDER, If_None_Match=first.headers["etag"])
    assert (again.code, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert older.code == 200


async def test_the_version_is_one_that_clients_can_compare() -> None:
    found = await document("/version")
    assert (found["major"], found["minor"]) == ("1", "36")
    assert found["gitVersion"].startswith("v1.36.0+informer-exporter.")


@pytest.mark.parametrize("path", ["/version", "/api", "/api/v1", "/apis", "/apis/argoproj.io/v1alpha1"])
async def test_a_slash_at_the_end_changes_nothing(path: str) -> None:
    assert await document(f"{path}/") == await document(path)


async def test_every_path_that_is_answered_is_named() -> None:
    served = (*ARGO, PODS, JOBS, OLD_JOBS)
    assert {path for path in Discovery(served).paths if not path.endswith("/")} == {
        "/version",
        "/api",
        "/api/v1",
        "/apis",
        "/apis/argoproj.io",
        "/apis/argoproj.io/v1alpha1",
        "/apis/batch",
        "/apis/batch/v1",
        "/apis/batch/v1beta1",
    }
