"""What many workflows amount to: the columns of their families, and what each change adds to which."""

from collections.abc import Iterator

from exporter.kinds.workflow.families import (
    COMPLETIONS,
    CREATIONS,
    DELETIONS,
    DURATION,
    GROUP_LABELS,
    MAPPING_ERRORS,
    OLDEST_CREATION,
    OLDEST_START,
    RETRIES,
    START_DELAY,
    TRANSITIONS,
    UPDATES,
    WORKFLOWS,
)
from exporter.kinds.workflow.projection import (
    ERROR,
    FAILED,
    FINAL,
    OPEN,
    OTHER,
    PENDING,
    PHASES,
    RUNNING,
    SUCCEEDED,
    UNOBSERVED,
    UNSET,
    Workflow,
)
from exporter.metrics.accounting import Past
from exporter.metrics.rows import Column, Entries, Entry
from exporter.metrics.series import Oldest

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

_DURATION = {phase: Column(DURATION, phase, eager=False) for phase in FINAL}
_START_DELAY = Column(START_DELAY, eager=False)
_OLDEST_START = Column(OLDEST_START, eager=False, keeps=Oldest)
_OLDEST = {
    UNSET: Column(OLDEST_CREATION, UNSET, eager=False, keeps=Oldest),
    PENDING: Column(OLDEST_CREATION, PENDING, eager=False, keeps=Oldest),
    RUNNING: _OLDEST_START,
}
_MAPPING_ERROR = Column(MAPPING_ERRORS)

COUNTED: dict[str, tuple[Column, ...]] = {
    "created": (_CREATION,),
    "succeeded": (_COMPLETION[SUCCEEDED],),
    "failed": (_COMPLETION[FAILED],),
    "error": (_COMPLETION[ERROR],),
    "deleted": tuple(_DELETION.values()),
}
"""The columns of what people count first, for the live page."""

_GAUGES: dict[str, Entries] = {phase: ((column, 1),) for phase, column in _GAUGE.items()}
_AHEAD = (*_DURATION.values(), _START_DELAY)
"""What an open workflow may come to. Histograms are dear, so a namespace where nothing is open does without."""
_TOUCHED: Entries = ((_UPDATE, 1),)
_CREATED: Entry = (_CREATION, 1)
_STARTED = "started"
"""Remembered of a workflow that is not there, or has no startedAt, but had one."""
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
        *_DURATION.values(),
        _START_DELAY,
        *_OLDEST.values(),
        _MAPPING_ERROR,
    )
    group_labels = GROUP_LABELS

    def group(self, projection: Workflow) -> tuple[str, ...]:
        """Give the group of a workflow."""
        return projection.group

    def gauges(self, projection: Workflow) -> Entries:
        """Give the one phase in which a workflow is, and since when it has been waiting or running."""
        entries, oldest = _GAUGES[projection.phase], _OLDEST.get(projection.phase)
        since = projection.started if oldest is _OLDEST_START else projection.created
        return entries if oldest is None or since is None else (*entries, (oldest, since))

    def expected(self, projection: Workflow) -> tuple[Column, ...]:
        """Give the histograms that an open workflow may come to."""
        return _AHEAD if projection.phase in OPEN else ()

    def touched(self) -> Entries:
        """Count an update."""
        return _TOUCHED

    def appeared(self, new: Workflow, past: Past, since: int) -> Entries:
        """Count a creation, a start and a completion that happened after the exporter's and were not counted before."""
        return tuple(self._first_sight(new, past, since))

    def changed(self, old: Workflow, new: Workflow, past: Past) -> Entries:
        """Count a transition, a retry, a start, a completion."""
        return tuple(self._differences(old, new, past))

    def vanished(self, last: Workflow, past: Past) -> Entries:
        """Count a deletion, and a completion that nobody saw."""
        deletion = (_DELETION[last.phase, last.archived], 1)
        if last.phase in FINAL or None in past:
            return (deletion,)
        return (deletion, (_COMPLETION[UNOBSERVED], 1))

    def remembered(self, past: Past, old: Workflow, new: Workflow | None) -> Past:
        """Give what must not be counted again: ends with a time, those of the latest attempt without, and a start."""
        kept, outcome = _past_of_attempt(past, old), _outcome(old)
        shown_on = new is not None and (outcome is None or outcome == _outcome(new))
        if not shown_on and outcome not in kept:
            kept = (*kept, outcome)
        gone = old.started is not None and (new is None or new.started is None)
        return (*kept, _STARTED) if gone and _STARTED not in kept else kept

    def _first_sight(self, new: Workflow, past: Past, since: int) -> Iterator[Entry]:
        created, finished = new.created, new.created if new.finished is None else new.finished
        if not past and created is not None and created >= since:
            yield _CREATED
        if new.started is not None and new.started >= since:
            yield from _start(new, past)
        if finished is not None and finished >= since:
            yield from _completion(new, past)

    def _differences(self, old: Workflow, new: Workflow, past: Past) -> Iterator[Entry]:
        if old.phase != new.phase:
            yield _TRANSITION[old.phase, new.phase], 1
        again = _is_another_attempt(old, new)
        if again:
            yield _RETRY, 1
        if old.started is None:
            yield from _start(new, past)
        if again or old.phase not in FINAL:
            yield from _completion(new, _past_of_attempt(past, old))


def _start(new: Workflow, past: Past) -> Entries:
    return () if _STARTED in past else _span(_START_DELAY, new.created, new.started)


def _completion(new: Workflow, past: Past) -> Entries:
    # The phase is looked for as well: a time that is written late does not make another end.
    outcome = _outcome(new)
    if outcome is None or outcome in past or new.phase in past:
        return ()
    return ((_COMPLETION[new.phase], 1), *_span(_DURATION[new.phase], new.started, new.finished))


def _span(column: Column, begin: int | None, end: int | None) -> Entries:
    """Observe what lies between two times, if both are known. Clocks differ, and people edit: never less than 0."""
    if begin is None or end is None:
        return ()
    return ((column, end - begin),) if begin <= end else ((column, 0), (_MAPPING_ERROR, 1))


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
