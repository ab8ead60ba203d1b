"""The CronWorkflow controller of the world: submits at the minutes of the wall, and keeps book in the status."""

from collections import deque
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import msgspec

from exporter.simulator.history import timestamp
from exporter.simulator.resources import (
    CLUSTER_WORKFLOW_TEMPLATES,
    CRON_WORKFLOWS,
    WORKFLOW_TEMPLATES,
    WORKFLOWS,
)
from exporter.simulator.scenario import cronschedule
from exporter.simulator.scenario.adoption import Known, phase_of, role_of, template_of
from exporter.simulator.scenario.agenda import Agenda
from exporter.simulator.scenario.cast import Role
from exporter.simulator.scenario.controller import Run
from exporter.simulator.scenario.manifests import cron_workflow
from exporter.simulator.scenario.pen import Pen
from exporter.simulator.scenario.troubles import CRONS, Troubles

Key = tuple[str, str]
Thing = dict[str, Any]
Submit = Callable[[Role, float, Thing], str | None]
"""Submits a workflow of a CronWorkflow, whose metadata are given; gives its uid, or None if it may not be."""


class Sort(msgspec.Struct, frozen=True):
    """What a CronWorkflow is like."""

    schedules: tuple[str, ...]
    suspended: bool = False
    orphaned: bool = False
    """Whether its template is missing."""
    zone: str = "Etc/UTC"
    stopped: bool = False
    """Whether its ``stopStrategy`` has stopped it."""


SORTS = (
    Sort(("* * * * *",)),
    Sort(("*/5 * * * *",)),
    Sort(("*/2 * * * *",)),
    Sort(("61 * * * *",)),
    Sort(("0 * * * *",)),
    Sort(("*/10 * * * *",), suspended=True),
    Sort(("30 2 * * *",)),
    Sort(("* * * * *",)),
    Sort(("* * * * *",), orphaned=True),
    Sort(("*/3 * * * *",)),
    Sort(("15 8 * * 1-5", "15 20 * * *")),
    Sort(("*/15 * * * *",)),
    Sort(("@every 90s",)),
    Sort(("CRON_TZ=Asia/Kolkata */4 * * * *",), zone=""),
    Sort(("*/3 * * * *",), stopped=True),
    Sort(("*/6 * * * *", "0 12 1 * *"), zone="Europe/Berlin"),
)
"""What CronWorkflows are given in turn; one schedule cannot be read."""
SUCCESSES, FAILURES = 3, 1
"""Children that have ended and are kept, unless a CronWorkflow says otherwise."""


