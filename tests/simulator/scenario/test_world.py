"""The world's workflows live as Argo's do, and the same seed makes the same world."""

import base64
import gzip
from collections import Counter
from itertools import pairwise
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.kinds.workflow import read
from exporter.simulator.resources import CRON_WORKFLOWS, NAMESPACES, WORKFLOW_TEMPLATES, WORKFLOWS
from exporter.simulator.scenario import Options
from exporter.simulator.scenario.packing import packed
from tests.simulator.scenario.chronicle import BEGINNING, SMALL, Chronicle, Told, phase, seconds

FINAL = {"Succeeded", "Failed", "Error"}
SHARES = {"gzip": 0.01, "zstd": 0.025, "offloaded": 0.032, "plain": 0.5}
"""Lots that uids draw, by how nodes are kept then."""
MAY_FOLLOW = {
    "": {"", "Pending", "Running", "Error", "Failed"},
    "Pending": {"Pending", "Running"},
    "Running": {"Running", *FINAL},
    "Succeeded": {"Succeeded"},
    "Failed": {"Failed", ""},
    "Error": {"Error", ""},
}


def options(**changes: Any) -> Options:
    return Options(**{"workflows": 150, "namespaces": 4, "rate": 6, "seed": 1, "speed": 60} | changes)


@pytest.fixture(scope="module")
def busy() -> Chronicle:
    """A minute of a company that is rather busy, each change with its moment."""
    return Chronicle(options(workflows=1_200, rate=14, seed=3)).follow(60)


def test_a_seed_makes_the_same_world_and_another_seed_another() -> None:
    first, again, other = (Chronicle(options(seed=seed)).live(6) for seed in (7, 7, 8))
    assert first.digest.hexdigest() == again.digest.hexdigest() != other.digest.hexdigest()


@settings(max_examples=5, deadline=None)
@given(step=st.floats(0.05, 9), seed=st.integers(0, 5))
def test_it_does_not_matter_in_which_steps_the_world_advances(step: float, seed: int) -> None:
    small = options(workflows=60, seed=seed)
    one, many = Chronicle(small).live(9, 9), Chronicle(small).live(9, step)
    assert one.digest.hexdigest() == many.digest.hexdigest()


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1_000), speed=st.sampled_from((1, 10, 60, 600)))
def test_whatever_the_seed_and_the_speed_histories_are_valid(seed: int, speed: float) -> None:
    chronicle = Chronicle(options(workflows=80, seed=seed, speed=speed)).follow(15)
    for life in chronicle.lives():
        check_order(life)
        check_times(life)


def check_order(life: list[Told]) -> None:
    assert [told.change.type for told in life].count("ADDED") == 1
    assert life[0].begins
    assert all(told.change.type != "DELETED" for told in life[:-1])
    for old, new in pairwise(life):
        assert new.phase in MAY_FOLLOW[old.phase]


def check_times(life: list[Told]) -> None:
    for told in life:
        thing = told.thing
        status = thing.get("status", {})
        times = [thing["metadata"]["creationTimestamp"], status.get("startedAt"), status.get("finishedAt")]
        known = [seconds(time) for time in times if time]
        assert known == sorted(known)
        assert known[-1] <= told.moment
        assert bool(status.get("finishedAt")) == (told.phase in FINAL)
        for node in status.get("nodes", {}).values():
            assert seconds(node["startedAt"]) <= seconds(node["finishedAt"] or node["startedAt"]) <= told.moment
            assert set(node.get("children", ())) <= set(status["nodes"])
            assert node["finishedAt"] is None or node["phase"] not in {"Running", "Pending"}
            assert told.phase not in FINAL or node["finishedAt"]


def test_a_long_history_is_valid_too(busy: Chronicle) -> None:
    for life in busy.lives():
        check_order(life)
        check_times(life)


def test_uids_are_unique_and_no_name_is_used_twice_at_a_time(busy: Chronicle) -> None:
    names: dict[str, str] = {}
    for told in busy.of():
        assert names.setdefault(told.change.new.uid, told.key) == told.key
    assert len(names) == sum(told.begins for told in busy.of())


def test_limits_are_respected(busy: Chronicle) -> None:
    throttle, running, most = busy.world.throttle, set[str](), 0
    for told in busy.of():
        (running.add if told.phase == "Running" and told.change.type != "DELETED" else running.discard)(told.key)
        spaces = Counter(key.partition("/")[0] for key in running)
        most = max(most, len(running))
        assert all(count <= throttle.limit(namespace) for namespace, count in spaces.items())
    assert 0 < most <= throttle.everywhere


