"""The workflow controller of the world: leads each workflow from its submission through the queues to its end."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TypeAlias

from exporter.simulator.resources import WORKFLOWS
from exporter.simulator.scenario import plans
from exporter.simulator.scenario.agenda import Agenda
from exporter.simulator.scenario.argo import POSTPONED
from exporter.simulator.scenario.cast import Role
from exporter.simulator.scenario.gates import Locks, Throttle
from exporter.simulator.scenario.packing import lot
from exporter.simulator.scenario.pen import Pen
from exporter.simulator.scenario.plans import Plan
from exporter.simulator.scenario.portrait import Portrait, Submission
from exporter.simulator.scenario.troubles import ADMISSION, LOOKING, STUCK, Troubles

APART = 10
"""Own seconds that at least pass between two changes of one workflow by the controller."""
DEADLINE, LIMITED = 10, 0.15
"""Seconds of the wall that a deadline is at least, and the share of workflows that have one of their own."""
CLAIMING = "Waiting for a PVC to be created."
LOCKED = "Waiting for %s lock. Lock status: %d/%d"
SOONEST_RETRY = 2.0
"""Seconds of the wall after which a workflow is retried at the earliest: its two ends must differ in their times."""


@dataclass(slots=True, eq=False)
class Run:
    """One workflow that has something ahead of it."""

    role: Role
    plan: Plan
    portrait: Portrait
    namespace: str
    name: str
    cron: str = ""
    """The CronWorkflow that submitted it."""
    foreign: bool = False
    """Whether somebody outside created it: it is theirs to delete."""
    turn: int = 0
    """Steps of an earlier turn have been given up."""
    touched: float = float("-inf")
    """When the controller wrote it last."""
    origin: float = 0
    ahead: deque[float] = field(default_factory=deque)
    """Its own moments at which it will be written."""
    over: bool = False

    @property
    def uid(self) -> str:
        """The workflow's uid."""
        return str(self.portrait.submission.metadata["uid"])


Move: TypeAlias = Callable[[Run, float], None]


