"""Every counter of workflows, folded plainly over what could be observed: no line of it is the exporter's.

Slow, and easy to check: whole objects as dictionaries, one rule after the other, as ``metrics.md`` has them.
"""

import base64
import gzip
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import zstandard

from exporter.kube.objects import Resource

OPEN, FINAL = ("", "Pending", "Running"), ("Succeeded", "Failed", "Error")
OWN = "workflows.argoproj.io/"
MEMORY_UNIT = 100 * 1024 * 1024
_ZSTD = b"\x28\xb5\x2f\xfd"

REASONS = (
    ("with strategy 'Stop'", "stopped"),
    ("with strategy 'Terminate'", "terminated"),
    ("shutdown with strategy:  Terminate", "terminated"),
    ("longer than the specified deadline", "deadline"),
    ("Max duration limit exceeded", "deadline"),
    ("OOMKilled", "oom"),
    ("low on resource", "evicted"),
    ("ImagePullBackOff", "image_pull"),
    ("exceeded quota", "quota"),
    ("acquire the synchronization lock", "lock"),
    ("invalid spec", "spec_error"),
    ("exit code", "exit_code"),
)
"""What the simulated company says, and what it means."""

Numbers = Counter[tuple[str, ...]]
"""By the name of a line and its labels' values."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is kept of a workflow."""

    uid: str
    version: str
    phase: str
    group: tuple[str, str, str]
    created: float | None
    started: float | None
    finished: float | None
    archived: bool
    cpu: int
    memory: int


@dataclass(slots=True)
class Observed:
    """What whoever listed and watched everything could know."""

    events: int = 0
    """Changes that were told, by watches and by lists."""
    numbers: Numbers = field(default_factory=Counter)
    latest: dict[tuple[str, ...], float] = field(default_factory=dict)
    seen: dict[tuple[str, str], Seen] | None = None
    """By namespace and name; None before the first list."""
    _page: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    _ends: dict[str, set[float | str]] = field(default_factory=dict)

    def listed(self, resource: Resource, items: list[msgspec.Raw], *, first: bool, last: bool) -> None:
        """Take a page of a list; what is on it counts when the list is complete."""
        if resource.plural != "workflows":
            return
        if first:
            self._page = {}
        for raw in items:
            thing = msgspec.json.decode(raw)
            self._page[place_of(thing)] = thing
        if last:
            self._compare()

    def told(self, resource: Resource, frame: bytes) -> None:
        """Take a line of a watch."""
        if resource.plural != "workflows" or self.seen is None:
            return
        event = msgspec.json.decode(frame)
        thing = event["object"]
        if event["type"] == "DELETED":
            self._lose(place_of(thing))
        else:
            self._meet(place_of(thing), thing)

    def _compare(self) -> None:
        if self.seen is None:
            self.seen = {}
            for place, thing in self._page.items():
                self._remember(place, thing)
            return
        for place in [place for place in self.seen if place not in self._page]:
            self._lose(place)
        for place, thing in self._page.items():
            self._meet(place, thing)

    def _remember(self, place: tuple[str, str], thing: dict[str, Any]) -> Seen:
        new = seen_of(thing)
        assert self.seen is not None
        self.seen[place] = new
        ends = self._ends.setdefault(new.uid, set())
        if new.phase in FINAL:
            ends.add(new.finished or new.phase)
            self._show_latest(place[0], new)
        return new

    def _meet(self, place: tuple[str, str], thing: dict[str, Any]) -> None:
        assert self.seen is not None
        metadata, old = thing["metadata"], self.seen.get(place)
        if old and old.uid == metadata["uid"] and old.version == metadata["resourceVersion"]:
            return
        if old and old.uid != metadata["uid"]:
            self._lose(place)
            old = None
        self.events += 1
        known = set(self._ends.get(metadata["uid"], ()))
        new = self._remember(place, thing)
        if old:
            self._differ(place[0], old, new)
        else:
            self._count("creations_total", place[0], *new.group)
        self._use(place[0], old, new)
        if new.started and not (old and old.started):
            self._observe(("start_delay_seconds", place[0]), new.started - (new.created or 0))
        if new.phase in FINAL and (new.finished or new.phase) not in known:
            self._complete(place[0], new, thing)

    def _differ(self, namespace: str, old: Seen, new: Seen) -> None:
        self._count("updates_total", namespace)
        if old.phase != new.phase:
            self._count("phase_transitions_total", namespace, old.phase or "Unset", new.phase or "Unset")
        if old.phase in FINAL and (new.phase in OPEN or (new.phase in FINAL and old.finished != new.finished)):
            self._count("retries_total", namespace)

    def _use(self, namespace: str, old: Seen | None, new: Seen) -> None:
        cpu, memory = new.cpu - (old.cpu if old else 0), new.memory - (old.memory if old else 0)
        self._count("cpu_core_seconds_total", namespace, amount=max(0, cpu))
        self._count("memory_byte_seconds_total", namespace, amount=max(0, memory) * MEMORY_UNIT)

    def _lose(self, place: tuple[str, str]) -> None:
        assert self.seen is not None
        old = self.seen.pop(place, None)
        if old is None:
            return
        self.events += 1
        self._ends.pop(old.uid)
        self._count("deletions_total", place[0], old.phase or "Unset", str(old.archived).lower())
        if old.phase not in FINAL:
            self._count("completions_total", place[0], *old.group, "Unobserved")

    def _complete(self, namespace: str, new: Seen, thing: dict[str, Any]) -> None:
        self._count("completions_total", namespace, *new.group, new.phase)
        if new.started and new.finished:
            lasted = new.finished - new.started
            self._observe(("duration_seconds", namespace, new.phase), lasted)
            self._observe(("group_duration_seconds", namespace, *new.group, new.phase), lasted)
        nodes = nodes_of(thing)
        if nodes is None:
            self._count("nodes_unreadable_total", namespace, "offloaded")
        for node in nodes or ():
            self._count("node_completions_total", namespace, node["type"], node["phase"])
        if new.phase != "Succeeded":
            self._count("failures_total", namespace, reason_of(thing, nodes or []))

    def _observe(self, line: tuple[str, ...], amount: float) -> None:
        name, *labels = line
        self._count(f"{name}_count", *labels)
        self._count(f"{name}_sum", *labels, amount=max(0.0, amount))

    def _count(self, name: str, *labels: str, amount: float = 1) -> None:
        if amount:
            self.numbers[f"argowf_workflow_{name}", *labels] += amount  # type: ignore[assignment]

    def _show_latest(self, namespace: str, new: Seen) -> None:
        if new.finished:
            line = (namespace, *new.group, new.phase)
            self.latest[line] = max(self.latest.get(line, 0), new.finished)


