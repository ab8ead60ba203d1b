"""The panels that show numbers: graphs, single numbers, rankings, heatmaps, bands of states."""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import bargauge, common, heatmap, stat, statetimeline, timeseries
from grafana_foundation_sdk.builders.dashboard import FieldColor
from grafana_foundation_sdk.models import common as words
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue, FieldColorModeId
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards.about import CALM, COUNT, ONE_IS_GOOD, About, Limits, Query
from dashboards.colours import WAITING, colours
from dashboards.dress import TALL, ask, colour_by, dress, named

HALF, THIRD, QUARTER, WHOLE = 12, 8, 6, 24
"""Widths, of the 24 columns of Grafana's grid."""
STEP = "2m"
"""The narrowest bar: narrower ones would show how scrapes fall, and not what happened."""


def lines(
    about: About,
    *queries: Query,
    width: int = HALF,
    limits: Limits = CALM,
    most: float | None = None,
) -> timeseries.Panel:
    """Make a graph over time; ``limits`` are drawn as dashed lines."""
    panel = _graph(about, queries, width, limits).fill_opacity(8)
    if most is not None:
        panel.max(most)
    return panel


def stacked(about: About, *queries: Query, width: int = HALF) -> timeseries.Panel:
    """Make a graph of parts that add up to a whole."""
    panel = _graph(about, queries, width, CALM).fill_opacity(35)
    return panel.stacking(common.StackingConfig().mode(words.StackingMode.NORMAL).group("A"))


def bars(about: About, *queries: Query, width: int = HALF) -> timeseries.Panel:
    """Make a graph of things counted in each interval, stacked."""
    panel = stacked(about, *queries, width=width).draw_style(words.GraphDrawStyle.BARS).fill_opacity(80)
    return panel.interval(STEP)


def number(  # noqa: PLR0913 - what a number can be
    about: About,
    query: Query,
    *,
    width: int = 3,
    limits: Limits = CALM,
    nothing: str = "-",
    names: Mapping[str, tuple[str, str]] | None = None,
    tall: bool = False,
) -> stat.Panel:
    """Make one number, large, with its course behind it; what covers the time that is shown is asked once."""
    over_all = "$__range" in query.expression
    panel = stat.Panel().no_value(nothing)
    if names:
        panel.mappings(named(names))
    panel.graph_mode(words.BigValueGraphMode.NONE if over_all or names else words.BigValueGraphMode.AREA)
    panel.color_mode(words.BigValueColorMode.VALUE if limits is CALM else words.BigValueColorMode.BACKGROUND)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    dress(panel, about, (width, TALL if tall else TALL // 2), limits)
    colour_by(panel, limits)
    ask(panel, (query,), instant=over_all)
    if about.unit == COUNT:
        panel.decimals(0)  # an increase is extrapolated, and half a workflow confuses
    return panel


def ranking(about: About, query: Query, *, width: int = THIRD, limits: Limits = CALM) -> bargauge.Panel:
    """Make bars, one for each series, of what it is now."""
    panel = bargauge.Panel().display_mode(words.BarGaugeDisplayMode.BASIC).orientation(words.VizOrientation.HORIZONTAL)
    panel.min(0).no_value("none").reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    dress(panel, about, (width, TALL), limits)
    colour_by(panel, limits)
    ask(panel, (query,), instant=True)
    return panel


def heat(about: About, query: Query, *, width: int = HALF) -> heatmap.Panel:
    """Make a map of a histogram's buckets over time."""
    panel = heatmap.Panel().calculate(calculate=False).cell_gap(1).hide_legend().show_y_histogram()
    scheme = heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Blues").steps(64)
    panel.color(scheme).exemplars_color(WAITING).y_axis(heatmap.YAxisConfig().unit(about.unit))
    dress(panel, about, (width, TALL))
    ask(panel, (query,), written=PromQueryFormat.HEATMAP)
    return panel


def timeline(
    about: About, query: Query, *, names: Mapping[str, tuple[str, str]], width: int = HALF
) -> statetimeline.Panel:
    """Make a band for each series, coloured by what it was."""
    panel = statetimeline.Panel().mappings(named(names)).show_value(words.VisibilityMode.NEVER).row_height(0.85)
    dress(panel, about, (width, TALL), ONE_IS_GOOD)
    colour_by(panel, ONE_IS_GOOD)
    ask(panel, (query,))
    return panel


def _graph(about: About, queries: Sequence[Query], width: int, limits: Limits) -> timeseries.Panel:
    panel = timeseries.Panel().legend(_legend()).tooltip(_tooltip())
    panel.line_width(1).show_points(words.VisibilityMode.NEVER).min(0)
    panel.color_scheme(FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC))
    dress(panel, about, (width, TALL), limits)
    ask(panel, queries)
    if limits is not CALM:
        dashed = words.GraphThresholdsStyleMode.DASHED
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(dashed))
    return _coloured(panel, queries)


def _legend() -> common.VizLegendOptions:
    legend = common.VizLegendOptions().display_mode(words.LegendDisplayMode.TABLE).show_legend(show_legend=True)
    return legend.placement(words.LegendPlacement.RIGHT).calcs(["lastNotNull", "max"])


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(words.TooltipDisplayMode.MULTI).sort(words.SortOrder.DESCENDING)


def _coloured(panel: timeseries.Panel, queries: Sequence[Query]) -> timeseries.Panel:
    """Give each series that has a known name its colour."""
    for word, colour in colours(query.legend for query in queries):
        panel.override_by_name(
            word, [DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour})]
        )
    return panel
