from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from exporter.kinds.workflow import WORKFLOW
from exporter.kinds.workflow.families import DURATION, OLDEST_CREATION, OLDEST_START, START_DELAY
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.kube.objects import Key, key_of
from exporter.metrics.ledger import Ledger, Mark
from exporter.metrics.owing import Standing
from exporter.metrics.text import Format
from exporter.store.delta import Delta, Synced
from tests.kinds.histories import FINAL, STORED, Cache, State
from tests.kinds.samples import START, record
from tests.kinds.workflow_model import Checkpoint, Model
from tests.metrics.exposition import Labels, Numbers, numbers, only, rendered, value

GAUGES: dict[str, tuple[str, ...]] = {
    "workflows": ("phase",),
    "workflows_pending": ("reason",),
    "workflows_suspended": (),
    "workflows_overdue": ("reason",),
    "workflows_stuck": ("reason",),
    "workflow_tasks": (),
    "workflow_tasks_completed": (),
}
"""The labels of each gauge beside the namespace."""
COUNTERS: dict[str, tuple[str, ...]] = {
    "creations": ("template_name",),
    "completions": ("template_name", "phase"),
    "transitions": ("from_phase", "to_phase"),
    "failures": ("reason",),
    "deletions": ("phase", "archived"),
    "retries": (),
    "updates": (),
    "cpu_core_seconds": (),
    "memory_byte_seconds": (),
    "node_completions": ("node_type", "node_phase"),
    "nodes_unreadable": ("reason",),
    "mapping_errors": (),
}
NAMES = tuple({column.family.name for column in WorkflowAccounting().columns})
HISTOGRAMS = {"duration": DURATION, "start_delay": START_DELAY}
BOUNDS = {what: family.buckets for what, family in HISTOGRAMS.items()}

keys = st.tuples(st.sampled_from(["blue", "green"]), st.sampled_from(["a", "b"])).map(lambda pair: key_of(*pair))
phases = st.sampled_from(["Unset", "Pending", "Running", "Succeeded", "Failed", "Error", "Other"])
templates = st.sampled_from(["build", "test"])
waits = st.none() | st.integers(-2, 70)
"""Seconds until something starts; negative where clocks differ."""
spans = st.none() | st.sampled_from([0, 50, 3_000])
amounts = st.sampled_from([0, 1, 7, 300])
messages = st.sampled_from(
    ["", "child 'wf-1' failed", "Stopped with strategy 'Stop'", "Error (exit code 3)", "Waiting for a/Mutex/b lock."]
)


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
        assert not _counted(self._rendered())

    @rule()
    def a_checkpoint_is_taken(self) -> None:
        self._rendered()  # what is still owed would be lost with the process
        self.kept = self.model.checkpoint(self.now), _standings(self.cache, self.now), self.ledger.marks()

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
        assert not _counted(numbers(rendered(self.ledger, Format.OPENMETRICS, *NAMES)))  # which is not all that is told

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
        assert _counted(self._rendered()) == +self.model.counters

    @rule()
    def a_scrape_folds_what_is_there_and_the_time(self) -> None:
        found = self._rendered()
        assert _gauges(found) == self.model.gauges(self.now)
        for state in self.cache.states.values():
            phases = {dict(line)["phase"] for line in only(found, "argowf_workflows") if _is_of(state.namespace, line)}
            assert phases == {"Unset", "Pending", "Running", "Succeeded", "Failed", "Error", "Other"}

    @rule()
    def a_scrape_tells_what_the_model_observed(self) -> None:
        found = self._rendered()
        assert _observed(found) == {
            what: (len(spans), sum(spans), tuple(sum(span <= bound for span in spans) for bound in BOUNDS[what[0]]))
            for what, spans in self.model.observed.items()
            if spans and what[0] in BOUNDS
        }
        assert _summed(found) == {
            what[1:]: (len(spans), sum(spans)) for what, spans in self.model.observed.items() if what[0] not in BOUNDS
        }

    @rule()
    def a_scrape_tells_the_oldest_of_what_is_there_and_the_latest_that_ended(self) -> None:
        found = self._rendered()
        assert _oldest(found) == self.model.oldest()
        assert _latest(found) == self.model.last

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