class Crons:
    """All CronWorkflows. What is known of each stands in its object; here is only when it fires next."""

    def __init__(  # noqa: PLR0913 - what it works with
        self, rng: Random, pen: Pen, agenda: Agenda, known: Known, submit: Submit, *, troubles: Troubles
    ) -> None:
        self._rng = rng
        self._pen = pen
        self._agenda = agenda
        self._known = known
        self._troubles = troubles
        self._submit = submit
        self._turns: dict[Key, int] = {}
        self._kept: dict[tuple[Key, bool], deque[tuple[str, str]]] = {}
        """Names and uids of the finished children of each, successes and others apart."""

    def draw(self, role: Role, sort: Sort, created: float) -> Thing:
        """Give a new one for a template, that is not in the cluster yet."""
        thing = cron_workflow(
            self._rng, role, sort.schedules, created, suspended=sort.suspended, zone=sort.zone, stopped=sort.stopped
        )
        if sort.orphaned:
            thing["metadata"]["name"] += "-old"
            thing["spec"]["workflowSpec"]["workflowTemplateRef"] = {"name": f"{role.blueprint.name}-v1"}
        return thing

    def watch(self, key: Key, moment: float) -> None:
        """Let it fire from a moment on, by what its object says now; earlier plans for it are given up."""
        self._turns[key] = self._turns.get(key, 0) + 1
        self._plan(key, moment)

    def forget(self, key: Key) -> None:
        """Let it fire no more."""
        self._turns.pop(key, None)

    def watch_all(self, moment: float) -> None:
        """Plan all of them anew."""
        for key in tuple(self._turns):
            self.watch(key, moment)

    def ended(self, run: Run) -> None:
        """Book the end of a child."""
        key, good = (run.namespace, run.cron), run.portrait.phase == "Succeeded"
        if thing := self._thing(key):
            status = _status(thing)
            status["active"] = [each for each in status["active"] if each.get("uid") != run.uid]
            status["succeeded" if good else "failed"] += 1
            self._pen.put(CRON_WORKFLOWS, thing)

    def keep(self, run: Run) -> bool:
        """Keep a child that has ended, and delete older ones beyond the limit; say no if its CronWorkflow is gone."""
        thing = self._thing((run.namespace, run.cron))
        if thing:
            self.keep_for(thing, run)
        return thing is not None

    def keep_for(self, thing: Thing, run: Run) -> None:
        """Keep a child of a CronWorkflow that has ended, and delete older ones beyond its limit."""
        good = run.portrait.phase == "Succeeded"
        name, usual = ("successfulJobsHistoryLimit", SUCCESSES) if good else ("failedJobsHistoryLimit", FAILURES)
        kept = self._kept.setdefault(((run.namespace, run.cron), good), deque())
        kept.append((run.name, run.uid))
        while len(kept) > max(0, _number(thing["spec"].get(name), usual)):
            self._delete(run.namespace, *kept.popleft())

    def _delete(self, namespace: str, name: str, uid: str) -> None:
        found = self._pen.get(WORKFLOWS, namespace, name)
        if found and found.uid == uid:
            self._pen.drop(WORKFLOWS, namespace, name)

    def _plan(self, key: Key, moment: float) -> None:
        if not (thing := self._thing(key)):
            return
        try:
            due = cronschedule.next_of(*_schedule(thing["spec"]), moment)
        except cronschedule.Unreadable as error:
            self._complain(thing, "SpecError", f"cron schedule is malformed: {error}")
            return
        if due is not None:
            self._agenda.add(due, partial(self._fire, key, self._turns[key]))

    def _fire(self, key: Key, turn: int, moment: float) -> None:
        if self._turns.get(key) != turn:
            return
        thing = self._thing(key)
        if thing and _is_due(thing) and CRONS not in self._troubles:
            self._submit_child(thing, moment)
        self._plan(key, moment)

    def _submit_child(self, thing: Thing, moment: float) -> None:
        status, metadata, workflow = _status(thing), thing["metadata"], thing["spec"].get("workflowSpec")
        if status["active"] and thing["spec"].get("concurrencyPolicy") == "Forbid":
            return
        if missing := self._missing(metadata["namespace"], workflow):
            self._complain(thing, "SubmissionError", missing)
            return
        role = role_of(self._known, metadata["namespace"], metadata["name"], workflow)
        if uid := self._submit(role, moment, metadata):
            name = f"{metadata['name']}-{int(moment)}"
            kind = {"apiVersion": WORKFLOWS.api_version, "kind": WORKFLOWS.kind}
            status["active"].append(kind | {"name": name, "namespace": metadata["namespace"], "uid": uid})
            status |= {"conditions": [], "lastScheduledTime": timestamp(moment), "phase": "Active"}
            self._pen.put(CRON_WORKFLOWS, thing)

    def _missing(self, namespace: str, workflow: object) -> str:
        """Say which template is not there; empty if nothing is missing."""
        if not (name := template_of(workflow)):
            return ""
        kinds = ((WORKFLOW_TEMPLATES, namespace), (CLUSTER_WORKFLOW_TEMPLATES, ""))
        there = any(self._pen.get(kind, place, name) for kind, place in kinds)
        return "" if there else f'{WORKFLOW_TEMPLATES.qualified} "{name}" not found'

    def _complain(self, thing: Thing, condition: str, message: str) -> None:
        status = _status(thing)
        complaint = [{"message": message, "status": "True", "type": condition}]
        if status["conditions"] != complaint:
            status["conditions"] = complaint
            self._pen.put(CRON_WORKFLOWS, thing)

    def _thing(self, key: Key) -> Thing | None:
        stored = self._pen.get(CRON_WORKFLOWS, *key)
        thing = stored.thing if stored else None
        return thing if thing and isinstance(thing.get("spec"), dict) else None


def _is_due(thing: Thing) -> bool:
    """Say whether it is neither suspended nor stopped."""
    return thing["spec"].get("suspend") is not True and phase_of(thing) != "Stopped"


def _schedule(spec: Thing) -> tuple[list[str], str]:
    given = spec.get("schedules")
    texts = given if isinstance(given, list) and given else [spec.get("schedule", "")]
    return [str(text) for text in texts], str(spec.get("timezone") or "")


def _status(thing: Thing) -> Thing:
    """Give the status with all that is written there, whatever somebody made of it."""
    found = thing.get("status")
    status: Thing = found if isinstance(found, dict) else {}
    lists = {name: status[name] if isinstance(status.get(name), list) else [] for name in ("active", "conditions")}
    lists["active"] = [each for each in lists["active"] if isinstance(each, dict)]
    numbers = {name: _number(status.get(name), 0) for name in ("succeeded", "failed")}
    thing["status"] = status | lists | numbers
    updated: Thing = thing["status"]
    return updated


def _number(value: object, usual: int) -> int:
    return value if isinstance(value, int) else usual
