"""What the settings choose to be watched: the kinds, each as it is to be read and counted."""

from exporter.config import Settings
from exporter.kinds.cronworkflow import CRON_WORKFLOW, CronOptions, cron_workflow_kind
from exporter.kinds.kind import Kind
from exporter.kinds.template import CLUSTER_WORKFLOW_TEMPLATE, WORKFLOW_TEMPLATE
from exporter.kinds.workflow import WORKFLOW, WorkflowOptions, workflow_kind

__all__ = ["CRON_WORKFLOWS", "WORKFLOWS", "kinds_of"]

WORKFLOWS, CRON_WORKFLOWS = WORKFLOW.resource, CRON_WORKFLOW.resource
"""The resources by which two of the kinds are told from the others, however they are counted."""


def kinds_of(settings: Settings) -> tuple[Kind, ...]:
    """Give the kinds, workflows first."""
    others = (
        (settings.collector_cronworkflows, _cron_workflows(settings)),
        (settings.collector_workflowtemplates, WORKFLOW_TEMPLATE),
        (settings.collector_clusterworkflowtemplates, CLUSTER_WORKFLOW_TEMPLATE),
    )
    return (_workflows(settings), *(kind for wanted, kind in others if wanted))


def _workflows(settings: Settings) -> Kind:
    return workflow_kind(
        WorkflowOptions(
            group_label=settings.metrics_group_label,
            nodes=settings.collector_nodes,
            overdue_factor=settings.metrics_overdue_factor,
            stuck_after=settings.metrics_stuck_after,
            failure_patterns=settings.metrics_failure_patterns,
            duration_buckets=tuple(sorted(settings.metrics_group_duration_buckets)),
        )
    )


def _cron_workflows(settings: Settings) -> Kind:
    return cron_workflow_kind(CronOptions(timezone=settings.cron_timezone, grace=settings.cron_grace))
