"""Namespaces, service accounts and permissions, each in force when its call returns."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from exporter.kube.objects import Resource
from tests.controlplane.admin import Admin, Object
from tests.controlplane.waiting import wait_for

RBAC, RBAC_VERSION = "rbac.authorization.k8s.io", "v1"
NAMESPACES = Resource("", "v1", "namespaces", "Namespace", namespaced=False)
SERVICE_ACCOUNTS = Resource("", "v1", "serviceaccounts", "ServiceAccount")
ROLES = Resource(RBAC, RBAC_VERSION, "roles", "Role")
ROLE_BINDINGS = Resource(RBAC, RBAC_VERSION, "rolebindings", "RoleBinding")
CLUSTER_ROLES = Resource(RBAC, RBAC_VERSION, "clusterroles", "ClusterRole", namespaced=False)
CLUSTER_ROLE_BINDINGS = Resource(RBAC, RBAC_VERSION, "clusterrolebindings", "ClusterRoleBinding", namespaced=False)

READ_VERBS = ("list", "watch")


@dataclass(frozen=True, slots=True)
class User:
    """Someone known by a certificate or a token of the control plane's own."""

    name: str

    @property
    def subject(self) -> Object:
        """How a binding names it."""
        return {"kind": "User", "name": self.name, "apiGroup": RBAC}


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A program in a namespace, known by the tokens issued for it."""

    namespace: str
    account: str = "exporter"

    @property
    def name(self) -> str:
        """The user name the API server gives it."""
        return f"system:serviceaccount:{self.namespace}:{self.account}"

    @property
    def subject(self) -> Object:
        """How a binding names it."""
        return {"kind": "ServiceAccount", "name": self.account, "namespace": self.namespace}


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission that was given, and may be taken back."""

    who: User | ServiceAccount
    resource: Resource
    verbs: tuple[str, ...]
    namespace: str | None
    role: str


def create_namespace(admin: Admin, name: str) -> str:
    """Make a namespace and give its name."""
    admin.create(NAMESPACES, {"metadata": {"name": name}})
    return name


def create_service_account(admin: Admin, namespace: str, account: str = "exporter") -> ServiceAccount:
    """Make a service account without any right."""
    admin.create(SERVICE_ACCOUNTS, {"metadata": {"name": account, "namespace": namespace}})
    return ServiceAccount(namespace, account)


def issue_token(admin: Admin, account: ServiceAccount, seconds: int = 3600) -> str:
    """Ask for a token of a service account (TokenRequest); 600 seconds is the shortest life the server allows."""
    path = SERVICE_ACCOUNTS.path(account.namespace, account.account)
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": seconds}}
    token: str = admin.post(f"{path}/token", request)["status"]["token"]
    return token


def grant(
    admin: Admin,
    who: User | ServiceAccount,
    resource: Resource,
    verbs: Sequence[str] = READ_VERBS,
    namespace: str | None = None,
) -> Grant:
    """Allow verbs on a resource, in one namespace or in all of them, and wait until that holds."""
    given = Grant(who, resource, tuple(verbs), namespace, f"test-{secrets.token_hex(4)}")
    roles, bindings = _resources(namespace)
    metadata = {"name": given.role} | ({"namespace": namespace} if namespace else {})
    rule = {"apiGroups": [resource.group], "resources": [resource.plural], "verbs": list(verbs)}
    reference = {"apiGroup": RBAC, "kind": roles.kind, "name": given.role}
    admin.create(roles, {"metadata": metadata, "rules": [rule]})
    admin.create(bindings, {"metadata": metadata, "roleRef": reference, "subjects": [who.subject]})
    wait_for(partial(_holds, admin, given, wanted=True), f"{who.name} to be allowed {verbs} {resource.name}")
    return given


def revoke(admin: Admin, given: Grant) -> None:
    """Take a permission back, and wait until it no longer holds (another grant of the same would keep it)."""
    roles, bindings = _resources(given.namespace)
    admin.delete(bindings, given.role, given.namespace)
    admin.delete(roles, given.role, given.namespace)
    wait_for(partial(_holds, admin, given, wanted=False), f"{given.who.name} to be denied {given.resource.name}")


def is_allowed(
    admin: Admin, who: User | ServiceAccount, verb: str, resource: Resource, namespace: str | None = None
) -> bool:
    """Ask the API server whether someone may do something (SubjectAccessReview)."""
    attributes = {"verb": verb, "group": resource.group, "version": resource.version, "resource": resource.plural}
    if namespace:
        attributes["namespace"] = namespace
    review = admin.post(
        "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": who.name, "resourceAttributes": attributes},
        },
    )
    return bool(review["status"]["allowed"])


def _holds(admin: Admin, given: Grant, *, wanted: bool) -> bool:
    return all(is_allowed(admin, given.who, verb, given.resource, given.namespace) is wanted for verb in given.verbs)


def _resources(namespace: str | None) -> tuple[Resource, Resource]:
    return (ROLES, ROLE_BINDINGS) if namespace else (CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS)
