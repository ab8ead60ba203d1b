"""The least rights with which the program works, as the API server takes them: for the settings, and no more."""

from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from exporter.chosen import kinds_of
from exporter.config import Settings
from exporter.kube.objects import Resource
from exporter.reviews.documents import RIGHTS, TOKENS

Object = dict[str, Any]

NAME = "informer-exporter"
"""Of the account, of its namespace, and of the roles."""
GROUP = "rbac.authorization.k8s.io"

_HEAD = """\
# The least rights for these settings, as `informer-exporter rbac` prints them: to list and to watch what is watched.
# They are given to the service account {name} in the namespace {name}.
"""


def documents(settings: Settings, namespace: str = NAME) -> list[Object]:
    """Give the roles and their bindings; ``namespace`` is that of the service account ``informer-exporter``."""
    resources = [kind.resource for kind in kinds_of(settings)]
    narrow = settings.namespaces
    found = []
    for one in narrow:
        found += _given(NAME, one, _rules([each for each in resources if each.namespaced]), namespace)
    wide = [each for each in resources if not (narrow and each.namespaced)]
    if wide:
        found += _given(NAME, None, _rules(wide), namespace)
    if settings.auth_filter:
        rules = [_rule(review, [review.plural], ["create"]) for review in (TOKENS, RIGHTS)]
        found += _given(f"{NAME}-auth-filter", None, rules, namespace)
    return found


def as_yaml(settings: Settings) -> str:
    """Give the same for ``kubectl apply``."""
    return _HEAD.format(name=NAME) + yaml.safe_dump_all(documents(settings), sort_keys=False, explicit_start=True)


def _rules(resources: Sequence[Resource]) -> list[Object]:
    groups = {each.group: each for each in resources}
    return [
        _rule(one, [each.plural for each in resources if each.group == group], ["list", "watch"])
        for group, one in groups.items()
    ]


def _rule(resource: Resource, plurals: Iterable[str], verbs: Iterable[str]) -> Object:
    return {"apiGroups": [resource.group], "resources": list(plurals), "verbs": list(verbs)}


def _given(name: str, namespace: str | None, rules: list[Object], home: str) -> list[Object]:
    """Give a role with these rules and its binding, for a namespace or, with None, for the cluster."""
    wide = namespace is None
    # Roles of a cluster share their names with everybody's: two accounts must not take each other's.
    metadata = {"name": name if home == NAME or not wide else f"{name}-{home}"}
    if namespace is not None:
        metadata["namespace"] = namespace
    role, binding = ("ClusterRole", "ClusterRoleBinding") if wide else ("Role", "RoleBinding")
    return [
        {"apiVersion": f"{GROUP}/v1", "kind": role, "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": binding,
            "metadata": dict(metadata),
            "roleRef": {"apiGroup": GROUP, "kind": role, "name": metadata["name"]},
            "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": home}],
        },
    ]
