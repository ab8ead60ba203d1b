"""The judges themselves work: a real Prometheus scrapes, evaluates and alerts; a real Alertmanager hears of it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.prometheus import programs
from tests.prometheus.alertmanager import Alertmanager
from tests.prometheus.answers import Refused
from tests.prometheus.server import Prometheus

RULES = {
    "groups": [
        {
            "name": "itself",
            "rules": [
                {"alert": "Alive", "expr": "up == 1", "annotations": {"summary": "{{ $labels.job }} is up"}},
                {"record": "job:up:count", "expr": "count by (job) (up)"},
            ],
        }
    ]
}


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    with Alertmanager(tmp_path_factory.mktemp("alertmanager")) as running:
        yield running


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory, alertmanager: Alertmanager) -> Iterator[Prometheus]:
    """One that scrapes the Alertmanager, which is at hand."""
    folder = tmp_path_factory.mktemp("prometheus")
    rules = folder / "rules.yaml"
    rules.write_text(json.dumps(RULES))
    address = alertmanager.url.removeprefix("http://")
    targets = {"alerts": [address]}
    with Prometheus(folder, targets, rules=[rules], alertmanager=alertmanager.url) as running:
        running.wait_scraped(1)
        yield running


def test_a_query_gives_labels_and_numbers(prometheus: Prometheus) -> None:
    (found,) = prometheus.query("sum by (job) (up)")
    assert (found.labels, found.value) == ({"job": "alerts"}, 1)
    assert [one.value for one in prometheus.query("2 + 2")] == [4]


def test_a_range_gives_a_line_for_each_series(prometheus: Prometheus) -> None:
    now = time.time()
    (found,) = prometheus.query_range("vector(7)", now - 20, now, 10)
    assert [value for _, value in found.points] == [7, 7, 7]


def test_where_there_are_no_exemplars_there_are_none(prometheus: Prometheus) -> None:
    assert prometheus.exemplars("up", time.time() - 60, time.time()) == []


def test_an_expression_that_makes_no_sense_is_refused_in_words(prometheus: Prometheus) -> None:
    with pytest.raises(Refused, match="parse error"):
        prometheus.query("sum(")


def test_rules_are_recorded_and_alerts_reach_the_alertmanager(
    prometheus: Prometheus, alertmanager: Alertmanager
) -> None:
    prometheus.wait("job:up:count", lambda found: [one.value for one in found] == [1])
    alert = alertmanager.wait_alert("Alive", job="alerts")
    assert alert.annotations == {"summary": "alerts is up"}
    assert [rule["health"] for rule in prometheus.rules()] == ["ok", "ok"]
    assert [alert["state"] for alert in prometheus.alerts()] == ["firing"]


def test_waiting_in_vain_tells_what_there_was_instead(prometheus: Prometheus, alertmanager: Alertmanager) -> None:
    with pytest.raises(AssertionError, match="'job': 'alerts'"):
        prometheus.wait("up", lambda found: not found, limit=0)
    with pytest.raises(AssertionError, match="the alert Dead"):
        alertmanager.wait_alert("Dead", limit=0)


def test_a_missing_program_is_an_error_where_it_is_required(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("REQUIRE_PROMETHEUS", "1")
    with pytest.raises(programs.Missing, match="Debian package: prometheus"):
        programs.find("promtool")
    monkeypatch.delenv("REQUIRE_PROMETHEUS")
    with pytest.raises(pytest.skip.Exception, match="amtool is missing"):
        programs.find("amtool")
