"""Where a reflector stands, as people see it: its public state, and counts of what it did."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping

import msgspec

from exporter.informer.machine import Cause, Listing, Reason, State, Waiting, Watching, cause_of
from exporter.informer.source import Selection, Tools
from exporter.kube.errors import Answered, KubeError, Malformed

log = logging.getLogger(__name__)

STATES = ("live", "absent", "relisting", "listing", "degraded")
"""The public states, by how much they deserve to be looked at."""

SETTLED = frozenset({"live", "absent"})
"""Those in which the cache is what the cluster is."""

WATCH_CAUSES = tuple(cause for cause in Cause if cause not in {Cause.ABSENT, Cause.CLOSED, Cause.EMPTY})
"""What a watch can fail of; each is counted from zero."""


LIST_CODES = ("401", "403", "404", "410", "429", "500", "503", "504", str(Cause.UNREACHABLE), str(Cause.DECODE))
"""What a page of a list usually fails of; each is counted from zero, others from the first time."""


class Public(msgspec.Struct, frozen=True):
    """A state as people see it."""

    state: str
    """One of ``STATES``."""
    cause: str = ""
    reason: str = ""
    """Why, in words; empty where there is nothing to explain."""


LISTING = Public("listing")
RELISTING = Public("relisting")
LIVE = Public("live")
ABSENT = Public("absent", Cause.ABSENT, "the API server does not serve this resource")
SILENT = Public("degraded", Cause.SILENT, "the watch said nothing for too long")

_UNSAID = {
    Cause.CLOSED: "the watch ended at once",
    Cause.EXPIRED: "the API server went back to an older state",
}
"""The reasons of waits that no error led to."""


class ReflectorStatistics(msgspec.Struct, frozen=True):
    """What one reflector did and where it stands."""

    state: str
    """One of ``STATES``."""
    reason: str
    """Why it is not live, in words for people; empty where there is nothing to explain."""
    cause: str
    """The same in one word."""
    since: float
    """Epoch seconds of the last change of state or cause."""
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


class Standing:
    """Counts, tells the log of every change of the public state, and tells ``changed`` as well."""

    def __init__(self, selection: Selection, tools: Tools, changed: Callable[[], None]) -> None:
        self._selection = selection
        self._tools = tools
        self._changed = changed
        self._lists: Counter[str] = Counter({str(reason): 0 for reason in Reason})
        self._list_errors: Counter[str] = Counter(dict.fromkeys(LIST_CODES, 0))
        self._watch_errors: Counter[str] = Counter({str(cause): 0 for cause in WATCH_CAUSES})
        self.public = LISTING
        self.since = tools.now()
        self.last_contact = 0.0
        self._heard_at = tools.clock()
        self.synced = False
        self._remaining: int | None = None
        self._watches = 0
        self._bookmarks = 0
        self._decode_errors = 0

    def heard(self) -> None:
        """The server said something."""
        self.last_contact = self._tools.now()
        self._heard_at = self._tools.clock()

    @property
    def age(self) -> float:
        """Seconds since the server said anything (or since the start), by a clock that nobody sets."""
        return self._tools.clock() - self._heard_at

    def listed(self, state: Listing, remaining: int | None) -> None:
        """A page of a list came; the first one makes it a list."""
        if not state.pages:
            self._lists[state.reason] += 1
        self._remaining = remaining
        self.publish(RELISTING if self.synced else LISTING)

    def watching(self) -> None:
        """A watch is asked for."""
        self._watches += 1

    def bookmarked(self) -> None:
        """A bookmark came."""
        self._bookmarks += 1

    def told(self) -> None:
        """A list was told completely."""
        self._remaining = None
        self.synced = True
        self._changed()

    def silent(self, version: str) -> None:
        """A watch fell silent."""
        self._watch_errors[Cause.SILENT] += 1
        log.warning("the watch fell silent", extra=self.fields(version=version))

    def broken(self, error: Exception) -> None:
        """What came could not be applied."""
        self._decode_errors += 1
        log.error("what came could not be applied", exc_info=error, extra=self.fields())

    def passed_over(self, error: Malformed) -> None:
        """An object of a list was passed over."""
        self._decode_errors += 1
        log.warning("an object of a list cannot be read", extra=self.fields(error=str(error)))

    def failed(self, state: State, error: KubeError) -> None:
        """What the state asked for was not given."""
        if isinstance(error, Answered):
            self.heard()
        if isinstance(error, Malformed):
            self._decode_errors += 1
        if isinstance(state, Watching):
            self._watch_errors[cause_of(error)] += 1
        else:
            self._list_errors[str(error.code) if isinstance(error, Answered) else cause_of(error)] += 1
        log.debug("the API server did not give what was asked", extra=self.fields(error=str(error)))

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
                self.publish(Public("degraded", cause, str(error) if error else _UNSAID[cause]))
            case Watching(silent=True):
                self.publish(SILENT)
            case _:
                pass

    def publish(self, public: Public) -> None:
        """Stand somewhere else."""
        before, self.public = self.public, public
        if public == before:
            return
        if (public.state, public.cause) != (before.state, before.cause):
            self.since = self._tools.now()
            level = logging.WARNING if public.state == "degraded" else logging.INFO
            fields = self.fields(cause=public.cause, reason=public.reason)
            log.log(level, "informer %s", public.state, extra=fields)
        self._changed()

    def fields(self, **fields: str) -> dict[str, dict[str, str]]:
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
            last_contact=self.last_contact,
            lists=dict(self._lists),
            watches=self._watches,
            list_errors=dict(self._list_errors),
            watch_errors=dict(self._watch_errors),
            bookmarks=self._bookmarks,
            decode_errors=self._decode_errors,
            remaining=self._remaining,
        )
