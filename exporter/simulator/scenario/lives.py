"""One workflow's whole life, drawn at once: what its object looks like at any moment can be asked afterwards."""

import time
from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from exporter.simulator.scenario.blueprints import OUTPUTS, Blueprint, encode

CONTROLLER = "workflow-controller"
LABEL = "workflows.argoproj.io/"
POSTPONED = "Workflow processing has been postponed because too many workflows are already running"


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
            "creationTimestamp": stamp(self.created),
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
            metadata["annotations"][f"{LABEL}scheduled-time"] = stamp(self.created - self.created % 60)
            metadata["ownerReferences"] = [_owner(self.namespace, template)]
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
        status: dict[str, Any] = {"finishedAt": stamp(self.ended) if done else None, "phase": phase, "startedAt": None}
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
            "startedAt": stamp(self.began),
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
            "finishedAt": stamp(node.ended) if done else None,
            "id": self._id(node.suffix),
            "name": f"{life.name}{node.suffix}",
            "phase": node.phase if done else "Running",
            "startedAt": stamp(node.began),
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
            work["resourcesDuration"] = {"cpu": seconds * 3 // 5, "memory": seconds * 11 // 2}
        return work

    def _outputs(self, node: Node) -> dict[str, Any]:
        life = self._life
        pod = f"{life.name}-{node.template}-{self._numbers[node.suffix]}"
        outputs: dict[str, Any] = {"exitCode": "0" if node.phase == "Succeeded" else "1"}
        if prefix := life.blueprint.log_prefix:
            outputs["artifacts"] = [{"name": "main-logs", "s3": {"key": f"{prefix}/{life.name}/{pod}/main.log"}}]
        if node.outputs:
            values = [
                {"name": name, "value": value, "valueFrom": {"path": f"{OUTPUTS}/{name}"}}
                for name, value in node.outputs
            ]
            outputs["parameters"] = values
        return outputs


def fnv(text: str, seed: int = 2166136261) -> int:
    """FNV-1a with 32 bits, as the controller numbers nodes; ``seed`` continues an earlier text."""
    for letter in text.encode():
        seed = ((seed ^ letter) * 16777619) & 0xFFFFFFFF
    return seed


def stamp(moment: float) -> str:
    """RFC 3339 with whole seconds, in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def parameters(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Write names and values as ``arguments``, ``inputs`` and ``outputs`` hold them."""
    return {"parameters": [{"name": name, "value": value} for name, value in pairs]}


def _owner(namespace: str, name: str) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "blockOwnerDeletion": True,
        "controller": True,
        "kind": "CronWorkflow",
        "name": name,
        "uid": str(UUID(int=Random(f"{namespace}/{name}").getrandbits(128), version=4)),  # noqa: S311 - a seeded uid
    }


def fields_of(metadata: dict[str, Any]) -> dict[str, Any]:
    """Give the part of ``fieldsV1`` that owns all that stands in these metadata."""
    fields: dict[str, Any] = {
        f"f:{part}": {".": {}} | {f"f:{name}": {} for name in metadata[part]}
        for part in ("annotations", "labels")
        if metadata[part]
    }
    if "generateName" in metadata:
        fields["f:generateName"] = {}
    if owners := metadata.get("ownerReferences"):
        fields["f:ownerReferences"] = {".": {}} | {f'k:{{"uid":"{owner["uid"]}"}}': {} for owner in owners}
    return fields


def managed(manager: str, moment: float, fields: dict[str, Any]) -> dict[str, Any]:
    """Write an entry of ``managedFields``."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        "manager": manager,
        "operation": "Update",
        "time": stamp(moment),
    }
