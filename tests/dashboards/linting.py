"""The rules of Grafana's dashboard-linter, by their names there, written anew from its documentation.

The linter itself cannot be had through the package registries, so each rule is stated here, and a test breaks each
once to see that it is noticed.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import promql_parser

from dashboards.reading import Board, Shown, asked
from tests.dashboards.promql import LOOKED_FOR, matchers, name_of, parsed, selectors, walk

Complaints = Iterator[str]

NUMBERED = ("stat", "timeseries", "table", "gauge", "bargauge", "heatmap", "state-timeline")
"""The kinds of panels that show numbers; the linter knows fewer."""
UNITS = {
    *("none", "string", "short", "percent", "percentunit", "sci", "locale", "bool", "bool_yes_no", "bool_on_off"),
    *("bytes", "decbytes", "bits", "Bps", "binBps", "bps", "pps"),
    *("dateTimeAsIso", "dateTimeAsLocal", "dateTimeAsSystem", "dateTimeFromNow"),
    *("hertz", "ns", "µs", "ms", "s", "m", "h", "d", "dtdurations", "dtdhms"),
    *("cps", "ops", "reqps", "rps", "wps", "cpm", "opm", "rpm", "wpm"),
}
"""Of Grafana's units those that suit us: a typo is none of them."""
DATASOURCES = {"$datasource", "${datasource}"}
RATES = ("rate", "irate")
COUNTED = (*RATES, "increase")


def template_datasource(board: Board) -> Complaints:
    found = [one for one in board.variables.values() if one["type"] == "datasource"]
    if [(one["name"], one["label"], one["query"]) for one in found] != [("datasource", "Data source", "prometheus")]:
        yield "there is no variable for the data source"


def template_job(board: Board) -> Complaints:
    yield from _scraped(board, "job")


def template_instance(board: Board) -> Complaints:
    yield from _scraped(board, "instance")


def template_label_promql(board: Board) -> Complaints:
    for one in _queried(board):
        series = one["query"].removeprefix("label_values(").rpartition(", ")[0]
        try:
            found = parsed(series, board)
        except ValueError as error:
            yield f"variable {one['name']}: {error}"
        else:
            if not isinstance(found, promql_parser.VectorSelector):
                yield f"variable {one['name']} does not ask for series"


def template_on_time_change_reload(board: Board) -> Complaints:
    yield from (f"variable {one['name']} does not follow the time" for one in _queried(board) if one["refresh"] != 2)


def panel_datasource(board: Board) -> Complaints:
    for panel in _numbered(board):
        sources = [panel.raw["datasource"], *(target["datasource"] for target in panel.raw["targets"])]
        if any(source["uid"] not in DATASOURCES for source in sources):
            yield f"{panel.title} has a data source of its own"


def panel_title_description(board: Board) -> Complaints:
    yield from (f"panel {one.raw['id']} lacks words" for one in _numbered(board) if not (one.title and one.description))


def panel_units(board: Board) -> Complaints:
    for panel in _numbered(board):
        overrides = [
            entry["value"]
            for override in panel.raw["fieldConfig"]["overrides"]
            for entry in override["properties"]
            if entry["id"] == "unit"
        ]
        yield from (f"{panel.title} has the unit {unit!r}" for unit in (panel.unit, *overrides) if unit not in UNITS)


def panel_no_targets(board: Board) -> Complaints:
    yield from (f"{panel.title} asks nothing" for panel in _numbered(board) if not panel.asked)


def target_logql(board: Board) -> Complaints:
    """No expression is for Loki: all go to a Prometheus."""
    for panel in _numbered(board):
        if any(target["datasource"]["type"] != "prometheus" for target in panel.raw["targets"]):
            yield f"{panel.title} asks something else than a Prometheus"


def target_logql_auto(board: Board) -> Complaints:
    """No range follows ``$__auto``, which is for Loki."""
    yield from (f"{panel.title}: $__auto" for panel, one in asked(board) if "$__auto" in one.expression)


def target_promql(board: Board) -> Complaints:
    for panel, one in asked(board):
        try:
            parsed(one.expression, board)
        except ValueError as error:
            yield f"{panel.title}: {error}"


def target_rate_interval(board: Board) -> Complaints:
    for panel, one in asked(board):
        for node, outer in walk(parsed(one.expression, board)):
            rated = isinstance(node, promql_parser.MatrixSelector) and _function(outer) in RATES
            if rated and node.range != timedelta(seconds=LOOKED_FOR):
                yield f"{panel.title} takes rates over a time of its own"


def target_job(board: Board) -> Complaints:
    yield from _matched(board, "job")


def target_instance(board: Board) -> Complaints:
    yield from _matched(board, "instance")


def target_counter_agg(board: Board) -> Complaints:
    for panel, one in asked(board):
        for selector, outer in selectors(parsed(one.expression, board)):
            if name_of(selector).endswith("_total") and _function(outer[:-1]) not in COUNTED:
                yield f"{panel.title} reads {name_of(selector)} without a rate"


def uneditable_dashboard(board: Board) -> Complaints:
    if board.raw["editable"]:
        yield "it can be edited, and the change is gone with the next release"


RULES: Mapping[str, Callable[[Board], Complaints]] = {
    f"{rule.__name__.replace('_', '-')}-rule": rule
    for rule in (
        template_datasource,
        template_job,
        template_instance,
        template_label_promql,
        template_on_time_change_reload,
        panel_datasource,
        panel_title_description,
        panel_units,
        panel_no_targets,
        target_logql,
        target_logql_auto,
        target_promql,
        target_rate_interval,
        target_job,
        target_instance,
        target_counter_agg,
        uneditable_dashboard,
    )
}


def _scraped(board: Board, name: str) -> Complaints:
    """A variable as it should be for a label that every scrape gives."""
    found = board.variables.get(name)
    if found is None:
        yield f"there is no variable {name}"
        return
    wanted = {"type": "query", "label": name.title(), "multi": True, "includeAll": True, "allValue": ".+"}
    yield from (f"{name}: {key} is {found.get(key)!r}" for key, value in wanted.items() if found.get(key) != value)


def _matched(board: Board, label: str) -> Complaints:
    """Every selector follows a variable."""
    for panel, one in asked(board):
        if f'{label}=~"${label}"' not in one.expression:
            yield f"{panel.title} does not follow ${label}"
        for selector, _ in selectors(parsed(one.expression, board)):
            if (label, "MatchOp.Re", ".+") not in matchers(selector):
                yield f"{panel.title}: {name_of(selector)} does not follow ${label}"


def _queried(board: Board) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in board.variables.values() if one["type"] == "query")


def _numbered(board: Board) -> Iterator[Shown]:
    yield from (panel for panel in board.panels if panel.kind in NUMBERED)


def _function(outer: tuple[object, ...]) -> str:
    return str(outer[-1].func.name) if outer and isinstance(outer[-1], promql_parser.Call) else ""
