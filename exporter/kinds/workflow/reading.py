"""A workflow's bytes become a projection, however odd the workflow is.

The minimal CRDs of Argo do not validate types, so nearly everything may be missing or of another type. One strict
decode of the few fields that are needed is tried; an object on which it fails is taken apart, member by member.
"""

import re
from functools import lru_cache

import msgspec

from exporter.kinds.apart import NOT_AS_TYPED, NULL, read_as, read_members, read_meta, read_time
from exporter.kinds.workflow.projection import (
    CLAIM,
    CLUSTER_TEMPLATE,
    FINAL,
    INLINE,
    LOCK,
    NOT_ADMITTED,
    OTHER,
    OTHERWISE,
    PARALLELISM,
    PENDING,
    PHASES,
    RUNNING,
    TEMPLATE,
    UNSET,
    Group,
    Workflow,
)
from exporter.kube.errors import Malformed
from exporter.kube.fields import Field
from exporter.kube.objects import Meta, key_of
from exporter.kube.wire import members
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
_LOCK_WORDS = re.compile(r"Waiting for [^\s/]{1,512}/\S{1,512} lock\b")


class _Reference(msgspec.Struct, gc=False, rename="camel"):
    name: str | None = None
    cluster_scope: bool | None = None


class _Spec(msgspec.Struct, gc=False, rename="camel"):
    workflow_template_ref: _Reference | None = None


class _Status(msgspec.Struct, gc=False, rename="camel"):
    phase: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    message: str | None = None


class _Object(msgspec.Struct, gc=False):
    metadata: Meta
    spec: _Spec | None = None
    status: _Status | None = None


_NO_STATUS = _Status()

_objects = msgspec.json.Decoder(_Object)
_references = msgspec.json.Decoder(_Reference)
_texts = msgspec.json.Decoder(str)

_PHASE_OF = {"": UNSET} | {phase: phase for phase in (PENDING, RUNNING, *FINAL)}


def read(body: bytes) -> Document:
    """Read a workflow's bytes.

    A status that is missing, or not an object, is a phase Unset; a phase that is not a text is Other. What is there
    and cannot be read is left out and named in the document's ``problem``; whatever could be read is true.

    Raises:
        Malformed: not a JSON object with readable metadata.
    """
    try:
        found = _objects.decode(body)
    except NOT_AS_TYPED as error:
        return _read_apart(body, "nested too deeply" if isinstance(error, RecursionError) else "")
    except msgspec.DecodeError as error:
        raise Malformed(f"not a workflow ({error}), {len(body)} bytes") from error
    status = found.status or _NO_STATUS
    reference = found.spec.workflow_template_ref if found.spec else None
    return _document(found.metadata, reference, _PHASE_OF.get(status.phase or "", OTHER), status, [])


def _document(meta: Meta, reference: _Reference | None, phase: str, status: _Status, problems: list[str]) -> Document:
    if not meta.name:
        raise Malformed("an object without a name")
    group = _group(meta, reference, problems)
    created = read_time("metadata.creationTimestamp", meta.creation_timestamp, problems)
    started = read_time("status.startedAt", status.started_at, problems)
    finished = read_time("status.finishedAt", status.finished_at, problems)
    labels = meta.labels
    archived = labels is not None and labels.get(ARCHIVING_LABEL) in {"Archived", "Persisted"}
    workflow = Workflow(phase, group, created, started, finished, archived, _waits_for(phase, status.message))
    return Document(meta, workflow, f"{meta.namespace}/{group[1]}", ", ".join(problems) or None)


def _waits_for(phase: str, message: str | None) -> str:
    if phase == PENDING:
        return _wait_in(message or "")
    return NOT_ADMITTED if phase == UNSET else ""


def _wait_in(message: str) -> str:
    found = next((wait for beginning, wait in _WAITS if message.startswith(beginning)), OTHERWISE)
    return LOCK if found == OTHERWISE and _LOCK_WORDS.match(message) else found


def _group(meta: Meta, reference: _Reference | None, problems: list[str]) -> Group:
    labels = meta.labels or {}
    cron = labels.get(CRON_LABEL) or _name("the owner's name", _cron_owner(meta), problems)
    if reference is not None and reference.name:
        name = _name("spec.workflowTemplateRef.name", reference.name, problems)
        return _shared_group(CLUSTER_TEMPLATE if reference.cluster_scope else TEMPLATE, name, cron)
    if template := labels.get(TEMPLATE_LABEL):
        return _shared_group(TEMPLATE, template, cron)
    if template := labels.get(CLUSTER_TEMPLATE_LABEL):
        return _shared_group(CLUSTER_TEMPLATE, template, cron)
    return _shared_group(INLINE, meta.generate_name.removesuffix("-"), cron)


def _name(place: str, text: str, problems: list[str]) -> str:
    """Refuse what cannot name an object: nothing validates it, and it would be in every scrape."""
    if len(text) <= LONGEST_NAME:
        return text
    problems.append(f"{place} is longer than a name can be")
    return ""


@lru_cache(maxsize=4096)
def _shared_group(template_kind: str, template_name: str, cron_workflow: str) -> Group:
    # The workflows of one template share one tuple and its texts.
    return template_kind, template_name, cron_workflow


def _cron_owner(meta: Meta) -> str:
    owners = meta.owner_references or ()
    return next((owner.name for owner in owners if owner.controller and owner.kind == "CronWorkflow"), "")


def _read_apart(body: bytes, problem: str) -> Document:
    parts = members(body)
    meta = read_meta(parts.get("metadata", NULL))
    problems = [problem] if problem else []
    status = read_members("status", parts.get("status", NULL), problems)
    spec = read_members("spec", parts.get("spec", NULL), problems)
    reference = read_as(
        _references, "spec.workflowTemplateRef", "a reference", spec.get("workflowTemplateRef", NULL), problems
    )

    def text(name: str) -> str | None:
        found: str | None = read_as(_texts, f"status.{name}", "a text", status.get(name, NULL), problems)
        return found

    phase = _phase_apart(status.get("phase", NULL), problems)
    texts = _Status(started_at=text("startedAt"), finished_at=text("finishedAt"), message=text("message"))
    return _document(meta, reference, phase, texts, problems)


def _phase_apart(raw: bytes, problems: list[str]) -> str:
    if raw == NULL:
        return UNSET
    text = read_as(_texts, "status.phase", "a text", raw, problems)
    return OTHER if text is None else _PHASE_OF.get(text, OTHER)


def phase_values(document: Document) -> tuple[str, ...]:
    """Give a workflow's phase, for an index."""
    return (document.projection.phase,)


def template_values(document: Document) -> tuple[str, ...]:
    """Give the name of the template that a workflow was made from, for an index; nothing for one made without."""
    kind, name, _ = document.projection.group
    return () if kind == INLINE else (name,)


def cron_values(document: Document) -> tuple[str, ...]:
    """Give the key of the CronWorkflow that made a workflow, for an index; nothing for one that none made."""
    cron = document.projection.group[2]
    return (key_of(document.meta.namespace, cron),) if cron else ()


def _phase_as_written(workflow: Workflow) -> str:
    return "" if workflow.phase == UNSET else workflow.phase


PHASE_FIELD = Field(_phase_as_written, tuple("" if phase == UNSET else phase for phase in PHASES), index="phase")
"""``status.phase`` as it stands in the object, so empty for Unset; whatever Argo does not have is ``Other``."""