def place_of(thing: dict[str, Any]) -> tuple[str, str]:
    """Give namespace and name."""
    return thing["metadata"].get("namespace", ""), thing["metadata"]["name"]


def seen_of(thing: dict[str, Any]) -> Seen:
    """Read what is kept."""
    metadata, status = thing["metadata"], thing.get("status", {})
    used = status.get("resourcesDuration", {})
    return Seen(
        uid=metadata["uid"],
        version=metadata["resourceVersion"],
        phase=status.get("phase", ""),
        group=group_of(thing),
        created=seconds(metadata["creationTimestamp"]),
        started=seconds(status.get("startedAt")),
        finished=seconds(status.get("finishedAt")),
        archived=metadata.get("labels", {}).get(OWN + "workflow-archiving-status") in {"Archived", "Persisted"},
        cpu=used.get("cpu", 0),
        memory=used.get("memory", 0),
    )


def group_of(thing: dict[str, Any]) -> tuple[str, str, str]:
    """Give kind and name of the template, and the CronWorkflow; here all have a reference."""
    reference = thing["spec"]["workflowTemplateRef"]
    kind = "ClusterWorkflowTemplate" if reference.get("clusterScope") else "WorkflowTemplate"
    return kind, reference["name"], thing["metadata"].get("labels", {}).get(OWN + "cron-workflow", "")


def nodes_of(thing: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Give the nodes, wherever they stand; None if they are not in the object."""
    status = thing.get("status", {})
    if "offloadNodeStatusVersion" in status:
        return None
    if text := status.get("compressedNodes"):
        data = base64.b64decode(text)
        plain = zstandard.decompress(data) if data.startswith(_ZSTD) else gzip.decompress(data)
        return list(msgspec.json.decode(plain).values())
    return list(status.get("nodes", {}).values())


def reason_of(thing: dict[str, Any], nodes: list[dict[str, Any]]) -> str:
    """Say why a workflow failed: by its own words, or by those of the pod that failed first."""
    failed = [node for node in nodes if node["type"] == "Pod" and node["phase"] in {"Failed", "Error"}]
    failed.sort(key=lambda node: (node["finishedAt"], node["displayName"]))
    words = [thing["status"].get("message", ""), *(node.get("message", "") for node in failed[:1])]
    return next((reason for text in words for part, reason in REASONS if part in text), "other")


def seconds(stamp: str | None) -> float | None:
    """Read a time."""
    return datetime.fromisoformat(stamp).timestamp() if stamp else None
