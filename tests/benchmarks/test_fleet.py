"""The fleet is what it says: seeded, in key order, written as Go writes JSON, about 14 kB, no two templates alike."""

import json
import re
from itertools import islice
from typing import Any

import pytest

from benchmarks.fleet import Fleet, postable
from exporter.simulator.scenario.argo import fnv

LABEL = "workflows.argoproj.io/"


def as_go_writes(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").encode()


def listed(**settings: Any) -> list[dict[str, Any]]:
    return [json.loads(body) for body in Fleet(**settings)]


def key(workflow: dict[str, Any]) -> str:
    return f"{workflow['metadata']['namespace']}/{workflow['metadata']['name']}"


def phase(workflow: dict[str, Any]) -> str:
    return str(workflow.get("status", {}).get("phase", ""))


def template_texts(workflows: list[dict[str, Any]]) -> set[str]:
    statuses = [workflow.get("status", {}) for workflow in workflows]
    return {json.dumps(status[stored]) for status in statuses for stored in status if stored.startswith("storedW")}


def test_a_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    assert list(Fleet(7, 40, 4)) == list(Fleet(7, 40, 4))
    assert list(Fleet(7, 40, 4).lives(5)) == list(Fleet(7, 40, 4).lives(5))
    assert not set(Fleet(7, 40, 4)) & set(Fleet(8, 40, 4))


@pytest.mark.parametrize("diverse", [True, False])
def test_a_list_has_the_number_asked_for_in_key_order_without_doubles(diverse: bool) -> None:
    fleet = Fleet(1, 307, 12, diverse=diverse)
    keys = [key(json.loads(body)) for body in fleet]
    assert len(fleet) == len(keys) == len(set(keys)) == 307
    assert keys == sorted(keys)
    assert {each.partition("/")[0] for each in keys} == set(fleet.namespaces)
    assert len(fleet.namespaces) == 12


def test_bodies_are_written_as_an_api_server_writes_them() -> None:
    bodies = list(Fleet(1, 200, 10))
    assert all(body == as_go_writes(json.loads(body)) for body in bodies)
    assert any(b"\\u003e" in body for body in bodies)


@pytest.mark.parametrize("diverse", [True, False])
def test_a_body_has_about_14_kb_and_nine_nodes(diverse: bool) -> None:
    bodies = list(Fleet(1, 2_000, 50, diverse=diverse))
    nodes = [len(json.loads(body).get("status", {}).get("nodes", ())) for body in bodies]
    assert 13_000 < sum(map(len, bodies)) / len(bodies) < 15_500
    assert 8 < sum(nodes) / len(nodes) < 10
    assert max(nodes) > 30


def test_a_uniform_fleet_shares_four_templates() -> None:
    assert len(template_texts(listed(seed=1, workflows=400, namespaces=20, diverse=False))) == 4


def test_every_namespace_of_a_diverse_fleet_has_four_templates_of_its_own() -> None:
    workflows = listed(seed=1, workflows=800, namespaces=20)
    assert len(template_texts(workflows)) == 80
    scripts = re.findall(r'"source": "(.*?)"[,}]', " ".join(template_texts(workflows)))
    assert len(set(scripts)) > 0.9 * len(scripts)


def test_all_phases_occur_and_most_workflows_are_done() -> None:
    phases = [phase(workflow) for workflow in listed(seed=1, workflows=2_000, namespaces=50)]
    assert set(phases) == {"", "Pending", "Running", "Succeeded", "Failed", "Error"}
    assert phases.count("Succeeded") > 1_200


def test_labels_times_and_nodes_agree_with_the_phase() -> None:
    for workflow in listed(seed=1, workflows=500, namespaces=10):
        labels, status = workflow["metadata"]["labels"], workflow.get("status", {})
        final = phase(workflow) in {"Succeeded", "Failed", "Error"}
        assert labels.get(f"{LABEL}phase", "") == phase(workflow)
        assert (f"{LABEL}completed" in labels) == final
        assert bool(status.get("finishedAt")) == final
        if status.get("startedAt") and final:
            assert workflow["metadata"]["creationTimestamp"] <= status["startedAt"] <= status["finishedAt"]
            assert all(node["finishedAt"] <= status["finishedAt"] for node in status["nodes"].values())
        if "nodes" in status:
            assert status["nodes"][workflow["metadata"]["name"]]["phase"] == phase(workflow)


def test_nodes_are_numbered_as_the_controller_numbers_them_and_children_exist() -> None:
    assert fnv("a") == 0xE40C292C
    for workflow in listed(seed=2, workflows=100, namespaces=5):
        name, nodes = workflow["metadata"]["name"], workflow.get("status", {}).get("nodes", {})
        for number, node in nodes.items():
            assert number == node["id"] == (name if node["name"] == name else f"{name}-{fnv(node['name'])}")
            assert set(node.get("children", ())) <= set(nodes)


def test_what_is_unique_in_a_cluster_is_unique_here() -> None:
    workflows = listed(seed=1, workflows=1_000, namespaces=10)
    assert len({workflow["metadata"]["uid"] for workflow in workflows}) == 1_000
    node_ids = [node for workflow in workflows for node in workflow.get("status", {}).get("nodes", ())]
    assert len(node_ids) > 7_000


def test_a_life_is_submitted_grows_ends_is_archived_and_goes() -> None:
    lives: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for event in Fleet(1, 60, 6).lives(10):
        workflow = json.loads(event.object)
        lives.setdefault(key(workflow), []).append((event.type, workflow))
    assert len(lives) == 60
    for told in lives.values():
        kinds = [kind for kind, _ in told]
        assert kinds == ["ADDED", *["MODIFIED"] * (len(told) - 2), "DELETED"]
        nodes = [len(workflow.get("status", {}).get("nodes", ())) for _, workflow in told]
        assert nodes == sorted(nodes)
        assert phase(told[0][1]) == ""
        assert phase(told[-1][1]) in {"Succeeded", "Failed", "Error"}
        archived = [workflow["metadata"]["labels"].get(f"{LABEL}workflow-archiving-status") for _, workflow in told]
        assert archived[-3:] == ["Pending", "Archived", "Archived"]
        assert len({workflow["metadata"]["uid"] for _, workflow in told}) == 1


def test_versions_of_a_watch_only_grow_and_begin_above_the_list() -> None:
    newest = max(int(workflow["metadata"]["resourceVersion"]) for workflow in listed(seed=1, workflows=200))
    versions = [int(json.loads(event.object)["metadata"]["resourceVersion"]) for event in Fleet(1, 100).lives()]
    assert versions == sorted(set(versions))
    assert versions[0] > newest


def test_no_more_lives_are_open_than_asked_for() -> None:
    alive = most = 0
    for event in Fleet(1, 80, 6).lives(7):
        alive += {"ADDED": 1, "DELETED": -1}.get(event.type, 0)
        most = max(most, alive)
    assert (alive, most <= 7) == (0, True)


def test_an_event_is_one_line_of_a_watch() -> None:
    for event in islice(Fleet(1, 10, 2).lives(2), 20):
        assert event.frame.endswith(b"}}\n")
        assert event.frame.count(b"\n") == 1
        assert json.loads(event.frame) == {"type": event.type, "object": json.loads(event.object)}


def test_odd_objects_are_made_to_size() -> None:
    fleet = Fleet(1, 1, 5)
    many = json.loads(fleet.object(1, nodes=400))
    assert 380 < len(many["status"]["nodes"]) < 420
    large = fleet.object(2, argument_bytes=2_000_000)
    assert len(large) > 2_000_000
    assert large == as_go_writes(json.loads(large))
    assert fleet.object(3) != fleet.object(4)


def test_a_postable_object_has_nothing_that_only_a_server_sets() -> None:
    workflow = postable(Fleet(1, 1, 1).object())
    assert set(workflow["metadata"]) <= {"annotations", "generateName", "labels", "name", "namespace"}
    assert workflow["status"]["nodes"]
