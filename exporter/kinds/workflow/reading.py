"""A workflow's bytes become a projection, however odd the workflow is.

The minimal CRDs of Argo do not validate types, so nearly everything may be missing or of another type. One strict
decode of the few fields that are needed is tried; an object on which it fails is taken apart, member by member.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, TypeAlias

import msgspec

from exporter.kinds.apart import NOT_AS_TYPED, NULL, cut, read_as, read_members, read_meta, read_time
from exporter.kinds.workflow.options import WorkflowOptions
from exporter.kinds.workflow.progressing import Facts, Progressing, read_progress, read_seconds
from exporter.kinds.workflow.projection import (
    CLAIM,
    CLUSTER_TEMPLATE,
    FINAL,
    INLINE,
    LOCK,
    NOT_ADMITTED,
    OPEN,
    OTHER,
    OTHERWISE,
    PARALLELISM,
    PENDING,
    RUNNING,
    TEMPLATE,
    UNKNOWN,
    UNSET,
    Group,
    Underway,
    Workflow,
)
from exporter.kube.errors import Malformed
from exporter.kube.objects import Meta
from exporter.store.delta import Document

LONGEST_NAME = 253
"""Characters of the longest name that Kubernetes gives an object."""

_OWN = "workflows.argoproj.io/"
CRON_LABEL = _OWN + "cron-workflow"
TEMPLATE_LABEL = _OWN + "workflow-template"
CLUSTER_TEMPLATE_LABEL = _OWN + "cluster-workflow-template"
ARCHIVING_LABEL = _OWN + "workflow-archiving-status"
WELL_KNOWN_LABELS = (
    _OWN + "phase",
    _OWN + "completed",
    ARCHIVING_LABEL,
    CRON_LABEL,
    TEMPLATE_LABEL,
    CLUSTER_TEMPLATE_LABEL,
    _OWN + "creator",
    _OWN + "controller-instanceid",
)
"""The labels that the controller sets."""


_WAITS = (
    ("Workflow processing has been postponed because too many workflows are already running", PARALLELISM),
    ("Waiting to acquire the synchronization lock", LOCK),
    ("Waiting for a PVC", CLAIM),
)
"""How the controller's messages about pending workflows begin."""
_OPEN, _ARCHIVED = frozenset(OPEN), frozenset({"Archived", "Persisted"})
_STORED = "status.storedWorkflowTemplateSpec"
_LOCK_WORDS = re.compile(r"Waiting for [^\s/]{1,512}/\S{1,512} lock\b")


