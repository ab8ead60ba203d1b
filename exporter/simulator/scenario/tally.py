"""Workflows as somebody was told of them, and what follows for counts: the rules by which all books are kept."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from exporter.simulator.history import Stored

OPEN, FINAL = ("Unset", "Pending", "Running"), ("Succeeded", "Failed", "Error")
PHASES = (*OPEN, *FINAL, "Other")
UNOBSERVED = "Unobserved"
"""The completion of what was deleted before it, or its last attempt, had ended."""
_ARCHIVING = "workflows.argoproj.io/workflow-archiving-status"


class State(msgspec.Struct, frozen=True):
    """One workflow as its object tells it."""

    uid: str
    phase: str
    finished: str | None
    archived: bool


@dataclass(slots=True)
class Account:
    """What was counted in one namespace since the books began."""

    created: int = 0
    updated: int = 0
    retried: int = 0
    completed: Counter[str] = field(default_factory=Counter)
    """By final phase, or Unobserved: once for each end of each workflow."""
    transitions: Counter[str] = field(default_factory=Counter)
    """Changes of the phase, as ``Pending>Running``."""
    deleted: Counter[str] = field(default_factory=Counter)
    """By last phase."""
    archived: int = 0
    """Of those deleted."""


Place: TypeAlias = tuple[str, str]
"""Namespace and name."""


class Tally:
    """Workflows as they were told so far, and what was counted of what was told."""

    def __init__(self) -> None:
        self.states: dict[Place, State] = {}
        self.accounts: dict[str, Account] = {}
        self._ends: dict[str, frozenset[str]] = {}
        """By uid, what tells the ends of a workflow apart."""

    def copy(self) -> "Tally":
        """Give one that knows the same workflows, and has counted nothing."""
        other = Tally()
        other.states, other._ends = dict(self.states), dict(self._ends)
        return other

    def begin(self, place: Place, state: State) -> None:
        """Take a workflow for one that was there before: it is in no count."""
        self._note(place, state)

    def tell(self, place: Place, state: State | None) -> None:
        """Count that a workflow is so now; None for one that is gone."""
        account = self.accounts.setdefault(place[0], Account())
        old = self.states.get(place)
        if old and (state is None or old.uid != state.uid):
            self._forget(place, account)
            old = None
        if state is None:
            return
        if old:
            account.updated += 1
            _compare(account, old, state)
        else:
            account.created += 1
        if self._note(place, state):
            account.completed[state.phase] += 1

    def _note(self, place: Place, state: State) -> bool:
        """Keep a state; say whether it is an end that was not known."""
        self.states[place] = state
        ends = self._ends.setdefault(state.uid, frozenset())
        end = state.finished or state.phase
        if state.phase not in FINAL or end in ends:
            return False
        self._ends[state.uid] = ends | {end}
        return True

    def _forget(self, place: Place, account: Account) -> None:
        state = self.states.pop(place)
        account.deleted[state.phase] += 1
        account.archived += state.archived
        del self._ends[state.uid]
        if state.phase not in FINAL:
            account.completed[UNOBSERVED] += 1


def _compare(account: Account, old: State, new: State) -> None:
    if old.phase != new.phase:
        account.transitions[f"{old.phase}>{new.phase}"] += 1
    if old.phase in FINAL:
        other_end = new.phase in FINAL and None not in {old.finished, new.finished} and old.finished != new.finished
        account.retried += new.phase in OPEN or other_end


class _Status(msgspec.Struct, rename="camel"):
    phase: str | None = None
    finished_at: str | None = None


class _Workflow(msgspec.Struct):
    status: _Status | None = None


def state_of(stored: Stored) -> State:
    """Read what is counted of a workflow; whatever stands where a phase should is Other."""
    archived = stored.labels.get(_ARCHIVING) in {"Archived", "Persisted"}
    try:
        status = stored.read(_Workflow).status or _Status()
    except msgspec.ValidationError:
        status = _lenient(stored.thing.get("status"))
    phase = status.phase or "Unset"
    return State(stored.uid, phase if phase in PHASES else "Other", status.finished_at, archived)


def _lenient(status: object) -> _Status:
    if not isinstance(status, dict):
        return _Status()
    phase, finished = status.get("phase"), status.get("finishedAt")
    return _Status(
        phase if isinstance(phase, str) or phase is None else "Other", finished if isinstance(finished, str) else None
    )
