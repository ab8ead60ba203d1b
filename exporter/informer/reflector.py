"""Drive the machine against a source: fetch, open, read under a silence timer, sleep.

One reflector keeps one scope (everything, or one namespace) of one resource equal to the cluster. It meets the API
server as a ``Source`` and the cache as a ``Target``; errors of the source are ``KubeError`` and never leave it.
"""

import asyncio
import logging
import math
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Protocol, TypeAlias, assert_never

import msgspec

from exporter.informer.backoff import Backoff
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
    Regressed,
    Rested,
    Silent,
    State,
    Waiting,
    Watching,
    cause_of,
    step,
)
from exporter.informer.silence import Silence
from exporter.kube import wire
from exporter.kube.errors import Answered, KubeError, Malformed, Unauthorized, answered
from exporter.kube.objects import Resource, is_older
from exporter.kube.query import ListQuery, WatchQuery
from exporter.kube.wire import Page
from exporter.store.store import Relist

log = logging.getLogger(__name__)

SLICE = 64
"""Objects of a page that are taken before other tasks get a turn: some two milliseconds."""


WATCH_CAUSES = tuple(cause for cause in Cause if cause not in {Cause.ABSENT, Cause.CLOSED, Cause.EMPTY})
"""What a watch can fail of; each is counted from zero."""

Public: TypeAlias = tuple[str, str, str]
"""A state as people see it: the state, its cause, and the reason in words."""

LISTING: Public = ("listing", "", "")
RELISTING: Public = ("relisting", "", "")
LIVE: Public = ("live", "", "")
SILENT: Public = ("degraded", Cause.SILENT, "the watch said nothing for too long")


class Source(Protocol):
    """Where the objects come from. Every method raises ``KubeError`` and can be cancelled anywhere."""

    async def list_page(self, resource: Resource, query: ListQuery, hold: asyncio.Event | None = None) -> Page:
        """Read one page; with ``hold``, ask now, but take the answer in only when that is set."""

    def watch(self, resource: Resource, query: WatchQuery) -> AbstractAsyncContextManager[AsyncIterator[list[bytes]]]:
        """Open a watch; iterating gives the lines that came, some at a time, until the server ends it."""

    async def refresh_credentials(self) -> None:
        """Get new credentials, since the server does not accept the present ones."""


class Target(Protocol):
    """Where the objects go."""

    def begin(self, scope: str | None) -> Relist:
        """Begin to collect a list of this scope."""

    async def commit(self, relist: Relist, version: str) -> None:
        """Make the list the truth."""

    def apply(self, scope: str | None, body: bytes) -> str:
        """Take an added or modified object; give its version. ``Malformed`` if it is none."""

    def delete(self, scope: str | None, body: bytes) -> str:
        """Take a deleted object; give its version. ``Malformed`` if it is none."""

    def advance(self, scope: str | None, version: str) -> None:
        """Know that nothing else changed up to a version."""

    def changed(self) -> None:
        """The reflector stands somewhere else: look again."""


class Selection(msgspec.Struct, frozen=True):
    """What one reflector reads."""

    resource: Resource
    scope: str | None = None
    label_selector: str = ""

    def __str__(self) -> str:
        where = f" in namespace {self.scope}" if self.scope else ""
        return f"{self.resource.name}{where}"


class Timing(msgspec.Struct, frozen=True):
    """How the API server is asked; seconds."""

    page_size: int = 500
    jitter: float = 0.0
    """The first list waits up to this long, so that many replicas do not start as one."""
    watch_timeout: float = 300.0
    """Watches are asked to end after a random time between this and twice this."""
    resync: float = 600.0
    """How often the cache is told to the handlers again; 0 never."""


class Tools(msgspec.Struct, frozen=True):
    """Time and chance, so that tests can own them."""

    clock: Callable[[], float]
    """Seconds that never go back, as the event loop counts them."""
    now: Callable[[], float]
    """Seconds since the epoch."""
    random: Callable[[], float]
    """Floats in [0, 1)."""


