"""One workflow in every state there is, with time passing and restarts in between."""

from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.metrics.ledger import Ledger, Mark
from exporter.metrics.owing import Standing
from exporter.store.delta import Delta, Synced
from tests.kinds.histories import STORED, Cache, State
from tests.kinds.samples import START
from tests.kinds.workflow_model import Checkpoint, Model
from tests.kinds.workflow_numbers import (
    BOUNDS,
    amounts,
    counters_of,
    gauges_of,
    histograms_of,
    latest_of,
    messages,
    oldest_of,
    phases,
    spans,
    standings_of,
    templates,
)
from tests.metrics.exposition import Numbers, numbers, rendered

moments = st.none() | st.sampled_from([START, START + 1, START + 1, START + 5_000])
sights = st.fixed_dictionaries(
    {"phase": st.sampled_from(["Running", "Running", "Failed", "Succeeded"]) | phases, "started": moments},
    optional={
        "finished": moments,
        "updated": moments,
        "deadline": spans,
        "estimate": spans,
        "done": st.just(2),
        "suspended": st.booleans(),
        "cpu": amounts,
        "memory": amounts,
        "message": messages,
        "stored": st.sampled_from([*STORED]),
        "template": templates,
    },
)
seconds = st.sampled_from([1, 300, 600, 5_000, 86_400])


class Life:
    """One workflow, as a ledger and the model see it."""

    def __init__(self) -> None:
        self.now, self._version = START, 0
        self._told: dict[tuple[str, str], State] = {}
        self._cache, self.model = Cache(), Model()
        self.ledger = self._new_ledger(START)
        self._kept = self._checkpoint()
        self._tell([Synced()])

    def see(self, sight: Mapping[str, Any]) -> None:
        self._version += 1
        state = State("blue", "a", "u1", self._version, **{"created": START, "planned": 2, **sight})
        self._told["u1", str(self._version)] = state
        self._tell(self._cache.applied(state))

    def leave(self) -> None:
        """It leaves the selection, or is deleted with a newer state."""
        self._tell([delta for state in list(self._cache.states.values()) for delta in self._cache.deleted(state)])

    def restart(self) -> None:
        (checkpoint, before, marks), states = self._kept, self._cache.states
        self._cache = Cache()
        self.ledger = self._new_ledger(checkpoint.since, before)
        self.ledger.recall(marks)
        self.model.restart(checkpoint)
        self._tell(self._cache.listed(states, initial=True))

    def keep(self) -> None:
        self._kept = self._checkpoint()

    def agrees(self) -> None:
        found = self._rendered()
        assert gauges_of(found) == self.model.gauges(self.now)
        assert oldest_of(found) == self.model.oldest()
        assert latest_of(found) == self.model.last
        assert counters_of(found) == +self.model.counters
        assert {what: count for what, (count, _, _) in histograms_of(found).items()} == {
            what: len(spans) for what, spans in self.model.observed.items() if spans and what[0] in BOUNDS
        }

    def _new_ledger(self, since: int, before: Mapping[str, Standing] | None = None) -> Ledger:
        return Ledger(
            WorkflowAccounting(),
            since=lambda: since,
            now=lambda: self.now,
            open_body=lambda record: record.body,
            before=before,
        )

    def _checkpoint(self) -> tuple[Checkpoint, dict[str, Standing], list[Mark]]:
        return self.model.checkpoint(self.now), standings_of(self._cache, self.now), self.ledger.marks()

    def _rendered(self) -> Numbers:
        while self.ledger.owes:
            rendered(self.ledger)
            self.ledger.catch_up()
        return numbers(rendered(self.ledger))

    def _tell(self, deltas: Iterable[Delta]) -> None:
        for delta in deltas:
            self.model.hears(delta, self._told)
            self.ledger.apply(delta)


@settings(max_examples=250, deadline=None)
@given(st.lists(sights | sights | seconds | st.sampled_from(["leave", "restart", "keep", "hand over"]), max_size=10))
def test_however_a_workflow_goes_on_all_numbers_tell_of_what_was_seen(life: list[Any]) -> None:
    seen = Life()
    for step in life:
        match step:
            case int():
                seen.agrees()
                seen.now += step
            case "leave":
                seen.leave()
            case "restart":
                seen.restart()
            case "keep":
                seen.keep()
            case "hand over":
                seen.keep()
                seen.restart()
            case _:
                seen.see(step)
    seen.agrees()
