from itertools import pairwise

from exporter.kinds.workflow.projection import PHASES
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.kube.objects import Key
from exporter.metrics.ledger import Ledger, LedgerLimits
from exporter.metrics.text import Format
from exporter.store.delta import Added, Deleted, Delta, Synced, Updated
from tests.kinds.samples import START, record, workflow
from tests.metrics.exposition import Labels, Numbers, numbers, promtool_complaints, rendered, summed

KEY = Key("ns/wf")
COMPLETIONS = "argowf_workflow_completions_total"
CREATIONS = "argowf_workflow_creations_total"
DELAY = "argowf_workflow_start_delay_seconds"
DURATION = "argowf_workflow_duration_seconds"
MAPPING_ERRORS = "argowf_workflow_mapping_errors_total"
LAST = "argowf_workflow_last_completion_timestamp_seconds"
OLDEST_START = "argowf_workflow_oldest_start_timestamp_seconds"
DELETIONS = "argowf_workflow_deletions_total"
RETRIES = "argowf_workflow_retries_total"
TRANSITIONS = "argowf_workflow_phase_transitions_total"
UPDATES = "argowf_workflow_updates_total"

BUSY = ("start_delay", "duration Succeeded", "duration Failed", "duration Error")
"""The histograms of a namespace in which something is open."""
AHEAD = 5 + 1 + 2 + 2 + 2 + 11 + 2 + 4
"""What else is shown of it: who waits, is suspended, late or stuck, tasks, reasons of failures, resources, nodes."""

PENDING = record(workflow(phase="Pending"))
RUNNING = record(workflow(phase="Running"))
FAILED = record(workflow(phase="Failed", finished=START + 5))
FAILED_AGAIN = record(workflow(phase="Failed", finished=START + 9))
TIMELESS = record(workflow(phase="Failed"))
REOPENED = record(workflow(phase=""))
OLD = record(workflow(phase="Failed", created=START - 100, finished=START - 5))


def ledger_of(*deltas: Delta) -> Ledger:
    ledger = Ledger(WorkflowAccounting(), since=lambda: START + 0.9, now=lambda: START)
    for delta in (Synced(), *deltas):
        ledger.apply(delta)
    return ledger


def after(*deltas: Delta) -> Numbers:
    return numbers(rendered(ledger_of(*deltas)))


def test_a_life_is_counted_once_at_each_station() -> None:
    found = after(
        Added(KEY, PENDING), Updated(KEY, PENDING, RUNNING), Updated(KEY, RUNNING, FAILED), Deleted(KEY, FAILED, FAILED)
    )
    assert summed(found, CREATIONS) == 1
    assert summed(found, COMPLETIONS, phase="Failed", template_name="build") == summed(found, COMPLETIONS) == 1
    assert summed(found, TRANSITIONS, from_phase="Pending", to_phase="Running") == 1
    assert summed(found, TRANSITIONS) == 2
    assert summed(found, UPDATES) == 2
    assert summed(found, DELETIONS, phase="Failed", archived="false") == summed(found, DELETIONS) == 1
    assert summed(found, "argowf_workflows") == summed(found, RETRIES) == 0


def test_the_first_list_counts_nothing_even_of_this_very_second() -> None:
    found = after(Added(KEY, FAILED, initial=True))
    assert summed(found, "argowf_workflows", phase="Failed") == 1
    assert summed(found, LAST, phase="Failed", template_name="build") == START + 5
    assert sum(number for line, number in found.items() if line[0] not in {"argowf_workflows", LAST}) == 0


def test_what_finished_before_the_start_counts_nothing_when_it_comes_into_view() -> None:
    found = after(Added(KEY, OLD))
    assert (summed(found, CREATIONS), summed(found, COMPLETIONS)) == (0, 0)


def test_what_was_created_before_the_start_and_finished_after_it_is_a_completion() -> None:
    found = after(Added(KEY, record(workflow(phase="Error", created=START - 9, finished=START + 1))))
    assert (summed(found, CREATIONS), summed(found, COMPLETIONS, phase="Error")) == (0, 1)


def test_the_server_writes_whole_seconds_so_the_second_of_the_start_counts() -> None:
    found = after(Added(KEY, record(workflow(phase="Failed", created=START, finished=START))))
    assert (summed(found, CREATIONS), summed(found, COMPLETIONS)) == (1, 1)