def test_locks_are_held_by_so_many_at_a_time(busy: Chronicle) -> None:
    holders: dict[str, set[str]] = {}
    most: Counter[str] = Counter()
    for told in busy.of():
        for each in holders.values():
            each.discard(told.key)
        synchronization = told.thing.get("status", {}).get("synchronization", {})
        for sort, size in (("mutex", 1), ("semaphore", 3)):
            for held in synchronization.get(sort, {}).get("holding", ()):
                holders.setdefault(held[sort], set()).add(told.key)
                most[sort] = max(most[sort], len(holders[held[sort]]))
                assert len(holders[held[sort]]) <= size
    assert most == {"mutex": 1, "semaphore": 3}


def test_the_controller_writes_a_workflow_no_oftener_than_each_ten_seconds_of_its_own(busy: Chronicle) -> None:
    for life in busy.lives():
        written = [told.moment for told in life if told.change.type == "MODIFIED"]
        # NB Floats: a sixth of a second is not exact.
        assert all(later - earlier > 10 / 60 - 1e-6 for earlier, later in pairwise(written))


def test_the_population_stays_near_its_target(busy: Chronicle) -> None:
    count = 0
    for told in busy.of():
        count += {"ADDED": 1, "DELETED": -1}.get(told.change.type, 0)
        assert count <= 1_200 + 1
    assert count > 1_200 * 0.95


def test_when_too_many_are_open_people_hold_back() -> None:
    chronicle = Chronicle(options(workflows=300, rate=20, speed=1)).live(60)
    assert chronicle.world.submitter.held_back > 0
    assert len(chronicle.things()) <= 310
    assert chronicle.world.controller.open <= 300 * 0.5 + 5
    waits = Counter(read(stored.body).projection.waits_for for stored in chronicle.history.things(WORKFLOWS))
    assert waits["parallelism"] > 30


def test_finished_workflows_are_archived_and_the_oldest_are_deleted_first(busy: Chronicle) -> None:
    deleted = [told.thing for told in busy.of() if told.change.type == "DELETED"]
    own = "workflows.argoproj.io/"
    assert len(deleted) > 400
    assert {each["metadata"]["labels"][own + "workflow-archiving-status"] for each in deleted} == {"Archived"}
    by_people = [each for each in deleted if own + "cron-workflow" not in each["metadata"]["labels"]]
    ends = [seconds(each["status"]["finishedAt"]) for each in by_people if phase(each) == "Succeeded"]
    assert all(later > earlier - 3 for earlier, later in pairwise(ends))


def test_at_the_beginning_there_are_workflows_of_the_last_day_some_running() -> None:
    chronicle = Chronicle()
    workflows = chronicle.things()
    phases = Counter(map(phase, workflows))
    ends = [seconds(each["status"]["finishedAt"]) for each in workflows if phase(each) in FINAL]
    assert len(workflows) == SMALL.workflows
    assert phases["Running"] > 5
    assert phases["Succeeded"] > 50
    assert BEGINNING - 4 * 86_400 < min(ends) < BEGINNING - 3600
    assert max(ends) < BEGINNING
    assert {"argo", *chronicle.world.cast.namespaces} < {
        each["metadata"]["name"] for each in chronicle.things(NAMESPACES)
    }
    assert len(chronicle.things(WORKFLOW_TEMPLATES)) == 12


def test_all_that_happens_in_a_company_happens_here(busy: Chronicle) -> None:
    workflows = [told.thing for told in busy.of() if told.change.type == "DELETED"] + busy.things()
    messages = {str(each.get("status", {}).get("message", "")) for each in workflows}
    waits = {read(told.change.new.body).projection.waits_for for told in busy.of() if told.phase in {"", "Pending"}}
    nodes = [node for each in workflows for node in each.get("status", {}).get("nodes", {}).values()]
    words = " ".join({node.get("message", "") for node in nodes} | messages)
    assert {"not_admitted", "lock", "pvc"} <= waits <= {"not_admitted", "lock", "pvc", "parallelism"}
    assert {node["type"] for node in nodes} == {"DAG", "TaskGroup", "Retry", "Pod", "Skipped", "Suspend"}
    for part in (
        "OOMKilled",
        "deadline",
        "exit code 1)",
        "ImagePullBackOff",
        "low on resource",
        "pod deleted",
        "<&"[:1],
    ):
        assert part in words
    assert any(message.startswith("Stopped with strategy") for message in messages)
    assert any(message.startswith("invalid spec") for message in messages)
    assert max(len(each.get("status", {}).get("nodes", ())) for each in workflows) > 150
    assert any(ord(letter) > 0x2000 for each in workflows for letter in str(each["metadata"]["annotations"]))


def test_some_failures_are_retried_and_end_a_second_time_at_another_time(busy: Chronicle) -> None:
    again = 0
    for life in busy.lives():
        phases = [told.phase for told in life]
        ends = {told.thing["status"]["finishedAt"] for told in life if told.phase in FINAL}
        reopened = sum(old in FINAL and not new for old, new in pairwise(phases))
        assert len(ends) <= 1 + reopened
        if reopened and phases[-1] in FINAL:
            again += 1
            assert len(ends) == 2
    assert again > 3


