"""Workflows that others create: which template they use, and what is made of those that bring their own."""

from collections.abc import Mapping
from typing import Any

import msgspec

from exporter.simulator.scenario.blueprints import Blueprint, Task
from exporter.simulator.scenario.cast import Role

STEPS = 8
"""Steps of a foreign workflow that are played at most."""
_NOTHING = msgspec.Raw(b"")

Known = Mapping[tuple[str, str], Role]
"""Roles by namespace and name of the template."""


def role_of(known: Known, namespace: str, name: str, spec: object) -> Role:
    """Give the part that a workflow plays whose spec may be anything: of its template, or one like its own steps."""
    role = known.get((namespace, template_of(spec)))
    return role or Role(namespace, _blueprint(name, spec), 0, 1, None)


def template_of(spec: object) -> str:
    """Name the template that a workflow asks for; empty for none."""
    return str(_member(_member(spec, "workflowTemplateRef"), "name") or "")


def _blueprint(name: str, spec: object) -> Blueprint:
    return Blueprint(
        name=name,
        cluster_scope=False,
        parameters=(),
        tasks=tuple(Task(step, (), (), fans_out=False, retries=False) for step in _steps(spec)),
        cron=False,
        traced=False,
        labels={},
        log_prefix="",
        spec=_NOTHING,
        templates=_NOTHING,
    )


def _steps(spec: object) -> list[str]:
    templates = _member(spec, "templates")
    names = [
        str(_member(template, "name"))
        for template in (templates if isinstance(templates, list) else ())
        if _member(template, "container") or _member(template, "script")
    ]
    return list(dict.fromkeys(names))[:STEPS] or ["main"]


def shutdown_of(spec: object) -> str:
    """Say how somebody wants a workflow to be ended: Stop, Terminate, or empty for not at all."""
    asked = _member(spec, "shutdown")
    return asked if asked in {"Stop", "Terminate"} else ""


def phase_of(thing: object) -> str:
    """Give a workflow's phase; empty if it has none that is a text."""
    phase = _member(_member(thing, "status"), "phase")
    return phase if isinstance(phase, str) else ""


def _member(value: object, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
