"""Nothing loops without a delay, whatever a server answers."""

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.informer.cluster import FakeCluster, filled
from tests.informer.rig import Rig, running
from tests.informer.troubles import (
    BUSY,
    FAILED,
    FORBIDDEN,
    GONE_IN_STREAM,
    NOT_SERVED,
    UNAUTHORIZED,
    Answer,
    Close,
    Mute,
    Refuse,
    Trouble,
)
from tests.informer.virtual import run, settle, virtual
from tests.store.profile import STEADY

Lists = st.sampled_from([None, Refuse(), Answer(400), UNAUTHORIZED, FORBIDDEN, NOT_SERVED, BUSY, FAILED, Answer(410)])
Watches = st.one_of(
    Lists, st.sampled_from([GONE_IN_STREAM, Mute(), Close(), Close(1.0), Close(1.5), Answer(500, in_stream=True)])
)


def _peak(cluster: FakeCluster) -> int:
    """The most requests in any 60 seconds."""
    moments = [request.at for request in cluster.requests]
    return max(sum(1 for other in moments if moment <= other < moment + 60) for moment in moments)


async def _peak_of(rig: Rig) -> int:
    await asyncio.sleep(180)
    return _peak(rig.cluster)


@given(lists=st.lists(Lists, max_size=60), watches=st.lists(Watches, max_size=60), seed=st.integers(0, 2**32))
@settings(STEADY, max_examples=100)
def test_whatever_is_answered_there_are_at_most_75_requests_a_minute(
    lists: list[Trouble | None], watches: list[Trouble | None], seed: int
) -> None:
    async def test() -> None:
        cluster = filled()
        cluster.list_script.extend(lists)
        cluster.watch_script.extend(watches)
        async with running(cluster, synced=False, chance=random.Random(seed).random) as rig:
            assert await _peak_of(rig) <= 75

    run(test())


@pytest.mark.parametrize(
    "trouble",
    [Refuse(), UNAUTHORIZED, FORBIDDEN, NOT_SERVED, BUSY, FAILED, Answer(410), GONE_IN_STREAM, Close(), Close(1.0)],
    ids=str,
)
def test_one_answer_for_ever_costs_at_most_75_requests_a_minute(trouble: Trouble) -> None:
    @virtual
    async def test() -> None:
        cluster = filled()
        async with running(cluster, chance=lambda: 0.0) as rig:
            await settle()
            cluster.trouble = trouble
            cluster.drop_watches()
            assert await _peak_of(rig) <= 75

    test()
