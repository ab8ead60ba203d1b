"""How a world begins: with namespaces and templates, and with workflows of the last hours, some still running."""

from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec

from exporter.simulator.history import timestamp
from exporter.simulator.resources import (
    CLUSTER_WORKFLOW_TEMPLATES,
    CRON_WORKFLOWS,
    NAMESPACES,
    WORKFLOW_TEMPLATES,
    WORKFLOWS,
    namespace,
)
from exporter.simulator.scenario import cronschedule, plans
from exporter.simulator.scenario.cast import Cast, Role
from exporter.simulator.scenario.controller import Controller, Run
from exporter.simulator.scenario.crons import SORTS, Crons, Sort
from exporter.simulator.scenario.crowd import Crowd
from exporter.simulator.scenario.fates import new_uid
from exporter.simulator.scenario.manifests import template
from exporter.simulator.scenario.pen import Pen
from exporter.simulator.scenario.plans import Plan
from exporter.simulator.scenario.retention import Retention
from exporter.simulator.scenario.submitter import Submitter

DAY, MONTH = 86_400, 30 * 86_400
SYSTEM = ("argo", "default", "kube-system")
"""Namespaces that are there, and in which nothing is submitted."""
CRONS_EACH, CRONS_LEAST = 1.3, 8
"""CronWorkflows for each namespace, and at least."""
CHILDREN = 7
"""Workflows that each CronWorkflow has submitted lately, at most."""
GLANCES = 4
"""Plans among which a running one is chosen by how long they last."""
RECENT = 2.0
"""The power by which ends are nearer to now than evenly spread over the last day."""


@dataclass(frozen=True, slots=True)
class Founder:
    """Creates what is there when a world begins."""

    rng: Random
    cast: Cast
    pen: Pen
    submitter: Submitter
    crowd: Crowd
    crons: Crons
    controller: Controller
    retention: Retention
    speed: float

    def found(self, workflows: int, running: int, now: float) -> None:
        """Create so many workflows, so many of which run or wait, and everything that they need."""
        for name in (*SYSTEM, *self.cast.namespaces):
            thing = namespace(name)
            thing["metadata"] |= {"creationTimestamp": timestamp(now - MONTH), "uid": new_uid(self.rng)}
            self.pen.put(NAMESPACES, thing)
        self._found_templates(now - MONTH)
        self._found_crons(now, workflows // 2)
        over = max(0, workflows - running - self.pen.count(WORKFLOWS))
        for ended in sorted(now - 2 - DAY * self.rng.random() ** RECENT for _ in range(over)):
            self._found_finished(ended)
        for _ in range(min(running, workflows)):
            self._found_running(now)

    def _found_templates(self, created: float) -> None:
        for blueprint in self.cast.shared:
            self.pen.put(CLUSTER_WORKFLOW_TEMPLATES, template(self.rng, blueprint, "", created))
        for role in self.cast.roles:
            if not role.blueprint.cluster_scope:
                self.pen.put(WORKFLOW_TEMPLATES, template(self.rng, role.blueprint, role.namespace, created))

    def _found_crons(self, now: float, most: int) -> None:
        """Create the CronWorkflows, with what they have submitted lately: at most so many workflows."""
        wanted = max(CRONS_LEAST, round(CRONS_EACH * len(self.cast.namespaces)))
        roles = self.rng.sample(self.cast.roles, min(wanted, len(self.cast.roles)))
        for place, role in enumerate(roles):
            sort = SORTS[place % len(SORTS)]
            thing = self.crons.draw(role, sort, now - MONTH)
            for moment in () if sort.orphaned or sort.stopped else _fired(sort, now):
                if self.pen.count(WORKFLOWS) < most:
                    self._found_child(role, thing, moment, now)
            self.pen.put(CRON_WORKFLOWS, thing)
            self.crons.watch((role.namespace, thing["metadata"]["name"]), now)

    def _found_child(self, role: Role, thing: dict[str, Any], fired: float, now: float) -> None:
        """Create a child of a CronWorkflow that has ended, and book it there, unless it would still be running."""
        metadata, status = thing["metadata"], thing["status"]
        plan = self._over(role, fired)
        began = fired + plan.noticed / self.speed
        ended = began + plan.lasts / self.speed
        if ended < now:
            run = self.submitter.prepare(role, plan, f"{metadata['name']}-{int(fired)}", fired, metadata)
            self._put_finished(run, began, ended)
            self.crons.keep_for(thing, run)
            status["succeeded" if run.portrait.phase == "Succeeded" else "failed"] += 1
            status |= {"lastScheduledTime": timestamp(fired), "phase": "Active"}

    def _found_finished(self, ended: float) -> None:
        role = self.crowd.pick()
        plan = self._over(role, ended)
        began = ended - plan.lasts / self.speed
        run = self.submitter.prepare(role, plan, self.submitter.name(role), began - self.rng.uniform(0, 20))
        self._put_finished(run, began, ended)
        self.retention.add(ended, run.namespace, run.name, run.uid, succeeded=run.portrait.phase == "Succeeded")

    def _over(self, role: Role, moment: float) -> Plan:
        """Draw a plan of which nothing is left to do."""
        return msgspec.structs.replace(plans.draw(self.rng, role.blueprint, moment, role.pace), retried=0)

    def _put_finished(self, run: Run, began: float, ended: float) -> None:
        if run.plan.nodes:
            run.portrait.start(began)
        run.portrait.end(ended)
        self.controller.remember(run)
        self.pen.put(WORKFLOWS, run.portrait.object(ended, "Archived"))

    def _found_running(self, now: float) -> None:
        run = self._running(now)
        own = self.rng.uniform(0, run.plan.lasts)
        self.controller.resume(run, now, own)

    def _running(self, now: float) -> Run:
        """Give one of those that run: long ones are more often met at their work than short ones."""
        drawn = [self._begun(now) for _ in range(GLANCES)]
        role, plan = self.rng.choices(drawn, [plan.lasts for _, plan in drawn])[0]
        waited = self.rng.uniform(0, 20) + plan.lasts / self.speed
        return self.submitter.prepare(role, plan, self.submitter.name(role), now - waited)

    def _begun(self, now: float) -> tuple[Role, Plan]:
        while True:
            role = self.crowd.pick()
            plan = plans.draw(self.rng, role.blueprint, now, role.pace)
            if plan.nodes:
                return role, plan


def _fired(sort: Sort, now: float) -> list[int]:
    try:
        fired = [
            moment
            for text in sort.schedules
            for moment in cronschedule.CronSchedule(text, sort.zone).before(now, CHILDREN)
        ]
    except cronschedule.Unreadable:
        return []
    return sorted(fired)[-CHILDREN:]
