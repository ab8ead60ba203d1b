"""Workflows as an API server would serve them, as small as a test can do with."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from exporter.kinds.workflow import read
from exporter.store.delta import Record

START = 1_700_000_000
"""The second in which the exporters of these tests start."""


def stamp(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def workflow(
    namespace: str = "ns",
    name: str = "wf",
    *,
    uid: str = "u1",
    version: int = 1,
    phase: str | None = None,
    created: int = START,
    started: int | None = None,
    finished: int | None = None,
    template: str | None = "build",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    written: int | None = None,
    spec: Mapping[str, Any] | None = None,
    **status: Any,
) -> bytes:
    """Give a workflow's bytes; what is named beside the usual members stands in its status."""
    metadata: dict[str, Any] = {
        "name": name,
        "namespace": namespace,
        "uid": uid,
        "resourceVersion": str(version),
        "creationTimestamp": stamp(created),
        "labels": dict(labels or {}),
    }
    if annotations is not None:
        metadata["annotations"] = dict(annotations)
    if written is not None:
        metadata["managedFields"] = [{"manager": "workflow-controller", "time": stamp(written)}]
    reference = {"workflowTemplateRef": {"name": template}} if template else {}
    body: dict[str, Any] = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": metadata,
        "spec": {**reference, **(spec or {})},
    }
    if phase is not None:
        times = {"startedAt": stamp(started), "finishedAt": stamp(finished)}
        body["status"] = {"phase": phase, **times, **status}
    return msgspec.json.encode(body)


def record(body: bytes) -> Record:
    document = read(body)
    return Record(document.meta.uid, document.meta.resource_version, body, (), document.projection)
