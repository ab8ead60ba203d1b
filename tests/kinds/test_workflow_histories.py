from collections.abc import Iterable, Mapping

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.kube.objects import Key, key_of
from exporter.metrics.ledger import Ledger, Mark
from exporter.metrics.owing import Standing
from exporter.metrics.text import Format
from exporter.store.delta import Delta
from tests.kinds.histories import FINAL, STORED, Cache, State
from tests.kinds.samples import START, record
from tests.kinds.workflow_model import Checkpoint, Model
from tests.kinds.workflow_numbers import (
    BOUNDS,
    NAMES,
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
    summaries_of,
    templates,
)
from tests.metrics.exposition import Labels, Numbers, numbers, only, rendered, value

keys = st.tuples(st.sampled_from(["blue", "green"]), st.sampled_from(["a", "b"])).map(lambda pair: key_of(*pair))
waits = st.none() | st.integers(-2, 70)
"""Seconds until something starts; negative where clocks differ."""


class Histories(RuleBasedStateMachine):
    """Workflows live on a server; a cache hears of them; the ledger and the model hear the cache."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.version = 0
        self.server: dict[Key, State] = {}
        self.hidden: dict[Key, State] = {}
        self.watching = True
        self.by_version: dict[tuple[str, str], State] = {}
        self.kept: tuple[Checkpoint, dict[str, Standing], list[Mark]] | None = None
        self.cache, self.model = Cache(), Model()
        self.ledger = self._new_ledger(START + 0.7)

    def _new_ledger(self, since: float, before: Mapping[str, Standing] | None = None) -> Ledger:
        return Ledger(
            WorkflowAccounting(),
            since=lambda: since,
            now=lambda: self.now,
            open_body=lambda record: record.body,
            before=before,
        )

    @initialize(before=st.dictionaries(keys, st.tuples(phases, templates, st.sampled_from([-50, 0]), waits)))
    def the_first_list_is_the_baseline(self, before: dict[Key, tuple[str, str, int, int | None]]) -> None:
        for key, (phase, template, age, wait) in before.items():
            self._submit(key, phase, template, START + age, wait)
        self._tell(self.cache.listed(self.server, initial=True))
        assert not counters_of(self._rendered())

    @rule()
    def a_checkpoint_is_taken(self) -> None:
        self._rendered()  # what is still owed would be lost with the process
        self.kept = self.model.checkpoint(self.now), standings_of(self.cache, self.now), self.ledger.marks()

    @precondition(lambda self: self.kept is not None)
    @rule()
    def another_process_goes_on_from_the_checkpoint(self) -> None:
        assert self.kept is not None
        checkpoint, before, marks = self.kept
        self.cache, self.watching = Cache(), True
        self.ledger = self._new_ledger(checkpoint.since, before)
        self.ledger.recall(marks)
        self.model.restart(checkpoint)
        self._tell(self.cache.listed(self.server, initial=True))
        self.ledger.catch_up()
        assert not counters_of(
            numbers(rendered(self.ledger, Format.OPENMETRICS, *NAMES))
        )  # which is not all that is told

    @rule(key=keys, phase=st.sampled_from(["Unset", "Unset", "Running", "Failed"]), template=templates, wait=waits)
    def a_workflow_is_submitted(self, key: Key, phase: str, template: str, wait: int | None) -> None:
        if key not in self.server and key not in self.hidden:
            self._event(self._submit(key, phase, template, self.now, wait))

    @rule(key=keys, wait=waits)
    def a_workflow_starts(self, key: Key, wait: int | None) -> None:
        self._change(key, phase="Running", started=None if wait is None else self.now + wait)

    @rule(key=keys)
    def a_workflow_is_retried(self, key: Key) -> None:
        self._change(key, phase="Unset", started=self.now, finished=None)

    @rule(key=keys, template=templates)
    def a_workflow_that_finished_before_the_start_comes_into_view(self, key: Key, template: str) -> None:
        if key not in self.server and key not in self.hidden:
            self._event(self._submit(key, "Succeeded", template, START - 90))

    @rule(key=keys, phase=phases)
    def a_phase_changes(self, key: Key, phase: str) -> None:
        self._change(key, phase=phase, finished=self.now if phase in FINAL else None)

    @rule(key=keys, phase=phases)
    def a_phase_changes_and_no_time_is_told(self, key: Key, phase: str) -> None:
        self._change(key, phase=phase, finished=None)

    @rule(key=keys, phase=phases)
    def a_phase_changes_beside_the_time_of_an_earlier_end(self, key: Key, phase: str) -> None:
        self._change(key, phase=phase)

    @rule(key=keys)
    def the_time_of_an_end_is_written_late(self, key: Key) -> None:
        if key in self.server and self.server[key].phase in FINAL and self.server[key].finished is None:
            self._change(key, finished=self.now)

    @rule(key=keys, archived=st.booleans(), template=templates)
    def labels_change(self, key: Key, archived: bool, template: str) -> None:
        self._change(key, archived=archived, template=template)

    @rule(key=keys)
    def a_workflow_is_deleted(self, key: Key) -> None:
        if key in self.server:
            self._delete_event(self.server.pop(key))

    @rule(key=keys, phase=phases)
    def a_deletion_brings_a_newer_state(self, key: Key, phase: str) -> None:
        if key in self.server:
            finished = self.now if phase in FINAL else None
            self._delete_event(self._next(self.server.pop(key), phase=phase, finished=finished))

    @rule(key=keys, phase=phases, template=templates)
    def a_name_is_used_again(self, key: Key, phase: str, template: str) -> None:
        if self.server.pop(key, None) is not None:
            self._event(self._submit(key, phase, template, self.now))

    @rule(key=keys)
    def a_workflow_leaves_the_selection(self, key: Key) -> None:
        if key in self.server:
            self.hidden[key] = self.server.pop(key)
            self._delete_event(self.hidden[key])

    @rule(key=keys)
    def a_workflow_comes_back_into_the_selection(self, key: Key) -> None:
        if key in self.hidden:
            self.server[key] = self.hidden.pop(key)
            self._event(self.server[key])

    @rule(key=keys)
    def an_event_is_repeated(self, key: Key) -> None:
        if key in self.server:
            self._event(self.server[key])

    @rule(pick=st.integers(0, 99))
    def a_stale_event_arrives(self, pick: int) -> None:
        known = [old for old in self.by_version.values() if old.key in self.cache.states]
        same = [old for old in known if old.uid == self.cache.states[old.key].uid]
        if same:
            self._tell(self.cache.applied(same[pick % len(same)]))

    @rule(seconds=st.sampled_from([1, 1, 60, 300, 4_000, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @rule(key=keys, done=st.integers(0, 2), planned=st.integers(0, 2), cpu=amounts, memory=amounts)
    def a_workflow_is_updated(self, key: Key, done: int, planned: int, cpu: int, memory: int) -> None:
        self._change(key, done=min(done, planned), planned=planned, cpu=cpu, memory=memory, updated=self.now)

    @rule(key=keys, deadline=spans, estimate=spans, suspended=st.booleans(), stored=st.sampled_from([*STORED]))
    def a_workflow_is_edited(
        self, key: Key, deadline: int | None, estimate: int | None, suspended: bool, stored: str
    ) -> None:
        self._change(key, deadline=deadline, estimate=estimate, suspended=suspended, stored=stored)

    @rule(key=keys, message=messages)
    def a_message_is_written(self, key: Key, message: str) -> None:
        self._change(key, message=message)

    @precondition(lambda self: self.watching)
    @rule()
    def the_watch_breaks(self) -> None:
        self.watching = False

    @rule()
    def everything_is_listed_again(self) -> None:
        self.watching = True
        self._tell(self.cache.listed(self.server))

    @rule()
    def a_scrape_tells_what_the_model_counted(self) -> None:
        assert counters_of(self._rendered()) == +self.model.counters

    @rule()
    def a_scrape_folds_what_is_there_and_the_time(self) -> None:
        found = self._rendered()
        assert gauges_of(found) == self.model.gauges(self.now)
        for state in self.cache.states.values():
            phases = {dict(line)["phase"] for line in only(found, "argowf_workflows") if _is_of(state.namespace, line)}
            assert phases == {"Unset", "Pending", "Running", "Succeeded", "Failed", "Error", "Other"}

    @rule()
    def a_scrape_tells_what_the_model_observed(self) -> None:
        found = self._rendered()
        assert histograms_of(found) == {
            what: (len(spans), sum(spans), tuple(sum(span <= bound for span in spans) for bound in BOUNDS[what[0]]))
            for what, spans in self.model.observed.items()
            if spans and what[0] in BOUNDS
        }
        assert summaries_of(found) == {
            what[1:]: (len(spans), sum(spans)) for what, spans in self.model.observed.items() if what[0] not in BOUNDS
        }

    @rule()
    def a_scrape_tells_the_oldest_of_what_is_there_and_the_latest_that_ended(self) -> None:
        found = self._rendered()
        assert oldest_of(found) == self.model.oldest()
        assert latest_of(found) == self.model.last

    @rule()
    def nothing_drifts(self) -> None:
        for namespace in self.ledger.namespaces():
            here = [state for state in self.cache.states.values() if state.namespace == namespace]
            assert self.ledger.reconcile(namespace, [record(state.body).projection for state in here]) == 0

    @rule()
    def every_group_that_was_met_has_its_counters(self) -> None:
        found = self._rendered()
        for namespace, template in self.model.groups:
            group = {"template_kind": "WorkflowTemplate", "template_name": template, "cron_workflow": ""}
            assert value(found, "argowf_workflow_creations_total", namespace=namespace, **group) is not None
            for phase in (*FINAL, "Unobserved"):
                name = "argowf_workflow_completions_total"
                assert value(found, name, namespace=namespace, phase=phase, **group) is not None

    @rule(now=st.integers(0, 6 * 86_400))
    def rows_with_objects_never_expire(self, now: int) -> None:
        self.ledger.expire(START + now)

    def teardown(self) -> None:
        self.nothing_drifts()
        self.a_scrape_tells_what_the_model_counted()
        self.a_scrape_tells_what_the_model_observed()
        self.a_scrape_folds_what_is_there_and_the_time()
        self.a_scrape_tells_the_oldest_of_what_is_there_and_the_latest_that_ended()
        self.every_group_that_was_met_has_its_counters()
        assert numbers(rendered(self.ledger, Format.TEXT), Format.TEXT) == self._rendered()

    def _rendered(self) -> Numbers:
        while self.ledger.owes:
            rendered(self.ledger)
            self.ledger.catch_up()
        return numbers(rendered(self.ledger))

    def _submit(self, key: Key, phase: str, template: str, at: int, wait: int | None = None) -> State:
        namespace, name = key.split("/")
        self.version += 1
        finished = at + 10 if phase in FINAL else None
        started = None if wait is None else at + wait
        state = State(namespace, name, f"u{self.version}", self.version, phase, at, started, finished, template)
        return self._on_server(state)

    def _next(self, state: State, **changes: object) -> State:
        self.version += 1
        new = msgspec.structs.replace(state, version=self.version, **changes)
        self.by_version[new.uid, str(new.version)] = new
        return new

    def _on_server(self, state: State) -> State:
        self.server[state.key] = self.by_version[state.uid, str(state.version)] = state
        return state

    def _change(self, key: Key, **changes: object) -> None:
        if key in self.server:
            self._event(self._on_server(self._next(self.server[key], **changes)))

    def _event(self, state: State) -> None:
        if self.watching:
            self._tell(self.cache.applied(state))

    def _delete_event(self, state: State) -> None:
        if self.watching:
            self._tell(self.cache.deleted(state))

    def _tell(self, deltas: Iterable[Delta]) -> None:
        for delta in deltas:
            self.model.hears(delta, self.by_version)
            self.ledger.apply(delta)


def _is_of(namespace: str, line: Labels) -> bool:
    return ("namespace", namespace) in line


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
