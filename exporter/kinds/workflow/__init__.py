"""Workflows of Argo: what is read of one, by what it is found, how it is printed, what many of them amount to."""

from exporter.kinds.kind import Kind
from exporter.kinds.workflow.families import OBJECT_BYTES
from exporter.kinds.workflow.finding import PHASE_FIELD, cron_values, phase_values, template_values
from exporter.kinds.workflow.options import WorkflowOptions
from exporter.kinds.workflow.orders import ORDERS
from exporter.kinds.workflow.printing import PRINTER_COLUMNS
from exporter.kinds.workflow.projection import Workflow
from exporter.kinds.workflow.reading import Reader
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.kube.objects import Resource

__all__ = ["WORKFLOW", "WorkflowOptions", "read", "workflow_kind"]


def workflow_kind(options: WorkflowOptions) -> Kind:
    """Give the kind as the options choose it. What was chosen differently is another kind of the same resource.

    Raises:
        ValueError: a pattern of a failure reason does not compile; the message names it.
    """
    return Kind(
        resource=Resource("argoproj.io", "v1alpha1", "workflows", "Workflow"),
        read=Reader(options).read,
        projection=Workflow,
        accounting=WorkflowAccounting(options),
        indexes={"phase": phase_values, "template": template_values, "cron": cron_values},
        fields={"status.phase": PHASE_FIELD},
        printer_columns=PRINTER_COLUMNS,
        singular="workflow",
        short_names=("wf",),
        orders=ORDERS,
        sizes=OBJECT_BYTES,
    )


WORKFLOW = workflow_kind(WorkflowOptions())
read = WORKFLOW.read
