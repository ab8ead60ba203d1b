"""Liveness, readiness, and paths that nobody serves."""

import pytest

from exporter.web.sources import Check
from tests.web.fakes import World, serving


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


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/metrics/", "/favicon.ico", "//", "/%2e%2e/etc/passwd", "/debug/pprof", "*"]
)
async def test_an_unknown_path_is_a_line_of_text(path: str) -> None:
    site = World().site()
    async with serving(site) as client:
        reply = await client.ask("OPTIONS" if path == "*" else "GET", path)
    assert reply.code in {404, 405}
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert [handler for handler, _ in site.statistics().requests] == ["other"]
