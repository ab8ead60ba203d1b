"""One workflow's whole life, drawn at once: what its object looks like at any moment can be asked afterwards."""

from random import Random
from typing import Any
from uuid import UUID

import msgspec

from exporter.simulator.history import timestamp
from exporter.simulator.scenario.argo import (
    CONTROLLER,
    LABEL,
    POSTPONED,
    fields_of,
    fnv,
    managed,
    outputs,
    owner,
    parameters,
    resources,
)
from exporter.simulator.scenario.blueprints import NOUNS, Blueprint, encode
from exporter.simulator.scenario.fates import ANY_FAILURE, SPEC_ERROR, SUCCEEDED, Node, Weaver, new_uid, value_of

REFUSED, FAILED = 0.015, 0.14
"""Shares of the workflows that never get a node, and of these and those that fail together."""
QUEUED = 0.1


class Life(msgspec.Struct, frozen=True):
    """One workflow from its creation to its end."""

    namespace: str
    name: str
    uid: str
    blueprint: Blueprint
    arguments: tuple[tuple[str, str], ...]
    created: int
    admitted: int
    """From when on it has a status."""
    nodes: tuple[Node, ...]
    phase: str
    message: str
    trace: str

    @property
    def began(self) -> int:
        """When its first node starts."""
        return self.nodes[0].began if self.nodes else self.admitted

    @property
    def ended(self) -> int:
        """When its phase becomes final."""
        return self.nodes[0].ended if self.nodes else self.admitted

    def moments(self, at_most: int = 12) -> list[int]:
        """When its object changes between admission and end: with its nodes, never more often than each 10 s."""
        changes = {
            self.admitted,
            self.began,
            *(moment - moment % 10 for node in self.nodes for moment in (node.began, node.ended)),
        }
        inner = sorted(moment for moment in changes if self.admitted <= moment < self.ended)
        return [*inner[:: max(1, -(-len(inner) // at_most))], self.ended]

    def as_of(self, moment: int, version: int, archiving: str = "Pending") -> bytes:
        """Give the object as the API server would serve it at that moment, under that resourceVersion."""
        workflow = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": self._metadata(moment, version, archiving),
            "spec": {"arguments": parameters(self.arguments), "workflowTemplateRef": self.blueprint.reference},
        }
        if moment >= self.admitted:
            workflow["status"] = self._status(moment)
        return encode(workflow)

    def _phase(self, moment: int) -> str:
        if moment < self.began:
            return "Pending"
        return "Running" if moment < self.ended else self.phase

    def _metadata(self, moment: int, version: int, archiving: str) -> dict[str, Any]:
        changes = [change for change in self.moments() if change <= moment]
        metadata: dict[str, Any] = {
            "annotations": {f"{LABEL}trace-id": self.trace} if self.trace else {},
            "creationTimestamp": timestamp(self.created),
            "generation": 1 + len(changes) + (archiving == "Archived"),
            "labels": dict(self.blueprint.labels),
            "name": self.name,
            "namespace": self.namespace,
            "resourceVersion": str(version),
            "uid": self.uid,
        }
        submitter = self._submit(metadata)
        submitted = {"f:metadata": fields_of(metadata), "f:spec": {}}
        metadata["managedFields"] = [managed(submitter, self.created, submitted)]
        if changes:
            controlled = {"f:metadata": self._control(metadata, moment, archiving), "f:status": {}}
            metadata["managedFields"].append(managed(CONTROLLER, changes[-1], controlled))
        return metadata

    def _submit(self, metadata: dict[str, Any]) -> str:
        """Add what marks where a workflow comes from; give the name of the program that created it."""
        template = self.blueprint.name
        scope = "cluster-" if self.blueprint.cluster_scope else ""
        metadata["labels"][f"{LABEL}{scope}workflow-template"] = template
        if self.blueprint.cron:
            metadata["labels"][f"{LABEL}cron-workflow"] = template
            metadata["annotations"][f"{LABEL}scheduled-time"] = timestamp(self.created - self.created % 60)
            metadata["ownerReferences"] = [owner(template, _uid(self.namespace, template))]
            return CONTROLLER
        metadata["labels"][f"{LABEL}creator"] = f"system-serviceaccount-{self.namespace}-submitter"
        metadata["generateName"] = f"{template}-"
        return "argo"

    def _control(self, metadata: dict[str, Any], moment: int, archiving: str) -> dict[str, Any]:
        """Add what the controller sets; give the fields that it owns by that."""
        labels = {f"{LABEL}phase": self._phase(moment)}
        if moment >= self.ended:
            labels |= {f"{LABEL}completed": "true", f"{LABEL}workflow-archiving-status": archiving}
        annotations = {f"{LABEL}pod-name-format": "v2"}
        metadata["labels"] |= labels
        metadata["annotations"] |= annotations
        return fields_of({"annotations": annotations, "labels": labels})

    def _status(self, moment: int) -> dict[str, Any]:
        phase = self._phase(moment)
        done = moment >= self.ended
        status: dict[str, Any] = {
            "finishedAt": timestamp(self.ended) if done else None,
            "phase": phase,
            "startedAt": None,
        }
        if phase == "Pending":
            return status | {"message": POSTPONED}
        status["artifactGCStatus"] = {"notSpecified": True}
        status["conditions"] = [{"status": "False", "type": "PodRunning"}]
        if done:
            status["conditions"].append({"status": "True", "type": "Completed"})
        if done and self.message:
            status["message"] = self.message
        return status | (self._progress(moment) if self.nodes else {})

    def _progress(self, moment: int) -> dict[str, Any]:
        nodes = _Graph(self, moment).render()
        root = nodes[self.name]
        pods = [node for node in nodes.values() if node["type"] == "Pod"]
        return {
            "artifactRepositoryRef": {"artifactRepository": {}, "default": True},
            "nodes": nodes,
            "progress": root["progress"],
            "resourcesDuration": root["resourcesDuration"],
            "startedAt": timestamp(self.began),
            "storedTemplates": self.blueprint.templates,
            "storedWorkflowTemplateSpec": self.blueprint.spec,
            "taskResultsCompletionStatus": {pod["id"]: pod["finishedAt"] is not None for pod in pods},
        }


class _Graph:
    """``status.nodes`` at one moment."""

    def __init__(self, life: Life, moment: int) -> None:
        self._life = life
        self._moment = moment
        self._shown = [node for node in life.nodes if node.began <= moment]
        seed = fnv(life.name)
        self._numbers = {node.suffix: fnv(node.suffix, seed) for node in self._shown}
        self._children: dict[str, list[str]] = {}
        for node in self._shown:
            for parent in node.parents:
                self._children.setdefault(parent, []).append(self._id(node.suffix))
        self._pods = [node for node in self._shown if node.kind == "Pod"]

    def render(self) -> dict[str, dict[str, Any]]:
        return {self._id(node.suffix): self._node(node) for node in self._shown}

    def _id(self, suffix: str) -> str:
        return f"{self._life.name}-{self._numbers[suffix]}" if suffix else self._life.name

    def _node(self, node: Node) -> dict[str, Any]:
        life = self._life
        done = node.ended <= self._moment
        rendered: dict[str, Any] = {
            "displayName": node.display or life.name,
            "finishedAt": timestamp(node.ended) if done else None,
            "id": self._id(node.suffix),
            "name": f"{life.name}{node.suffix}",
            "phase": node.phase if done else "Running",
            "startedAt": timestamp(node.began),
            "templateName": node.template,
            "templateScope": life.blueprint.scope,
            "type": node.kind,
        }
        if node.suffix:
            rendered["boundaryID"] = life.name
        if children := self._children.get(node.suffix):
            rendered["children"] = children
        if node.inputs:
            rendered["inputs"] = parameters(node.inputs)
        if done and node.message:
            rendered["message"] = node.message
        if node.kind == "Pod":
            rendered["hostNodeName"] = node.host
        if node.kind == "Pod" and done:
            rendered |= {"outputs": self._outputs(node), "taskResultSynced": True}
        return rendered | ({} if node.kind == "Skipped" else self._work(node))

    def _work(self, node: Node) -> dict[str, Any]:
        """Sum up the pods below a node, or the one it is."""
        pods = [pod for pod in self._pods if pod.suffix.startswith(node.suffix)]
        ended = [pod for pod in pods if pod.ended <= self._moment]
        work: dict[str, Any] = {"progress": f"{len(ended)}/{len(pods)}"}
        if ended or not node.suffix:
            seconds = sum(pod.ended - pod.began for pod in ended)
            work["resourcesDuration"] = resources(seconds)
        return work

    def _outputs(self, node: Node) -> dict[str, Any]:
        name, prefix = self._life.name, self._life.blueprint.log_prefix
        log = f"{prefix}/{name}/{name}-{node.template}-{self._numbers[node.suffix]}/main.log" if prefix else ""
        return outputs("0" if node.phase == "Succeeded" else "1", log, node.outputs)


class Identity(msgspec.Struct, frozen=True):
    """What is settled when a workflow is submitted."""

    namespace: str
    name: str
    blueprint: Blueprint
    created: int


def draw(rng: Random, identity: Identity, nodes: int | None = None) -> Life:
    """Draw a life; ``nodes`` asks for about that many nodes instead of a log-normal number around nine."""
    blueprint, name, created = identity.blueprint, identity.name, identity.created
    fate = rng.random()
    life = Life(
        namespace=identity.namespace,
        name=name,
        uid=new_uid(rng),
        blueprint=blueprint,
        arguments=tuple((each.name, value_of(rng, each, created)) for each in blueprint.parameters),
        created=created,
        admitted=created + rng.choice((0, 0, 1, 1, 2)),
        nodes=(),
        phase="Error",
        message=SPEC_ERROR % rng.choice(NOUNS),
        trace=f"{rng.getrandbits(128):032x}" if blueprint.traced else "",
    )
    if fate < REFUSED:
        return life
    began = life.admitted + (rng.randint(5, 600) if fate > 1 - QUEUED else 0)
    wanted = nodes or round(rng.lognormvariate(2.0, 0.6))
    outcome = ANY_FAILURE if fate < FAILED else SUCCEEDED
    graph = Weaver(rng, blueprint.tasks, life.arguments).graph(began, wanted, outcome)
    root = graph[0]
    message = "" if root.phase == "Succeeded" else f"child '{name}-{fnv(graph[-1].suffix, fnv(name))}' failed"
    return msgspec.structs.replace(life, nodes=graph, phase=root.phase, message=message)


def _uid(namespace: str, name: str) -> str:
    return str(UUID(int=Random(f"{namespace}/{name}").getrandbits(128), version=4))
