"""Reads a dashboard's JSON as Grafana does: its panels, what they ask, and what stands for the variables."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from dashboards.writing import FOLDER


class Asked(msgspec.Struct, frozen=True):
    """One expression of a panel."""

    letter: str
    expression: str
    """With variables."""
    legend: str
    instant: bool
    exemplars: bool


class Shown(msgspec.Struct, frozen=True):
    """One panel, or the heading of a row, which asks nothing."""

    kind: str
    title: str
    description: str
    unit: str
    place: tuple[int, int, int, int]
    """x, y, width and height on the grid of 24 columns."""
    asked: tuple[Asked, ...]
    raw: Mapping[str, Any]
    """All of it."""


class Board(msgspec.Struct, frozen=True):
    """One dashboard."""

    uid: str
    title: str
    panels: tuple[Shown, ...]
    raw: Mapping[str, Any]

    @property
    def variables(self) -> Mapping[str, Mapping[str, Any]]:
        """The variables by name."""
        return {one["name"]: one for one in self.raw["templating"]["list"]}


class Moment(msgspec.Struct, frozen=True):
    """How long and how finely is looked at, in seconds: what Grafana makes its own variables from."""

    span: float
    step: float
    rates: float
    """Over how long rates are taken."""


def boards(folder: Path = FOLDER) -> tuple[Board, ...]:
    """Give the dashboards of a folder, by the names of their files."""
    return tuple(read(json.loads(file.read_text())) for file in sorted(folder.glob("*.json")))


def read(raw: Mapping[str, Any]) -> Board:
    """Read one dashboard."""
    return Board(raw["uid"], raw["title"], tuple(map(_panel, raw["panels"])), raw)


def asked(board: Board) -> Iterator[tuple[Shown, Asked]]:
    """Give every expression of a dashboard, with its panel."""
    for panel in board.panels:
        for one in panel.asked:
            yield panel, one


def plain(text: str, board: Board, moment: Moment) -> str:
    """Put values for the variables: all of everything, over this time."""
    own = {
        "__rate_interval": f"{moment.rates:g}s",
        "__range_s": f"{moment.span:g}",
        "__range": f"{moment.span:g}s",
        "__interval_ms": f"{moment.step * 1000:g}",
    }
    chosen = {name: one["allValue"] for name, one in board.variables.items() if "allValue" in one}
    for name, value in sorted((own | chosen).items(), key=lambda pair: -len(pair[0])):
        text = text.replace(f"${name}", value)
    return text


def _panel(raw: Mapping[str, Any]) -> Shown:
    place, field = raw["gridPos"], raw.get("fieldConfig", {}).get("defaults", {})
    return Shown(
        raw["type"],
        raw.get("title", ""),
        raw.get("description", ""),
        field.get("unit", ""),
        (place["x"], place["y"], place["w"], place["h"]),
        tuple(map(_asked, raw.get("targets", ()))),
        raw,
    )


def _asked(raw: Mapping[str, Any]) -> Asked:
    return Asked(
        raw["refId"], raw["expr"], raw.get("legendFormat", ""), raw.get("instant", False), raw.get("exemplar", False)
    )
