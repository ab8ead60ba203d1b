"""The kinds of Argo Workflows as Argo defines them: names, short names and columns; no schema."""

from functools import partial

from exporter.kube.objects import Resource
from tests.controlplane import argo
from tests.controlplane.admin import Admin, Object
from tests.controlplane.waiting import wait_for

GROUP, VERSION = "argoproj.io", "v1alpha1"
EVENT_BINDINGS = Resource(GROUP, VERSION, "workfloweventbindings", "WorkflowEventBinding")
TASK_RESULTS = Resource(GROUP, VERSION, "workflowtaskresults", "WorkflowTaskResult")
TASK_SETS = Resource(GROUP, VERSION, "workflowtasksets", "WorkflowTaskSet")
ARTIFACT_GC_TASKS = Resource(GROUP, VERSION, "workflowartifactgctasks", "WorkflowArtifactGCTask")
KINDS = (*argo.KINDS, EVENT_BINDINGS, TASK_RESULTS, TASK_SETS, ARTIFACT_GC_TASKS)

SHORT_NAMES = {
    "workflows": ["wf"],
    "cronworkflows": ["cwf", "cronwf"],
    "workflowtemplates": ["wftmpl"],
    "clusterworkflowtemplates": ["clusterwftmpl", "cwft"],
    "workfloweventbindings": ["wfeb"],
    "workflowtasksets": ["wfts"],
    "workflowartifactgctasks": ["wfat"],
}


def install(admin: Admin) -> None:
    """Define all kinds and wait until they are served."""
    for resource in KINDS:
        admin.create(argo.DEFINITIONS, definition(resource))
    wait_served(admin)


def wait_served(admin: Admin) -> None:
    """Wait until all kinds are served."""
    for resource in KINDS:
        wait_for(partial(argo.is_served, admin, resource), f"{resource.name} to be served")


def definition(resource: Resource) -> Object:
    """Give the definition of one kind."""
    version: Object = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }
    if resource == argo.WORKFLOWS:
        version["additionalPrinterColumns"] = list(argo.WORKFLOW_COLUMNS)
    names: Object = {"plural": resource.plural, "singular": resource.kind.lower(), "kind": resource.kind}
    if resource.plural in SHORT_NAMES:
        names["shortNames"] = SHORT_NAMES[resource.plural]
    return {
        "apiVersion": argo.DEFINITIONS.api_version,
        "kind": argo.DEFINITIONS.kind,
        "metadata": {"name": resource.name},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced" if resource.namespaced else "Cluster",
            "names": names,
            "versions": [version],
        },
    }
