"""What a workflow's object looks like at any moment of its life, drawn again only where something has changed."""

import re
from dataclasses import dataclass
from typing import Any

import msgspec

from exporter.simulator.history import timestamp
from exporter.simulator.scenario.argo import CONTROLLER, LABEL, fields_of, fnv, managed, outputs, parameters, resources
from exporter.simulator.scenario.blueprints import Blueprint, encode
from exporter.simulator.scenario.fates import SHUT_DOWN, Node
from exporter.simulator.scenario.gates import Lock
from exporter.simulator.scenario.packing import packed
from exporter.simulator.scenario.plans import Plan

_GROUPS = frozenset({"DAG", "TaskGroup", "Retry"})
_FAILED = frozenset({"Failed", "Error"})
_NOTHING = msgspec.Raw(b"{}")
OVERDUE = "Max duration limit exceeded"
"""What is said of a workflow that took too long."""
ARCHIVING = f"{LABEL}workflow-archiving-status"


class Submission(msgspec.Struct):
    """What others than the controller say about a workflow: its metadata and its spec."""

    metadata: dict[str, Any]
    """With labels and annotations, if only empty ones, and without what the controller says there of its own fields."""
    spec: msgspec.Raw = _NOTHING

    @classmethod
    def of(cls, stored: "Submission") -> "Submission":
        """Take an object as it was read apart: with whatever the controller wrote before."""
        metadata = stored.metadata | {name: stored.metadata.get(name) or {} for name in ("annotations", "labels")}
        others = [entry for entry in metadata.get("managedFields", ()) if "f:status" not in entry.get("fieldsV1", ())]
        return cls(metadata | {"managedFields": others}, stored.spec)


