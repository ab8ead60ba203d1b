"""What many workflows amount to: the families, their columns, and what each change adds to which."""

from collections.abc import Iterator

from exporter.kinds.workflow.projection import (
    FINAL,
    OPEN,
    OTHER,
    PENDING,
    PHASES,
    RUNNING,
    UNOBSERVED,
    UNSET,
    Workflow,
)
from exporter.metrics.family import Family, Type
from exporter.metrics.ledger import Past
from exporter.metrics.rows import Column, Entries

GROUP_LABELS = ("template_kind", "template_name", "cron_workflow")
_BY_GROUP = ("namespace", *GROUP_LABELS)

WORKFLOWS = Family(
    name="argowf_workflows",
    type=Type.GAUGE,
    help="Workflows in the cache by status.phase: Pending, Running, Succeeded, Failed, Error, Unset (not admitted by "
    "the controller yet), or Other (whatever else stands there).",
    labels=("namespace", "phase"),
)
CREATIONS = Family(
    name="argowf_workflow_creations_total",
    type=Type.COUNTER,
    help="Workflows created since the exporter started, counted when first seen.",
    labels=_BY_GROUP,
)
COMPLETIONS = Family(
    name="argowf_workflow_completions_total",
    type=Type.COUNTER,
    help="Workflows that reached a final phase, once for each finishedAt of each uid, and without a finishedAt once "
    "for each attempt; Unobserved are those that vanished before a final phase was seen.",
    labels=(*_BY_GROUP, "phase"),
)
TRANSITIONS = Family(
    name="argowf_workflow_phase_transitions_total",
    type=Type.COUNTER,
    help="Observed changes of status.phase.",
    labels=("namespace", "from_phase", "to_phase"),
)
DELETIONS = Family(
    name="argowf_workflow_deletions_total",
    type=Type.COUNTER,
    help="Workflows that left the cluster (or the selection), by last known phase and by whether they were archived.",
    labels=("namespace", "phase", "archived"),
)
RETRIES = Family(
    name="argowf_workflow_retries_total",
    type=Type.COUNTER,
    help="Workflows that left a final phase for another attempt.",
    labels=("namespace",),
)
UPDATES = Family(
    name="argowf_workflow_updates_total",
    type=Type.COUNTER,
    help="Changes of workflows: how busy the controller keeps the API server.",
    labels=("namespace",),
)

# Shown at 0 from the start: what an undisturbed workflow, or a retried one, goes through. A quiet namespace must stay
# cheap, so anything rarer appears with its first count.
_USUAL_TRANSITIONS = {
    *((UNSET, phase) for phase in (PENDING, RUNNING, *FINAL)),
    *((PENDING, phase) for phase in (RUNNING, *FINAL)),
    *((RUNNING, phase) for phase in FINAL),
    *((phase, again) for phase in FINAL for again in (UNSET, RUNNING)),
}


def _usually_deleted(phase: str, archived: bool) -> bool:  # noqa: FBT001 - a label's value
    return phase in FINAL or (phase != OTHER and not archived)


_GAUGE = {phase: Column(WORKFLOWS, phase) for phase in PHASES}
_CREATION = Column(CREATIONS, by_group=True)
_COMPLETION = {phase: Column(COMPLETIONS, phase, by_group=True) for phase in (*FINAL, UNOBSERVED)}
_TRANSITION = {
    (old, new): Column(TRANSITIONS, old, new, eager=(old, new) in _USUAL_TRANSITIONS)
    for old in PHASES
    for new in PHASES
    if old != new
}
_DELETION = {
    (phase, archived): Column(DELETIONS, phase, str(archived).lower(), eager=_usually_deleted(phase, archived))
    for phase in PHASES
    for archived in (False, True)
}
_RETRY = Column(RETRIES)
_UPDATE = Column(UPDATES)

