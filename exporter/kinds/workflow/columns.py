"""The columns of the families of workflows: which there are, and which are shown before anything is counted in them."""

from exporter.kinds.workflow import nodes
from exporter.kinds.workflow.families import (
    CPU,
    DELETIONS,
    DURATION,
    FAILURES,
    MAPPING_ERRORS,
    MEMORY,
    NODE_COMPLETIONS,
    NODES,
    NODES_UNREADABLE,
    OLDEST_CREATION,
    OLDEST_START,
    OVERDUE,
    PENDING,
    RETRIES,
    START_DELAY,
    STUCK,
    SUSPENDED,
    TASKS,
    TASKS_COMPLETED,
    TRANSITIONS,
    UPDATES,
    WORKFLOWS,
    GroupFamilies,
)
from exporter.kinds.workflow.options import WorkflowOptions
from exporter.kinds.workflow.projection import FINAL, OTHER, PHASES, RUNNING, UNOBSERVED, UNSET, WAITS
from exporter.kinds.workflow.projection import PENDING as PENDING_PHASE
from exporter.metrics.rows import Column
from exporter.metrics.series import Due, Latest, Oldest

DEADLINE, ESTIMATE = "deadline", "estimate"
COMPLETE, SILENT = "complete", "silent"

# Shown at 0 from the start: what an undisturbed workflow, or a retried one, goes through. A quiet namespace must stay
# cheap, so anything rarer appears with its first count.
_USUAL_TRANSITIONS = {
    *((UNSET, phase) for phase in (PENDING_PHASE, RUNNING, *FINAL)),
    *((PENDING_PHASE, phase) for phase in (RUNNING, *FINAL)),
    *((RUNNING, phase) for phase in FINAL),
    *((phase, again) for phase in FINAL for again in (UNSET, RUNNING)),
}


def _usually_deleted(phase: str, archived: bool) -> bool:  # noqa: FBT001 - a label's value
    return phase in FINAL or (phase != OTHER and not archived)


class Columns:
    """All columns, by what they tell."""

    def __init__(self, options: WorkflowOptions, reasons: tuple[str, ...]) -> None:
        families = GroupFamilies(options)
        self.group_labels = families.labels
        self.phase = {phase: Column(WORKFLOWS, phase) for phase in PHASES}
        self.pending = {wait: Column(PENDING, wait, eager=False) for wait in WAITS}
        self.suspended = Column(SUSPENDED, eager=False)
        self.overdue = {reason: Column(OVERDUE, reason, eager=False, keeps=Due) for reason in (DEADLINE, ESTIMATE)}
        self.stuck = {reason: Column(STUCK, reason, eager=False, keeps=Due) for reason in (COMPLETE, SILENT)}
        self.oldest_creation = {
            phase: Column(OLDEST_CREATION, phase, eager=False, keeps=Oldest) for phase in (UNSET, PENDING_PHASE)
        }
        self.oldest_start = Column(OLDEST_START, eager=False, keeps=Oldest)
        self.tasks = Column(TASKS, eager=False)
        self.tasks_completed = Column(TASKS_COMPLETED, eager=False)
        self.nodes = {place: Column(NODES, *place, eager=False) for place in _PLACES if options.nodes}
        self.creation = Column(families.creations, by_group=True)
        self.completion = {
            phase: Column(families.completions, phase, by_group=True, exemplars=True) for phase in (*FINAL, UNOBSERVED)
        }
        self.transition = {
            (old, new): Column(TRANSITIONS, old, new, eager=(old, new) in _USUAL_TRANSITIONS)
            for old in PHASES
            for new in PHASES
            if old != new
        }
        self.failure = {reason: Column(FAILURES, reason, eager=False) for reason in reasons}
        self.deletion = {
            (phase, archived): Column(DELETIONS, phase, str(archived).lower(), eager=_usually_deleted(phase, archived))
            for phase in PHASES
            for archived in (False, True)
        }
        self.retry, self.update = Column(RETRIES), Column(UPDATES)
        self.duration = {phase: Column(DURATION, phase, eager=False, exemplars=True) for phase in FINAL}
        self.start_delay = Column(START_DELAY, eager=False)
        self.group_duration = {phase: Column(families.durations, phase, by_group=True, eager=False) for phase in FINAL}
        self.last = {phase: Column(families.last, phase, by_group=True, eager=False, keeps=Latest) for phase in FINAL}
        self.cpu, self.memory = Column(CPU, eager=False), Column(MEMORY, eager=False)
        self.node_completion = {place: Column(NODE_COMPLETIONS, *place, eager=False) for place in _PLACES}
        self.unreadable = {reason: Column(NODES_UNREADABLE, reason, eager=False) for reason in nodes.UNREADABLE}
        self.mapping_error = Column(MAPPING_ERRORS)

    @property
    def all(self) -> tuple[Column, ...]:
        """Every column, in the order in which the families are read best."""
        return (
            *self.phase.values(),
            *self.pending.values(),
            self.suspended,
            *self.overdue.values(),
            *self.stuck.values(),
            *self.oldest_creation.values(),
            self.oldest_start,
            self.tasks,
            self.tasks_completed,
            self.creation,
            *self.completion.values(),
            *self.transition.values(),
            *self.failure.values(),
            *self.deletion.values(),
            self.retry,
            self.update,
            *self.duration.values(),
            self.start_delay,
            *self.group_duration.values(),
            *self.last.values(),
            self.cpu,
            self.memory,
            *self.node_completion.values(),
            *self.nodes.values(),
            *self.unreadable.values(),
            self.mapping_error,
        )

    @property
    def ahead(self) -> tuple[Column, ...]:
        """What an open workflow may come to. These are dear, so a namespace where nothing is open does without."""
        return (
            *self.pending.values(),
            self.suspended,
            *self.overdue.values(),
            *self.stuck.values(),
            self.tasks,
            self.tasks_completed,
            *self.failure.values(),
            *self.duration.values(),
            self.start_delay,
            *self.group_duration.values(),
            self.cpu,
            self.memory,
            *self.unreadable.values(),
        )


_PLACES = tuple((type_, phase) for type_ in nodes.TYPES for phase in nodes.PHASES)
