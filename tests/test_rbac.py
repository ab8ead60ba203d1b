"""The rights that are printed, for each choice that changes them."""

from typing import Any

import pytest
import yaml

from exporter import cli, config, rbac

ARGO = {"apiGroups": ["argoproj.io"], "verbs": ["list", "watch"]}
EVERY = ["workflows", "cronworkflows", "workflowtemplates", "clusterworkflowtemplates"]


def rights(*flags: str) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    """The rules by kind, namespace and name of their role, each of which must be bound to the account."""
    given = {flag.partition("=")[0]: [flag.partition("=")[2]] for flag in flags}
    documents = rbac.documents(config.load(given, {}))
    found = {}
    for role, binding in zip(documents[::2], documents[1::2], strict=True):
        metadata = role["metadata"]
        assert binding["metadata"] == metadata
        assert binding["kind"] == f"{role['kind']}Binding"
        assert binding["roleRef"] == {"apiGroup": rbac.GROUP, "kind": role["kind"], "name": metadata["name"]}
        account = {"kind": "ServiceAccount", "name": rbac.NAME, "namespace": rbac.NAME}
        assert binding["subjects"] == [account]
        found[role["kind"], metadata.get("namespace", ""), metadata["name"]] = role["rules"]
    return found


def test_by_default_everything_that_is_watched_may_be_listed_and_watched_everywhere() -> None:
    assert rights() == {("ClusterRole", "", "informer-exporter"): [{**ARGO, "resources": EVERY}]}


def test_what_is_not_watched_needs_no_right() -> None:
    flags = [f"collector.{kind}=false" for kind in EVERY[1:]]
    assert rights(*flags) == {("ClusterRole", "", "informer-exporter"): [{**ARGO, "resources": ["workflows"]}]}


def test_in_chosen_namespaces_only_what_is_in_no_namespace_needs_a_right_for_the_cluster() -> None:
    assert rights("namespaces=a,b") == {
        ("Role", "a", "informer-exporter"): [{**ARGO, "resources": EVERY[:3]}],
        ("Role", "b", "informer-exporter"): [{**ARGO, "resources": EVERY[:3]}],
        ("ClusterRole", "", "informer-exporter"): [{**ARGO, "resources": EVERY[3:]}],
    }
    assert set(rights("namespaces=a", "collector.clusterworkflowtemplates=false")) == {
        ("Role", "a", "informer-exporter")
    }


def test_the_auth_filter_may_create_both_reviews_and_nothing_else() -> None:
    rules = rights("auth-filter=true")["ClusterRole", "", "informer-exporter-auth-filter"]
    assert rules == [
        {"apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"]},
        {"apiGroups": ["authorization.k8s.io"], "resources": ["subjectaccessreviews"], "verbs": ["create"]},
    ]


def test_the_command_prints_what_kubectl_applies(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rbac", "--namespaces=a", "--auth-filter"]) == 0
    settings = config.load({"namespaces": ["a"], "auth-filter": ["true"]}, {})
    assert list(yaml.safe_load_all(capsys.readouterr().out)) == rbac.documents(settings)


def test_settings_that_are_wrong_have_no_rights(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rbac", "--namespaces=A_B"]) == 2
    assert capsys.readouterr().out == ""
