"""What has happened to workflows, counted from the changes themselves: what an exporter's numbers are compared with."""

from collections import Counter
from typing import Any

import msgspec

from exporter.simulator.history import Change, History
from exporter.simulator.resources import CRON_WORKFLOWS, NAMESPACES, WORKFLOWS
from exporter.simulator.scenario.readers import NOTHING_UNSEEN, Readers
from exporter.simulator.scenario.tally import PHASES, Account, Tally, state_of


class Books:
    """Counts every change of a history. What was there when they begin is the baseline: it is in no count."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._tally = Tally()
        self.readers = Readers(lambda: (history.version, self._tally.copy()))
        for stored in history.things(WORKFLOWS):
            self._tally.begin((stored.namespace, stored.name), state_of(stored))
        history.subscribe(self._hear)

    def begin(self) -> None:
        """Count from now on: everything so far is the baseline."""
        self._tally.accounts.clear()

    def report(self, reader: str = "") -> dict[str, Any]:
        """Give all numbers, as JSON can hold them; counts of namespaces in which nothing is left stay.

        ``unseen`` is what the reader of that name, or the one who listed last, could not see.
        """
        phases = self._phases()
        who, unseen = self.readers.unseen(reader)
        return {
            "version": self._history.version,
            "workflows": len(self._tally.states),
            "cronworkflows": self._history.count(CRON_WORKFLOWS),
            "reader": who,
            "namespaces": {
                name: {
                    "phases": {phase: phases[name, phase] for phase in PHASES},
                    **self._account(name),
                    "unseen": unseen.get(name) or NOTHING_UNSEEN,
                }
                for name in sorted(self._names())
            },
        }

    def _names(self) -> set[str]:
        known = {stored.name for stored in self._history.things(NAMESPACES)}
        return known | {namespace for namespace, _ in self._tally.states} | self._tally.accounts.keys()

    def _account(self, name: str) -> dict[str, Any]:
        account: dict[str, Any] = msgspec.to_builtins(self._tally.accounts.get(name) or Account())
        return account

    def _phases(self) -> Counter[tuple[str, str]]:
        return Counter((namespace, state.phase) for (namespace, _), state in self._tally.states.items())

    def _hear(self, change: Change) -> None:
        if change.kind is not WORKFLOWS:
            return
        place = (change.namespace, change.name)
        state = None if change.type == "DELETED" else state_of(change.new)
        self._tally.tell(place, state)
        self.readers.hear(change.version, place, state)
