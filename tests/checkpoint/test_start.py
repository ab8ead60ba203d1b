"""Whatever a state file holds, the program starts: it takes what fits, or sets the file aside."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.checkpoint import Checkpoint, Identity
from exporter.checkpoint.form import Section, write
from exporter.kinds.cronworkflow import Runs, recalled
from exporter.kinds.kind import Kind
from exporter.kinds.workflow import WORKFLOW, WorkflowOptions, workflow_kind
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.kube.objects import Key
from exporter.metrics.ledger import Ledger
from exporter.metrics.text import Format
from exporter.store.delta import Added, Record, Synced
from tests.checkpoint.lines import ended, opened
from tests.kinds.samples import START, record, workflow
from tests.metrics.exposition import rendered

IDENTITY = Identity("https://127.0.0.1:6443")
NAME = WORKFLOW.resource.name
CRON = {"workflows.argoproj.io/cron-workflow": "nightly", "team": "blue"}


def running(uid: str) -> Record:
    return record(workflow(name=uid, uid=uid, phase="Running", started=START + 2, labels=CRON))


def finished(uid: str, phase: str = "Succeeded") -> Record:
    return record(workflow(name=uid, uid=uid, phase=phase, started=START + 2, finished=START + 9, labels=CRON))


def left_by(kind: Kind) -> bytes:
    """What a process leaves that saw two workflows of this kind begin, and two end."""
    assert kind.accounting is not None
    ledger = Ledger(kind.accounting, since=lambda: START, now=lambda: START)
    ends = [kind.read(one.body).projection for one in (finished("a"), finished("b", "Failed"))]
    for uid, end in zip("ab", ends, strict=True):
        ledger.apply(Added(Key(f"ns/{uid}"), Record(uid, "1", b"", (), end)))
    rows = [(uid, Key(f"ns/{uid}"), kind.read(running(uid).body).projection) for uid in "cd"]
    section = Section(START, tuple(kind.accounting.group_labels), rows, ledger.marks())
    return b"".join(write(IDENTITY, {NAME: section}, START))


def start(path: Path, kind: Kind = WORKFLOW) -> tuple[Checkpoint, dict[Key, Runs]]:
    """Do with a file what the program does with it: read, recall, list, scrape, catch up; tell of CronWorkflows."""
    checkpoint = Checkpoint.load(path, IDENTITY, [kind], now=lambda: START)
    accounting = kind.accounting
    assert isinstance(accounting, WorkflowAccounting)
    before, since = checkpoint.before(kind.resource), checkpoint.since(kind.resource)
    begin = START if since is None else min(since, START)
    ledger = Ledger(accounting, since=lambda: begin, now=lambda: START + 60.0, before=before)
    ledger.recall(checkpoint.marks(kind.resource))
    runs: dict[Key, Runs] = {}
    for key, found in recalled(accounting, checkpoint.marks(kind.resource)):
        runs[key] = runs.get(key, Runs()) + found
    for one in (finished("c"), running("e")):
        projection = kind.read(one.body).projection
        ledger.apply(Added(Key(f"ns/{one.uid}"), Record(one.uid, "1", b"", (), projection), initial=True))
    ledger.apply(Synced())
    for fmt in Format:
        rendered(ledger, fmt)
    while ledger.catch_up():
        pass
    rendered(ledger)
    ledger.marks()
    ledger.expire(0)
    return checkpoint, runs


def errors(checkpoint: Checkpoint) -> dict[str, int]:
    return {reason: count for reason, count in checkpoint.statistics().errors.items() if count}


LINES = opened(left_by(WORKFLOW))

amounts = st.integers() | st.floats() | st.sampled_from([10**400, -(10**18), 1e308, 2**63])
texts = st.text(max_size=5) | st.sampled_from(["\x00", "ns", "ns/x", "Running", "x" * 300, "__overflow__"])
things = st.recursive(
    st.none() | st.booleans() | amounts | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


def places(thing: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a thing of lists and dicts, the whole first."""
    yield here
    steps = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for step, inner in steps:
        yield from places(inner, (*here, step))


def put(thing: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    changed = thing.copy()
    changed[place[0]] = put(thing[place[0]], place[1:], value)
    return changed


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_is_put_in_the_place_of_anything_the_start_goes_on(data: st.DataObject) -> None:
    lines = LINES[:-1]
    for _ in range(data.draw(st.integers(1, 3))):
        number = data.draw(st.integers(0, len(lines) - 1))
        line = json.loads(lines[number])
        place = data.draw(st.sampled_from(list(places(line))))
        lines[number] = json.dumps(put(line, place, data.draw(things))).encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "state")
        path.write_bytes(ended(lines))
        checkpoint, _ = start(path)
        assert path.exists() != bool(errors(checkpoint))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(LINES[:-1]) | st.binary(max_size=30), max_size=9))
def test_whatever_lines_it_has_the_start_goes_on(lines: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "state")
        path.write_bytes(ended([LINES[0], *lines]))
        start(path)


def test_a_mark_of_no_row_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "state"
    number = next(at for at, line in enumerate(LINES) if b'"family"' in line)
    hostile = json.dumps(json.loads(LINES[number]) | {"row": []}).encode()
    path.write_bytes(ended([*LINES[:number], hostile, *LINES[number + 1 : -1]]))
    checkpoint, runs = start(path)
    assert errors(checkpoint) == {"damaged": 1}
    assert (runs, path.exists(), path.with_name("state.damaged").exists()) == ({}, False, True)


def test_what_was_left_is_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_bytes(left_by(WORKFLOW))
    checkpoint, runs = start(path)
    assert errors(checkpoint) == {}
    assert runs == {Key("ns/nightly"): Runs(last_success=START + 9, last_failure=START + 9)}


TEAMS, OWNERS = (workflow_kind(WorkflowOptions(group_label=label)) for label in ("team", "owner"))


@pytest.mark.parametrize(("wrote", "reads"), [(WORKFLOW, TEAMS), (TEAMS, WORKFLOW), (TEAMS, OWNERS)])
def test_groups_by_another_label_are_refused_so_that_no_series_has_wrong_labels(
    tmp_path: Path, wrote: Kind, reads: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state"
    path.write_bytes(left_by(wrote))
    checkpoint, runs = start(path, reads)
    assert errors(checkpoint) == {"identity": 1}
    assert (checkpoint.before(reads.resource), runs) == (None, {})
    assert reads.accounting is not None
    assert wrote.accounting is not None
    said = caplog.records[0].fields["error"]  # type: ignore[attr-defined]
    assert said.startswith(f"its groups have the labels {', '.join(wrote.accounting.group_labels)}")
    assert said.endswith(f"not {', '.join(reads.accounting.group_labels)}")


def test_groups_by_the_same_label_are_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_bytes(left_by(TEAMS))
    checkpoint, _ = start(path, TEAMS)
    before = checkpoint.before(TEAMS.resource)
    assert before is not None
    assert [key for key, _ in before.values()] == ["ns/c", "ns/d"]
