"""Asks a Prometheus what the panels ask, and gives what is to be drawn."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from dashboards.reading import Asked, Board, Moment, Shown, plain

BARS = 40
POINTS = 120
"""How many points a graph has, of bars and of anything else."""
_LABEL = re.compile(r"\{\{ *([a-zA-Z_][a-zA-Z0-9_]*) *\}\}")

Drawn = dict[str, Any]
"""What a page is told of a panel."""


class Line(Protocol):
    """One series over time."""

    labels: Mapping[str, str]
    points: Sequence[tuple[float, float]]


class Result(Protocol):
    """One series at one time."""

    labels: Mapping[str, str]
    value: float


class Source(Protocol):
    """What answers PromQL."""

    def query(self, expression: str, at: float | None = None) -> Sequence[Any]:
        """Give what an expression is."""

    def query_range(self, expression: str, start: float, end: float, step: float) -> Sequence[Any]:
        """Give what an expression was, at each step."""


def look(source: Source, board: Board, end: float, span: float, rates: float) -> list[Drawn]:
    """Give what every panel of a dashboard shows of the time up to ``end``; times are in seconds."""

    def draw(panel: Shown) -> Drawn:
        moment = _moment(panel, span, rates)

        def ask(one: Asked) -> list[Any]:
            expression = plain(one.expression, board, moment)
            if one.instant:
                return [*source.query(expression, end)]
            return [*source.query_range(expression, end - span, end, moment.step)]

        return {**_frame(panel), **_content(panel, ask), **_times(moment, end)}

    return [draw(panel) for panel in board.panels]


def _moment(panel: Shown, span: float, rates: float) -> Moment:
    """Panels that want wide steps get them, in proportion."""
    step = max(span / (BARS if "interval" in panel.raw else POINTS), 1.0)
    return Moment(span, step, max(rates, step))


def _times(moment: Moment, end: float) -> Drawn:
    """Every time that a graph has, also where there is no data."""
    start = end - moment.span
    return {
        "span": (start, end),
        "times": [start + at * moment.step for at in range(int(moment.span / moment.step) + 1)],
    }


def _frame(panel: Shown) -> Drawn:
    field = panel.raw.get("fieldConfig", {}).get("defaults", {})
    return {
        "kind": panel.kind,
        "title": panel.title,
        "place": panel.place,
        "unit": panel.unit,
        "nothing": field.get("noValue", "no data"),
        "steps": field.get("thresholds", {}).get("steps", []),
        "names": {value: one for mapping in field.get("mappings", ()) for value, one in mapping["options"].items()},
        "options": panel.raw.get("options", {}),
        "decimals": field.get("decimals"),
        "custom": field.get("custom", {}),
        "colours": _colours(panel),
    }


def _content(panel: Shown, ask: Callable[[Asked], list[Any]]) -> Drawn:
    if panel.kind == "table":
        return _table(panel, [(one, ask(one)) for one in panel.asked])
    series = [(legend(one, found.labels), found) for one in panel.asked for found in ask(one)]
    return {
        "series": [
            {"name": name, "points": found.points if hasattr(found, "points") else [(0.0, found.value)]}
            for name, found in series
        ],
    }


def legend(one: Asked, labels: Mapping[str, str]) -> str:
    """Give the name of a series: Grafana's own choice is its labels."""
    if one.legend == "__auto":
        return ", ".join(f"{name}={value}" for name, value in labels.items() if name != "__name__")
    return _LABEL.sub(lambda found: labels.get(found[1], ""), one.legend)


def _table(panel: Shown, answers: Sequence[tuple[Asked, Sequence[Result]]]) -> Drawn:
    """Merge the answers by their labels, and order and name the columns as the panel says."""
    options = next(one["options"] for one in panel.raw["transformations"] if one["id"] == "organize")
    rows: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
    for one, found in answers:
        name = "Value" if len(answers) == 1 else f"Value #{one.letter}"
        for result in found:
            row = rows.setdefault(tuple(sorted(result.labels.items())), dict(result.labels))
            row[name] = result.value
    ordered = sorted(options["indexByName"], key=options["indexByName"].__getitem__)
    columns = [name for name in ordered if not options["excludeByName"].get(name)]
    titles = [options["renameByName"].get(name, name) for name in columns]
    listed = [[row.get(name) for name in columns] for row in rows.values()]
    return {"columns": titles, "units": _units(panel), "rows": _sorted(panel, titles, listed)}


def _sorted(panel: Shown, titles: Sequence[str], rows: list[list[Any]]) -> list[list[Any]]:
    by = [one["displayName"] for one in panel.raw.get("options", {}).get("sortBy", ())]
    if not by:
        return sorted(rows, key=str)
    at = titles.index(by[0])
    return sorted(rows, key=lambda row: -(row[at] if row[at] is not None else float("-inf")))


def _units(panel: Shown) -> dict[str, str]:
    return {name: value for name, key, value in _overrides(panel) if key == "unit"}


def _colours(panel: Shown) -> dict[str, str]:
    return {
        name: value["fixedColor"] for name, key, value in _overrides(panel) if key == "color" and "fixedColor" in value
    }


def _overrides(panel: Shown) -> list[tuple[str, str, Any]]:
    return [
        (one["matcher"]["options"], entry["id"], entry["value"])
        for one in panel.raw.get("fieldConfig", {}).get("overrides", ())
        for entry in one["properties"]
    ]
