"""GET /: a page for people who wonder what listens here."""

import base64
import hashlib
from html import escape

from aiohttp.web import BaseRequest, Response

from exporter.kube.objects import Resource
from exporter.web.answers import COMMON
from exporter.web.sources import AskOverview, Holding, Overview

STYLE = """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
body { margin: 2rem auto; max-width: 44rem; padding: 0 1rem; }
th, td { padding: 0.2rem 1.5rem 0.2rem 0; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Landing:
    """Shows what is watched and where to read it. Everything shown is escaped."""

    def __init__(self, ask_overview: AskOverview, telemetry_path: str, lookup: Resource | None) -> None:
        self._ask_overview = ask_overview
        self._telemetry_path = telemetry_path
        self._lookup = lookup

    async def answer(self, request: BaseRequest) -> Response:
        """The page."""
        address = request.headers.get("Host", "ADDRESS")
        page = render(self._ask_overview(), self._telemetry_path, self._lookup, address)
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": POLICY,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            **COMMON,
        }
        return Response(body=page.encode("utf-8", "replace"), headers=headers)


def render(overview: Overview, telemetry_path: str, lookup: Resource | None, address: str) -> str:
    """The page as HTML; ``lookup`` is the resource that can be read, if any, ``address`` is where it was asked for."""
    rows = "\n".join(map(_row, overview.holdings))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>informer-exporter</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>informer-exporter</h1>
<p>Version {escape(overview.version)}. Reads the cluster once and answers from memory.</p>
<table>
<caption>In the cache</caption>
<thead><tr><th scope="col">Resource</th><th scope="col">Objects</th><th scope="col">State</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
<h2>Links</h2>
<ul>
<li><a href="{escape(telemetry_path)}">Metrics</a></li>
<li><a href="/readyz">Readiness</a>, with reasons</li>
<li><a href="/livez">Liveness</a></li>
</ul>
{_lookup_section(lookup, address)}</main>
</body>
</html>
"""


def _row(holding: Holding) -> str:
    return (
        f'<tr><th scope="row">{escape(holding.resource)}</th>'
        f'<td class="number">{holding.objects}</td><td>{escape(holding.state)}</td></tr>'
    )


def _lookup_section(resource: Resource | None, address: str) -> str:
    if resource is None:
        return ""
    collection = resource.path("NAMESPACE" if resource.namespaced else None)
    command = f"kubectl --server=http://{address} get {resource.plural}"
    return (
        "<h2>Lookups</h2>\n"
        f"<p>One object: <code>GET {escape(collection)}/NAME</code></p>\n"
        f"<p>A list: <code>GET {escape(collection)}?labelSelector=KEY%3DVALUE</code></p>\n"
        f"<p>Many objects by their keys: <code>POST /lookup/{escape(resource.plural)}</code></p>\n"
        f"<p>With kubectl: <code>{escape(command + (' --all-namespaces' if resource.namespaced else ''))}</code></p>\n"
    )
