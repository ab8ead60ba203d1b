"""Where a reflector stands, as people see it: its public state, each change of which is one line of the log."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

import msgspec

from exporter.informer.counts import Counted, Counts
from exporter.informer.machine import Cause, Listing, State, Waiting, Watching
from exporter.informer.source import Selection, Tools
from exporter.kube.errors import Malformed

log = logging.getLogger(__name__)


class Stand(StrEnum):
    """The public states, by how much they deserve to be looked at."""

    LIVE = "live"
    ABSENT = "absent"
    RELISTING = "relisting"
    LISTING = "listing"
    DEGRADED = "degraded"


SETTLED = frozenset({Stand.LIVE, Stand.ABSENT})
"""Those in which the cache is what the cluster is."""

DEGRADING = tuple(cause for cause in Cause if cause not in {Cause.ABSENT, Cause.EMPTY})
"""The causes that ``degraded`` can have."""


class Public(msgspec.Struct, frozen=True):
    """A state as people see it."""

    state: Stand
    cause: Cause | None = None
    """Why, in one word; None where there is nothing to explain."""
    reason: str = ""
    """The same in words for people."""


LISTING = Public(Stand.LISTING)
RELISTING = Public(Stand.RELISTING)
LIVE = Public(Stand.LIVE)
ABSENT = Public(Stand.ABSENT, Cause.ABSENT, "the API server does not serve this resource")
SILENT = Public(Stand.DEGRADED, Cause.SILENT, "the watch said nothing for too long")

_UNSAID = {
    Cause.CLOSED: "the watch ended at once",
    Cause.EXPIRED: "the API server went back to an older state",
}
"""The reasons of waits that no error led to."""


class ReflectorStatistics(Counted, frozen=True, kw_only=True):
    """What one reflector did and where it stands."""

    state: Stand
    reason: str
    """Why it is not live, in words for people; empty where there is nothing to explain."""
    cause: Cause | None
    """The same in one word."""
    since: float
    """Epoch seconds of the last change of state or cause."""
    transitions: Mapping[str, int]
    """Changes of state or cause since the start, by the state that was come to."""
    backoff: float
    """Seconds that the present wait lasts; 0 outside a wait."""
    listed: int
    """Objects of the list that is being read, or was read last, that have come."""
    remaining: int | None
    """While listing: objects still to come, where the server told."""


class Standing:
    """Tells the log of every change of the public state, and tells ``changed`` as well."""

    def __init__(self, selection: Selection, tools: Tools, counts: Counts, changed: Callable[[], None]) -> None:
        self._selection = selection
        self._tools = tools
        self._counts = counts
        self._changed = changed
        self._transitions: Counter[str] = Counter({str(stand): 0 for stand in Stand})
        self.public = LISTING
        self.since = tools.now()
        self._left_live = tools.clock()
        self.synced = False
        self._listed = 0
        self._remaining: int | None = None
        self._backoff = 0.0
        self._surprise: Exception | None = None

    def listing(self, state: Listing, objects: int, remaining: int | None) -> None:
        """A page of a list came, with so many objects; the first one makes it a list."""
        if not state.pages:
            self._counts.listing(state.reason)
            self._listed = 0
        self._listed += objects
        self._remaining = remaining
        self.publish(RELISTING if self.synced else LISTING)

    def told(self) -> None:
        """A list was told completely."""
        self._remaining = None
        self.synced = True
        self._changed()

    @contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        """Stand in a wait, until the block ends."""
        self._backoff = seconds
        try:
            yield
        finally:
            self._backoff = 0.0

    def surprised(self, error: Exception) -> None:
        """Something failed that should not; the line of the state that this leads to shows where."""
        self._surprise = error
        log.debug("a failure that should not be", exc_info=error, extra=self.fields())

    def passed_over(self, error: Malformed) -> None:
        """An object of a list was passed over."""
        self._counts.unreadable()
        log.warning("an object of a list cannot be read", extra=self.fields(error=str(error)))

    def announce(self, state: State) -> None:
        """Say what a state means for the cache, where that is known before it is acted on.

        A try is no success: what was true before it stays so until a page comes or a watch opens.
        """
        match state:
            case Waiting(cause=Cause.EMPTY):
                pass
            case Waiting(cause=Cause.ABSENT):
                self.publish(ABSENT)
            case Waiting(cause=cause, error=error):
                self.publish(Public(Stand.DEGRADED, cause, str(error) if error else _UNSAID[cause]))
            case Watching(silent=True):
                self.publish(SILENT)
            case _:
                pass

    def publish(self, public: Public) -> None:
        """Stand somewhere else."""
        before, self.public = self.public, public
        surprise, self._surprise = self._surprise, None
        if public == before:
            return
        if (public.state, public.cause) != (before.state, before.cause):
            self._turn(before.state, public, surprise)
        self._changed()

    def _turn(self, left: Stand, public: Public, surprise: Exception | None) -> None:
        self.since = self._tools.now()
        self._transitions[public.state] += 1
        if left is Stand.LIVE:
            self._left_live = self._tools.clock()
        level = logging.WARNING if public.state is Stand.DEGRADED else logging.INFO
        fields = self.fields(cause=str(public.cause or ""), reason=public.reason)
        if public.state is Stand.LIVE:
            fields["fields"]["after"] = round(self._tools.clock() - self._left_live, 3)
        if surprise is not None:
            level = logging.ERROR
        log.log(level, "informer %s", public.state, exc_info=surprise, extra=fields)

    def fields(self, **fields: str) -> dict[str, dict[str, str | float]]:
        """Name the reflector in a log line."""
        named = {"resource": self._selection.resource.name, "namespace": self._selection.scope or ""}
        return {"fields": {name: value for name, value in (named | fields).items() if value}}

    def statistics(self) -> ReflectorStatistics:
        """What the reflector did and where it stands."""
        return ReflectorStatistics(
            state=self.public.state,
            reason=self.public.reason,
            cause=self.public.cause,
            since=self.since,
            transitions=dict(self._transitions),
            backoff=self._backoff,
            listed=self._listed,
            remaining=self._remaining,
            **msgspec.structs.asdict(self._counts.counted()),
        )
