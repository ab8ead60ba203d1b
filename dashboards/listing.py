"""The panels that are tables: a row for each thing, words first, then numbers."""

from collections.abc import Mapping, Sequence

import msgspec
from grafana_foundation_sdk.builders import common, table
from grafana_foundation_sdk.models.dashboard import DataTransformerConfig, DynamicConfigValue
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards.about import CALM, COUNT, About, Limits, Query
from dashboards.dress import TALL, ask, dress, letter, thresholds

Links = tuple[tuple[str, str], ...]


class Column(msgspec.Struct, frozen=True):
    """One column of numbers."""

    title: str
    expression: str
    unit: str = COUNT
    limits: Limits = CALM


class Words(msgspec.Struct, frozen=True):
    """One column of words: a label's values."""

    title: str
    links: Links = ()
    """Where a click on a word leads."""


def listing(
    about: About, words: Mapping[str, Words], columns: Sequence[Column], *, width: int = 24, valued: bool = True
) -> table.Panel:
    """Make a table; rows are sorted by the first number, the largest first.

    ``words`` are columns by label. What is not ``valued`` says all by its labels, and its number is not shown.
    """
    panel = table.Panel().filterable(filterable=True).no_value("none")
    dress(panel, about, (width, TALL))
    ask(panel, [Query(column.expression) for column in columns], instant=True, written=PromQueryFormat.TABLE)
    numbers = _numbers(columns)
    panel.with_transformation(DataTransformerConfig(id_val="merge", options={}))
    panel.with_transformation(_organised(words, numbers, valued=valued))
    for column in columns if valued else ():
        panel.override_by_name(column.title, _cells(column))
    for word in words.values():
        if word.links:
            panel.override_by_name(word.title, [_links(word.links)])
    if valued:
        panel.sort_by([common.TableSortByFieldState().display_name(columns[0].title).desc(desc=True)])
    return panel


def _numbers(columns: Sequence[Column]) -> dict[str, Column]:
    """By what Grafana calls them: a single one has no letter."""
    if len(columns) == 1:
        return {"Value": columns[0]}
    return {f"Value #{letter(at)}": column for at, column in enumerate(columns)}


def _organised(words: Mapping[str, Words], numbers: Mapping[str, Column], *, valued: bool) -> DataTransformerConfig:
    hidden = ("Time", *(() if valued else numbers))
    titles = {**_titles(words), **_titles(numbers)}
    options = {
        "excludeByName": dict.fromkeys(hidden, True),
        "indexByName": {name: at for at, name in enumerate(titles)},
        "renameByName": titles,
    }
    return DataTransformerConfig(id_val="organize", options=options)


def _titles(columns: Mapping[str, Words] | Mapping[str, Column]) -> dict[str, str]:
    return {name: column.title for name, column in columns.items()}


def _cells(column: Column) -> list[DynamicConfigValue]:
    unit = [DynamicConfigValue(id_val="unit", value=column.unit)]
    if column.unit == COUNT:
        unit.append(DynamicConfigValue(id_val="decimals", value=0))
    if column.limits is CALM:
        return unit
    steps = DynamicConfigValue(id_val="thresholds", value=thresholds(column.limits).build())
    coloured = DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"})
    by_step = DynamicConfigValue(id_val="color", value={"mode": "thresholds"})
    return [*unit, steps, by_step, coloured]


def _links(links: Links) -> DynamicConfigValue:
    return DynamicConfigValue(
        id_val="links", value=[{"title": title, "url": url, "targetBlank": True} for title, url in links]
    )
