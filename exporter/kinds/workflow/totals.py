"""What many workflows amount to: what each change adds to which column."""

from collections.abc import Iterator

from exporter.kinds.workflow.columns import COMPLETE, DEADLINE, ESTIMATE, SILENT, Columns
from exporter.kinds.workflow.endings import Endings
from exporter.kinds.workflow.failures import Reasons
from exporter.kinds.workflow.options import WorkflowOptions
from exporter.kinds.workflow.projection import (
    ERROR,
    FAILED,
    FINAL,
    OPEN,
    OTHER,
    PHASES,
    RUNNING,
    SUCCEEDED,
    UNKNOWN,
    UNOBSERVED,
    Underway,
    Workflow,
)
from exporter.kube.objects import Key
from exporter.metrics.accounting import Past, Whole
from exporter.metrics.rows import Column, Entries, Entry

MEMORY_UNIT = 100 * 1024 * 1024
"""Bytes in which Argo counts memory."""

_STARTED = "started"
"""Remembered of a workflow that is not there, or has no startedAt, but had one."""
_OPEN = frozenset(OPEN)
_TIMELESS = frozenset(FINAL)
"""The outcomes of ends without a finishedAt."""


class WorkflowAccounting:
    """What workflows amount to."""

    namespaced = True

    def __init__(self, options: WorkflowOptions = WorkflowOptions()) -> None:  # noqa: B008 - frozen
        """Raise ``ValueError`` for a pattern of a failure reason that does not compile."""
        reasons = Reasons(options.failure_patterns)
        self._columns = columns = Columns(options, reasons.names)
        self._endings = Endings(columns, reasons)
        self.columns = columns.all
        self.group_labels = columns.group_labels
        self.counted: dict[str, tuple[Column, ...]] = {
            "created": (columns.creation,),
            "succeeded": (columns.completion[SUCCEEDED],),
            "failed": (columns.completion[FAILED],),
            "error": (columns.completion[ERROR],),
            "deleted": tuple(columns.deletion.values()),
        }
        """The columns of what people count first, for the live page."""
        self.completions = {column: phase for phase, column in columns.completion.items()}
        """Under which phase each column counts completions: a final one, or Unobserved."""
        self.last_completions = {column: phase for phase, column in columns.last.items()}
        """Of which final phase each column keeps the latest finishedAt."""
        self._standing: dict[str, Entries] = {phase: ((column, 1),) for phase, column in columns.phase.items()}
        self._pending: dict[str, Entry] = {wait: (column, 1) for wait, column in columns.pending.items()}
        self._deadline, self._estimate = columns.overdue[DEADLINE], columns.overdue[ESTIMATE]
        self._silent, self._complete = columns.stuck[SILENT], columns.stuck[COMPLETE]
        self._is_running: Entry = (columns.phase[RUNNING], 1)
        self._ahead, self._failures = columns.ahead, tuple(columns.failure.values())
        self._touched: Entries = ((columns.update, 1),)
        self._opened = frozenset(columns.completion[phase] for phase in FINAL)

    def group(self, projection: Workflow) -> tuple[str, ...]:
        """Give the group of a workflow."""
        return projection.group

    def gauges(self, projection: Workflow) -> Entries:
        """Give a workflow's phase, and of an unfinished one since when it waits or runs, and how it is doing."""
        phase, underway, columns = projection.phase, projection.underway, self._columns
        if phase not in _OPEN:
            return self._standing[phase]
        if phase == RUNNING:
            return self._running(projection, underway)
        entries = [*self._standing[phase]]
        if (pending := self._pending.get(projection.waits_for)) is not None:
            entries.append(pending)
        if projection.created is not None:
            entries.append((columns.oldest_creation[phase], projection.created))
        if underway is not None:
            self._add_rest(entries, underway)
        return tuple(entries)

    def expected(self, projection: Workflow) -> tuple[Column, ...]:
        """Give what an open workflow may come to, and for what one that failed may have failed."""
        if projection.phase in _OPEN:
            return self._ahead
        return self._failures if projection.phase in {FAILED, ERROR} else ()

    def touched(self) -> Entries:
        """Count an update."""
        return self._touched

    def baseline(self, new: Workflow) -> Entries:
        """Show when a workflow of the first list ended."""
        if new.phase not in FINAL or new.finished is None:
            return ()
        return ((self._columns.last[new.phase], new.finished),)

    def appeared(self, new: Workflow, past: Past, since: int) -> Entries:
        """Count a creation, a start and a completion that happened after the exporter's and were not counted before."""
        return tuple(self._first_sight(new, past, since))

    def changed(self, old: Workflow, new: Workflow, past: Past) -> Entries:
        """Count a transition, a retry, a start, a completion, and what was used meanwhile."""
        used = self._used(old, new)
        if old.phase == new.phase and old.phase not in FINAL and old.started is not None:
            return used  # as most changes are
        return (*self._differences(old, new, past), *used)

    def vanished(self, last: Workflow, past: Past) -> Entries:
        """Count a deletion, and a completion that nobody saw."""
        deletion = (self._columns.deletion[last.phase, last.archived], 1)
        if last.phase in FINAL or None in past:
            return (deletion,)
        return (deletion, (self._columns.completion[UNOBSERVED], 1))

    def remembered(self, past: Past, old: Workflow, new: Workflow | None) -> Past:
        """Give what must not be counted again: ends with a time, those of the latest attempt without, and a start."""
        if not past and new is not None and old.phase not in FINAL and new.started is not None:
            return past  # as most changes leave it
        kept, outcome = _past_of_attempt(past, old), _outcome(old)
        shown_on = new is not None and (outcome is None or outcome == _outcome(new))
        if not shown_on and outcome not in kept:
            kept = (*kept, outcome)
        gone = old.started is not None and (new is None or new.started is None)
        return (*kept, _STARTED) if gone and _STARTED not in kept else kept

    def asks_whole(self, counts: Entries) -> bool:
        """Whether a completion was counted that was seen."""
        # A loop, since most have counted one thing or two, and a generator costs as much as ten.
        for column, _ in counts:  # noqa: SIM110
            if column in self._opened:
                return True
        return False

    def whole(self, key: Key, body: bytes, new: Workflow, counts: Entries) -> Whole:  # noqa: ARG002 - it was asked for
        """Count why a workflow failed, and its nodes; name its trace and itself."""
        return self._endings.open(key, body, new)

    def unsettled(self, projection: Workflow, since: int) -> bool:
        """Whether a workflow has not ended, or was created or ended at or after ``since``."""
        times = (projection.created, projection.finished)
        return projection.phase not in FINAL or any(time is not None and time >= since for time in times)

    def _running(self, projection: Workflow, underway: Underway | None) -> Entries:
        # What changes most comes last, for only what differs place by place is counted anew.
        entries = [self._is_running]
        if projection.started is not None:
            entries.append((self._columns.oldest_start, projection.started))
        if underway is None:
            return tuple(entries)
        if underway.deadline is not None:
            entries.append((self._deadline, underway.deadline))
        if underway.estimate is not None:
            entries.append((self._estimate, underway.estimate))
        if underway.silent is not None:
            entries.append((self._silent, underway.silent))
        if underway.planned:
            entries += ((self._columns.tasks, underway.planned), (self._columns.tasks_completed, underway.done))
        if underway.complete is not None:
            entries.append((self._complete, underway.complete))
        if underway.suspended or underway.nodes:
            self._add_rest(entries, underway)
        return tuple(entries)

    def _add_rest(self, entries: list[Entry], underway: Underway) -> None:
        if underway.suspended:
            entries.append((self._columns.suspended, 1))
        if underway.nodes and self._columns.nodes:
            entries += [(self._columns.nodes[type_, phase], count) for type_, phase, count in underway.nodes]

    def _first_sight(self, new: Workflow, past: Past, since: int) -> Iterator[Entry]:
        created, finished = new.created, new.created if new.finished is None else new.finished
        if not past and created is not None and created >= since:
            yield self._columns.creation, 1
            yield from self._used(_NOTHING_USED, new)
        if new.started is not None and new.started >= since:
            yield from self._start(new, past)
        if finished is not None and finished >= since:
            yield from self._completion(new, past)
        yield from self.baseline(new)

    def _differences(self, old: Workflow, new: Workflow, past: Past) -> Iterator[Entry]:
        if old.phase != new.phase:
            yield self._columns.transition[old.phase, new.phase], 1
        again = _is_another_attempt(old, new)
        if again:
            yield self._columns.retry, 1
        if old.started is None:
            yield from self._start(new, past)
        if again or old.phase not in FINAL:
            yield from self._completion(new, _past_of_attempt(past, old))
        if (old.phase, old.finished) != (new.phase, new.finished):
            yield from self.baseline(new)

    def _used(self, old: Workflow, new: Workflow) -> Entries:
        if UNKNOWN in (old.cpu, new.cpu):  # what is not known cannot be told from what was counted
            return ()
        cpu, memory = new.cpu - old.cpu, (new.memory - old.memory) * MEMORY_UNIT
        if cpu > 0 and memory > 0:
            return ((self._columns.cpu, cpu), (self._columns.memory, memory))
        if cpu > 0:
            return ((self._columns.cpu, cpu),)
        return ((self._columns.memory, memory),) if memory > 0 else ()

    def _start(self, new: Workflow, past: Past) -> Entries:
        return () if _STARTED in past else self._span(self._columns.start_delay, new.created, new.started)

    def _completion(self, new: Workflow, past: Past) -> Entries:
        # The phase is looked for as well: a time that is written late does not make another end.
        outcome, phase = _outcome(new), new.phase
        if outcome is None or outcome in past or phase in past:
            return ()
        span = self._span(self._columns.duration[phase], new.started, new.finished)
        of_group = tuple((self._columns.group_duration[phase], seconds) for _, seconds in span[:1])
        return ((self._columns.completion[phase], 1), *span, *of_group)

    def _span(self, column: Column, begin: int | None, end: int | None) -> Entries:
        """Observe what lies between two times, if both are known. Clocks differ, and people edit: never less than 0."""
        if begin is None or end is None:
            return ()
        return ((column, end - begin),) if begin <= end else ((column, 0), (self._columns.mapping_error, 1))


_NOTHING_USED = Workflow(PHASES[0], ())


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
