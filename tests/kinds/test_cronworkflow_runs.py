"""What became of the workflows of CronWorkflows, as the ledger of the workflows tells it to their roll."""

import msgspec
import pytest

from exporter.kinds.cronworkflow import CRON_WORKFLOW, CronWorkflow, Runs, recalled, run_listener
from exporter.kinds.workflow import WorkflowOptions, workflow_kind
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.kube.objects import Key
from exporter.metrics.ledger import Ledger
from exporter.metrics.roll import Roll
from exporter.metrics.text import Format
from exporter.store.delta import Added, Deleted, Record, Synced, Updated
from tests.kinds.samples import START, record, workflow

LABELS = {"workflows.argoproj.io/cron-workflow": "nightly"}
CRON = Key("ns/nightly")


class Told:
    """Runs by CronWorkflow, and the ledger that tells of them."""

    def __init__(self, options: WorkflowOptions | None = None) -> None:
        accounting = workflow_kind(options or WorkflowOptions()).accounting
        assert isinstance(accounting, WorkflowAccounting)
        self.accounting = accounting
        self.runs: dict[Key, Runs] = {}
        self.calls = 0
        self.ledger = Ledger(accounting, since=lambda: START, now=lambda: START)
        self.ledger.listen(run_listener(accounting, self.tell))

    def tell(self, key: Key, runs: Runs) -> None:
        self.calls += 1
        self.runs[key] = self.runs.get(key, Runs()) + runs


def run(phase: str = "Running", uid: str = "u", *, finished: int | None = None, cron: bool = True) -> Record:
    body = workflow(
        name=uid,
        uid=uid,
        phase=phase,
        created=START + 1,
        started=START + 2,
        finished=finished,
        labels=LABELS if cron else {},
    )
    return record(body)


def added(one: Record, *, initial: bool = False) -> Added:
    return Added(Key(f"ns/{one.uid}"), one, initial)


def test_each_end_is_told_once_with_its_phase_and_its_time() -> None:
    told = Told()
    told.ledger.apply(Synced())
    for uid, phase, finished in (
        ("a", "Succeeded", 60),
        ("b", "Failed", 70),
        ("c", "Error", 80),
        ("d", "Succeeded", 50),
    ):
        told.ledger.apply(added(run(uid=uid)))
        ended = run(phase, uid, finished=START + finished)
        told.ledger.apply(Updated(Key(f"ns/{uid}"), run(uid=uid), ended))
        told.ledger.apply(Updated(Key(f"ns/{uid}"), ended, ended))
    assert told.runs == {CRON: Runs((2, 1, 1, 0), START + 60, START + 80, START + 1)}


def test_one_that_vanished_before_its_end_is_unobserved() -> None:
    told = Told()
    told.ledger.apply(added(run()))
    told.ledger.apply(Deleted(Key("ns/u"), run(), run(), "relist"))
    assert told.runs[CRON].ended == (0, 0, 0, 1)
    assert told.runs[CRON].last_failure is None


def test_the_first_list_tells_of_times_and_counts_nothing() -> None:
    told = Told()
    told.ledger.apply(added(run("Succeeded", "a", finished=START - 60), initial=True))
    told.ledger.apply(added(run("Failed", "b", finished=START - 50), initial=True))
    told.ledger.apply(Synced())
    runs = told.runs[CRON]
    assert (runs.ended, runs.last_success, runs.last_failure) == ((0, 0, 0, 0), START - 60, START - 50)


def test_workflows_that_no_cron_workflow_made_are_nothing_to_tell() -> None:
    told = Told()
    told.ledger.apply(added(run(cron=False)))
    told.ledger.apply(Updated(Key("ns/u"), run(cron=False), run("Failed", finished=START + 9, cron=False)))
    assert told.calls == 0


def test_a_change_that_is_neither_a_beginning_nor_an_end_is_nothing_to_tell() -> None:
    told = Told()
    told.ledger.apply(added(run("Pending")))
    before = told.calls
    told.ledger.apply(Updated(Key("ns/u"), run("Pending"), run("Running")))
    assert told.calls == before == 1


@pytest.mark.parametrize("options", [WorkflowOptions(), WorkflowOptions(group_label="team")])
def test_marks_of_an_earlier_life_tell_of_the_last_ends(options: WorkflowOptions) -> None:
    earlier, kind = Told(options), workflow_kind(options)
    ends = (("Succeeded", 60, True), ("Failed", 50, True), ("Error", 55, True), ("Failed", 90, False))
    for uid, (phase, finished, cron) in zip("abcd", ends, strict=True):
        one = run(phase, uid, finished=START + finished, cron=cron)
        read = msgspec.structs.replace(one, projection=kind.read(one.body).projection)
        earlier.ledger.apply(added(read))
    later: dict[Key, Runs] = {}
    for key, runs in recalled(earlier.accounting, earlier.ledger.marks()):
        later[key] = later.get(key, Runs()) + runs
    assert later == {CRON: Runs(last_success=START + 60, last_failure=START + 55)}


def test_the_roll_shows_what_the_ledger_counts_whichever_is_heard_first() -> None:
    told = Told()
    assert CRON_WORKFLOW.portrayal is not None
    roll = Roll(CRON_WORKFLOW.portrayal, now=lambda: START)
    told.ledger.listen(run_listener(told.accounting, roll.tell))
    told.ledger.apply(added(run("Failed", "a", finished=START + 5)))
    cron = Record("c", "1", b"", (), CronWorkflow(schedules=("@hourly",), created=START))
    roll.apply(Added(CRON, cron, initial=True))
    roll.apply(Synced())
    told.ledger.apply(added(run("Failed", "b", finished=START + 7)))
    text = b"".join(roll.slices(Format.TEXT, {"argowf_cronworkflow_runs_total"})).decode()
    assert 'argowf_cronworkflow_runs_total{namespace="ns",cron_workflow="nightly",phase="Failed"} 2' in text
    assert roll.statistics().facts_dropped == 0


def test_runs_are_added_up_in_any_order() -> None:
    one, other = Runs((1, 0, 2, 0), 5.0, None, 3.0), Runs((0, 1, 1, 1), 4.0, 9.0, None)
    assert one + other == other + one == Runs((1, 1, 3, 1), 5.0, 9.0, 3.0)
    assert one + Runs() == one
    assert msgspec.structs.astuple(Runs()) == ((0, 0, 0, 0), None, None, None)
