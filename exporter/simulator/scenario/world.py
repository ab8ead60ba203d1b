"""A company at work in a cluster: workflows are submitted, queue, run, fail, are retried, and are cleaned up."""

import math
from dataclasses import dataclass
from random import Random
from typing import Any

from exporter.simulator.complaints import Complain, complain
from exporter.simulator.history import Change, History, Stored
from exporter.simulator.resources import CRON_WORKFLOWS, WORKFLOWS
from exporter.simulator.scenario import cast, plans
from exporter.simulator.scenario.adoption import phase_of, role_of, shutdown_of
from exporter.simulator.scenario.agenda import Agenda
from exporter.simulator.scenario.cast import Cast
from exporter.simulator.scenario.controller import Controller, Run
from exporter.simulator.scenario.crons import Crons
from exporter.simulator.scenario.crowd import Crowd
from exporter.simulator.scenario.founding import Founder
from exporter.simulator.scenario.gates import Throttle
from exporter.simulator.scenario.pen import Pen
from exporter.simulator.scenario.portrait import Submission
from exporter.simulator.scenario.retention import Retention
from exporter.simulator.scenario.submitter import Submitter
from exporter.simulator.scenario.troubles import Troubles

CROWDED = 0.5
"""The share of the population that may be open: when as many wait or run, nobody submits more."""
SPARE, SPARE_APART = 1.4, 1.8
"""How many more workflows may run at a time than usually do: over all, and in a namespace."""
FINAL = frozenset({"Succeeded", "Failed", "Error"})
SAMPLE = 600
"""Plans that are drawn to know how long workflows usually run."""


@dataclass(frozen=True, slots=True)
class Options:
    """What kind of world it is.

    Raises:
        ValueError: a number that makes no sense, with its name.
    """

    workflows: int = 2_000
    """How many there are at a time, about; if they are few, what CronWorkflows keep may be more."""
    namespaces: int = 12
    rate: float = 20
    """Workflows submitted in each second of the wall, on average and at most: see ``CROWDED``."""
    seed: int = 1
    speed: float = 60
    """How many times shorter lives are."""

    def __post_init__(self) -> None:
        for name, least in (("workflows", 1), ("namespaces", 1), ("rate", 0), ("speed", 0)):
            value = getattr(self, name)
            if not math.isfinite(value) or value < least or (name == "speed" and value == 0):
                raise ValueError(
                    f"{name} is {value}: expected {'more than 0' if name == 'speed' else f'{least} or more'}"
                )


