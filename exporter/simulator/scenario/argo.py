"""What Argo's programs write in the same way everywhere: numbers of nodes, parameters, outputs, owners of fields."""

from collections.abc import Sequence
from typing import Any

from exporter.simulator.history import timestamp
from exporter.simulator.resources import WORKFLOWS
from exporter.simulator.scenario.blueprints import OUTPUTS

CONTROLLER = "workflow-controller"
LABEL = "workflows.argoproj.io/"
POSTPONED = "Workflow processing has been postponed because too many workflows are already running"

Pair = tuple[str, str]
"""A name and a value."""


def fnv(text: str, seed: int = 2166136261) -> int:
    """FNV-1a with 32 bits, as the controller numbers nodes; ``seed`` continues an earlier text."""
    for letter in text.encode():
        seed = ((seed ^ letter) * 16777619) & 0xFFFFFFFF
    return seed


def parameters(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Write names and values as ``arguments``, ``inputs`` and ``outputs`` hold them."""
    return {"parameters": [{"name": name, "value": value} for name, value in pairs]}


def outputs(exit_code: str, log: str, values: Sequence[Pair]) -> dict[str, Any]:
    """Write what a pod leaves behind: its exit code, where its log is (empty for nowhere), and what it hands on."""
    told: dict[str, Any] = {"exitCode": exit_code}
    if log:
        told["artifacts"] = [{"name": "main-logs", "s3": {"key": log}}]
    if values:
        told["parameters"] = [
            {"name": name, "value": value, "valueFrom": {"path": f"{OUTPUTS}/{name}"}} for name, value in values
        ]
    return told


def resources(seconds: int) -> dict[str, int]:
    """Write what pods have used that ran for so many seconds together."""
    return {"cpu": seconds * 3 // 5, "memory": seconds * 11 // 2}


def owner(cron: str, uid: str) -> dict[str, Any]:
    """Write the entry of ``ownerReferences`` that names a CronWorkflow."""
    return {
        "apiVersion": WORKFLOWS.api_version,
        "blockOwnerDeletion": True,
        "controller": True,
        "kind": "CronWorkflow",
        "name": cron,
        "uid": uid,
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
        "apiVersion": WORKFLOWS.api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        "manager": manager,
        "operation": "Update",
        "time": timestamp(moment),
    }
