"""What becomes of a workflow: when each of its nodes begins and ends, what they are given, and which of them fail."""

from collections.abc import Iterable, Sequence
from random import Random
from uuid import UUID

import msgspec

from exporter.simulator.history import timestamp
from exporter.simulator.scenario.blueprints import NOUNS, REGIONS, Parameter, Task

SUCCEEDED = ("Succeeded", "")
ANY_FAILURE = ("Failed", "")
"""Stands for one of the failures, to be drawn."""
OOM = "OOMKilled (exit code 137)"
DEADLINE = "Pod was active on the node longer than the specified deadline"
EVICTED = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 71232Ki. "
GONE = "pod deleted"
SHUT_DOWN = "workflow shutdown with strategy:  %s"
UPLOAD = "Error (exit code 64): failed to put file: <Error><Code>SlowDown</Code> & try again</Error>"
POD_FAILURES = (
    ("Failed", "Error (exit code 1)"),
    ("Failed", "Error (exit code 1)"),
    ("Failed", OOM),
    ("Failed", DEADLINE),
    ("Failed", EVICTED),
    ("Error", GONE),
    ("Failed", SHUT_DOWN % "Terminate"),
    ("Failed", UPLOAD),
)
SPEC_ERROR = "invalid spec: templates.main.tasks failed to resolve {{inputs.parameters.%s}}"


class Node(msgspec.Struct, frozen=True):
    """One node of the graph with its two moments, in seconds since 1970."""

    suffix: str
    """What comes after the workflow's name in the node's; empty for the root."""
    display: str
    kind: str
    template: str
    parents: tuple[str, ...]
    began: int
    ended: int
    phase: str = "Succeeded"
    message: str = ""
    inputs: tuple[tuple[str, str], ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    host: str = ""


class Weaver:
    """Draws the nodes of one life, task after task.

    Pods take ``pace`` times as long as usual; ``odd`` is the text of the first item of a list, where a name should
    be hard to show.
    """

    def __init__(
        self, rng: Random, tasks: Sequence[Task], arguments: Iterable[tuple[str, str]], pace: float = 1, odd: str = ""
    ) -> None:
        self._rng = rng
        self._tasks = tasks
        self._arguments = dict(arguments)
        self._pace = pace
        self._odd = odd

    def graph(
        self,
        began: int,
        wanted: int,
        failure: tuple[str, str] = SUCCEEDED,
        leaves: tuple[str, ...] = ("",),
    ) -> tuple[Node, ...]:
        """Draw all nodes, the root first: of about so many, one task fails if a failure is given.

        ``leaves`` are the nodes after which the first task begins; the root, unless some tasks have been done before.
        """
        rng = self._rng
        fails = failure != SUCCEEDED
        broken = rng.randrange(len(self._tasks)) if fails else len(self._tasks)
        if failure == ANY_FAILURE:
            failure = rng.choice(POD_FAILURES)
        width = max(1, wanted - len(self._tasks) - 1 - sum(task.retries for task in self._tasks))
        nodes: list[Node] = []
        moment = began + rng.randint(0, 3)
        for place, task in enumerate(self._tasks):
            if place > broken:
                drawn = [_omitted(task, leaves, moment)]
            else:
                drawn = self._task(task, leaves, moment, width, failure if place == broken else SUCCEEDED)
            leaves = tuple(node.suffix for node in drawn if _is_leaf(node) and node.phase == drawn[0].phase)
            nodes += drawn
            moment = max(node.ended for node in drawn) + rng.randint(1, 12)
        ended = max(node.ended for node in nodes) + rng.randint(0, 10)
        return (Node("", "", "DAG", "main", (), began, ended, failure[0]), *nodes)

    def _task(
        self, task: Task, parents: tuple[str, ...], moment: int, width: int, outcome: tuple[str, str]
    ) -> list[Node]:
        if task.fans_out:
            kind, message, children = "TaskGroup", "", self._items(task, moment, width, outcome)
        elif task.retries:
            kind, children = "Retry", self._attempts(task, moment, outcome)
            message = "" if outcome == SUCCEEDED else "No more retries left"
        else:
            return [self._pod(task, task.name, parents, moment, outcome)]
        ended = max(child.ended for child in children)
        suffix, inputs = f".{task.name}", self._inputs(task)
        above = Node(suffix, task.name, kind, task.name, parents, moment, ended, outcome[0], message, inputs)
        return [above, *children]

    def _items(self, task: Task, moment: int, width: int, outcome: tuple[str, str]) -> list[Node]:
        unlucky = self._rng.randrange(width)
        pods = []
        for place in range(width):
            drawn = f"{self._rng.choice(REGIONS)}/{self._rng.choice(NOUNS)}"
            item = drawn if place or not self._odd else self._odd
            fate = outcome if place == unlucky else SUCCEEDED
            pod = self._pod(task, f"{task.name}({place}:{item})", (f".{task.name}",), moment + place // 4, fate)
            pods.append(msgspec.structs.replace(pod, inputs=(*pod.inputs, ("item", item))))
        return pods

    def _attempts(self, task: Task, moment: int, outcome: tuple[str, str]) -> list[Node]:
        failures = self._rng.choice((0, 0, 0, 0, 1)) if outcome == SUCCEEDED else 2
        fates = [("Failed", self._rng.choice(POD_FAILURES)[1]) for _ in range(failures)]
        pods: list[Node] = []
        for number, fate in enumerate((*fates, outcome)):
            pods.append(self._pod(task, f"{task.name}({number})", (f".{task.name}",), moment, fate))
            moment = pods[-1].ended + 1
        return pods

    def _pod(self, task: Task, display: str, parents: tuple[str, ...], began: int, outcome: tuple[str, str]) -> Node:
        rng = self._rng
        phase, message = outcome
        return Node(
            suffix=f".{display}",
            display=display,
            kind="Pod",
            template=task.name,
            parents=parents,
            began=began,
            ended=began + 3 + round(rng.lognormvariate(3.6, 0.8) * self._pace),
            phase=phase,
            message=message,
            inputs=self._inputs(task),
            outputs=tuple((each.name, value_of(rng, each, began)) for each in task.outputs if outcome == SUCCEEDED),
            host=f"ip-10-{rng.randint(0, 3)}-{rng.randint(16, 31)}-{rng.randint(4, 250)}.eu-west-1.compute.internal",
        )

    def _inputs(self, task: Task) -> tuple[tuple[str, str], ...]:
        return tuple((name, self._arguments[name]) for name in task.inputs)


def _is_leaf(node: Node) -> bool:
    return node.kind in {"Pod", "Skipped"}


def _omitted(task: Task, parents: tuple[str, ...], moment: int) -> Node:
    message = "omitted: depends condition not met"
    return Node(f".{task.name}", task.name, "Skipped", task.name, parents, moment, moment, "Omitted", message)


def value_of(rng: Random, parameter: Parameter, moment: int) -> str:
    """Draw what a parameter is worth in one workflow."""
    match parameter.varies:
        case "never":
            return parameter.default
        case "day":
            return timestamp(moment)[:10]
        case "choice":
            return rng.choice(REGIONS)
        case "commit":
            return f"{rng.getrandbits(160):040x}"
        case "uuid":
            return new_uid(rng)
        case "count":
            return str(rng.randint(0, 99_999))


def new_uid(rng: Random) -> str:
    """Draw a uid."""
    return str(UUID(int=rng.getrandbits(128), version=4))