def test_a_retry_reopens_and_its_end_is_a_second_completion() -> None:
    found = after(
        Added(KEY, RUNNING),
        Updated(KEY, RUNNING, FAILED),
        Updated(KEY, FAILED, REOPENED),
        Updated(KEY, REOPENED, FAILED_AGAIN),
    )
    assert (summed(found, RETRIES), summed(found, COMPLETIONS, phase="Failed")) == (1, 2)


def test_a_retry_that_nobody_saw_running_still_counts() -> None:
    found = after(Added(KEY, FAILED), Updated(KEY, FAILED, FAILED_AGAIN))
    assert (summed(found, RETRIES), summed(found, COMPLETIONS), summed(found, TRANSITIONS)) == (1, 2, 0)


def test_an_end_that_is_seen_twice_counts_once() -> None:
    found = after(Added(KEY, FAILED), Updated(KEY, FAILED, RUNNING), Updated(KEY, RUNNING, FAILED))
    assert summed(found, COMPLETIONS) == 1


def test_what_leaves_the_selection_and_comes_back_is_neither_created_nor_completed_again() -> None:
    found = after(Added(KEY, FAILED), Deleted(KEY, FAILED, FAILED), Added(KEY, FAILED))
    assert (summed(found, CREATIONS), summed(found, COMPLETIONS), summed(found, DELETIONS)) == (1, 1, 1)


def test_a_baseline_that_leaves_the_selection_and_comes_back_counts_no_completion() -> None:
    found = after(Added(KEY, FAILED, initial=True), Deleted(KEY, FAILED, FAILED), Added(KEY, FAILED))
    assert (summed(found, CREATIONS), summed(found, COMPLETIONS)) == (0, 0)


def test_an_end_without_a_time_counts_once_also_when_the_time_comes_later() -> None:
    found = after(Added(KEY, RUNNING), Updated(KEY, RUNNING, TIMELESS), Updated(KEY, TIMELESS, FAILED))
    assert (summed(found, COMPLETIONS), summed(found, RETRIES)) == (1, 0)


def test_an_end_without_a_time_that_comes_back_into_the_selection_with_one_counts_once() -> None:
    found = after(Added(KEY, TIMELESS), Deleted(KEY, TIMELESS, TIMELESS), Added(KEY, FAILED))
    assert summed(found, COMPLETIONS) == 1


def test_an_end_without_a_time_that_leaves_the_selection_and_comes_back_counts_once() -> None:
    found = after(
        Added(KEY, RUNNING),
        Updated(KEY, RUNNING, TIMELESS),
        Deleted(KEY, TIMELESS, TIMELESS),
        Added(KEY, TIMELESS),
        Deleted(KEY, TIMELESS, TIMELESS),
        Added(KEY, TIMELESS),
    )
    assert summed(found, COMPLETIONS) == 1


def test_each_attempt_without_a_time_is_a_completion() -> None:
    succeeded = record(workflow(phase="Succeeded"))
    life = [RUNNING, TIMELESS, REOPENED, RUNNING, succeeded, RUNNING, TIMELESS]
    found = after(Added(KEY, RUNNING), *(Updated(KEY, old, new) for old, new in pairwise(life)))
    assert summed(found, COMPLETIONS, phase="Failed") == 2
    assert summed(found, COMPLETIONS, phase="Succeeded") == 1
    assert summed(found, RETRIES) == 2


def test_an_attempt_without_a_time_after_one_that_left_the_selection_is_a_completion() -> None:
    found = after(
        Added(KEY, TIMELESS), Deleted(KEY, TIMELESS, TIMELESS), Added(KEY, RUNNING), Updated(KEY, RUNNING, TIMELESS)
    )
    assert summed(found, COMPLETIONS, phase="Failed") == 2


def test_a_retry_keeps_the_end_before_it_from_being_counted_again() -> None:
    found = after(Added(KEY, FAILED), Updated(KEY, FAILED, REOPENED), Updated(KEY, REOPENED, TIMELESS))
    again = after(Added(KEY, FAILED), Updated(KEY, FAILED, REOPENED), Updated(KEY, REOPENED, FAILED))
    assert (summed(found, COMPLETIONS), summed(again, COMPLETIONS)) == (2, 1)