class Portrait:
    """The object of one workflow. Moments of the wall are seconds since the epoch, own ones seconds since its start."""

    def __init__(self, submission: Submission, blueprint: Blueprint, plan: Plan, speed: float) -> None:
        self.submission = submission
        self.phase = ""
        self.estimate = 0
        """Seconds of the wall that it is thought to take; 0 where nobody knows."""
        self._blueprint = blueprint
        self._plan = plan
        self._speed = speed
        self._written = int(submission.metadata.get("generation", 1))
        self._started: str | None = None
        self._finished: str | None = None
        self._message = ""
        self._labelled = ""
        self._origin = 0.0
        self._own = 0.0
        """How far it is."""
        self._waits: Lock | None = None
        self._seed = fnv(self.name)
        self._nodes: dict[str, dict[str, Any]] = {}
        """What is shown of each node, by suffix."""
        self._drawn: dict[str, msgspec.Raw] = {}
        """The same as bytes, of those that have ended and are as they were."""
        self._tallies: dict[str, _Tally] = {}
        """By template."""
        self._results: dict[str, bool] = {}
        """By the number of a pod, whether its results have come."""
        self._open: list[Node] = []
        self._ahead: list[Node] = []

    @property
    def name(self) -> str:
        """The workflow's name."""
        return str(self.submission.metadata["name"])

    def wait(self, message: str, lock: Lock | None = None) -> None:
        """Let it be Pending, for a reason, or for a lock."""
        self.phase, self._message, self._waits = "Pending", message, lock

    def start(self, moment: float) -> None:
        """Let it run from a moment on."""
        self.phase, self._message, self._waits = "Running", "", None
        self._started = self._started or timestamp(moment)
        self._origin = moment
        self._ahead = sorted(self._plan.nodes, key=lambda node: node.began)[::-1]
        self.reach(0)

    def reach(self, own: float) -> None:
        """Let its nodes be as they are so many of its own seconds after its start."""
        self._own = own
        while self._ahead and self._ahead[-1].began <= own:
            self._show(self._ahead.pop())
        ended = [node for node in self._open if node.ended <= own]
        self._open = [node for node in self._open if node.ended > own]
        for node in ended:
            self._settle(node, node.phase, node.message, self._wall(node.ended))

    def end(self, moment: float) -> None:
        """Let it end as planned."""
        self.reach(self._plan.lasts)
        self._close(moment, self._plan.phase, self._plan.message or self._blame())

    def hang(self) -> None:
        """Let everything be done but the whole."""
        self.reach(self._plan.lasts)
        root = self._plan.nodes[0]
        self._nodes[""] |= {"finishedAt": None, "phase": "Running"}
        self._drawn.pop("", None)
        self._open = [root]

    def fail(self, moment: float, message: str) -> None:
        """Let it fail although it was to succeed: the pods that run last do so, with this message."""
        pods = [node for node in (*self._open, *self._ahead) if node.kind == "Pod"]
        self.reach(max((pod.ended for pod in pods), default=0) - 1)
        self._ahead = []
        for node in self._open:
            self._settle(node, "Failed", message if node.kind == "Pod" else "", moment)
        self._open = []
        self._close(moment, "Failed", self._child_failed() or OVERDUE)

    def shut_down(self, moment: float, strategy: str) -> None:
        """Let it end now, since somebody stopped it."""
        self._ahead = []
        for node in self._open:
            self._settle(node, "Failed", SHUT_DOWN % strategy if node.kind == "Pod" else "", moment)
        self._open = []
        self._close(moment, "Failed", f"Stopped with strategy '{strategy}'")

    def reopen(self, moment: float, plan: Plan, kept: frozenset[str]) -> None:
        """Let it begin anew, as ``argo retry`` does: no phase, started now, only some nodes left."""
        self._plan = plan
        self.phase, self._message, self._started, self._finished = "", "", timestamp(moment), None
        self.submission.metadata["labels"].pop(ARCHIVING, None)
        self._nodes = {suffix: node for suffix, node in self._nodes.items() if suffix in kept}
        self._drawn = {}
        numbers = {node["id"] for node in self._nodes.values()}
        templates = {node["templateName"] for node in self._nodes.values()}
        self._tallies = {template: tally for template, tally in self._tallies.items() if template in templates}
        self._results = {number: known for number, known in self._results.items() if number in numbers}
        for node in self._nodes.values():
            node["children"] = [child for child in node.get("children", ()) if child in numbers]

    def postpone(self, seconds: float) -> None:
        """Let what is still to come happen so much later."""
        self._origin += seconds

    def object(self, moment: float, archiving: str = "Pending") -> dict[str, Any]:
        """Give the object as the controller writes it now."""
        self._written += 1
        return {"metadata": self._metadata(moment, archiving), "spec": self._spec(), "status": self._status()}

    def _wall(self, own: float) -> float:
        return self._origin + own / self._speed

    def _number(self, suffix: str) -> str:
        return f"{self.name}-{fnv(suffix, self._seed)}" if suffix else self.name

    def _show(self, node: Node) -> None:
        shown = self._begun(node)
        if node.kind == "Pod":
            shown |= {"hostNodeName": node.host, "progress": "0/1"}
            self._tallies.setdefault(node.template, _Tally()).shown += 1
            self._results[shown["id"]] = False
        if not node.suffix:
            self._readopt(shown)
        self._nodes[node.suffix] = shown
        self._open.append(node)
        for parent in node.parents:
            self._bear(parent, shown["id"])

    def _begun(self, node: Node) -> dict[str, Any]:
        begun: dict[str, Any] = {
            "displayName": node.display or self.name,
            "finishedAt": None,
            "id": self._number(node.suffix),
            "name": f"{self.name}{node.suffix}",
            "phase": "Running",
            "startedAt": timestamp(self._wall(node.began)),
            "templateName": node.template,
            "templateScope": self._blueprint.scope,
            "type": node.kind,
        }
        if node.suffix:
            begun["boundaryID"] = self.name
        if node.inputs:
            begun["inputs"] = parameters(node.inputs)
        return begun

    def _readopt(self, root: dict[str, Any]) -> None:
        """Give the nodes that a retry kept their root again."""
        elsewhere = {child for node in self._nodes.values() for child in node.get("children", ())}
        root["children"] = [node["id"] for node in self._nodes.values() if node["id"] not in elsewhere]

    def _bear(self, parent: str, number: str) -> None:
        self._nodes[parent].setdefault("children", []).append(number)
        self._drawn.pop(parent, None)

    def _settle(self, node: Node, phase: str, message: str, moment: float) -> None:
        shown = self._nodes[node.suffix]
        shown |= {"finishedAt": timestamp(moment), "phase": phase}
        if message:
            shown["message"] = message
        if node.kind == "Pod":
            seconds = node.ended - node.began
            self._tallies[node.template].add(seconds)
            self._results[shown["id"]] = True
            work = {"progress": "1/1", "resourcesDuration": resources(seconds)}
            shown |= work | {"outputs": self._outputs(node, phase), "taskResultSynced": True}

    def _outputs(self, node: Node, phase: str) -> dict[str, Any]:
        prefix = self._blueprint.log_prefix
        pod = f"{self.name}-{node.template}-{fnv(node.suffix, self._seed)}"
        log = f"{prefix}/{self.name}/{pod}/main.log" if prefix else ""
        if phase != "Succeeded":
            return outputs(_exit_code(node.message), log, ())
        return outputs("0", log, node.outputs)

    def _blame(self) -> str:
        return self._child_failed() if self._plan.phase in _FAILED else ""

    def _child_failed(self) -> str:
        failed = [node for node in self._nodes.values() if node["type"] == "Pod" and node["phase"] in _FAILED]
        return f"child '{failed[-1]['id']}' failed" if failed else ""

    def _close(self, moment: float, phase: str, message: str) -> None:
        self.phase, self._message, self._waits = phase, message, None
        self._finished = timestamp(moment)
        if root := self._nodes.get(""):
            root |= {"finishedAt": self._finished, "phase": phase}

    def _metadata(self, moment: float, archiving: str) -> dict[str, Any]:
        metadata = self.submission.metadata
        labels = dict(metadata["labels"])
        annotations = metadata["annotations"] | {f"{LABEL}pod-name-format": "v2"}
        # NB A retry leaves the label of the phase as it was, and only the next phase corrects it.
        self._labelled = self.phase or self._labelled
        labels[f"{LABEL}phase"] = self._labelled
        labels[f"{LABEL}completed"] = "true" if self._finished else "false"
        if self._finished:
            labels[ARCHIVING] = archiving
        owned = {name: labels[name] for name in labels if name.startswith(LABEL) and name not in (metadata["labels"])}
        controlled = {"f:metadata": fields_of({"annotations": {}, "labels": owned}), "f:status": {}}
        return metadata | {
            "annotations": annotations,
            "generation": self._written,
            "labels": labels,
            "managedFields": [*metadata.get("managedFields", ()), managed(CONTROLLER, moment, controlled)],
        }

    def _spec(self) -> msgspec.Raw:
        halts = self._plan.halts
        if self.phase != "Running" or halts is None or not halts[0] <= self._own < halts[1]:
            return self.submission.spec
        spec = msgspec.json.decode(self.submission.spec, type=dict[str, msgspec.Raw])
        return msgspec.Raw(encode(spec | {"suspend": msgspec.Raw(b"true")}))

    def _status(self) -> msgspec.Raw:
        status: dict[str, Any] = {"finishedAt": self._finished, "phase": self.phase, "startedAt": self._started}
        if self._message:
            status["message"] = self._message
        if lock := self._waits or (self._plan.lock if self.phase == "Running" else None):
            status["synchronization"] = _synchronization(lock, self.name, "waiting" if self._waits else "holding")
        if self._nodes:
            status |= self._progress()
        if self.estimate and self._started:
            status["estimatedDuration"] = self.estimate
        if self._finished:
            status["conditions"] = [_condition("PodRunning", "False"), _condition("Completed", "True")]
        elif self._nodes:
            status["conditions"] = [_condition("PodRunning", "True")]
        return msgspec.Raw(encode(status))

    def _progress(self) -> dict[str, Any]:
        total = sum(self._tallies.values(), _Tally())
        for suffix, node in self._nodes.items():
            if node["type"] in _GROUPS and suffix not in self._drawn:
                tally = self._tallies.get(node["templateName"], _Tally()) if suffix else total
                node |= {"progress": tally.progress, "resourcesDuration": resources(tally.seconds)}
        return {
            "artifactGCStatus": {"notSpecified": True},
            "artifactRepositoryRef": {"artifactRepository": {}, "default": True},
            "progress": total.progress,
            "resourcesDuration": resources(total.seconds),
            "taskResultsCompletionStatus": self._results,
            **packed({node["id"]: self._draw(suffix, node) for suffix, node in self._nodes.items()}, self._plan.uid),
            **self._blueprint.stored,
        }

    def _draw(self, suffix: str, node: dict[str, Any]) -> msgspec.Raw | dict[str, Any]:
        if suffix in self._drawn:
            return self._drawn[suffix]
        if node["finishedAt"] is None:
            return node
        drawn = self._drawn[suffix] = msgspec.Raw(encode(node))
        return drawn


@dataclass(slots=True)
class _Tally:
    """How far some pods are."""

    shown: int = 0
    ended: int = 0
    seconds: int = 0

    def __add__(self, other: "_Tally") -> "_Tally":
        return _Tally(self.shown + other.shown, self.ended + other.ended, self.seconds + other.seconds)

    def add(self, seconds: int) -> None:
        """Let one more of them have ended."""
        self.ended += 1
        self.seconds += seconds

    @property
    def progress(self) -> str:
        """N/M."""
        return f"{self.ended}/{self.shown}"


def _condition(name: str, status: str) -> dict[str, str]:
    return {"status": status, "type": name}


def _exit_code(message: str) -> str:
    found = re.search(r"exit code (\d+)", message)
    return found[1] if found else "1"


def _synchronization(lock: Lock, holder: str, how: str) -> dict[str, Any]:
    if lock.size == 1:
        return {"mutex": {how: [{"holder": f"{lock.namespace}/{holder}", "mutex": lock.title}]}}
    return {"semaphore": {how: [{"holders": [f"{lock.namespace}/{holder}"], "semaphore": lock.title}]}}
