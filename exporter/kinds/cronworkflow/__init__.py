"""CronWorkflows of Argo: when each is due, what became of it so far, and what is wrong with it."""

from exporter.kinds.cronworkflow.portrait import CronPortrayal
from exporter.kinds.cronworkflow.reading import CronWorkflow, read
from exporter.kinds.cronworkflow.runs import Runs, recalled, run_listener
from exporter.kinds.cronworkflow.standing import CronOptions
from exporter.kinds.kind import Kind
from exporter.kinds.printing import AGE
from exporter.kube.objects import Resource

__all__ = [
    "CRON_WORKFLOW",
    "CronOptions",
    "CronWorkflow",
    "Runs",
    "cron_workflow_kind",
    "read",
    "recalled",
    "run_listener",
]


def cron_workflow_kind(options: CronOptions) -> Kind:
    """Give the kind, with what each of its objects shows."""
    return Kind(
        resource=Resource("argoproj.io", "v1alpha1", "cronworkflows", "CronWorkflow"),
        read=read,
        projection=CronWorkflow,
        portrayal=CronPortrayal(options),
        printer_columns=(AGE,),
        singular="cronworkflow",
        short_names=("cwf", "cronwf"),
    )


CRON_WORKFLOW = cron_workflow_kind(CronOptions())
