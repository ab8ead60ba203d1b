"""Writes one page for one dashboard: data, style and script in one document that asks nobody for anything."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from dashboards.drawing.data import Drawn

HERE = Path(__file__).parent
VENDOR = Path(__file__).parents[2] / "exporter" / "web" / "page" / "static" / "vendor"
"""uPlot, as the live page has it."""

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>{uplot_style}{style}</style>
<body><h1>{title}</h1><main></main>
<script>{uplot}</script>
<script type="application/json" id="panels">{panels}</script>
<script type="module">{script}</script>
</body></html>
"""


def page(title: str, panels: Sequence[Drawn]) -> str:
    """Give the document."""
    return _PAGE.format(
        title=title,
        panels=msgspec.json.encode(panels).decode().replace("<", "\\u003c"),
        uplot=(VENDOR / "uPlot.iife.min.js").read_text(),
        uplot_style=(VENDOR / "uPlot.min.css").read_text(),
        script=(HERE / "draw.js").read_text(),
        style=(HERE / "draw.css").read_text(),
    )
