"""Liveness, readiness, the page for people, and paths that nobody serves."""

import html.parser

import pytest

from exporter.web.landing import POLICY, render
from exporter.web.sources import Check, Holding, Overview
from tests.web.fakes import WORKFLOWS, World, serving


@pytest.mark.parametrize("probe", ["livez", "healthz"])
async def test_the_process_lives_even_when_nothing_is_ready(probe: str) -> None:
    world = World()
    world.checks = (Check("workflows.argoproj.io", "no list yet"),)
    async with serving(world.site()) as client:
        reply = await client.ask("GET", f"/{probe}")
    assert (reply.code, reply.body) == (200, f"[+]ping ok\n{probe} check passed\n".encode())


async def test_ready_says_what_was_checked() -> None:
    async with serving(World().site()) as client:
        reply = await client.ask("GET", "/readyz?verbose")
    assert reply.code == 200
    assert reply.body == b"[+]workflows.argoproj.io ok\n[+]shutdown ok\nreadyz check passed\n"
    assert reply.headers["cache-control"] == "no-store"


async def test_not_ready_says_why_in_a_line_for_each_check() -> None:
    world = World()
    world.checks = (Check("workflows.argoproj.io", "list is\nforbidden"), Check("other"))
    async with serving(world.site()) as client:
        reply = await client.ask("GET", "/readyz")
    assert reply.code == 503
    assert reply.body == (
        b"[-]workflows.argoproj.io failed: list is forbidden\n[+]other ok\n[+]shutdown ok\nreadyz check failed\n"
    )


async def test_who_is_leaving_is_not_ready() -> None:
    site = World().site()
    async with serving(site) as client:
        site.leave()
        reply = await client.ask("GET", "/readyz")
    assert reply.code == 503
    assert b"[-]shutdown failed: the process is stopping\n" in reply.body


async def test_the_page_is_html_under_a_strict_policy() -> None:
    async with serving(World().site()) as client:
        reply = await client.ask("GET", "/")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert b"workflows.argoproj.io" in reply.body


class _Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("lookup", [WORKFLOWS, None])
def test_the_page_is_well_formed_whatever_it_shows(lookup: object) -> None:
    rude = '"><script>alert(1)</script>&\ud800'
    reader = _Reader()
    page = render(Overview(rude, (Holding(rude, 1, rude),)), "/metrics", WORKFLOWS if lookup else None, rude)
    reader.feed(page)
    reader.close()
    assert reader.open == []
    assert "script" not in reader.seen
    assert {"html", "title", "main", "h1", "table", "caption"} <= reader.seen
    assert ("POST /lookup/workflows" in page) == (lookup is not None)


async def test_every_link_of_the_page_is_served() -> None:
    reader = _Reader()
    async with serving(World().site(telemetry_path="/m")) as client:
        reader.feed((await client.ask("GET", "/")).body.decode())
        assert reader.links
        for link in reader.links:
            assert (await client.ask("GET", link)).code == 200


@pytest.mark.parametrize(
    "path", ["/nothing", "/metrics/", "/favicon.ico", "//", "/%2e%2e/etc/passwd", "/debug/pprof", "*"]
)
async def test_an_unknown_path_is_a_line_of_text(path: str) -> None:
    site = World().site()
    async with serving(site) as client:
        reply = await client.ask("OPTIONS" if path == "*" else "GET", path)
    assert reply.code in {404, 405}
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert [handler for handler, _ in site.statistics().requests] == ["other"]
