"""The rules are well formed, read series that there are, in the one way that is right, and have pages and tests."""

import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.prometheus import rules
from deploy.prometheus.__main__ import main
from tests.prometheus.programs import find
from tests.rules import declared
from tests.rules.reading import Reading, readings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy" / "prometheus"
RUNBOOKS = ROOT / "docs" / "runbooks"
TESTS = sorted(Path(__file__).parent.glob("*.test.yaml"))

ALERTS = [*rules.alerts(rules.source())]
RULES: list[rules.Rule] = [rule for group in rules.groups(rules.source()) for rule in group["rules"]]
RECORDS = {rule["record"] for rule in RULES if "record" in rule}
NAMES = sorted({alert["alert"] for alert in ALERTS})
COUNTED = ("_total", "_bucket", "_count", "_sum")
RATES = {"rate", "increase"}
MOMENTS = re.compile(r"_timestamp_seconds$|_synced$|_successful$|_build_info$|^informer_state$")
"""What is no amount: of replicas and shards one speaks for all, and nothing is added up."""
UNRATED = {
    "InformerExporterGroupOverflow": "that the series is there is what counts",
    "InformerExporterStateFileFailing": "its second half reads what an increase cannot see",
    "InformerExporterHandlerErrors": "its second half reads what an increase cannot see",
}
TOGETHER = {"cluster", "job"}
"""What every aggregation keeps, so that neither clusters nor exporters are mixed."""


def name_of(rule: rules.Rule) -> str:
    return str(rule.get("alert") or rule["record"])


def read(wanted: re.Pattern[str] = re.compile("")) -> list[tuple[str, Reading]]:
    """Every selector of every rule, but those of recorded series."""
    found = [(name_of(rule), reading) for rule in RULES for reading in readings(rule["expr"])]
    return [(name, one) for name, one in found if one.family not in RECORDS and wanted.search(one.family)]


