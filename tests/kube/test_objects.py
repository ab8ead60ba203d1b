"""Names of resources and objects, and the order of versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kube.objects import Key, ManagedField, Meta, Resource, is_older, key_of, split_key

names = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?", fullmatch=True)
WORKFLOWS = Resource("argoproj.io", "v1alpha1", "workflows", "Workflow")
PODS = Resource("", "v1", "pods", "Pod")


@given(st.integers(0), st.integers(0))
def test_versions_are_ordered_as_the_numbers_they_are(one: int, other: int) -> None:
    assert is_older(str(one), str(other)) == (one < other)


@given(st.just("") | names, names)
def test_a_key_comes_apart_as_it_was_made(namespace: str, name: str) -> None:
    assert split_key(key_of(namespace, name)) == (namespace, name)


def test_the_key_of_an_object_is_its_namespace_and_name() -> None:
    assert Meta(name="n", namespace="ns").key == "ns/n"
    assert Meta(name="n").key == "n"
    assert split_key(Key("n")) == ("", "n")


@pytest.mark.parametrize(
    ("meta", "written"),
    [
        (Meta(), ""),
        (Meta(creation_timestamp="2026-01-01T00:00:00Z"), "2026-01-01T00:00:00Z"),
        (
            Meta(creation_timestamp="2026-01-01T00:00:00Z", deletion_timestamp="2026-01-02T00:00:00Z"),
            "2026-01-02T00:00:00Z",
        ),
        (
            Meta(
                creation_timestamp="2026-01-01T00:00:00Z",
                managed_fields=[
                    ManagedField("2026-01-03T00:00:00Z"),
                    ManagedField(),
                    ManagedField("2026-01-02T00:00:00Z"),
                ],
            ),
            "2026-01-03T00:00:00Z",
        ),
        (
            Meta(creation_timestamp="2026-01-01T00:00:00Z", deletion_timestamp="2026-01-02T00:00:00+02:00"),
            "2026-01-01T00:00:00Z",
        ),
        (Meta(creation_timestamp="yesterday"), ""),
    ],
    ids=["nothing", "created", "deleted", "managed", "another zone", "no time"],
)
def test_an_object_was_written_at_the_newest_time_the_server_left_in_it(meta: Meta, written: str) -> None:
    assert meta.written == written


@pytest.mark.parametrize(
    ("resource", "namespace", "name", "path"),
    [
        (WORKFLOWS, None, None, "/apis/argoproj.io/v1alpha1/workflows"),
        (WORKFLOWS, "ns", None, "/apis/argoproj.io/v1alpha1/namespaces/ns/workflows"),
        (WORKFLOWS, "ns", "n", "/apis/argoproj.io/v1alpha1/namespaces/ns/workflows/n"),
        (PODS, None, None, "/api/v1/pods"),
        (PODS, "ns", "n", "/api/v1/namespaces/ns/pods/n"),
    ],
)
def test_paths_are_those_of_an_api_server(
    resource: Resource, namespace: str | None, name: str | None, path: str
) -> None:
    assert resource.path(namespace, name) == path


def test_a_resource_is_called_as_people_write_it() -> None:
    assert (WORKFLOWS.name, WORKFLOWS.api_version) == ("workflows.argoproj.io", "argoproj.io/v1alpha1")
    assert (PODS.name, PODS.api_version) == ("pods", "v1")
