"""The metrics as a scraper gets them."""

import gzip
import itertools

import pytest
from aiohttp.test_utils import make_mocked_request

from exporter.tally import Seen
from exporter.web.scrape import SCRAPE_BOUNDS, Scrape, ScrapeStatistics
from exporter.web.sources import Freshness
from tests.web.fakes import FakeExposition, Reply, World, serving

WHOLE = b"# TYPE up gauge\nup 1\n"


async def ask(world: World, target: str = "/metrics", method: str = "GET", **headers: str) -> Reply:
    async with serving(world.site()) as client:
        return await client.ask(method, target, b"", **headers)


async def test_a_plain_scrape_is_text() -> None:
    reply = await ask(World())
    assert (reply.code, reply.body) == (200, WHOLE)
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "content-encoding" not in reply.headers
    assert reply.headers["vary"] == "Accept, Accept-Encoding"


async def test_openmetrics_is_given_to_who_prefers_it() -> None:
    world = World()
    reply = await ask(world, Accept="application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4")
    assert reply.headers["content-type"].startswith("application/openmetrics-text")
    assert world.exposition.asked == [(True, frozenset())]


async def test_names_choose_families() -> None:
    world = World()
    await ask(world, "/metrics?name[]=up&name%5B%5D=down&other=x")
    assert world.exposition.asked == [(False, frozenset({"up", "down"}))]


@pytest.mark.parametrize("size", [1, 1000, 200_000])
async def test_gzip_gives_the_same_bytes(size: int) -> None:
    world = World()
    world.exposition.chunks = [b"up 1\n"] * size
    reply = await ask(world, Accept_Encoding="deflate, gzip;q=0.8")
    assert reply.headers["content-encoding"] == "gzip"
    assert gzip.decompress(reply.body) == b"up 1\n" * size
    assert int(reply.headers["content-length"]) == len(reply.body)


async def test_head_has_the_headers_alone() -> None:
    reply = await ask(World(), method="HEAD")
    assert (reply.code, reply.body, reply.headers["content-length"]) == (200, b"", str(len(WHOLE)))


async def test_a_scrape_needs_no_trust_in_the_cache() -> None:
    world = World()
    world.freshness = Freshness(9e9, "the API server is gone")
    assert (await ask(world)).code == 200


async def test_another_path_can_be_chosen() -> None:
    async with serving(World().site(telemetry_path="/m")) as client:
        assert (await client.ask("GET", "/m")).code == 200
        assert (await client.ask("GET", "/metrics")).code == 404


async def test_what_breaks_is_told_in_plain_text_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.exposition.broken = True
    site = world.site()
    async with serving(site) as client:
        reply = await client.ask("GET", "/metrics")
    assert (reply.code, reply.headers["content-type"]) == (500, "text/plain; charset=utf-8")
    assert b"numbers" not in reply.body
    assert len(caplog.records) == 1
    assert site.statistics().requests == {("metrics", 500): 1}


async def test_a_scrape_is_timed_until_its_last_byte_is_sent_and_measured_before_compression() -> None:
    world = World()
    world.exposition.chunks = [b"up 1\n"] * 10_000
    site = world.site()
    assert site.statistics().scrapes == ScrapeStatistics(Seen(buckets=(0,) * len(SCRAPE_BOUNDS)))
    async with serving(site) as client:
        await client.ask("GET", "/metrics", Accept_Encoding="gzip")
        world.exposition.chunks = [b"up 1\n"]
        await client.ask("GET", "/metrics?name[]=up")
    found = site.statistics().scrapes
    assert (found.seconds.count, found.size) == (2, 50_000)


async def test_the_time_of_a_scrape_is_the_stopwatch_s_between_its_begin_and_its_end() -> None:
    readings = itertools.count(step=0.3)
    scrape = Scrape(FakeExposition(), readings.__next__)
    await scrape.answer(make_mocked_request("GET", "/metrics"))
    assert scrape.statistics().seconds.sum == 0.3
    assert scrape.statistics().seconds.buckets[SCRAPE_BOUNDS.index(0.25)] == 0
    assert scrape.statistics().seconds.buckets[SCRAPE_BOUNDS.index(0.5)] == 1


async def test_a_scrape_that_fails_is_not_among_the_times() -> None:
    world = World()
    world.exposition.broken = True
    site = world.site()
    async with serving(site) as client:
        await client.ask("GET", "/metrics")
    assert site.statistics().scrapes.seconds.count == 0


async def test_a_scrape_cannot_be_posted() -> None:
    reply = await ask(World(), method="POST")
    assert (reply.code, reply.headers["allow"]) == (405, "GET, HEAD")