class World:
    """All that happens in the cluster by itself. It moves when ``advance`` is called, and only then.

    The same options and the same moments make the same bytes, however many steps lead there.
    """

    def __init__(
        self, history: History, options: Options, complain: Complain = complain, troubles: Troubles | None = None
    ) -> None:
        """``complain`` is told of what failed, in a line for people; ``troubles`` there may be from the beginning."""
        rng = Random(f"world/{options.seed}")  # noqa: S311 - a seeded world
        self.options = options
        self.troubles = troubles or Troubles()
        self.behind = 0.0
        """By how many seconds the oldest overdue step was late when the world advanced last."""
        self.stumbled = 0
        """How many workflows, or other parts of it, were given up since a step failed."""
        self._complain = complain
        self._rng = rng
        self._begun = False
        self._news: list[Change] = []
        self._agenda = Agenda()
        self._pen = Pen(history, self._news.append)
        self.cast = cast.draw(rng, options.namespaces)
        self._known = {(role.namespace, role.blueprint.name): role for role in self.cast.roles}
        self.running = min(options.rate * _typical(self.cast) / options.speed, options.workflows * CROWDED / 2)
        """How many run at a time, usually."""
        self.throttle = _throttle(self.cast, self.running)
        mercy = 0.5 * options.workflows / options.rate if options.rate else 0
        self._retention = Retention(self._pen, options.workflows, mercy)
        self.controller = Controller(
            rng,
            self._pen,
            self._agenda,
            self.throttle,
            options.speed,
            troubles=self.troubles,
            on_end=self._ended,
            on_rest=self._rested,
            on_stumble=self._stumble,
        )
        self.submitter = Submitter(rng, self._pen, self.controller, self._retention, options.workflows * CROWDED)
        self._crons = Crons(
            rng, self._pen, self._agenda, self._known, self.submitter.submit_child, troubles=self.troubles
        )
        self._crowd = Crowd(rng, self._agenda, self.cast.roles, options.rate, self.submitter.submit)

    @property
    def next_due(self) -> float:
        """When there is something to do: a moment, or infinity. What others did, and the beginning, are due at once."""
        return self._agenda.next_due if self._begun and not self._news else -math.inf

    def advance(self, now: float, at_most: int | None = None) -> None:
        """Do all that is due by a moment (seconds since the epoch); or so many steps, if there are more.

        The first time, the population is created; a world begins in the middle of its life.
        """
        if not self._begun:
            self._begin(now)
        self._hear(now)
        self.behind = max(0.0, now - self._agenda.next_due)
        done = 0
        while self._agenda.next_due <= now and done != at_most:
            due, step = self._agenda.take()
            try:
                step(due)
            except Exception as error:  # noqa: BLE001 - a company goes on without one of its parts
                self._stumble("the company", error)
            done += 1

    def skip(self, seconds: float, now: float) -> None:
        """Let it have been still for so many seconds up to now: what is ahead happens so much later.

        Only CronWorkflows go by the clock on the wall: what they missed, they missed.
        """
        self._agenda.shift(seconds)
        self.controller.postpone(seconds)
        self._crons.watch_all(now)

    def _begin(self, now: float) -> None:
        self._begun = True
        founder = Founder(
            rng=self._rng,
            cast=self.cast,
            pen=self._pen,
            submitter=self.submitter,
            crowd=self._crowd,
            crons=self._crons,
            controller=self.controller,
            retention=self._retention,
            speed=self.options.speed,
        )
        founder.found(self.options.workflows, round(self.running), now)
        self._crowd.begin(now)

    def _stumble(self, what: str, error: Exception) -> None:
        self.stumbled += 1
        self._complain(f"{what} is given up: {error!r}")

    def _ended(self, run: Run, _: float) -> None:
        if run.cron:
            self._crons.ended(run)

    def _rested(self, run: Run, moment: float) -> None:
        if not run.foreign and not (run.cron and self._crons.keep(run)):
            succeeded = run.portrait.phase == "Succeeded"
            self._retention.add(moment, run.namespace, run.name, run.uid, succeeded=succeeded)

    def _hear(self, now: float) -> None:
        """Find out what others did since the last time."""
        for change in self._news:
            try:
                self._hear_of(change, now)
            except Exception as error:  # noqa: BLE001 - others may write what nobody foresaw
                self.controller.give_up(change.new.uid, now)
                self._stumble(change.new.key, error)
        self._news.clear()

    def _hear_of(self, change: Change, now: float) -> None:
        if change.kind is CRON_WORKFLOWS:
            self._hear_of_cron(change, now)
        elif change.kind is WORKFLOWS and change.type == "DELETED":
            self.controller.forget(change.new.uid, now)
        elif change.kind is WORKFLOWS:
            self._hear_of_workflow(change.new, now)

    def _hear_of_cron(self, change: Change, now: float) -> None:
        key = (change.namespace, change.name)
        if change.type == "DELETED":
            self._crons.forget(key)
        else:
            self._crons.watch(key, now)

    def _hear_of_workflow(self, stored: Stored, now: float) -> None:
        if self._pen.get(WORKFLOWS, stored.namespace, stored.name) is not stored:
            return
        thing = stored.thing
        submission = Submission.of(stored.read(Submission))
        if stored.uid in self.controller.runs:
            self.controller.refresh(stored.uid, submission)
            if strategy := shutdown_of(thing.get("spec")):
                self.controller.shut_down(stored.uid, strategy, now)
        elif phase_of(thing) not in FINAL:
            self._adopt(submission, thing, now)

    def _adopt(self, submission: Submission, thing: dict[str, Any], now: float) -> None:
        """Give a life to a workflow that somebody else created, or retried."""
        name, namespace = submission.metadata["name"], submission.metadata["namespace"]
        role = role_of(self._known, namespace, name, thing.get("spec"))
        plan = plans.draw(self._rng, role.blueprint, now, role.pace)
        portrait = self.controller.portray(submission, role, plan)
        self.controller.take(Run(role, plan, portrait, namespace, name, foreign=True), now)


def is_crowded(options: Options) -> bool:
    """Say whether more are submitted than may run, so that they queue until people hold theirs back."""
    who = cast.draw(Random(f"world/{options.seed}"), options.namespaces)  # noqa: S311 - the cast of that world
    return options.rate * _typical(who) / options.speed > SPARE * options.workflows * CROWDED / 2


def _typical(who: Cast) -> float:
    """Give how long workflows of a cast run on average, in own seconds."""
    rng = Random("typical")  # noqa: S311 - the same for all
    roles = rng.choices(who.roles, [role.weight for role in who.roles], k=SAMPLE)
    return sum(plans.draw(rng, role.blueprint, 0, role.pace).lasts for role in roles) / SAMPLE


def _throttle(who: Cast, running: float) -> Throttle:
    limits = {name: max(2, math.ceil(running * who.weight(name) * SPARE_APART)) for name in who.namespaces}
    return Throttle(max(4, math.ceil(running * SPARE)), limits, max(limits.values()))
