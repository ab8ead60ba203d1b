"""What is to become of a workflow, drawn when it is submitted: all times in its own seconds, before any speed."""

from itertools import takewhile
from random import Random

import msgspec

from exporter.simulator.scenario.argo import Pair
from exporter.simulator.scenario.blueprints import NOUNS, Blueprint
from exporter.simulator.scenario.fates import (
    DEADLINE,
    EVICTED,
    GONE,
    OOM,
    SHUT_DOWN,
    SPEC_ERROR,
    SUCCEEDED,
    UPLOAD,
    Node,
    Weaver,
    new_uid,
    value_of,
)
from exporter.simulator.scenario.gates import Lock
from exporter.simulator.scenario.packing import lot

_ODD = (
    "Größe & Umsatz <2026>",
    'récord "final" — 日本語',
    "naïve join: a<b && b>c",
    "přehled 🚚 <img src=x onerror=alert(1)>",
    "line one\nline two\ttabbed",
)
"""Texts that people really write, and that are hard to show."""
_QUOTA = 'pods "%s-main" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=50, limited: pods=50'
_NO_LOCK = 'Failed to acquire the synchronization lock. configmaps "%s-limits" not found'
_IMAGE = 'ImagePullBackOff: Back-off pulling image "registry.internal/%s:%d.%d.%d"'

_CAUSES: dict[str, int] = {
    "exit": 26,
    "oom": 18,
    "deadline": 12,
    "image": 12,
    "evicted": 7,
    "upload": 5,
    "gone": 5,
    "stopped": 5,
    "odd": 4,
    "quota": 4,
}
"""Why steps fail, and how often beside each other."""

REFUSED, FAILED, RETRIED_BY_HAND = 0.012, 0.11, 0.2
APPROVED, HALTED, STUCK, HUGE = 0.012, 0.003, 0.002, 0.004
UNLOCKED = 0.25
CLAIMING, ODD, COMMENTED, LATE = 0.01, 0.03, 0.05, 0.1
"""Shares, of all workflows; those retried by hand are a share of those that failed, those without a lock one of
those that are refused."""
HOUR = 3600
_MIDDLE, _SPREAD = 2.0, 0.6
"""Of the log-normal number of nodes."""


