"""By what workflows are found: phase, template, cron workflow; and the one field that a selector may ask for."""

from exporter.kinds.workflow.projection import INLINE, PHASES, UNSET, Workflow
from exporter.kube.fields import Field
from exporter.kube.objects import key_of
from exporter.store.delta import Document


def phase_values(document: Document) -> tuple[str, ...]:
    """Give a workflow's phase, for an index."""
    return (document.projection.phase,)


def template_values(document: Document) -> tuple[str, ...]:
    """Give the name of the template that a workflow was made from, for an index; nothing for one made without."""
    kind, name = document.projection.group[:2]
    return () if kind == INLINE else (name,)


def cron_values(document: Document) -> tuple[str, ...]:
    """Give the key of the CronWorkflow that made a workflow, for an index; nothing for one that none made."""
    cron = document.projection.group[2]
    return (key_of(document.meta.namespace, cron),) if cron else ()


def _phase_as_written(workflow: Workflow) -> str:
    return "" if workflow.phase == UNSET else workflow.phase


PHASE_FIELD = Field(_phase_as_written, tuple("" if phase == UNSET else phase for phase in PHASES), index="phase")
"""``status.phase`` as it stands in the object, so empty for Unset; whatever Argo does not have is ``Other``."""
