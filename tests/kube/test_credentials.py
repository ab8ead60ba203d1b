"""Credentials over time: when a source is read again, and what happens when it cannot be."""

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from exporter.kube.auth import Access, Credentials
from exporter.kube.auth.access import Fingerprints, Grant
from exporter.kube.errors import KubeError, Misconfigured


@dataclass
class FakeSource:
    """Gives ``access 1``, ``access 2``, ...; fails while ``failure`` is set, waits while ``gate`` is closed."""

    lifetime: float | None = None
    file: Path | None = None
    failure: KubeError | None = None
    gate: asyncio.Event | None = None
    now: float = 1000.0
    loads: int = field(default=0)

    async def load(self) -> Grant:
        self.loads += 1
        number = self.loads
        files = Fingerprints()
        if self.file is not None:
            files.note(str(self.file))
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        expires = None if self.lifetime is None else self.now + self.lifetime
        return Grant(Access("https://server", f"access {number}"), files, expires)

    def clock(self) -> float:
        return self.now


async def current(credentials: Credentials) -> str:
    return (await credentials.current()).source


async def test_a_source_is_read_once_while_nothing_changes() -> None:
    source = FakeSource()
    credentials = Credentials(source, clock=source.clock)
    for _ in range(5):
        assert await current(credentials) == "access 1"
        source.now += 100


async def test_a_file_that_changed_is_read_again_within_seconds(tmp_path: Path) -> None:
    source = FakeSource(file=tmp_path / "token")
    credentials = Credentials(source, clock=source.clock)
    assert await current(credentials) == "access 1"
    (tmp_path / "token").write_text("new")
    assert await current(credentials) == "access 1"
    source.now += 10
    assert await current(credentials) == "access 2"
    source.now += 10
    assert await current(credentials) == "access 2"


async def test_a_change_that_cannot_be_read_leaves_what_is_good(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = FakeSource(file=tmp_path / "token")
    credentials = Credentials(source, clock=source.clock)
    await current(credentials)
    (tmp_path / "token").write_text("half")
    source.failure = Misconfigured("half a file")
    source.now += 10
    with caplog.at_level(logging.WARNING):
        assert await current(credentials) == "access 1"
    assert caplog.records[0].__dict__["fields"] == {"error": "half a file"}
    assert await current(credentials) == "access 1"
    assert source.loads == 2
    source.failure = None
    source.now += 10
    assert await current(credentials) == "access 3"


async def test_a_grant_is_renewed_before_it_expires() -> None:
    source = FakeSource(lifetime=100)
    credentials = Credentials(source, clock=source.clock)
    await current(credentials)
    source.now += 79
    assert await current(credentials) == "access 1"
    source.now += 10
    assert await current(credentials) == "access 2"


async def test_a_long_grant_is_renewed_minutes_before_it_expires() -> None:
    source = FakeSource(lifetime=36_000)
    credentials = Credentials(source, clock=source.clock)
    await current(credentials)
    source.now += 36_000 - 301
    assert await current(credentials) == "access 1"
    source.now += 12
    assert await current(credentials) == "access 2"


async def test_what_cannot_be_renewed_serves_until_it_expires_and_then_fails() -> None:
    source = FakeSource(lifetime=100)
    credentials = Credentials(source, clock=source.clock)
    await current(credentials)
    source.failure = Misconfigured("the plugin failed")
    source.now += 85
    assert await current(credentials) == "access 1"
    source.now += 20
    for _ in range(3):
        with pytest.raises(Misconfigured, match="the plugin failed"):
            await current(credentials)
    assert source.loads == 3


async def test_a_grant_that_is_born_expired_is_used_and_not_asked_for_each_time() -> None:
    source = FakeSource(lifetime=-5)
    credentials = Credentials(source, clock=source.clock)
    for _ in range(5):
        assert await current(credentials) == "access 1"
    source.now += 10
    assert await current(credentials) == "access 2"


async def test_a_clock_set_back_does_not_stop_the_looking(tmp_path: Path) -> None:
    source = FakeSource(file=tmp_path / "token")
    credentials = Credentials(source, clock=source.clock)
    await current(credentials)
    (tmp_path / "token").write_text("new")
    source.now -= 500
    assert await current(credentials) == "access 2"


async def test_refreshing_reads_anew_and_a_wave_of_it_reads_once() -> None:
    source = FakeSource()
    credentials = Credentials(source, clock=source.clock)
    await current(credentials)
    await asyncio.gather(*(credentials.refresh() for _ in range(50)))
    await credentials.refresh()
    assert source.loads == 2
    assert await current(credentials) == "access 2"
    source.now += 6
    await credentials.refresh()
    assert source.loads == 3


async def test_a_refresh_that_fails_says_so_and_keeps_what_there_was() -> None:
    source = FakeSource()
    credentials = Credentials(source, clock=source.clock)
    await current(credentials)
    source.failure = Misconfigured("gone")
    with pytest.raises(Misconfigured, match="gone"):
        await credentials.refresh()
    assert await current(credentials) == "access 1"


async def test_many_who_wait_for_the_first_reading_share_its_outcome() -> None:
    source = FakeSource(gate=asyncio.Event(), failure=Misconfigured("no file"))
    credentials = Credentials(source, clock=source.clock)
    waiting = [asyncio.create_task(credentials.current()) for _ in range(10)]
    await asyncio.wait(waiting, timeout=0)
    assert source.gate is not None
    source.gate.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert {str(outcome) for outcome in outcomes} == {"no file"}
    assert source.loads == 1


async def test_while_one_renews_the_others_go_on_with_what_is_still_good() -> None:
    source = FakeSource(lifetime=100)
    credentials = Credentials(source, clock=source.clock)
    await current(credentials)
    source.now += 90
    source.gate = asyncio.Event()
    renewing = asyncio.create_task(credentials.current())
    await asyncio.wait([renewing], timeout=0)
    assert await current(credentials) == "access 1"
    source.gate.set()
    assert (await renewing).source == "access 2"


async def test_who_waits_takes_over_from_who_is_cancelled() -> None:
    source = FakeSource(gate=asyncio.Event())
    credentials = Credentials(source, clock=source.clock)
    first = asyncio.create_task(credentials.current())
    second = asyncio.create_task(credentials.current())
    await asyncio.wait([first, second], timeout=0)
    first.cancel()
    await asyncio.wait([first])
    assert source.gate is not None
    source.gate.set()
    assert (await second).source == "access 2"