def _standings(cache: Cache, since: int) -> dict[str, Standing]:
    """Give what a checkpoint holds, as it comes back from a file."""
    accounting = WorkflowAccounting()
    records = {key: record(state.body) for key, state in cache.states.items()}
    return {
        one.uid: (key, msgspec.json.decode(msgspec.json.encode(one.projection), type=WORKFLOW.projection))
        for key, one in records.items()
        if accounting.unsettled(one.projection, since)
    }


def _counted(found: Numbers) -> Counter[tuple[str, ...]]:
    lines = {"transitions": "argowf_workflow_phase_transitions_total"}
    counted: Counter[tuple[str, ...]] = Counter()
    for name, wanted in COUNTERS.items():
        for line, number in only(found, lines.get(name, f"argowf_workflow_{name}_total")).items():
            counted[name, *_labels(line, wanted)] += int(number)
    return +counted


def _gauges(found: Numbers) -> Counter[tuple[str, ...]]:
    lines = ((name, wanted, only(found, f"argowf_{name}")) for name, wanted in GAUGES.items())
    return +Counter(
        {(name, *_labels(line, wanted)): int(number) for name, wanted, part in lines for line, number in part.items()}
    )


def _labels(line: Labels, wanted: tuple[str, ...]) -> list[str]:
    return [dict(line)[label] for label in ("namespace", *wanted)]


def _is_of(namespace: str, line: Labels) -> bool:
    return ("namespace", namespace) in line


def _observed(found: Numbers) -> dict[tuple[str, ...], tuple[float, float, tuple[float, ...]]]:
    """Give the count, the sum and the buckets of every histogram that is not empty."""
    return {
        (what, *(dict(line)[label] for label in family.labels)): (
            number,
            found[f"{family.name}_sum", line],
            tuple(found[f"{family.name}_bucket", line | {("le", str(float(bound)))}] for bound in family.buckets),
        )
        for what, family in HISTOGRAMS.items()
        for line, number in only(found, f"{family.name}_count").items()
        if number
    }


def _summed(found: Numbers) -> dict[tuple[str, ...], tuple[float, float]]:
    name, wanted = "argowf_workflow_group_duration_seconds", ("template_name", "phase")
    counts = only(found, f"{name}_count").items()
    return {tuple(_labels(line, wanted)): (number, found[f"{name}_sum", line]) for line, number in counts if number}


def _latest(found: Numbers) -> dict[tuple[str, ...], float]:
    lines = only(found, "argowf_workflow_last_completion_timestamp_seconds").items()
    return {tuple(_labels(line, ("template_name", "phase"))): number for line, number in lines}


def _oldest(found: Numbers) -> dict[tuple[str, str], float]:
    lines = {**only(found, OLDEST_CREATION.name), **only(found, OLDEST_START.name)}
    return {(dict(line)["namespace"], dict(line).get("phase", "Running")): number for line, number in lines.items()}


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
        (checkpoint, before), states = self._kept, self._cache.states
        self._cache = Cache()
        self.ledger = self._new_ledger(checkpoint.since, before)
        self.model.restart(checkpoint)
        self._tell(self._cache.listed(states, initial=True))

    def keep(self) -> None:
        self._kept = self._checkpoint()

    def agrees(self) -> None:
        found = self._rendered()
        assert _gauges(found) == self.model.gauges(self.now)
        assert _oldest(found) == self.model.oldest()
        assert _counted(found) == +self.model.counters
        assert {what: count for what, (count, _, _) in _observed(found).items()} == {
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

    def _checkpoint(self) -> tuple[Checkpoint, dict[str, Standing]]:
        return self.model.checkpoint(self.now), _standings(self._cache, self.now)

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


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