class Plan(msgspec.Struct, frozen=True):
    """One workflow's life, from its submission to its end."""

    arguments: tuple[Pair, ...]
    uid: str
    noticed: float
    """From its submission until the controller sees it."""
    nodes: tuple[Node, ...]
    """With times since its start, the root first; none for one that is refused."""
    phase: str
    message: str
    claim: float = 0
    """How long it waits for a volume."""
    lock: Lock | None = None
    retried: float = 0
    """How long after its end somebody retries it; 0 for never."""
    trace: str = ""
    title: str = ""
    halts: tuple[float, float] | None = None
    """From when to when somebody suspends it as a whole."""

    @property
    def lasts(self) -> int:
        """From its start to its end."""
        return self.nodes[0].ended if self.nodes else 0

    def changes(self, apart: int = 10, at_most: int = 12) -> list[float]:
        """When the controller writes it after its start: with its nodes, but seldom enough. The last is its end."""
        marks: set[float] = {moment - moment % apart for node in self.nodes for moment in (node.began, node.ended)}
        marks |= {moment + apart - moment % apart for moment in self.halts or ()}
        inner = sorted(mark for mark in marks if apart <= mark <= self.lasts - apart)
        return [*inner[:: max(1, -(-len(inner) // at_most))], max(self.lasts, apart)]


def draw(rng: Random, blueprint: Blueprint, created: float, pace: float = 1, lock: Lock | None = None) -> Plan:
    """Draw a plan for a workflow of a template whose steps take ``pace`` times as long as others'."""
    fate = rng.random()
    arguments = tuple((each.name, value_of(rng, each, int(created))) for each in blueprint.parameters)
    plan = Plan(
        arguments=(*arguments, ("comment", rng.choice(_ODD))) if rng.random() < COMMENTED else arguments,
        uid=new_uid(rng),
        noticed=rng.uniform(2, 60) if rng.random() < LATE else rng.uniform(0, 2),
        nodes=(),
        phase="Error",
        message=SPEC_ERROR % rng.choice(NOUNS),
        trace=f"{rng.getrandbits(128):032x}" if blueprint.traced else "",
        title=rng.choice(_ODD) if rng.random() < ODD else "",
    )
    if fate < REFUSED or not blueprint.tasks:
        return _unlocked(plan)
    plan = msgspec.structs.replace(plan, lock=lock, claim=_claim(rng))
    return _halting(_outcome(rng, blueprint, plan, pace, fails=fate < FAILED))


def _unlocked(plan: Plan) -> Plan:
    """Let some of those that are refused be so for a lock that cannot be had."""
    if lot(plan.uid) > UNLOCKED:
        return plan
    return msgspec.structs.replace(plan, phase="Failed", message=_NO_LOCK % plan.message.split()[-1].strip("{}"))


def _halting(plan: Plan) -> Plan:
    """Let some be suspended as a whole, when their steps are done, instead of waiting for an approval."""
    waiting = [node for node in plan.nodes if node.kind == "Suspend"]
    if not waiting or lot(plan.uid) > HALTED / (HALTED + APPROVED):
        return plan
    (approval,) = waiting
    nodes = tuple(node for node in plan.nodes if node is not approval)
    return msgspec.structs.replace(plan, nodes=nodes, halts=(approval.began, approval.ended))


def again(rng: Random, blueprint: Blueprint, plan: Plan, pace: float = 1) -> tuple[Plan, frozenset[str]]:
    """Draw what becomes of a failed workflow when it is retried; give the suffixes of the nodes that stay, too.

    Tasks that succeeded stay as they are, the others are done anew.
    """
    done = _done(plan, blueprint)
    kept = frozenset(node.suffix for node in plan.nodes[1:] if node.template in done)
    last = done[-1] if done else None
    leaves = tuple(
        node.suffix
        for node in plan.nodes
        if node.template == last and node.kind == "Pod" and node.phase == SUCCEEDED[0]
    )
    failure = ("Failed", "Error (exit code 1)") if rng.random() < FAILED else SUCCEEDED
    weaver = Weaver(rng, blueprint.tasks[len(done) :], plan.arguments, pace)
    nodes = weaver.graph(0, rng.randint(3, 12), failure, leaves or ("",))
    redone = msgspec.structs.replace(
        plan, nodes=nodes, phase=nodes[0].phase, message="", noticed=2, claim=0, lock=None, retried=0
    )
    return redone, kept


def _done(plan: Plan, blueprint: Blueprint) -> list[str]:
    """Name the tasks that were done before the first that was not."""
    outcomes: dict[str, str] = {}
    for node in plan.nodes[1:]:
        # Of a task with several nodes, the one above the others comes first.
        outcomes.setdefault(node.template, node.phase)
    names = [task.name for task in blueprint.tasks]
    return list(takewhile(lambda name: outcomes.get(name) == SUCCEEDED[0], names))


def _claim(rng: Random) -> float:
    return rng.uniform(30, 300) if rng.random() < CLAIMING else 0


def _outcome(rng: Random, blueprint: Blueprint, plan: Plan, pace: float, *, fails: bool) -> Plan:
    cause = rng.choices(tuple(_CAUSES), tuple(_CAUSES.values()))[0] if fails else ""
    wanted = rng.randint(150, 500) if rng.random() < HUGE else round(rng.lognormvariate(_MIDDLE, _SPREAD))
    odd = rng.choice(_ODD) if rng.random() < ODD else ""
    weaver = Weaver(rng, blueprint.tasks, plan.arguments, pace, odd)
    nodes = weaver.graph(0, wanted, _failure(rng, cause) if fails else SUCCEEDED)
    return msgspec.structs.replace(
        plan,
        nodes=nodes if fails else _prolonged(rng, nodes),
        phase=nodes[0].phase,
        message=_last_words(rng, cause),
        retried=rng.uniform(300, 2400) if fails and rng.random() < RETRIED_BY_HAND else 0,
    )


def pod_failure(rng: Random) -> str:
    """Draw what is written of a pod that fails."""
    return _failure(rng, rng.choices(tuple(_CAUSES), tuple(_CAUSES.values()))[0])[1]


def _failure(rng: Random, cause: str) -> tuple[str, str]:
    """Say what becomes of the pod that fails, and what is written of it."""
    version = (rng.randint(0, 5), rng.randint(0, 40), rng.randint(0, 20))
    code, noun, odd = rng.choice((1, 1, 1, 2, 64, 127, 143)), rng.choice(NOUNS), rng.choice(_ODD)
    messages = {
        "oom": OOM,
        "deadline": DEADLINE,
        "image": _IMAGE % (noun, *version),
        "evicted": EVICTED,
        "upload": UPLOAD,
        "gone": GONE,
        "stopped": SHUT_DOWN % "Terminate",
        "quota": _QUOTA % noun,
        "odd": f"Error (exit code 3): {odd}",
    }
    return "Error" if cause in {"gone", "quota"} else "Failed", messages.get(cause, f"Error (exit code {code})")


def _last_words(rng: Random, cause: str) -> str:
    """Say what the workflow's own message is; empty for the usual one, which names the child that failed."""
    match cause:
        case "stopped":
            return f"Stopped with strategy '{rng.choice(('Stop', 'Terminate'))}'"
        case "deadline":
            return rng.choice(("", "Max duration limit exceeded"))
        case _:
            return ""


def _prolonged(rng: Random, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Let a few wait long for somebody's approval, or hang when all their steps are done."""
    fate, root = rng.random(), nodes[0]
    if fate < STUCK:
        return (msgspec.structs.replace(root, ended=root.ended + rng.randint(2 * HOUR, 6 * HOUR)), *nodes[1:])
    if fate > STUCK + APPROVED + HALTED:
        return nodes
    last = max(node.ended for node in nodes[1:])
    leaves = tuple(node.suffix for node in nodes[1:] if node.ended == last and node.kind == "Pod")
    approved = last + rng.randint(HOUR // 2, 4 * HOUR)
    approval = Node(".approve", "approve", "Suspend", "approve", leaves or ("",), last, approved)
    return (msgspec.structs.replace(root, ended=approved + 1), *nodes[1:], approval)
