"""The kinds of Argo Workflows as the API server of a test knows them: names and shapes, no schema.

The definitions are minimal on purpose: every field is kept, none is checked, so that a test can also store what no
controller would write.
"""

from collections.abc import Sequence
from functools import partial

from exporter.kube.objects import Resource
from tests.controlplane.admin import CONFLICT, NOT_FOUND, TOO_MANY_REQUESTS, UNAVAILABLE, Admin, Object, Refused
from tests.controlplane.waiting import wait_for

WORKFLOWS = Resource("argoproj.io", "v1alpha1", "workflows", "Workflow")
CRON_WORKFLOWS = Resource("argoproj.io", "v1alpha1", "cronworkflows", "CronWorkflow")
WORKFLOW_TEMPLATES = Resource("argoproj.io", "v1alpha1", "workflowtemplates", "WorkflowTemplate")
CLUSTER_WORKFLOW_TEMPLATES = Resource(
    "argoproj.io", "v1alpha1", "clusterworkflowtemplates", "ClusterWorkflowTemplate", namespaced=False
)
KINDS = (WORKFLOWS, CRON_WORKFLOWS, WORKFLOW_TEMPLATES, CLUSTER_WORKFLOW_TEMPLATES)

DEFINITIONS = Resource(
    "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", namespaced=False
)

SHORT_NAMES = {
    "workflows": "wf",
    "cronworkflows": "cwf",
    "workflowtemplates": "wftmpl",
    "clusterworkflowtemplates": "cwft",
}
WORKFLOW_COLUMNS = (
    {"name": "Status", "type": "string", "jsonPath": ".status.phase"},
    {"name": "Age", "type": "date", "format": "date-time", "jsonPath": ".status.startedAt"},
    {"name": "Message", "type": "string", "jsonPath": ".status.message"},
)


def definition(resource: Resource) -> Object:
    """Give the CustomResourceDefinition of one kind."""
    version: Object = {
        "name": resource.version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }
    if resource == WORKFLOWS:
        version["additionalPrinterColumns"] = list(WORKFLOW_COLUMNS)
    return {
        "apiVersion": DEFINITIONS.api_version,
        "kind": DEFINITIONS.kind,
        "metadata": {"name": resource.name},
        "spec": {
            "group": resource.group,
            "scope": "Namespaced" if resource.namespaced else "Cluster",
            "names": {
                "plural": resource.plural,
                "singular": resource.kind.lower(),
                "kind": resource.kind,
                "shortNames": [SHORT_NAMES[resource.plural]],
            },
            "versions": [version],
        },
    }


def install(admin: Admin, resources: Sequence[Resource] = KINDS) -> None:
    """Define the kinds that are not yet, and wait until all of them are served."""
    for resource in resources:
        _create_if_absent(admin, resource)
    for resource in resources:
        wait_for(partial(is_served, admin, resource), f"{resource.name} to be served")


def remove(admin: Admin, resources: Sequence[Resource] = KINDS) -> None:
    """Remove the kinds, with all their objects, and wait until none is served."""
    for resource in resources:
        admin.delete(DEFINITIONS, resource.name)
    for resource in resources:
        wait_for(partial(_is_gone, admin, resource), f"{resource.name} to be gone")


def is_served(admin: Admin, resource: Resource) -> bool:
    """Say whether the API server lists the kind; a kind that is just coming answers 404 or 429 for a moment."""
    try:
        admin.version(resource)
    except Refused as refused:
        if refused.code in {NOT_FOUND, TOO_MANY_REQUESTS, UNAVAILABLE}:
            return False
        raise
    return True


def _is_gone(admin: Admin, resource: Resource) -> bool:
    return not is_served(admin, resource)


def _create_if_absent(admin: Admin, resource: Resource) -> None:
    try:
        admin.create(DEFINITIONS, definition(resource))
    except Refused as refused:
        if refused.code != CONFLICT:
            raise
