"""What has happened to workflows, counted from the changes themselves: what an exporter's numbers are compared with."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec

from exporter.simulator.history import Change, History, Stored
from exporter.simulator.resources import CRON_WORKFLOWS, NAMESPACES, WORKFLOWS

OPEN, FINAL = ("Unset", "Pending", "Running"), ("Succeeded", "Failed", "Error")
PHASES = (*OPEN, *FINAL, "Other")
UNOBSERVED = "Unobserved"
"""The completion of what was deleted before it had ended."""
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


class Books:
    """Counts every change of a history. What was there when they begin is the baseline: it is in no count."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._states: dict[tuple[str, str], State] = {}
        self._ends: dict[str, set[str]] = {}
        self._accounts: dict[str, Account] = {}
        for stored in history.things(WORKFLOWS):
            self._note(stored)
        history.subscribe(self._hear)

    def begin(self) -> None:
        """Count from now on: everything so far is the baseline."""
        self._accounts.clear()

    def report(self) -> dict[str, Any]:
        """Give all numbers, as JSON can hold them; counts of namespaces in which nothing is left stay."""
        phases = self._phases()
        return {
            "version": self._history.version,
            "workflows": len(self._states),
            "cronworkflows": self._history.count(CRON_WORKFLOWS),
            "namespaces": {
                name: {"phases": {phase: phases[name, phase] for phase in PHASES}} | self._account(name)
                for name in sorted(self._names())
            },
        }

    def _names(self) -> set[str]:
        known = {stored.name for stored in self._history.things(NAMESPACES)}
        return known | {namespace for namespace, _ in self._states} | self._accounts.keys()

    def _account(self, name: str) -> dict[str, Any]:
        account: dict[str, Any] = msgspec.to_builtins(self._accounts.get(name) or Account())
        return account

    def _phases(self) -> Counter[tuple[str, str]]:
        return Counter((namespace, state.phase) for (namespace, _), state in self._states.items())

    def _hear(self, change: Change) -> None:
        if change.kind is not WORKFLOWS:
            return
        account = self._accounts.setdefault(change.namespace, Account())
        old = self._states.get((change.namespace, change.name))
        if change.type == "DELETED":
            self._forget(change.namespace, change.name, account)
            return
        if old and old.uid != change.new.uid:
            self._forget(change.namespace, change.name, account)
            old = None
        new = self._note(change.new, account)
        if old:
            account.updated += 1
            _compare(account, old, new)
        else:
            account.created += 1

    def _note(self, stored: Stored, account: Account | None = None) -> State:
        state = self._states[stored.namespace, stored.name] = state_of(stored)
        ends = self._ends.setdefault(state.uid, set())
        if state.phase in FINAL and (end := state.finished or state.phase) not in ends:
            ends.add(end)
            if account:
                account.completed[state.phase] += 1
        return state

    def _forget(self, namespace: str, name: str, account: Account) -> None:
        state = self._states.pop((namespace, name))
        account.deleted[state.phase] += 1
        account.archived += state.archived
        if not self._ends.pop(state.uid):
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