def run(program: str, *arguments: str) -> str:
    """What a program says; it must be content."""
    done = subprocess.run([find(program), *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_promtool_finds_nothing_to_say_about_the_rules() -> None:
    assert "SUCCESS" in run("promtool", "check", "rules", "--lint=all", "--lint-fatal", str(rules.SOURCE))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_the_alerts_fire_when_they_must_and_only_then(path: Path) -> None:
    assert "SUCCESS" in run("promtool", "test", "rules", str(path))


def test_the_example_for_the_alertmanager_can_be_used_and_names_alerts_that_there_are() -> None:
    path = DEPLOY / "alertmanager.example.yaml"
    run("amtool", "check-config", str(path))
    matchers = [
        matcher
        for rule in yaml.safe_load(path.read_text())["inhibit_rules"]
        for side in ("source_matchers", "target_matchers")
        for matcher in rule[side]
    ]
    patterns = [found[1] for matcher in matchers if (found := re.match(r'alertname=~?"(.*)"', matcher))]
    assert patterns
    assert [pattern for pattern in patterns if not any(re.fullmatch(pattern, name) for name in NAMES)] == []


def test_each_alert_has_a_test_that_it_fires_and_one_that_it_does_not() -> None:
    fires, silent = Counter[str](), Counter[str]()
    for case in (
        case for path in TESTS for group in yaml.safe_load(path.read_text())["tests"] for case in cases(group)
    ):
        (fires if case["exp_alerts"] else silent)[case["alertname"]] += 1
    assert [name for name in NAMES if not fires[name]] == []
    assert [name for name in NAMES if not silent[name]] == []


def cases(group: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = group.get("alert_rule_test", [])
    return found


def test_each_rule_of_a_name_that_comes_twice_has_a_test_that_it_fires() -> None:
    tested = {
        (case["alertname"], alert["exp_labels"]["severity"])
        for path in TESTS
        for group in yaml.safe_load(path.read_text())["tests"]
        for case in cases(group)
        for alert in case["exp_alerts"]
    }
    assert {(alert["alert"], alert["labels"]["severity"]) for alert in ALERTS} <= tested


def test_the_alerts_are_tested_with_shards_with_replicas_and_without() -> None:
    series = [
        one["series"]
        for path in TESTS
        for group in yaml.safe_load(path.read_text())["tests"]
        for one in group["input_series"]
    ]
    for words in ('shard="0"', 'instance="b"', 'cluster="two"'):
        assert [one for one in series if words in one], words
    assert [one for one in series if "shard" not in one]


def test_every_family_that_a_rule_reads_is_declared_and_has_the_labels_that_it_looks_at() -> None:
    known = declared.series()
    assert sorted({one.family for _, one in read()} - {*known}) == []
    wrong = [(name, one.family, *(one.matched - known[one.family])) for name, one in read()]
    assert [found for found in wrong if len(found) > 2] == []


def test_every_series_of_the_tests_is_one_that_there_is() -> None:
    named = {
        (series, tuple(re.findall(r'(\w+)="', labels)))
        for path in TESTS
        for series, labels in re.findall(r"- series: (\w+)\{(.*)\}", path.read_text())
        if series != "up"
    }
    known = declared.series()
    targets = {"cluster", "job", "instance", "shard", "label_team"}
    assert sorted({series for series, _ in named} - {*known}) == []
    assert [(series, label) for series, labels in named for label in {*labels} - targets - known[series]] == []


def test_the_last_bound_below_half_of_the_limit_is_one_of_the_histogram() -> None:
    (text,) = re.findall(r'argowf_workflow_object_bytes_bucket\{le=~"(.*?)"\}', rules.SOURCE.read_text())
    bounds = [repr(float(bound)) for bound in declared.families()["argowf_workflow_object_bytes"].buckets]
    assert [bound for bound in bounds if re.fullmatch(text, bound)] == ["524288.0"]
    (text,) = re.findall(r'informer_watch_duration_seconds_bucket\{le=~"(.*?)"\}', rules.SOURCE.read_text())
    bounds = [repr(float(bound)) for bound in declared.families()["informer_watch_duration_seconds"].buckets]
    assert [bound for bound in bounds if re.fullmatch(text, bound)] == ["60.0"]


def test_rates_are_taken_of_counters_before_anything_else_and_of_nothing_else() -> None:
    for name, one in read():
        rated = bool(RATES & {*one.functions[:1]})
        if not one.family.endswith(COUNTED):
            assert not RATES & {*one.functions}, (name, one.family)
        elif name not in UNRATED:
            assert rated, (name, one.family)


def test_replicas_are_folded_before_shards_are_added_up() -> None:
    for name, one in read():
        if MOMENTS.search(one.family) or name == "InformerExporterGroupOverflow":
            continue
        (folded,), added = one.grouped("max"), one.grouped("sum")[-1:]
        assert {"shard", *TOGETHER} <= folded, (name, one.family)
        assert "instance" not in folded, (name, one.family)
        assert added == [folded - {"shard"}], (name, one.family)
        assert one.functions[-2:] == ["max", "sum"], (name, one.family)


def test_moments_and_yes_or_no_are_never_added_up() -> None:
    for name, one in read(MOMENTS):
        assert one.functions, (name, one.family)
        assert "sum" not in one.functions, (name, one.family)


def test_what_is_counted_by_group_is_added_up_within_each_process_first() -> None:
    by_group = [(name, one) for name, one in read(re.compile("completions|creations")) if name not in UNRATED]
    assert by_group
    for name, one in by_group:
        first = one.grouped("sum")[0]
        assert first == one.grouped("max")[0] | {"instance"}, name


def test_every_aggregation_keeps_apart_clusters_and_exporters() -> None:
    for name, one in read():
        for operator in ("sum", "max", "min", "count"):
            assert [labels for labels in one.grouped(operator) if not labels >= TOGETHER] == [], name


def test_each_alert_has_a_severity_and_says_what_there_is_with_its_value_or_labels() -> None:
    assert {alert["labels"]["severity"] for alert in ALERTS} == {"critical", "warning", "info"}
    for alert in ALERTS:
        assert alert["alert"].startswith(("ArgoWorkflows", "InformerExporter"))
        assert {*alert["annotations"]} == {"summary", "description", "runbook_url"}
        assert all(text.endswith(".") for key, text in alert["annotations"].items() if key != "runbook_url")


def test_names_that_come_twice_differ_in_severity() -> None:
    twice = Counter((alert["alert"], alert["labels"]["severity"]) for alert in ALERTS)
    assert [name for name, count in twice.items() if count > 1] == []


def test_each_alert_names_its_page_and_each_page_belongs_to_an_alert() -> None:
    for alert in ALERTS:
        assert alert["annotations"]["runbook_url"] == f"docs/runbooks/{alert['alert']}.md"
    assert sorted(path.stem for path in RUNBOOKS.glob("*.md") if path.stem != "README") == NAMES


def test_the_prometheusrule_is_what_the_command_writes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prometheusrule"]) == 0
    assert (DEPLOY / "prometheusrule.yaml").read_text() == capsys.readouterr().out


def test_both_forms_hold_the_same_rules() -> None:
    document = yaml.safe_load(rules.prometheusrule(rules.source()))
    assert (document["apiVersion"], document["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert document["spec"]["groups"] == rules.groups(rules.source())


def test_the_address_of_the_runbooks_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--runbooks", "https://wiki.example/runbooks/"]) == 0
    chosen = capsys.readouterr().out
    assert {alert["annotations"]["runbook_url"] for alert in rules.alerts(chosen)} == {
        f"https://wiki.example/runbooks/{name}.md" for name in NAMES
    }
    assert chosen.replace("https://wiki.example/runbooks/", "docs/runbooks/") == rules.SOURCE.read_text()
