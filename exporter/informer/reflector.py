"""Drive the machine against a source: fetch, open, read under a silence timer, sleep.

One reflector keeps one scope (everything, or one namespace) of one resource equal to the cluster. It meets the API
server as a ``Source`` and the cache as a ``Target``; errors of the source are ``KubeError`` and never leave it.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable, Mapping
from typing import assert_never

from exporter.informer.backoff import Backoff
from exporter.informer.counts import Counts
from exporter.informer.machine import (
    PACES,
    Broken,
    Cause,
    Ended,
    Event,
    Failed,
    Listing,
    Paged,
    Probed,
    Probing,
    Reason,
    Rested,
    Silent,
    State,
    Waiting,
    Watching,
    broken,
    step,
)
from exporter.informer.outage import Outage
from exporter.informer.pages import Pages
from exporter.informer.reading import Reading
from exporter.informer.silence import Silence
from exporter.informer.source import Selection, Source, Target, Timing, Tools
from exporter.informer.standing import LIVE, Standing
from exporter.kube.errors import Answered, KubeError, Malformed, ServerError, Unauthorized
from exporter.kube.wire import Page
from exporter.store.store import Relist

log = logging.getLogger(__name__)

SLICE = 64
"""Objects of a page that are taken before other tasks get a turn: some two milliseconds."""


class Reflector:
    """One list-and-watch, for ever."""

    def __init__(  # noqa: PLR0913 - the wiring of one reflector, in one place
        self,
        source: Source,
        target: Target,
        selection: Selection,
        timing: Timing,
        *,
        tools: Tools,
        slots: asyncio.Semaphore,
        outage: Outage,
    ) -> None:
        self._source = source
        self._target = target
        self.selection = selection
        self._timing = timing
        self._tools = tools
        self._outage = outage
        self.counts = Counts(tools, lambda: source.clock_lead)
        self.standing = Standing(selection, tools, self.counts, target.changed)
        self._pages = Pages(source, selection, slots)
        self._silence = Silence()
        # A server that answers again, with a refusal or that its history is gone, need not be waited for any longer.
        self._backoffs = {cause: Backoff(tools.random) for cause in (Cause.NETWORK, Cause.EXPIRED, None)}
        self._relist: Relist | None = None
        self._tokens: set[str] = set()
        self._tasks = asyncio.TaskGroup()

    async def run(self) -> None:
        """Run until cancelled."""
        await asyncio.sleep(self._timing.jitter * self._tools.random())
        state: State = Listing(Reason.INITIAL)
        try:
            async with self._tasks:
                while True:
                    self.standing.announce(state)
                    state = step(state, await self._act(state))
        finally:
            self._abandon()

    async def _act(self, state: State) -> Event:
        try:
            match state:
                case Listing():
                    return await self._list(state)
                case Watching():
                    return await self._watch(state)
                case Probing():
                    return await self._probe()
                case Waiting():
                    return await self._wait(state)
                case _:
                    assert_never(state)
        except KubeError as error:
            return await self._failed(state, error)
        except Exception as error:  # noqa: BLE001 - the line of the state it leads to shows it
            self.standing.surprised(error)
            return await self._failed(state, Malformed(f"an unexpected failure: {error!r:.200}"))

    async def _list(self, state: Listing) -> Event:
        if not state.pages:
            self._abandon()
            self.counts.asks_list()
        if self._relist is None:
            self._relist = self._target.begin(self.selection.scope)
        limit = self._timing.page_size * state.scale
        page = await self._pages.fetch(self.selection.list_query(limit, state.token))
        self._heard()
        self.counts.received(page.items)
        self._check_token(page.token)
        # A server that tells what remains leaves it out where nothing does.
        self.standing.listing(state, len(page.items), page.remaining if page.token else 0)
        paged = Paged(page.version, page.token, len(page.items))
        try:
            with self._pages.keeping(page, self.selection.list_query(limit, page.token), self._tasks):
                await self._keep(self._relist, page, state.version or page.version)
        except Exception as error:  # noqa: BLE001 - whatever it is, the cache must not stop for ever
            return self._broken(error)
        return paged

    def _check_token(self, token: str) -> None:
        """Make sure that a list comes to an end."""
        if token in self._tokens:
            raise Malformed(f"list {self.selection}: the token of a page leads back to an earlier one")
        if token:
            self._tokens.add(token)

    async def _keep(self, relist: Relist, page: Page, version: str) -> None:
        for start in range(0, len(page.items), SLICE):
            self._stage(relist, page, start)
            await asyncio.sleep(0)
        if not page.token:
            self.counts.listed(await self._commit(relist, version))
            self.standing.told()

    def _stage(self, relist: Relist, page: Page, start: int) -> None:
        for item in page.items[start : start + SLICE]:
            try:
                relist.add(bytes(item))
            except Malformed as error:
                # Nothing with a name was lost: an object without readable metadata cannot be kept.
                self.standing.passed_over(error)

    async def _commit(self, relist: Relist, version: str) -> Mapping[str, int]:
        changes = await self._target.commit(relist, version)
        self._relist = None
        return changes

    async def _watch(self, state: Watching) -> Event:
        timeout = self._timing.watch_timeout * (1 + self._tools.random())
        query = self.selection.watch_query(state.version, math.ceil(timeout))
        reading = Reading(self._target, self.selection.scope, state.version, self.counts, self._bookmarked)
        self.counts.asks_watch()
        try:
            # The alarm stands outside, so that the source sees a cancellation and not an error it might translate.
            async with (
                asyncio.timeout(self._silence.limit(timeout)) as alarm,
                self._source.watch(self.selection.resource, query) as chunks,
            ):
                opened = self._tools.clock()
                self._heard()
                self._silence.opened()
                if not state.silent:
                    self.standing.publish(LIVE)
                with self.counts.watching():
                    await self._read(chunks, reading, lambda: self._wind(alarm, timeout))
        except KubeError as error:
            return await self._failed(state, error, reading.version)
        except TimeoutError:
            self._silence.broken()
            self.counts.silent()
            return Silent(reading.version, reading.heard)
        if reading.failure is not None:
            return self._broken(reading.failure)
        return reading.verdict or Ended(reading.version, self._tools.clock() - opened, reading.heard)

    async def _read(self, chunks: AsyncIterator[list[bytes]], reading: Reading, wind: Callable[[], None]) -> None:
        wind()
        async for lines in chunks:
            self._heard()
            reading.take(lines)
            if reading.verdict is not None:
                return
            self.standing.publish(LIVE)
            wind()

    def _wind(self, alarm: asyncio.Timeout, timeout: float) -> None:
        alarm.reschedule(self._tools.clock() + self._silence.limit(timeout))

    def _bookmarked(self) -> None:
        self.counts.bookmarked()
        self._silence.bookmark(self._tools.clock())

    async def _probe(self) -> Event:
        page = await self._source.list_page(self.selection.resource, self.selection.list_query(1))
        self._heard()
        self.counts.received(page.items)
        return Probed(page.version)

    async def _wait(self, state: Waiting) -> Event:
        if state.cause is Cause.ABSENT:
            await self._empty()
        outage = state.cause in {Cause.NETWORK, Cause.SERVER}
        backoff = self._backoffs.get(Cause.NETWORK if outage else state.cause, self._backoffs[None])
        delay = max(backoff.delay(PACES[state.cause], self._tools.clock()), state.at_least)
        with self.standing.waiting(delay):
            await (self._outage.wait(delay) if outage else asyncio.sleep(delay))
        return Rested()

    async def _empty(self) -> None:
        """Say that nothing is there, since the resource is not served."""
        self._abandon()
        relist = self._target.begin(self.selection.scope)
        if not self.standing.synced or relist.missing:
            self.counts.corrected(await self._commit(relist, ""))
            self.standing.told()

    def _broken(self, error: Exception) -> Broken:
        self.counts.unreadable()
        self.standing.surprised(error)
        return broken(error)

    async def _failed(self, state: State, error: KubeError, version: str = "") -> Failed:
        self.counts.failed(state, error)
        log.debug("the API server did not give what was asked", extra=self.standing.fields(error=str(error)))
        if isinstance(error, Answered) and not isinstance(error, ServerError):
            self._outage.answered()  # it is back, whatever it thinks of this reflector
        if isinstance(error, Unauthorized):
            await self._refresh()
        return Failed(error, version)

    async def _refresh(self) -> None:
        try:
            await self._source.refresh_credentials()
        except KubeError as error:
            log.warning("no new credentials", extra=self.standing.fields(error=str(error)))

    def _heard(self) -> None:
        self.counts.heard()
        self._outage.answered()

    def _abandon(self) -> None:
        self._pages.abandon()
        self._tokens.clear()
        if self._relist is not None:
            self._relist.abandon()
            self._relist = None