def test_an_end_first_seen_in_the_deletion_is_that_end() -> None:
    found = after(Added(KEY, RUNNING), Deleted(KEY, FAILED, RUNNING))
    assert summed(found, COMPLETIONS, phase="Failed") == summed(found, COMPLETIONS) == 1
    assert summed(found, TRANSITIONS, from_phase="Running", to_phase="Failed") == 1
    assert (summed(found, DELETIONS, phase="Failed"), summed(found, UPDATES)) == (1, 0)


def test_what_vanishes_unfinished_is_unobserved() -> None:
    found = after(Added(KEY, RUNNING), Deleted(KEY, RUNNING, RUNNING, "relist"))
    assert summed(found, COMPLETIONS, phase="Unobserved", template_name="build") == summed(found, COMPLETIONS) == 1
    assert summed(found, DELETIONS, phase="Running", archived="false") == 1


def test_archived_deletions_are_told_apart() -> None:
    labels = {"workflows.argoproj.io/workflow-archiving-status": "Persisted"}
    archived = record(workflow(phase="Failed", finished=START + 5, labels=labels))
    found = after(Added(KEY, FAILED), Deleted(KEY, archived, FAILED))
    assert summed(found, DELETIONS, phase="Failed", archived="true") == summed(found, DELETIONS) == 1


def test_an_object_that_could_not_be_read_for_a_while_is_not_completed_again() -> None:
    other = record(workflow(phase="7"))
    found = after(Added(KEY, FAILED), Updated(KEY, FAILED, other), Updated(KEY, other, FAILED))
    assert (summed(found, COMPLETIONS), summed(found, RETRIES)) == (1, 0)


def test_each_namespace_shows_all_phases_and_each_group_all_ends() -> None:
    found = after(Added(KEY, RUNNING, initial=True))
    phases = {dict(labels)["phase"] for name, labels in found if name == "argowf_workflows"}
    ends = {dict(labels)["phase"] for name, labels in found if name == COMPLETIONS}
    assert phases == set(PHASES)
    assert ends == {"Succeeded", "Failed", "Error", "Unobserved"}


def test_a_quiet_namespace_costs_at_most_sixty_series() -> None:
    assert ledger_of(Added(KEY, FAILED)).statistics().series <= 60
    assert ledger_of(Added(KEY, OLD, initial=True)).statistics().series <= 60


def test_histograms_are_there_before_the_first_observation() -> None:
    found = after(Added(KEY, PENDING, initial=True))
    counts = {line: number for line, number in found.items() if line[0].endswith("_seconds_count")}
    assert {dict(labels).get("phase", "") for _, labels in counts} == {"", "Succeeded", "Failed", "Error"}
    assert set(counts.values()) == {0}


def test_a_life_is_timed_by_its_queue_and_by_its_run() -> None:
    started = record(workflow(phase="Running", started=START + 4))
    ended = record(workflow(phase="Failed", started=START + 4, finished=START + 70))
    found = after(Added(KEY, PENDING), Updated(KEY, PENDING, started), Updated(KEY, started, ended))
    assert (summed(found, DELAY + "_count"), summed(found, DELAY + "_sum")) == (1, 4)
    assert (summed(found, DURATION + "_count"), summed(found, DURATION + "_sum", phase="Failed")) == (1, 66)
    assert [summed(found, DURATION + "_bucket", phase="Failed", le=le) for le in ("60.0", "120.0", "+Inf")] == [0, 1, 1]


def test_a_retry_is_timed_by_its_latest_attempt_and_waits_only_once() -> None:
    first = record(workflow(phase="Failed", started=START + 1, finished=START + 90))
    again = record(workflow(phase="", started=START + 200))
    second = record(workflow(phase="Succeeded", started=START + 200, finished=START + 203))
    found = after(Added(KEY, first), Updated(KEY, first, again), Updated(KEY, again, second))
    assert (summed(found, DELAY + "_count"), summed(found, DELAY + "_sum")) == (1, 1)
    assert summed(found, DURATION + "_sum", phase="Failed") == 89
    assert summed(found, DURATION + "_sum", phase="Succeeded") == 3


