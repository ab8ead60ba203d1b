"""Workflows of Argo: what is read of one, by what it is found, and what many of them amount to."""

from exporter.kinds.kind import Kind
from exporter.kinds.workflow.reading import phase_values, read, template_values
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.kube.objects import Resource

__all__ = ["WORKFLOW", "read"]

WORKFLOW = Kind(
    resource=Resource("argoproj.io", "v1alpha1", "workflows", "Workflow"),
    read=read,
    accounting=WorkflowAccounting(),
    indexes={"phase": phase_values, "template": template_values},
)