class Controller:
    """All runs, and their steps.

    ``on_end`` is told of each end, ``on_rest`` when nothing is ahead of a run, and ``on_stumble`` of each workflow that
    is led no further, by its key, since a step of it failed.
    """

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        rng: Random,
        pen: Pen,
        agenda: Agenda,
        throttle: Throttle,
        speed: float,
        *,
        troubles: Troubles,
        on_end: Move,
        on_rest: Move,
        on_stumble: Callable[[str, Exception], None],
    ) -> None:
        self.runs: dict[str, Run] = {}
        self.locks = Locks()
        self._lasted: dict[tuple[str, str], int] = {}
        """Seconds of the wall that the last success of each template took, by namespace and name."""
        self._over = 0
        self.throttle = throttle
        self._rng = rng
        self._pen = pen
        self._agenda = agenda
        self._speed = speed
        self._troubles = troubles
        self._on_end = on_end
        self._on_rest = on_rest
        self._on_stumble = on_stumble

    @property
    def open(self) -> int:
        """How many workflows have not ended."""
        return len(self.runs) - self._over

    def portray(self, submission: Submission, role: Role, plan: Plan) -> Portrait:
        """Give the portrait of a workflow that has just been submitted."""
        return Portrait(submission, role.blueprint, plan, self._speed)

    def deadline(self, plan: Plan) -> int:
        """Give the ``activeDeadlineSeconds`` that somebody sets for a workflow, more than it takes; 0 for none."""
        return DEADLINE + math.ceil(2 * plan.lasts / self._speed) if lot(plan.uid) > 1 - LIMITED else 0

    def take(self, run: Run, moment: float) -> None:
        """Take care of a workflow that somebody has created at a moment."""
        self.runs[run.uid] = run
        self._later(run, moment + run.plan.noticed / self._speed, self._notice)

    def resume(self, run: Run, moment: float, own: float) -> bool:
        """Take care of a workflow as if it had been running for so many of its own seconds; if there is a place."""
        self.runs[run.uid] = run
        if not self.throttle.enter(run.namespace, run.uid):
            self._wait(run, moment, POSTPONED)
            return False
        self._begin(run, moment - own / self._speed)
        run.portrait.reach(own)
        run.ahead = deque(change for change in run.ahead if change > own) or deque([run.ahead[-1]])
        self._write(run, moment)
        self._go_on(run)
        return True

    def remember(self, run: Run) -> None:
        """Take how long a workflow took that succeeded for an estimate of the next of its template."""
        if run.portrait.phase == "Succeeded":
            key = (run.namespace, run.role.blueprint.name)
            self._lasted[key] = max(1, round(run.plan.lasts / self._speed))

    def refresh(self, uid: str, submission: Submission) -> None:
        """Take over what somebody changed of a workflow's metadata and spec."""
        self.runs[uid].portrait.submission = submission

    def shut_down(self, uid: str, strategy: str, moment: float) -> None:
        """End a workflow that somebody wants to end."""
        run = self.runs[uid]
        if not run.over:
            run.turn += 1
            run.portrait.shut_down(moment, strategy)
            self._finish(run, moment)

    def forget(self, uid: str, moment: float) -> None:
        """Let go of a workflow that is no more."""
        run = self.runs.pop(uid, None)
        if run and run.over:
            self._over -= 1
        elif run:
            self._release(run, moment)

    def give_up(self, uid: str, moment: float) -> None:
        """Lead a workflow no further, however far a step of it has come."""
        run = self.runs.pop(uid, None)
        if run:
            self._over -= run.over
            self._release(run, moment)

    def postpone(self, seconds: float) -> None:
        """Let all that is ahead happen so much later; the agenda is put off by others."""
        for run in self.runs.values():
            run.touched += seconds
            run.origin += seconds
            run.portrait.postpone(seconds)

    def _later(self, run: Run, due: float, move: Move) -> None:
        self._agenda.add(due, partial(self._do, run, run.turn, move))

    def _soon(self, run: Run, moment: float, move: Move) -> None:
        """Do it as soon as the controller may write this workflow again."""
        self._later(run, max(moment, run.touched + APART / self._speed), move)

    def _do(self, run: Run, turn: int, move: Move, moment: float) -> None:
        if self.runs.get(run.uid) is not run or run.turn != turn:
            return
        try:
            move(run, moment)
        except Exception as error:  # noqa: BLE001 - one workflow that nobody foresaw must not end all others
            self.give_up(run.uid, moment)
            self._on_stumble(f"{run.namespace}/{run.name}", error)

    def _write(self, run: Run, moment: float, archiving: str = "Pending") -> None:
        run.touched = moment
        self._pen.put(WORKFLOWS, run.portrait.object(moment, archiving))

    def _wait(self, run: Run, moment: float, message: str) -> None:
        run.portrait.wait(message)
        self._write(run, moment)

    def _notice(self, run: Run, moment: float) -> None:
        if ADMISSION in self._troubles:
            self._later(run, moment + LOOKING, self._notice)
        elif not run.plan.nodes:
            self._end(run, moment)
        elif self.throttle.enter(run.namespace, run.uid):
            self._seize(run, moment)
        else:
            self._wait(run, moment, POSTPONED)

    def _seize(self, run: Run, moment: float) -> None:
        """Go on with a place among those that may run: to the lock, if one is needed."""
        lock = run.plan.lock
        if lock is None or self.locks.take(lock, run.uid):
            self._mount(run, moment)
            return
        run.portrait.wait(LOCKED % (lock.title, self.locks.free(lock), lock.size), lock)
        self._write(run, moment)

    def _mount(self, run: Run, moment: float) -> None:
        """Go on with the lock: to the volume."""
        if not run.plan.claim:
            self._start(run, moment)
            return
        self._wait(run, moment, CLAIMING)
        self._later(run, moment + max(run.plan.claim, APART) / self._speed, self._start)

    def _start(self, run: Run, moment: float) -> None:
        self._begin(run, moment)
        self._write(run, moment)
        self._go_on(run)

    def _begin(self, run: Run, moment: float) -> None:
        run.origin = moment
        run.ahead = deque(run.plan.changes(APART))
        run.portrait.estimate = self._lasted.get((run.namespace, run.role.blueprint.name), 0)
        run.portrait.start(moment)

    def _go_on(self, run: Run) -> None:
        due = run.origin + run.ahead[0] / self._speed
        self._soon(run, due, self._grow if len(run.ahead) > 1 else self._end)

    def _grow(self, run: Run, moment: float) -> None:
        run.portrait.reach(run.ahead.popleft())
        self._write(run, moment)
        self._go_on(run)

    def _end(self, run: Run, moment: float) -> None:
        if STUCK in self._troubles and run.plan.nodes:
            run.portrait.hang()
            self._write(run, moment)
            self._later(run, moment + LOOKING, self._go_on_hanging)
            return
        spoilt = run.plan.phase == "Succeeded" and self._troubles.spoils(self._rng)
        if spoilt:
            run.portrait.fail(moment, plans.pod_failure(self._rng))
        else:
            run.portrait.end(moment)
        self._finish(run, moment)

    def _go_on_hanging(self, run: Run, moment: float) -> None:
        if STUCK in self._troubles:
            self._later(run, moment + LOOKING, self._go_on_hanging)
        else:
            self._end(run, moment)

    def _finish(self, run: Run, moment: float) -> None:
        run.over = True
        self._over += 1
        self._write(run, moment)
        self._release(run, moment)
        self.remember(run)
        self._on_end(run, moment)
        self._later(run, moment + self._rng.uniform(APART, 3 * APART) / self._speed, self._archive)

    def _release(self, run: Run, moment: float) -> None:
        if run.plan.lock:
            for uid in self.locks.release(run.plan.lock, run.uid):
                self._soon(self.runs[uid], moment, self._mount)
        for uid in self.throttle.leave(run.namespace, run.uid):
            self._soon(self.runs[uid], moment, self._seize)

    def _archive(self, run: Run, moment: float) -> None:
        self._write(run, moment, "Archived")
        if run.plan.retried:
            self._later(run, moment + max(run.plan.retried / self._speed, SOONEST_RETRY), self._retry)
            return
        del self.runs[run.uid]
        self._over -= 1
        self._on_rest(run, moment)

    def _retry(self, run: Run, moment: float) -> None:
        run.plan, kept = plans.again(self._rng, run.role.blueprint, run.plan, run.role.pace)
        run.over = False
        self._over -= 1
        run.portrait.reopen(moment, run.plan, kept)
        self._write(run, moment)
        self._soon(run, moment, self._notice)