class ReflectorStatistics(msgspec.Struct, frozen=True):
    """What one reflector did and where it stands."""

    state: str
    """absent, listing, live, degraded or relisting."""
    reason: str
    """Why it is degraded, in words for people; empty otherwise."""
    cause: str
    since: float
    """Epoch seconds of the last change of the state."""
    last_contact: float
    """Epoch seconds of the last thing the server said; 0 before the first."""
    lists: Mapping[str, int]
    watches: int
    list_errors: Mapping[str, int]
    watch_errors: Mapping[str, int]
    bookmarks: int
    decode_errors: int
    remaining: int | None
    """While listing: objects still to come, where the server told."""


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
    ) -> None:
        self._source = source
        self._target = target
        self._selection = selection
        self._timing = timing
        self._tools = tools
        self._slots = slots
        self._backoff = Backoff(tools.random)
        self._silence = Silence()
        self._relist: Relist | None = None
        self._tasks = asyncio.TaskGroup()
        self._ahead: asyncio.Task[Page | KubeError] | None = None
        self._synced = False
        self._public = LISTING
        self._since = tools.now()
        self._last_contact = 0.0
        self._remaining: int | None = None
        self._lists: Counter[str] = Counter({str(reason): 0 for reason in Reason})
        self._list_errors: Counter[str] = Counter()
        self._watch_errors: Counter[str] = Counter({str(cause): 0 for cause in WATCH_CAUSES})
        self._watches = self._bookmarks = self._decode_errors = 0

    @property
    def synced(self) -> bool:
        """Whether one list was told completely."""
        return self._synced

    @property
    def state(self) -> str:
        """absent, listing, live, degraded or relisting."""
        return self._public[0]

    @property
    def last_contact(self) -> float:
        """Epoch seconds of the last thing the server said; 0 before the first."""
        return self._last_contact

    @property
    def selection(self) -> Selection:
        """What it reads."""
        return self._selection

    async def run(self) -> None:
        """Run until cancelled."""
        await asyncio.sleep(self._timing.jitter * self._tools.random())
        state: State = Listing(Reason.INITIAL)
        try:
            async with asyncio.TaskGroup() as self._tasks:
                while True:
                    self._announce(state)
                    state = step(state, await self._act(state))
        finally:
            self._abandon()

    def statistics(self) -> ReflectorStatistics:
        """What it did and where it stands."""
        state, cause, reason = self._public
        return ReflectorStatistics(
            state=state,
            reason=reason,
            cause=cause,
            since=self._since,
            last_contact=self._last_contact,
            lists=dict(self._lists),
            watches=self._watches,
            list_errors=dict(self._list_errors),
            watch_errors=dict(self._watch_errors),
            bookmarks=self._bookmarks,
            decode_errors=self._decode_errors,
            remaining=self._remaining,
        )

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
            await self._note(state, error)
            return Failed(error)

    async def _list(self, state: Listing) -> Event:
        if not state.pages:
            self._abandon()
            self._lists[state.reason] += 1
        if self._relist is None:
            self._relist = self._target.begin(self._selection.scope)
        page = await self._page(self._page_query(state.token, state.scale))
        self._heard()
        if page.token and page.token == state.token:
            raise Malformed(f"list {self._selection}: the token of a page leads to the same page")
        self._publish(RELISTING if self._synced else LISTING)
        self._remaining = page.remaining
        paged = Paged(page.version, page.token, len(page.items))
        try:
            with self._next_page(state, page):
                await self._keep(self._relist, page)
        except Exception as error:  # noqa: BLE001 - whatever it is, the cache must not stop for ever
            return self._broken(error)
        return paged

    async def _page(self, query: ListQuery) -> Page:
        """Give the page that was asked for ahead, or ask for it now."""
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            return await self._ask(query)
        answer = await ahead
        if isinstance(answer, KubeError):
            raise answer
        return answer

    @contextmanager
    def _next_page(self, state: Listing, page: Page) -> Iterator[None]:
        """Ask for the next page while this one is being kept; the server needs longer to make one than we to keep it.

        Its bytes are taken in only when this page is let go, so that there is one raw page in memory.
        """
        if not page.token or not page.items:
            yield
            return
        kept = asyncio.Event()
        self._ahead = self._tasks.create_task(self._ask_ahead(self._page_query(page.token, state.scale), kept))
        try:
            yield
        finally:
            page.items.clear()
            kept.set()

    async def _ask_ahead(self, query: ListQuery, kept: asyncio.Event) -> Page | KubeError:
        try:
            return await self._ask(query, kept)
        except KubeError as error:
            return error

    async def _ask(self, query: ListQuery, hold: asyncio.Event | None = None) -> Page:
        async with self._slots:
            return await self._source.list_page(self._selection.resource, query, hold)

    async def _keep(self, relist: Relist, page: Page) -> None:
        for start in range(0, len(page.items), SLICE):
            self._stage(relist, page, start)
            await asyncio.sleep(0)
        if not page.token:
            await self._commit(relist, page.version)

    async def _commit(self, relist: Relist, version: str) -> None:
        await self._target.commit(relist, version)
        self._relist = None
        self._remaining = None
        self._synced = True
        self._target.changed()

    def _page_query(self, token: str, scale: int) -> ListQuery:
        return ListQuery(
            namespace=self._selection.scope,
            label_selector=self._selection.label_selector,
            limit=self._timing.page_size * scale,
            token=token,
        )

    def _stage(self, relist: Relist, page: Page, start: int) -> None:
        for item in page.items[start : start + SLICE]:
            try:
                relist.add(bytes(item))
            except Malformed as error:
                # Nothing with a name was lost: an object without readable metadata cannot be kept.
                self._decode_errors += 1
                log.warning("an object of a list cannot be read", extra=self._fields(error=str(error)))

    async def _watch(self, state: Watching) -> Event:
        timeout = self._timing.watch_timeout * (1 + self._tools.random())
        query = WatchQuery(
            state.version,
            self._selection.scope,
            self._selection.label_selector,
            timeout_seconds=math.ceil(timeout),
        )
        self._watches += 1
        reading = _Reading(state.version)
        try:
            # The alarm stands outside, so that the source sees a cancellation and not an error it might translate.
            async with (
                asyncio.timeout(self._silence.limit(timeout)) as alarm,
                self._source.watch(self._selection.resource, query) as chunks,
            ):
                opened = self._tools.clock()
                self._heard()
                self._silence.opened()
                if not state.strikes:
                    self._publish(LIVE)
                await self._read(chunks, reading, lambda: self._wind(alarm, timeout))
        except KubeError as error:
            await self._note(state, error)
            return Failed(error, reading.version)
        except TimeoutError:
            self._silence.broken()
            self._watch_errors[Cause.SILENT] += 1
            log.warning("the watch fell silent", extra=self._fields(version=reading.version))
            return Silent(reading.version, reading.heard)
        return reading.verdict or Ended(reading.version, self._tools.clock() - opened, reading.heard)

    async def _read(self, chunks: AsyncIterator[list[bytes]], reading: "_Reading", wind: Callable[[], None]) -> None:
        wind()
        async for lines in chunks:
            self._heard()
            reading.heard = True
            for line in lines:
                self._take(line, reading)
                if reading.verdict is not None:
                    return
            self._publish(LIVE)
            wind()

    def _wind(self, alarm: asyncio.Timeout, timeout: float) -> None:
        alarm.reschedule(self._tools.clock() + self._silence.limit(timeout))

    def _take(self, line: bytes, reading: "_Reading") -> None:
        frame = wire.read_frame(line)
        match frame.type:
            case wire.ADDED | wire.MODIFIED | wire.DELETED:
                self._apply(frame, line, reading)
            case wire.BOOKMARK:
                self._bookmark(frame.object, reading)
            case wire.ERROR:
                raise answered(f"watch {self._selection}", 0, frame.object)
            case _:
                raise Malformed(f"a watch frame of unknown type {frame.type[:40]!r}")

    def _apply(self, frame: wire.Frame, line: bytes, reading: "_Reading") -> None:
        scope = self._selection.scope
        change = self._target.delete if frame.type == wire.DELETED else self._target.apply
        try:
            try:
                version = change(scope, frame.object)
            except Malformed:
                version = change(scope, wire.check_frame(line).object)
        except KubeError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the cache must not stop for ever
            reading.verdict = self._broken(error)
            return
        reading.advance(version)

    def _broken(self, error: Exception) -> Broken:
        log.error("what came could not be applied", exc_info=error, extra=self._fields())
        self._decode_errors += 1
        return Broken(Malformed(f"what came could not be applied: {error}"))

    def _bookmark(self, body: bytes, reading: "_Reading") -> None:
        version, _ = wire.read_bookmark(body)
        self._bookmarks += 1
        self._silence.bookmark(self._tools.clock())
        if is_older(version, reading.version):
            reading.verdict = Regressed()
            return
        reading.advance(version)
        self._target.advance(self._selection.scope, version)

    async def _probe(self) -> Event:
        query = ListQuery(namespace=self._selection.scope, label_selector=self._selection.label_selector, limit=1)
        page = await self._source.list_page(self._selection.resource, query)
        self._heard()
        return Probed(page.version)

    async def _wait(self, state: Waiting) -> Event:
        if state.empty:
            await self._empty()
        delay = self._backoff.delay(PACES[state.cause], self._tools.clock())
        await asyncio.sleep(max(delay, state.at_least))
        return Rested()

    async def _empty(self) -> None:
        """Say that nothing is there, since the resource is not served."""
        self._abandon()
        self._relist = self._target.begin(self._selection.scope)
        await self._commit(self._relist, "")

    async def _note(self, state: State, error: KubeError) -> None:
        """Count a failure, log it, and get new credentials if that may help."""
        if isinstance(error, Answered):
            self._heard()
        if isinstance(error, Malformed):
            self._decode_errors += 1
        if isinstance(state, Watching):
            self._watch_errors[cause_of(error)] += 1
        else:
            self._list_errors[str(error.code) if isinstance(error, Answered) else cause_of(error)] += 1
        log.info("the API server did not give what was asked", extra=self._fields(error=str(error)))
        if isinstance(error, Unauthorized):
            await self._refresh()

    async def _refresh(self) -> None:
        try:
            await self._source.refresh_credentials()
        except KubeError as error:
            log.warning("no new credentials", extra=self._fields(error=str(error)))

    def _announce(self, state: State) -> None:
        """Say what a state means for the cache, where that is known before it is acted on."""
        match state:
            case Waiting(cause=Cause.EMPTY):
                pass
            case Waiting(cause=Cause.ABSENT):
                self._publish(("absent", Cause.ABSENT, "the API server does not serve this resource"))
            case Waiting(cause=cause, error=error):
                self._publish(("degraded", cause, str(error) if error else _UNSAID[cause]))
            case Watching(strikes=strikes) if strikes:
                self._publish(SILENT)
            case Listing() | Watching() | Probing():
                # A try is no success: what was true before it stays so until a page comes or a watch opens.
                pass
            case _:
                assert_never(state)

    def _publish(self, public: Public) -> None:
        if public == self._public:
            return
        if public[0] != self._public[0] or public[1] != self._public[1]:
            self._since = self._tools.now()
            level = logging.WARNING if public[0] == "degraded" else logging.INFO
            log.log(level, "informer %s", public[0], extra=self._fields(cause=public[1], reason=public[2]))
        self._public = public
        self._target.changed()

    def _heard(self) -> None:
        self._last_contact = self._tools.now()

    def _abandon(self) -> None:
        if self._ahead is not None:
            self._ahead.cancel()
            self._ahead = None
        if self._relist is not None:
            self._relist.abandon()
            self._relist = None

    def _fields(self, **fields: str) -> dict[str, dict[str, str]]:
        named = {"resource": self._selection.resource.name, "namespace": self._selection.scope or ""}
        return {"fields": {name: value for name, value in (named | fields).items() if value}}


class _Reading:
    """How far one watch has come."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.heard = False
        self.verdict: Broken | Regressed | None = None

    def advance(self, version: str) -> None:
        if is_older(self.version, version):
            self.version = version


_UNSAID = {
    Cause.CLOSED: "the watch ended at once",
    Cause.EXPIRED: "the API server went back to an older state",
}
"""The reasons of waits that no error led to."""
