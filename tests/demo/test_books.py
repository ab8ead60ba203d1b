"""What the exporter counts is what the simulated cluster wrote down itself, at any pause."""

import http.client
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.cluster.program import Numbers
from tests.controlplane.waiting import wait_for
from tests.demo.program import ANYWHERE, DEMO, Demo, ask

BUSY = ("--workflows=300", "--namespaces=4", "--rate=20", "--speed=120")

Counts = dict[tuple[str, ...], float]
"""Numbers by what they count: a family's short name, a namespace, values of labels. Zeros are left out."""


def books(demo: Demo, order: str = "books") -> dict[str, Any]:
    """What the simulated cluster has written down; after an order to pause or to go on."""
    answer = ask(f"{demo.cluster}/simulator/{order}", "GET" if order == "books" else "POST")
    assert answer.code == 200
    report: dict[str, Any] = msgspec.json.decode(answer.body)
    return report


def true_phases(report: Mapping[str, Any]) -> Counts:
    return _nonzero(
        {
            ("workflows", namespace, phase): count
            for namespace, account in report["namespaces"].items()
            for phase, count in account["phases"].items()
        }
    )


def true_counts(report: Mapping[str, Any]) -> Counts:
    counts: Counts = {}
    for namespace, account in report["namespaces"].items():
        for name in ("created", "updated", "retried", "archived"):
            counts[name, namespace] = account[name]
        for name in ("completed", "transitions", "deleted"):
            counts |= {(name, namespace, value): count for value, count in account[name].items()}
    return counts


def shown_phases(numbers: Numbers, namespaces: Mapping[str, Any]) -> Counts:
    return {
        ("workflows", namespace, phase): count
        for namespace in namespaces
        for phase, count in numbers.by("phase", "argowf_workflows", namespace=namespace).items()
    }


def shown_counts(numbers: Numbers, namespaces: Mapping[str, Any]) -> Counts:
    counts: Counts = {}
    for namespace in namespaces:
        counts["created", namespace] = numbers.sum("argowf_workflow_creations_total", namespace=namespace)
        counts["updated", namespace] = numbers.sum("argowf_workflow_updates_total", namespace=namespace)
        counts["retried", namespace] = numbers.sum("argowf_workflow_retries_total", namespace=namespace)
        deletions = "argowf_workflow_deletions_total"
        counts["archived", namespace] = numbers.sum(deletions, namespace=namespace, archived="true")
        for phase, count in numbers.by("phase", deletions, namespace=namespace).items():
            counts["deleted", namespace, phase] = count
        completions = numbers.by("phase", "argowf_workflow_completions_total", namespace=namespace)
        for phase, count in completions.items():
            counts["completed", namespace, phase] = count
    return counts


def _nonzero(counts: Mapping[tuple[str, ...], float]) -> Counts:
    return {what: count for what, count in counts.items() if count}


def _since(before: Counts, after: Counts) -> Counts:
    return _nonzero({what: after.get(what, 0) - before.get(what, 0) for what in {*before, *after}})


class Paused:
    """A cluster in which nothing happens, and the exporter that has heard of everything."""

    def __init__(self, demo: Demo, number: int) -> None:
        books(demo, "pause")
        self._mark(demo, f"pause-{number}")
        self.report = books(demo)
        self._namespaces = self.report["namespaces"]
        self.numbers = Numbers(ask(demo.metrics).body)
        assert shown_phases(self.numbers, self._namespaces) == true_phases(self.report)
        self.counts = shown_counts(self.numbers, self._namespaces)

    def _mark(self, demo: Demo, name: str) -> None:
        """Make a workflow, and wait until the exporter knows it: whatever happened before it, it knows as well."""
        namespace = next(iter(true_phases(books(demo))))[1]
        path = f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/workflows"
        mark = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": name}, "spec": {}}
        assert ask(f"{demo.cluster}{path}", "POST", msgspec.json.encode(mark)).code == http.client.CREATED
        wait_for(lambda: demo.get(f"{path}/{name}").code == http.client.OK, f"{name} to be known", seconds=60)

    @property
    def transitions(self) -> Counts:
        return {
            ("transitions", namespace, f"{left}>{entered}"): count
            for namespace in self._namespaces
            for left in ("Unset", "Pending", "Running", "Succeeded", "Failed", "Error")
            for entered, count in self.numbers.by(
                "to_phase", "argowf_workflow_phase_transitions_total", namespace=namespace, from_phase=left
            ).items()
        }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_numbers_equal_the_books_at_any_pause(tmp_path: Path, seed: int) -> None:
    with Demo(tmp_path, [*DEMO, *BUSY, ANYWHERE, f"--seed={seed}"]) as demo:
        demo.wait_ready()
        first = Paused(demo, 1)
        check_the_next_pause(demo, first, changes=1500)


def test_watches_that_are_cut_cost_no_number(tmp_path: Path) -> None:
    with Demo(tmp_path, [*DEMO, *BUSY, ANYWHERE, "--fault=drop-watch"]) as demo:
        demo.wait_ready()
        first = Paused(demo, 1)
        books(demo, "resume")
        before = first.numbers.of_informer("watches_total")
        wait_for(
            lambda: Numbers(ask(demo.metrics).body).of_informer("watches_total") > before,
            "a watch to be cut",
            seconds=90,
        )
        check_the_next_pause(demo, first, changes=100)


def check_the_next_pause(demo: Demo, first: Paused, changes: int) -> None:
    """Let so many changes happen, and compare everything that has happened since the first pause."""
    books(demo, "resume")
    wanted = books(demo)["version"] + changes
    wait_for(lambda: books(demo)["version"] >= wanted, f"{changes} changes", seconds=120)
    second = Paused(demo, 2)
    true = _since(true_counts(first.report), true_counts(second.report))
    shown = _since(first.counts | first.transitions, second.counts | second.transitions)
    assert shown == true
    assert {what[0] for what in true} >= {"created", "updated", "completed", "transitions", "deleted"}
