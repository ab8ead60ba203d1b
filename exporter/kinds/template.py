"""WorkflowTemplates and ClusterWorkflowTemplates of Argo: how many there are, and the objects for lookups."""

import msgspec

from exporter.kinds.apart import NULL, read_meta
from exporter.kinds.kind import Kind
from exporter.kinds.printing import AGE
from exporter.kube.errors import Malformed
from exporter.kube.objects import Resource
from exporter.kube.wire import members
from exporter.metrics.accounting import Plain
from exporter.metrics.family import Family, Type
from exporter.metrics.rows import Column, Entries
from exporter.store.delta import Document


class Template(msgspec.Struct, frozen=True):
    """What is kept of each template: that it is there."""


_THERE = Template()


def read(body: bytes) -> Document:
    """Read the bytes of a template.

    Raises:
        Malformed: not a JSON object with readable metadata.
    """
    meta = read_meta(members(body).get("metadata", NULL))
    if not meta.name:
        raise Malformed("an object without a name")
    return Document(meta, _THERE, meta.namespace)


class Inventory(Plain):
    """How many objects there are, in each namespace or, of a kind without namespaces, in all."""

    def __init__(self, family: Family, *, namespaced: bool) -> None:
        column = Column(family)
        self.namespaced = namespaced
        self.columns = (column,)
        self._one: Entries = ((column, 1),)

    def gauges(self, projection: Template) -> Entries:  # noqa: ARG002 - all count the same
        """Count one."""
        return self._one


WORKFLOW_TEMPLATES = Family(
    name="argowf_workflowtemplates",
    type=Type.GAUGE,
    help="WorkflowTemplates in the cache.",
    labels=("namespace",),
)
CLUSTER_WORKFLOW_TEMPLATES = Family(
    name="argowf_clusterworkflowtemplates", type=Type.GAUGE, help="ClusterWorkflowTemplates in the cache."
)

WORKFLOW_TEMPLATE = Kind(
    resource=Resource("argoproj.io", "v1alpha1", "workflowtemplates", "WorkflowTemplate"),
    read=read,
    projection=Template,
    accounting=Inventory(WORKFLOW_TEMPLATES, namespaced=True),
    printer_columns=(AGE,),
    singular="workflowtemplate",
    short_names=("wftmpl",),
)
CLUSTER_WORKFLOW_TEMPLATE = Kind(
    resource=Resource(
        "argoproj.io", "v1alpha1", "clusterworkflowtemplates", "ClusterWorkflowTemplate", namespaced=False
    ),
    read=read,
    projection=Template,
    accounting=Inventory(CLUSTER_WORKFLOW_TEMPLATES, namespaced=False),
    printer_columns=(AGE,),
    singular="clusterworkflowtemplate",
    short_names=("clusterwftmpl", "cwft"),
)
