"""The objects that people and programs submit: workflows, templates, CronWorkflows."""

from collections.abc import Sequence
from random import Random
from typing import Any

import msgspec

from exporter.simulator.history import timestamp
from exporter.simulator.scenario.argo import CONTROLLER, LABEL, fields_of, managed, owner, parameters
from exporter.simulator.scenario.blueprints import Blueprint, encode
from exporter.simulator.scenario.cast import Role
from exporter.simulator.scenario.fates import new_uid
from exporter.simulator.scenario.plans import Plan
from exporter.simulator.scenario.portrait import Submission


def workflow(  # noqa: PLR0913 - all that is said of one
    role: Role, name: str, plan: Plan, created: float, cron: dict[str, Any] | None = None, *, deadline: int = 0
) -> Submission:
    """Give a workflow as it is created: by a CronWorkflow if its metadata are given, else by somebody.

    ``deadline`` is in seconds; 0 for that of its template.
    """
    template = role.blueprint
    scope = "cluster-" if template.cluster_scope else ""
    labels = dict(template.labels) | {f"{LABEL}{scope}workflow-template": template.name}
    annotations = {f"{LABEL}trace-id": plan.trace} if plan.trace else {}
    if plan.title:
        annotations[f"{LABEL}title"] = plan.title
    metadata: dict[str, Any] = {"annotations": annotations, "labels": labels}
    if cron:
        labels[f"{LABEL}cron-workflow"] = cron["name"]
        annotations[f"{LABEL}scheduled-time"] = timestamp(created)
        metadata["ownerReferences"] = [owner(cron["name"], cron["uid"])]
    else:
        labels[f"{LABEL}creator"] = f"system-serviceaccount-{role.namespace}-submitter"
        metadata["generateName"] = f"{template.name}-"
    submitted = {"f:metadata": fields_of(metadata), "f:spec": {}}
    metadata |= _birth(role.namespace, name, plan.uid, created)
    metadata["managedFields"] = [managed(CONTROLLER if cron else "argo", created, submitted)]
    spec: dict[str, Any] = {"arguments": parameters(plan.arguments), "workflowTemplateRef": template.reference}
    if deadline:
        spec["activeDeadlineSeconds"] = deadline
    return Submission(metadata, msgspec.Raw(encode(spec)))


def template(rng: Random, blueprint: Blueprint, namespace: str, created: float) -> dict[str, Any]:
    """Give a template as an object; of the cluster, if the namespace is empty."""
    spec = msgspec.json.decode(blueprint.spec)
    del spec["workflowTemplateRef"]
    metadata = _birth(namespace, blueprint.name, new_uid(rng), created) | {"labels": dict(blueprint.labels)}
    return {"metadata": metadata, "spec": spec}


def cron_workflow(  # noqa: PLR0913 - all that is said of one
    rng: Random,
    role: Role,
    schedules: Sequence[str],
    created: float,
    *,
    suspended: bool,
    zone: str = "Etc/UTC",
    stopped: bool = False,
) -> dict[str, Any]:
    """Give a CronWorkflow that submits a template; one that is stopped has failed often enough."""
    stop: dict[str, Any] = {"stopStrategy": {"expression": "cronworkflow.failed >= 1"}} if stopped else {}
    told = {"failed": int(stopped), "phase": "Stopped" if stopped else ""}
    metadata = _birth(role.namespace, role.blueprint.name, new_uid(rng), created)
    return {
        "metadata": metadata | {"labels": dict(role.blueprint.labels)},
        "spec": {
            "concurrencyPolicy": rng.choice(("Allow", "Allow", "Forbid")),
            "failedJobsHistoryLimit": 3,
            "schedules": list(schedules),
            "startingDeadlineSeconds": 30,
            "successfulJobsHistoryLimit": 7,
            "suspend": suspended,
            "timezone": zone,
            "workflowSpec": {"workflowTemplateRef": role.blueprint.reference},
            **stop,
        },
        "status": {"active": [], "conditions": [], "lastScheduledTime": None, "succeeded": 0, **told},
    }


def _birth(namespace: str, name: str, uid: str, created: float) -> dict[str, Any]:
    born = {"creationTimestamp": timestamp(created), "generation": 1, "name": name, "uid": uid}
    return born | ({"namespace": namespace} if namespace else {})
