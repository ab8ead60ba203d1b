"""The official Python client reads the same from us as from a real API server."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote

import msgspec
import pytest
from kubernetes import client, dynamic
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic.exceptions import DynamicApiError

from tests.cluster.dialect.sameness import essence
from tests.cluster.dialect.sides import Both, Side, Told
from tests.cluster.dialect.things import EMPTY, FIRST, SECOND
from tests.controlplane.argo import WORKFLOWS

Parameters: TypeAlias = Mapping[str, Any]
KIND = (WORKFLOWS.group, WORKFLOWS.version)

DynamicClient: Any = dynamic.DynamicClient  # which has no types

LISTS: tuple[Parameters, ...] = (
    {},
    {"limit": 2},
    {"limit": 0},
    {"limit": -1},
    {"pretty": "true"},
    {"label_selector": "team=red"},
    {"label_selector": "team in (red,blue),kind!=even"},
    {"label_selector": ","},
    {"field_selector": "metadata.name=lines"},
    {"field_selector": "nonsense"},
    {"resource_version": "0"},
    {"resource_version": "1"},
    {"resource_version": "1", "resource_version_match": "NotOlderThan"},
    {"resource_version": "abc"},
    {"resource_version_match": "NotOlderThan"},
    {"resource_version": "1", "resource_version_match": "Nonsense"},
    {"timeout_seconds": 5},
    {"timeout_seconds": -1},
    {"allow_watch_bookmarks": True},
    {"watch": False},
    {"limit": 3, "label_selector": "team", "field_selector": "metadata.name!=lines"},
)
NAMES = (
    "lines",
    "unicode",
    "a.name.with-dots",
    "leaving",
    "many-labels",
    "bare",
    "never",
    "UPPER",
    "a b",
    "ünï",
    "a/b",
)


def called(call: Callable[[client.CustomObjectsApi], Any]) -> Callable[[Side], object]:
    """Give what a call of the client gave or raised, as it is compared."""

    def ask(side: Side) -> object:
        with side.client() as api_client:
            return outcome(lambda: call(client.CustomObjectsApi(api_client)))

    return ask


def outcome(call: Callable[[], Any]) -> object:
    try:
        return essence(Told(200, {"content-type": "application/json"}, msgspec.json.encode(call())))
    except (ApiException, DynamicApiError) as error:
        body = error.body.encode() if isinstance(error.body, str) else error.body
        headers = {name.lower(): value for name, value in (error.headers or {}).items()}
        return type(error), error.reason, essence(Told(error.status or 0, headers, body or b""))


@pytest.mark.parametrize("parameters", LISTS, ids=str)
@pytest.mark.parametrize("namespace", [FIRST, SECOND, EMPTY, "never"])
def test_a_namespace_is_listed_alike(both: Both, namespace: str, parameters: Parameters) -> None:
    both.compare(called(lambda api: api.list_namespaced_custom_object(*KIND, namespace, "workflows", **parameters)))


@pytest.mark.parametrize("parameters", LISTS, ids=str)
def test_all_namespaces_are_listed_alike(both: Both, parameters: Parameters) -> None:
    both.compare(called(lambda api: api.list_cluster_custom_object(*KIND, "workflows", **parameters)))
    both.compare(called(lambda api: api.list_custom_object_for_all_namespaces(*KIND, "workflows", **parameters)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("namespace", [FIRST, "never"])
def test_one_object_is_read_alike(both: Both, namespace: str, name: str) -> None:
    both.compare(called(lambda api: api.get_namespaced_custom_object(*KIND, namespace, "workflows", name)))


@pytest.mark.parametrize("kind", [(*KIND, "nonsense"), ("argoproj.io", "v9", "workflows"), ("x.io", "v1", "workflows")])
def test_unknown_kinds_are_refused_alike(both: Both, kind: tuple[str, str, str]) -> None:
    group, version, plural = kind
    both.compare(called(lambda api: api.list_namespaced_custom_object(group, version, FIRST, plural)))
    both.compare(called(lambda api: api.get_namespaced_custom_object(group, version, FIRST, plural, "lines")))


def test_pages_are_followed_to_the_same_end(both: Both) -> None:
    def names(side: Side) -> list[list[str]]:
        pages, token = [], ""
        with side.client() as api_client:
            api = client.CustomObjectsApi(api_client)
            while True:
                page: Any = api.list_cluster_custom_object(*KIND, "workflows", limit=4, _continue=token)
                pages.append([item["metadata"]["uid"] for item in page["items"]])
                token = page["metadata"]["continue"]
                if not token:
                    return pages

    both.compare(names)


def test_the_version_and_the_groups_are_read(both: Both) -> None:
    with both.ours.client() as api_client:
        version = client.VersionApi(api_client).get_code()
        groups = client.ApisApi(api_client).get_api_versions()
        core = client.CoreApi(api_client).get_api_versions()
        resources = client.CustomObjectsApi(api_client).get_api_resources(*KIND)
    assert (version.major, version.minor) == ("1", "36")
    assert [group.name for group in groups.groups] == ["argoproj.io"]
    assert core.versions == ["v1"]
    kinds = ["workflows", "cronworkflows", "workflowtemplates", "clusterworkflowtemplates"]
    assert [resource.name for resource in resources.resources] == kinds


@pytest.mark.parametrize("parameters", LISTS, ids=str)
def test_the_dynamic_client_finds_and_lists_the_kind(both: Both, parameters: Parameters) -> None:
    both.compare(found(lambda kind: kind.get(namespace=FIRST, **parameters)))


@pytest.mark.parametrize("name", ["lines", "never", quote("a b")])
def test_the_dynamic_client_reads_one_object(both: Both, name: str) -> None:
    both.compare(found(lambda kind: kind.get(namespace=FIRST, name=name)))


@pytest.mark.parametrize(
    "naming", [{"kind": "Workflow"}, {"short_names": ["wf"]}, {"singular_name": "workflow"}], ids=str
)
def test_the_dynamic_client_finds_the_kind_by_its_other_names(both: Both, naming: Parameters) -> None:
    both.compare(found(lambda kind: kind.get(namespace=SECOND), **naming))


def found(call: Callable[[Any], Any], **naming: Any) -> Callable[[Side], object]:
    """Give what a call about workflows gave, once the dynamic client has discovered them."""

    def ask(side: Side) -> object:
        with side.client() as api_client:
            finder = DynamicClient(api_client, cache_file=str(side.home / "discovery.json"))
            kind = finder.resources.get(api_version=WORKFLOWS.api_version, **(naming or {"kind": "Workflow"}))
            return outcome(lambda: call(kind).to_dict())

    return ask


def test_what_would_write_is_refused(both: Both) -> None:
    with both.ours.client() as api_client, pytest.raises(ApiException) as caught:
        client.CustomObjectsApi(api_client).delete_namespaced_custom_object(*KIND, FIRST, "workflows", "lines")
    assert (caught.value.status, "MethodNotAllowed" in str(caught.value.body)) == (405, True)


def test_watching_is_refused(both: Both) -> None:
    with both.ours.client() as api_client, pytest.raises(ApiException) as caught:
        client.CustomObjectsApi(api_client).list_cluster_custom_object(*KIND, "workflows", watch=True)
    assert caught.value.status == 405
