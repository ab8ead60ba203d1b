"""Resources, namespaces and options as a program writes them: read, or refused before anybody is asked."""

import re
from typing import Any

import pytest

from exporter.kube.selector import BadSelector
from exporter.library import (
    resource,
)
from tests.informer.cluster import filled
from tests.informer.virtual import now, virtual
from tests.library.programs import THINGS, library


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("v1/pods", "/api/v1/pods"),
        ("apps/v1/deployments", "/apis/apps/v1/deployments"),
        ("argoproj.io/v1alpha1/workflows", "/apis/argoproj.io/v1alpha1/workflows"),
        ("metrics.k8s.io/v1beta1/pods", "/apis/metrics.k8s.io/v1beta1/pods"),
    ],
)
def test_a_resource_is_named_by_group_version_and_plural(text: str, path: str) -> None:
    assert resource(text).path() == path


@pytest.mark.parametrize(
    "text", ["", "pods", "v1", "v1/", "/v1/pods", "v1/Pods", "v1/pods/status", "apps/deployments", "v1/pods?watch=1"]
)
def test_what_names_no_resource_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"names no resource: .* v1/pods, apps/v1/deployments"):
        resource(text)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"namespaces": "Kube"}, "'Kube' cannot be a namespace"),
        ({"namespaces": ["ok", "a/b"]}, "'a/b' cannot be a namespace"),
        ({"namespaces": [""]}, "'' cannot be a namespace"),
        ({"label_selector": "a in"}, "character 5"),
        ({"indexes": {"namespace": len}}, "'namespace' is always there"),
    ],
)
@virtual
async def test_options_that_cannot_be_meant_are_refused_before_anybody_is_asked(
    options: dict[str, Any], complaint: str
) -> None:
    cluster = filled()
    with pytest.raises(ValueError, match=complaint):
        library(cluster).informer(THINGS, **options)
    assert cluster.requests == []


@pytest.mark.parametrize("version", ["", "abc", "1e9", "-5", "0", "007", " 12", "12\n", "١٢", "1" * 8 + "x", None, 12])
@virtual
async def test_what_is_no_version_is_refused_before_anybody_waits(version: Any) -> None:
    async with library(filled()).informer(THINGS) as watched:
        with pytest.raises(ValueError, match=f"{re.escape(repr(version))} is no resourceVersion"):
            await watched.wait_version(version, timeout=30)
        assert (now(), watched.synced) == (0, False)


def test_a_bad_selector_is_an_error_of_its_own_that_is_a_value_error() -> None:
    assert issubclass(BadSelector, ValueError)
