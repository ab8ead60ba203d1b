"""Workflows of Argo: what is read of one, by what it is found, how it is printed, what many of them amount to."""

from exporter.kinds.kind import Kind
from exporter.kinds.workflow.families import OBJECT_BYTES
from exporter.kinds.workflow.orders import ORDERS
from exporter.kinds.workflow.printing import PRINTER_COLUMNS
from exporter.kinds.workflow.reading import PHASE_FIELD, cron_values, phase_values, read, template_values
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.kube.objects import Resource

__all__ = ["WORKFLOW", "read"]

WORKFLOW = Kind(
    resource=Resource("argoproj.io", "v1alpha1", "workflows", "Workflow"),
    read=read,
    accounting=WorkflowAccounting(),
    indexes={"phase": phase_values, "template": template_values, "cron": cron_values},
    fields={"status.phase": PHASE_FIELD},
    printer_columns=PRINTER_COLUMNS,
    singular="workflow",
    short_names=("wf",),
    orders=ORDERS,
    sizes=OBJECT_BYTES,
)
