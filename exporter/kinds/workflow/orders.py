"""In which orders people look at workflows: what waits, what runs, what failed."""

from exporter.kinds.kind import Order
from exporter.kinds.workflow.projection import ERROR, FAILED, RUNNING, Workflow

_BEGINNING = 0
"""In place of a time that is not known: it belongs where people look first, for somebody should."""


def _waiting(workflow: Workflow) -> int | None:
    return workflow.created or _BEGINNING if workflow.waits_for else None


def _running(workflow: Workflow) -> int | None:
    return workflow.started or workflow.created or _BEGINNING if workflow.phase == RUNNING else None


def _failed(workflow: Workflow) -> int | None:
    if workflow.phase not in {FAILED, ERROR}:
        return None
    return -(workflow.finished or workflow.started or workflow.created or _BEGINNING)


def _wait(workflow: Workflow) -> str:
    return workflow.waits_for


def _phase(workflow: Workflow) -> str:
    return workflow.phase


ORDERS = {
    "waiting": Order(_waiting, _wait),
    "running": Order(_running),
    "failures": Order(_failed, _phase),
}
"""Waiting: longest first. Running: longest first. Failures: latest first."""
