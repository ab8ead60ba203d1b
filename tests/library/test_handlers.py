"""Handlers: each change at once and in order."""

import pytest

from exporter.library import (
    Added,
    Event,
)
from tests.informer.cluster import filled
from tests.informer.virtual import settle, virtual
from tests.library.programs import THINGS, Ledger, Thing, library, listed
from tests.store import things


@virtual
async def test_a_handler_hears_what_is_there_and_then_each_change_with_old_and_new() -> None:
    cluster = filled(1)
    async with library(cluster).informer(THINGS) as watched:
        ledger = Ledger()
        watched.on_change(ledger.hear)
        await watched.wait_synced()
        await settle()
        cluster.change(things.key("t0"), "blue")
        cluster.delete(things.key("t0"))
        await settle()
        assert ledger.lines == [
            ("added", "ns/t0", "red"),
            ("updated", "ns/t0", "red", "blue"),
            ("deleted", "ns/t0", "blue"),
        ]


@virtual
async def test_a_late_handler_hears_the_whole_cache_first_as_initial() -> None:
    cluster = filled()
    async with listed(cluster) as watched:
        await settle()
        initial: list[bool] = []

        @watched.on_change
        def hear(event: Event[Thing]) -> None:
            assert isinstance(event, Added)
            initial.append(event.initial)

        cluster.create("new")
        await settle()
        assert initial == [True, True, True, False]


@virtual
async def test_a_handler_that_raises_is_counted_and_keeps_nothing_from_the_others() -> None:
    cluster = filled()
    async with listed(cluster) as watched:
        watched.on_change(lambda event: 1 // 0)
        ledger = Ledger()
        watched.on_change(ledger.hear)
        assert len(ledger.lines) == 3
        assert watched.statistics().handler_errors == 3
        await settle()
        assert watched.healthy


@virtual
async def test_a_handler_that_would_have_to_be_awaited_is_refused() -> None:
    async def hear(event: Event[Thing]) -> None:
        raise AssertionError

    async with listed(filled()) as watched:
        with pytest.raises(TypeError, match=r"reads changes\(\)"):
            watched.on_change(hear)
