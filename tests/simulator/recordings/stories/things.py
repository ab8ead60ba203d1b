"""What stories put into a server: namespaces, workflows, and where they are."""

from typing import Any

from exporter.kube.objects import Resource
from tests.controlplane.accounts import NAMESPACES
from tests.controlplane.argo import CLUSTER_WORKFLOW_TEMPLATES, CRON_WORKFLOWS, WORKFLOW_TEMPLATES, WORKFLOWS
from tests.simulator.recordings.story import Ask, post

GROUP, VERSION = "/apis/argoproj.io", "/apis/argoproj.io/v1alpha1"
EVERYWHERE, RED, BLUE, EMPTY = (WORKFLOWS.path(namespace) for namespace in (None, "red", "blue", "empty"))
CRONS, TEMPLATES = CRON_WORKFLOWS.path("red"), WORKFLOW_TEMPLATES.path("red")
CLUSTER_TEMPLATES, ROOMS = CLUSTER_WORKFLOW_TEMPLATES.path(), NAMESPACES.path()
OWN_NAMESPACES = ("kube-system", "kube-public")
"""Of the namespaces that a server makes for itself those that it makes in this order; others come when they come."""

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
TABLE_BETA = TABLE.replace("v=v1", "v=v1beta1")
METADATA = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
METADATA_LIST = METADATA.replace("Metadata;", "MetadataList;")
KUBECTL = f"{TABLE},{TABLE_BETA},application/json"


def thing(resource: Resource, name: str, **members: Any) -> dict[str, Any]:
    """Give an object; ``labels`` and ``metadata`` go into its metadata, all else beside it."""
    labels = members.pop("labels", None)
    metadata = {"name": name, **({"labels": labels} if labels else {}), **members.pop("metadata", {})}
    return {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata, **members}


def workflow(name: str, phase: str = "", labels: dict[str, str] | None = None, **members: Any) -> dict[str, Any]:
    """Give a workflow of one step."""
    status = {"status": {"phase": phase, "message": f"{name} is {phase}"}} if phase else {}
    return thing(WORKFLOWS, name, labels=labels, **{"spec": {"entrypoint": "main"}, **status, **members})


def room(name: str, **members: Any) -> Ask:
    """Create a namespace."""
    return post(ROOMS, thing(NAMESPACES, name, **members))


def few() -> tuple[Ask, ...]:
    """Create two namespaces with seven workflows and an empty one."""
    return (
        *(room(name) for name in ("red", "blue", "empty")),
        post(RED, workflow("a", "Running", {"team": "x", "n": "1"}), name="a"),
        post(RED, workflow("b", "Failed", {"team": "x", "n": "2"}), name="b"),
        post(RED, workflow("c", "Succeeded", {"team": "y"}), name="c"),
        post(RED, workflow("d", "Succeeded", {"team": "y", "n": "3"}), name="d"),
        post(RED, workflow("e"), name="e"),
        post(BLUE, workflow("a", "Error", {"team": "x"}), name="blue-a"),
        post(BLUE, workflow("z", "Pending", {"team": "z", "n": "5"}), name="blue-z"),
    )