def test_what_is_unobserved_or_never_started_has_no_duration() -> None:
    error = record(workflow(phase="Error", finished=START + 5))
    found = after(Added(KEY, RUNNING), Deleted(KEY, RUNNING, RUNNING), Added(KEY, error))
    assert (summed(found, COMPLETIONS), summed(found, DURATION + "_count")) == (2, 0)


def test_negative_spans_are_nothing_and_counted_as_mapping_errors() -> None:
    odd = record(workflow(phase="Failed", created=START + 9, started=START + 7, finished=START + 5))
    found = after(Added(KEY, odd))
    assert summed(found, MAPPING_ERRORS) == 2
    assert (summed(found, DELAY + "_count"), summed(found, DELAY + "_sum")) == (1, 0)
    assert (summed(found, DURATION + "_count"), summed(found, DURATION + "_sum")) == (1, 0)


def test_a_start_before_the_exporters_is_no_delay_and_one_that_comes_back_is_none_either() -> None:
    early = record(workflow(phase="Running", created=START - 9, started=START - 1))
    late = record(workflow(phase="Running", started=START + 1))
    assert summed(after(Added(KEY, early)), DELAY + "_count") == 0
    assert summed(after(Added(KEY, late), Deleted(KEY, late, late), Added(KEY, late)), DELAY + "_count") == 1
    assert summed(after(Added(KEY, late, initial=True)), DELAY + "_count") == 0


def test_the_oldest_are_left_out_where_nothing_waits_or_runs() -> None:
    running = record(workflow(phase="Running", started=START + 4))
    ledger = ledger_of(Added(KEY, running))
    assert summed(numbers(rendered(ledger)), OLDEST_START) == START + 4
    ledger.apply(Deleted(KEY, running, running))
    assert b"oldest" not in rendered(ledger)
    assert ledger.statistics().series == len(numbers(rendered(ledger)))


def test_slices_of_histograms_stay_small_and_tell_of_one_moment() -> None:
    started = record(workflow(phase="Running", started=START + 4))
    keys = [Key(f"ns{number}/wf") for number in range(300)]
    ledger = ledger_of(*(Added(key, RUNNING) for key in keys))
    before = rendered(ledger)
    slices = ledger.slices(Format.OPENMETRICS)
    for key in keys:
        ledger.apply(Updated(key, RUNNING, started))
    drawn = list(slices)
    assert b"".join(drawn) == before
    assert max(map(len, drawn)) < 300_000
    assert summed(numbers(rendered(ledger)), DELAY + "_sum") == 4 * 300


def test_the_usual_life_meets_no_counter_that_was_not_there_before() -> None:
    ledger = ledger_of(Added(KEY, PENDING, initial=True))
    before = _counters(ledger)
    for delta in (
        Updated(KEY, PENDING, RUNNING),
        Updated(KEY, RUNNING, FAILED),
        Updated(KEY, FAILED, REOPENED),
        Updated(KEY, REOPENED, RUNNING),
        Updated(KEY, RUNNING, FAILED_AGAIN),
        Deleted(KEY, FAILED_AGAIN, FAILED_AGAIN),
    ):
        ledger.apply(delta)
    assert _counters(ledger) == before


def _counters(ledger: Ledger) -> set[tuple[str, Labels]]:
    return {line for line in numbers(rendered(ledger)) if "_timestamp_" not in line[0]}


def test_promtool_finds_nothing_to_say() -> None:
    ledger = ledger_of(Added(KEY, PENDING), Updated(KEY, PENDING, FAILED), Deleted(KEY, FAILED, FAILED))
    assert promtool_complaints(rendered(ledger, Format.TEXT)) == ""


def test_series_stay_bounded_whatever_is_thrown_at_them() -> None:
    limits = LedgerLimits(namespaces=3, groups=5, groups_of_namespace=2)
    ledger = Ledger(WorkflowAccounting(), since=lambda: START, now=lambda: START, limits=limits)
    for number in range(100):
        body = workflow(f"ns{number % 10}", f"wf{number}", uid=str(number), template=f"t{number}")
        ledger.apply(Added(Key(f"ns{number % 10}/wf{number}"), record(body)))
    assert ledger.statistics().series <= (3 + 1) * (60 + AHEAD + len(BUSY) * 15) + (5 + 4) * (5 + 6)
    assert ledger.statistics().groups == 5