_Amount: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""What a sum of floating-point numbers can hold exactly."""
_NULL = msgspec.Raw(NULL)


class _Reference(msgspec.Struct, gc=False, rename="camel"):
    name: str | None = None
    cluster_scope: bool | None = None


class _Limits(msgspec.Struct, gc=False, rename="camel"):
    active_deadline_seconds: _Amount | str | None = None
    suspend: bool | None = None


class _Spec(_Limits, gc=False, rename="camel"):
    workflow_template_ref: _Reference | None = None


class _Resources(msgspec.Struct, gc=False):
    cpu: _Amount = 0
    memory: _Amount = 0


class _Status(msgspec.Struct, gc=False, rename="camel"):
    phase: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    message: str | None = None
    progress: str | None = None
    estimated_duration: _Amount | None = None
    resources_duration: _Resources | None = None
    stored_workflow_template_spec: _Limits | None = None
    nodes: msgspec.Raw = _NULL
    compressed_nodes: msgspec.Raw = _NULL


class _Object(msgspec.Struct, gc=False):
    metadata: Meta
    spec: _Spec | None = None
    status: _Status | None = None


_NO_SPEC, _NO_STATUS, _NO_LIMITS, _NO_RESOURCES = _Spec(), _Status(), _Limits(), _Resources()
_UNKNOWN_RESOURCES = _Resources(UNKNOWN, UNKNOWN)

_objects = msgspec.json.Decoder(_Object)

_PHASE_OF = {"": UNSET} | {phase: phase for phase in (PENDING, RUNNING, *FINAL)}


class Reader:
    """Reads workflows' bytes as the options say."""

    def __init__(self, options: WorkflowOptions) -> None:
        self._group_label = options.group_label
        self._progressing = Progressing(options)

    def read(self, body: bytes) -> Document:
        """Read a workflow's bytes.

        A status that is missing, or not an object, is a phase Unset; a phase that is not a text is Other. What is there
        and cannot be read is left out and named in the document's ``problem``; whatever could be read is true.

        Raises:
            Malformed: not a JSON object with readable metadata.
        """
        try:
            found = _objects.decode(body)
        except NOT_AS_TYPED as error:
            problems = ["nested too deeply"] if isinstance(error, RecursionError) else []
            meta, spec, phase, status = _read_apart(body, problems)
            return self._document(meta, spec, phase, status, problems)
        except msgspec.DecodeError as error:
            raise Malformed(f"not a workflow ({error}), {len(body)} bytes") from error
        status = found.status or _NO_STATUS
        phase = _PHASE_OF.get(status.phase or "", OTHER)
        return self._document(found.metadata, found.spec or _NO_SPEC, phase, status, [])

    def _document(self, meta: Meta, spec: _Spec, phase: str, status: _Status, problems: list[str]) -> Document:
        if not meta.name:
            raise Malformed("an object without a name")
        labels = meta.labels
        group = _group(meta, spec.workflow_template_ref, self._group_label, problems)
        created = read_time("metadata.creationTimestamp", meta.creation_timestamp, problems)
        started = read_time("status.startedAt", status.started_at, problems)
        finished = read_time("status.finishedAt", status.finished_at, problems)
        archived = labels is not None and labels.get(ARCHIVING_LABEL) in _ARCHIVED
        used = status.resources_duration or _NO_RESOURCES
        underway: Underway | None = None
        if phase in _OPEN:
            underway = self._progressing.judge(phase, meta, _facts(created, started, spec, status, problems))
        waits_for = _waits_for(phase, status.message)
        workflow = Workflow(
            phase, group, created, started, finished, archived, waits_for, used.cpu, used.memory, underway
        )
        return Document(meta, workflow, f"{meta.namespace}/{group[1]}", ", ".join(problems) or None)


def _facts(created: int | None, started: int | None, spec: _Spec, status: _Status, problems: list[str]) -> Facts:
    stored = status.stored_workflow_template_spec or _NO_LIMITS
    progress = read_progress(status.progress) if status.progress else (0, 0)
    if progress is None:
        problems.append("status.progress is not a progress")
    return Facts(
        created,
        started,
        _limit(spec, stored, problems),
        status.estimated_duration,
        progress or (0, 0),
        bool(stored.suspend if spec.suspend is None else spec.suspend),
        status.nodes,
        status.compressed_nodes,
    )


def _limit(spec: _Limits, stored: _Limits, problems: list[str]) -> int | None:
    place, limits = ("spec", spec) if spec.active_deadline_seconds is not None else (_STORED, stored)
    try:
        return read_seconds(limits.active_deadline_seconds)
    except ValueError:
        problems.append(f"{place}.activeDeadlineSeconds is not a number")
        return None


def _waits_for(phase: str, message: str | None) -> str:
    if phase == PENDING:
        return _wait_in(message or "")
    return NOT_ADMITTED if phase == UNSET else ""


def _wait_in(message: str) -> str:
    found = next((wait for beginning, wait in _WAITS if message.startswith(beginning)), OTHERWISE)
    return LOCK if found == OTHERWISE and _LOCK_WORDS.match(message) else found


def _group(meta: Meta, reference: _Reference | None, label: str, problems: list[str]) -> Group:
    labels = meta.labels or {}
    cron = _name("the CronWorkflow's name", labels.get(CRON_LABEL) or _cron_owner(meta), problems)
    kind, name = _template(meta, labels, reference)
    name = _name("the template's name", name, problems)
    if not label:
        return _shared_group(kind, name, cron)
    return _shared_group(kind, name, cron, _name(f"the label {label}", labels.get(label, ""), problems))