_GAUGES: dict[str, Entries] = {phase: ((column, 1),) for phase, column in _GAUGE.items()}
_TOUCHED: Entries = ((_UPDATE, 1),)
_TIMELESS = frozenset(FINAL)
"""The outcomes of ends without a finishedAt."""


class WorkflowAccounting:
    """What workflows amount to."""

    columns = (
        *_GAUGE.values(),
        _CREATION,
        *_COMPLETION.values(),
        *_TRANSITION.values(),
        *_DELETION.values(),
        _RETRY,
        _UPDATE,
    )
    group_labels = GROUP_LABELS

    def group(self, projection: Workflow) -> tuple[str, ...]:
        """Give the group of a workflow."""
        return projection.group

    def gauges(self, projection: Workflow) -> Entries:
        """Give the one phase in which a workflow is."""
        return _GAUGES[projection.phase]

    def touched(self) -> Entries:
        """Count an update."""
        return _TOUCHED

    def appeared(self, new: Workflow, past: Past, since: int) -> Entries:
        """Count a creation and a completion that happened after the start and were not counted before."""
        return tuple((column, 1) for column in self._first_sight(new, past, since))

    def changed(self, old: Workflow, new: Workflow, past: Past) -> Entries:
        """Count a transition, a retry, a completion."""
        return tuple((column, 1) for column in self._differences(old, new, past))

    def vanished(self, last: Workflow, past: Past) -> Entries:
        """Count a deletion, and a completion that nobody saw."""
        deletion = (_DELETION[last.phase, last.archived], 1)
        if last.phase in FINAL or None in past:
            return (deletion,)
        return (deletion, (_COMPLETION[UNOBSERVED], 1))

    def remembered(self, past: Past, old: Workflow, new: Workflow | None) -> Past:
        """Give the ends that must not be counted again: those with a time, and those of the latest attempt without."""
        kept, outcome = _past_of_attempt(past, old), _outcome(old)
        shown_on = new is not None and (outcome is None or outcome == _outcome(new))
        return kept if shown_on or outcome in kept else (*kept, outcome)

    def _first_sight(self, new: Workflow, past: Past, since: int) -> Iterator[Column]:
        created, finished = new.created, new.created if new.finished is None else new.finished
        if not past and created is not None and created >= since:
            yield _CREATION
        if finished is not None and finished >= since:
            yield from _completion(new, past)

    def _differences(self, old: Workflow, new: Workflow, past: Past) -> Iterator[Column]:
        if old.phase != new.phase:
            yield _TRANSITION[old.phase, new.phase]
        again = _is_another_attempt(old, new)
        if again:
            yield _RETRY
        if again or old.phase not in FINAL:
            yield from _completion(new, _past_of_attempt(past, old))


def _completion(new: Workflow, past: Past) -> Iterator[Column]:
    # The phase is looked for as well: a time that is written late does not make another end.
    outcome = _outcome(new)
    if outcome is not None and outcome not in past and new.phase not in past:
        yield _COMPLETION[new.phase]


def _outcome(workflow: Workflow) -> int | str | None:
    """Name an end by its finishedAt, or by its phase for want of one; None while the phase is not final."""
    if workflow.phase not in FINAL:
        return None
    return workflow.phase if workflow.finished is None else workflow.finished


def _past_of_attempt(past: Past, state: Workflow) -> Past:
    """Leave out the ends without a time that belong to attempts before the one that this state is of.

    An open phase begins another attempt, and of an end with a time the time is what counts.
    """
    if _TIMELESS.isdisjoint(past):
        return past
    may_be_of_it = state.phase == OTHER or (state.phase in FINAL and state.finished is None)
    return past if may_be_of_it else tuple(outcome for outcome in past if outcome not in _TIMELESS)


def _is_another_attempt(old: Workflow, new: Workflow) -> bool:
    """Whether a final phase was left, even when the next one was reached before anybody looked."""
    if old.phase not in FINAL:
        return False
    if new.phase in FINAL:
        return None not in (old.finished, new.finished) and old.finished != new.finished
    return new.phase in OPEN
