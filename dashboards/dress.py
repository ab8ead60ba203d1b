"""What all panels have: words, a unit, a size, a data source, steps of colour, links, and expressions."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from grafana_foundation_sdk.builders import bargauge, heatmap, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders.dashboard import DashboardLink, FieldColor, ThresholdsConfig
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards.about import CALM, About, Limits, Query
from dashboards.colours import BAD, BUSY, GOOD, WAITING

TALL = 8
"""The height of what is more than a number, in rows of Grafana's grid."""
DATASOURCE = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")


Panel: TypeAlias = timeseries.Panel | stat.Panel | bargauge.Panel | heatmap.Panel | statetimeline.Panel | table.Panel
"""What Grafana's SDK calls a panel; the kinds share no class."""


def dress(panel: Panel, about: About, size: tuple[int, int], limits: Limits = CALM) -> None:
    """Say what a panel is about; ``size`` is its width and its height in fields of Grafana's grid."""
    width, height = size
    panel.title(about.title).description(about.description).unit(about.unit)
    panel.datasource(DATASOURCE).span(width).height(height).thresholds(thresholds(limits))
    panel.data_links([_data_link(title, url) for title, url in about.links])


def ask(
    panel: Panel,
    queries: Sequence[Query],
    *,
    instant: bool = False,
    written: PromQueryFormat = PromQueryFormat.TIME_SERIES,
) -> None:
    """Give a panel its expressions; an instant one asks for the end of the time that is shown and for no other."""
    for at, query in enumerate(queries):
        target = Dataquery().expr(query.expression).legend_format(query.legend or "__auto").ref_id(letter(at))
        target.datasource(DATASOURCE).exemplar(query.exemplars).format(written)
        panel.with_target(target.instant() if instant else target.range())


def colour_by(panel: Panel, limits: Limits) -> None:
    """Colour numbers by where they lie."""
    if limits is CALM:
        panel.color_scheme(FieldColor().mode(dashboard.FieldColorModeId.FIXED).fixed_color(BUSY))
    else:
        panel.color_scheme(FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS))


def thresholds(limits: Limits) -> ThresholdsConfig:
    """Give the steps of colour."""
    absolute = ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE)
    return absolute.steps([dashboard.Threshold(value=at, color=colour) for at, colour in _steps(limits)])


def named(names: Mapping[str, tuple[str, str]]) -> list[dashboard.ValueMapping]:
    """Show words in a colour instead of values."""
    results = {
        value: dashboard.ValueMappingResult(text=text, color=colour, index=at)
        for at, (value, (text, colour)) in enumerate(names.items())
    }
    return [dashboard.ValueMap(options=results)]


def letter(at: int) -> str:
    """Give the name of a panel's query by its place."""
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[at]


def _steps(limits: Limits) -> list[tuple[float | None, str]]:
    if not limits.rising:
        return [(None, BAD), (1.0, GOOD)]
    later = ((limits.warn, WAITING), (limits.bad, BAD))
    return [(None, BUSY if limits is CALM else GOOD), *((at, colour) for at, colour in later if at is not None)]


def _data_link(title: str, url: str) -> DashboardLink:
    return DashboardLink(title).type(dashboard.DashboardLinkType.LINK).url(url).target_blank(target_blank=True)