def _template(meta: Meta, labels: Mapping[str, str], reference: _Reference | None) -> tuple[str, str]:
    if reference is not None and reference.name:
        return CLUSTER_TEMPLATE if reference.cluster_scope else TEMPLATE, reference.name
    if template := labels.get(TEMPLATE_LABEL):
        return TEMPLATE, template
    if template := labels.get(CLUSTER_TEMPLATE_LABEL):
        return CLUSTER_TEMPLATE, template
    return INLINE, meta.generate_name.removesuffix("-")


def _name(place: str, text: str, problems: list[str]) -> str:
    """Refuse what cannot name an object: it would be in every scrape, and in every state file."""
    if len(text) <= LONGEST_NAME:
        return text
    problems.append(f"{place} is longer than a name can be")
    return ""


@lru_cache(maxsize=4096)
def _shared_group(*values: str) -> Group:
    # The workflows of one template share one tuple and its texts.
    return values


def _cron_owner(meta: Meta) -> str:
    owners = meta.owner_references or ()
    return next((owner.name for owner in owners if owner.controller and owner.kind == "CronWorkflow"), "")


def _read_apart(body: bytes, problems: list[str]) -> tuple[Meta, _Spec, str, _Status]:
    parts = cut(body)
    meta = read_meta(parts.get("metadata", NULL))
    spec = read_members("spec", parts.get("spec", NULL), problems)
    status = read_members("status", parts.get("status", NULL), problems)
    stored = read_members(_STORED, status.get("storedWorkflowTemplateSpec", NULL), problems)
    phase = _phase_apart(status.get("phase", NULL), problems)
    found = _Status(
        started_at=_read(_A_TEXT, "status", "startedAt", status, problems),
        finished_at=_read(_A_TEXT, "status", "finishedAt", status, problems),
        message=_read(_A_TEXT, "status", "message", status, problems),
        progress=_read(_A_TEXT, "status", "progress", status, problems),
        estimated_duration=_read(_AN_AMOUNT, "status", "estimatedDuration", status, problems),
        resources_duration=_resources_apart(status, problems),
        stored_workflow_template_spec=_Limits(*_limits_apart(_STORED, stored, problems)),
        nodes=msgspec.Raw(status.get("nodes", NULL)),
        compressed_nodes=msgspec.Raw(status.get("compressedNodes", NULL)),
    )
    limits = _limits_apart("spec", spec, problems)
    return meta, _Spec(*limits, _read(_A_REFERENCE, "spec", "workflowTemplateRef", spec, problems)), phase, found


_Typed: TypeAlias = tuple[msgspec.json.Decoder[Any], str]
"""How a value is read, and what it should be."""
_A_TEXT: _Typed = msgspec.json.Decoder(str), "a text"
_AN_AMOUNT: _Typed = msgspec.json.Decoder(_Amount), "a number"
_A_SPAN: _Typed = msgspec.json.Decoder(_Amount | str), "a number"
_A_SWITCH: _Typed = msgspec.json.Decoder(bool), "true or false"
_A_REFERENCE: _Typed = msgspec.json.Decoder(_Reference), "a reference"
_RESOURCES: _Typed = msgspec.json.Decoder(_Resources), "numbers of seconds"


def _read(typed: _Typed, place: str, name: str, parts: Mapping[str, bytes], problems: list[str]) -> Any:
    decoder, article = typed
    return read_as(decoder, f"{place}.{name}", article, parts.get(name, NULL), problems)


def _limits_apart(place: str, parts: Mapping[str, bytes], problems: list[str]) -> tuple[int | str | None, bool | None]:
    return (
        _read(_A_SPAN, place, "activeDeadlineSeconds", parts, problems),
        _read(_A_SWITCH, place, "suspend", parts, problems),
    )


def _resources_apart(status: Mapping[str, bytes], problems: list[str]) -> _Resources:
    if status.get("resourcesDuration", NULL) == NULL:
        return _NO_RESOURCES
    found: _Resources | None = _read(_RESOURCES, "status", "resourcesDuration", status, problems)
    return found or _UNKNOWN_RESOURCES


def _phase_apart(raw: bytes, problems: list[str]) -> str:
    if raw == NULL:
        return UNSET
    text = read_as(_A_TEXT[0], "status.phase", "a text", raw, problems)
    return OTHER if text is None else _PHASE_OF.get(text, OTHER)
