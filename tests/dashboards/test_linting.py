"""Every dashboard passes every rule of Grafana's linter, and every rule notices a dashboard that breaks it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from dashboards.reading import Board, boards, read
from tests.dashboards.linting import RULES

ALL = {board.uid: board for board in boards()}
Json = dict[str, Any]


def _variable(raw: Json, name: str) -> Json:
    found: Json = next(one for one in raw["templating"]["list"] if one["name"] == name)
    return found


def _rename(raw: Json) -> None:
    _variable(raw, "datasource")["name"] = "ds"


def _panel(raw: Json) -> Json:
    found: Json = next(panel for panel in raw["panels"] if "rate(" in panel.get("targets", [{}])[0].get("expr", ""))
    return found


def _expression(before: str, after: str) -> Callable[[Json], None]:
    def change(raw: Json) -> None:
        target = _panel(raw)["targets"][0]
        assert before in target["expr"]
        target["expr"] = target["expr"].replace(before, after)

    return change


def _set(key: str, value: Any) -> Callable[[Json], None]:
    return lambda raw: _panel(raw).update({key: value})


BREAKS: dict[str, Callable[[Json], None]] = {
    "template-datasource-rule": _rename,
    "template-job-rule": lambda raw: _variable(raw, "job").update(allValue=".*"),
    "template-instance-rule": lambda raw: _variable(raw, "instance").update(multi=False),
    "template-label-promql-rule": lambda raw: _variable(raw, "job").update(query="label_values(sum(, job)"),
    "template-on-time-change-reload-rule": lambda raw: _variable(raw, "job").update(refresh=1),
    "panel-datasource-rule": _set("datasource", {"type": "prometheus", "uid": "mine"}),
    "panel-title-description-rule": _set("description", ""),
    "panel-units-rule": _set("fieldConfig", {"defaults": {"unit": "secnods"}, "overrides": []}),
    "panel-no-targets-rule": _set("targets", []),
    "target-logql-rule": lambda raw: _panel(raw)["targets"][0].update(datasource={"type": "loki", "uid": "x"}),
    "target-logql-auto-rule": _expression("$__rate_interval", "$__auto"),
    "target-promql-rule": _expression("sum", "sum("),
    "target-rate-interval-rule": _expression("$__rate_interval", "5m"),
    "target-job-rule": _expression('job=~"$job", ', ""),
    "target-instance-rule": _expression('instance=~"$instance"', 'instance="a"'),
    "target-counter-agg-rule": lambda raw: _panel(raw)["targets"][0].update(expr="argowf_workflow_retries_total"),
    "uneditable-dashboard-rule": lambda raw: raw.update(editable=True),
}


def _complaints(rule: str, board: Board) -> list[str]:
    return [*RULES[rule](board)]


@pytest.mark.parametrize("uid", ALL)
@pytest.mark.parametrize("rule", RULES)
def test_a_dashboard_passes_the_rules_of_the_linter(rule: str, uid: str) -> None:
    assert _complaints(rule, ALL[uid]) == []


@pytest.mark.parametrize("rule", RULES)
def test_a_dashboard_that_breaks_a_rule_is_noticed(rule: str) -> None:
    raw = copy.deepcopy(dict(ALL["argowf-overview"].raw))
    BREAKS[rule](raw)
    assert _complaints(rule, read(raw))


def test_there_are_as_many_rules_as_the_linter_has() -> None:
    assert len(RULES) == 17
