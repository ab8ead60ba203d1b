"""Where workflows are submitted: each gets a name that is free, a plan, and an object."""

from random import Random
from typing import Any

from exporter.simulator.resources import NAMESPACES, WORKFLOWS, generated_name
from exporter.simulator.scenario import plans
from exporter.simulator.scenario.cast import Role
from exporter.simulator.scenario.controller import Controller, Run
from exporter.simulator.scenario.manifests import workflow
from exporter.simulator.scenario.pen import Pen
from exporter.simulator.scenario.plans import Plan
from exporter.simulator.scenario.retention import Retention

PATIENCE = 4
"""How many wait for a lock at most; who comes then does without it."""


class Submitter:
    """Submits workflows; when more than ``most`` run or wait, people hold theirs back."""

    def __init__(self, rng: Random, pen: Pen, controller: Controller, retention: Retention, most: float) -> None:
        self.held_back = 0
        """Workflows that were not submitted."""
        self._rng = rng
        self._pen = pen
        self._controller = controller
        self._retention = retention
        self._most = most

    def submit(self, role: Role, moment: float) -> None:
        """Submit a workflow of somebody, if its namespace is still there."""
        if self._controller.open >= self._most:
            self.held_back += 1
        elif self._pen.get(NAMESPACES, "", role.namespace):
            self._create(role, moment, self.name(role))

    def submit_child(self, role: Role, moment: float, cron: dict[str, Any]) -> str | None:
        """Submit a workflow of a CronWorkflow with these metadata; give its uid, or None if it is there already."""
        name = f"{cron['name']}-{int(moment)}"
        if self._pen.get(WORKFLOWS, cron["namespace"], name):
            return None
        return self._create(role, moment, name, cron).uid

    def name(self, role: Role) -> str:
        """Draw a name that no workflow of the namespace has."""
        stem = f"{role.blueprint.name}-"
        name = generated_name(self._rng, stem)
        while self._pen.get(WORKFLOWS, role.namespace, name):
            name = generated_name(self._rng, stem)
        return name

    def prepare(self, role: Role, plan: Plan, name: str, created: float, cron: dict[str, Any] | None = None) -> Run:
        """Give a workflow that is not in the cluster yet."""
        portrait = self._controller.portray(
            workflow(role, name, plan, created, cron, deadline=self._controller.deadline(plan)), role, plan
        )
        return Run(role, plan, portrait, role.namespace, name, cron["name"] if cron else "")

    def _create(self, role: Role, moment: float, name: str, cron: dict[str, Any] | None = None) -> Run:
        lock = role.lock if role.lock and self._controller.locks.waiting(role.lock) < PATIENCE else None
        plan = plans.draw(self._rng, role.blueprint, moment, role.pace, lock)
        run = self.prepare(role, plan, name, moment, cron)
        submission = run.portrait.submission
        self._pen.put(WORKFLOWS, {"metadata": submission.metadata, "spec": submission.spec})
        self._controller.take(run, moment)
        self._retention.sweep()
        return run