def test_a_retried_workflow_keeps_the_tasks_that_were_done(busy: Chronicle) -> None:
    kept = 0
    for life in busy.lives():
        for before, after in pairwise(life):
            if before.phase in FINAL and not after.phase:
                old, new = before.thing, after.thing
                nodes = new["status"].get("nodes", {})
                assert new["status"]["startedAt"] > old["status"]["finishedAt"]
                assert all(node["phase"] == "Succeeded" or node["type"] == "Pod" for node in nodes.values())
                assert new["metadata"]["labels"]["workflows.argoproj.io/phase"] == phase(old)
                kept += bool(nodes)
    assert kept > 3


def test_some_workflows_hang_although_all_their_steps_are_done(busy: Chronicle) -> None:
    stuck = [
        each
        for each in busy.things()
        if phase(each) == "Running"
        and "nodes" in each["status"]
        and all(node["finishedAt"] for node in each["status"]["nodes"].values() if node["type"] != "DAG")
        and busy.now - seconds(each["status"]["startedAt"]) > 15
    ]
    assert stuck
    assert all(len(set(each["status"]["progress"].split("/"))) == 1 for each in stuck)


def test_nodes_are_kept_in_all_the_ways_that_there_are(busy: Chronicle) -> None:
    kept: Counter[str] = Counter()
    for told in busy.of():
        status = told.thing.get("status", {})
        text = base64.b64decode(status.get("compressedNodes", ""))
        kept["zstd"] += text.startswith(b"\x28\xb5\x2f\xfd")
        kept["gzip"] += text.startswith(b"\x1f\x8b")
        kept["plain"] += "nodes" in status
        kept["offloaded"] += "offloadNodeStatusVersion" in status
    assert kept["plain"] > 20 * kept["gzip"] > 20 * kept["zstd"] > 0
    assert kept["offloaded"] > 0


def test_compressed_nodes_are_those_that_stood_in_the_status() -> None:
    nodes = {"a": {"phase": "Running", "children": ["b"]}, "b": msgspec.Raw(b'{"phase":"Pending"}')}
    plain = {"a": nodes["a"], "b": {"phase": "Pending"}}
    forms = {name: packed(nodes, f"{round(share * 2**32):08x}-0000") for name, share in SHARES.items()}
    unpacked = {
        "gzip": gzip.decompress(base64.b64decode(forms["gzip"]["compressedNodes"])),
        "zstd": zstandard.decompress(base64.b64decode(forms["zstd"]["compressedNodes"])),
    }
    assert {name: msgspec.json.decode(text) for name, text in unpacked.items()} == {"gzip": plain, "zstd": plain}
    assert forms["offloaded"] == {"offloadNodeStatusVersion": "fnv:2"}
    assert forms["plain"] == {"nodes": nodes}


def test_the_last_success_of_a_template_is_the_estimate_of_the_next(busy: Chronicle) -> None:
    estimated = [told.thing["status"]["estimatedDuration"] for told in busy.of() if "estimatedDuration" in told.text]
    assert len(estimated) > 100
    assert min(estimated) >= 1
    assert len(set(estimated)) > 5


def test_some_are_limited_and_some_suspended_as_a_whole(busy: Chronicle) -> None:
    limits = [told.thing["spec"].get("activeDeadlineSeconds") for told in busy.of() if told.begins]
    assert 0.05 < sum(limit is not None for limit in limits) / len(limits) < 0.3
    suspended = [told for told in busy.of() if told.thing["spec"].get("suspend")]
    assert {told.phase for told in suspended} == {"Running"}


def test_the_exporter_finds_nothing_odd_in_any_object(busy: Chronicle) -> None:
    assert {read(told.change.new.body).problem for told in busy.of()} == {None}


def test_bodies_are_of_about_the_size_that_real_ones_have(busy: Chronicle) -> None:
    sizes = [len(told.change.new.body) for told in busy.of()]
    assert 8_000 < sum(sizes) / len(sizes) < 20_000


@pytest.mark.parametrize(
    "wrong", [{"workflows": 0}, {"namespaces": 0}, {"rate": -1}, {"speed": 0}, {"rate": float("nan")}]
)
def test_options_that_make_no_sense_are_refused_by_name(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        options(**wrong)


def test_a_world_without_submissions_comes_to_rest() -> None:
    chronicle = Chronicle(options(rate=0)).live(5)
    assert {phase(each) for each in chronicle.things()} <= FINAL
    assert chronicle.things(CRON_WORKFLOWS)
    assert all(told.change.kind is not WORKFLOWS for told in chronicle.told if told.moment > BEGINNING)
