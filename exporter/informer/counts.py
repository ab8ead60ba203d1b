"""What one reflector did: counted and timed as it happens, in plain numbers."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import msgspec

from exporter.informer.machine import Cause, Reason, State, Watching, cause_of
from exporter.informer.source import Tools
from exporter.kube.errors import Answered, KubeError, Malformed
from exporter.tally import Seen, Tally

LIST_BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds that a whole list takes: some 2 s for 20,000 workflows."""

WATCH_BOUNDS = (1.0, 5.0, 15.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 3600.0)
"""Seconds that a watch lives: as a rule between the time it was asked for and twice that."""

DELAY_BOUNDS = (1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""Seconds that an event is late. A server writes whole seconds, so up to one of them is rounding."""

WATCH_CAUSES = tuple(cause for cause in Cause if cause not in {Cause.ABSENT, Cause.CLOSED, Cause.EMPTY})
"""What a watch can fail of; each is counted from zero."""

LIST_CODES = ("401", "403", "404", "410", "429", "500", "503", "504", str(Cause.NETWORK), str(Cause.DECODE))
"""What a page of a list usually fails of; each is counted from zero, others from the first time."""

CORRECTIONS = {"added": "missed_add", "modified": "missed_update", "deleted": "missed_delete"}
"""What a list changed, and how it is called where a watch should have told of it."""


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What one reflector did since the start. Times of day are epoch seconds, and 0 before the first."""

    last_contact: float
    """When the server said anything."""
    last_event: float
    """When an event of a watch changed the cache."""
    last_sync: float
    """When a list was complete and in the cache."""
    lists: Mapping[str, int]
    watches: int
    list_errors: Mapping[str, int]
    watch_errors: Mapping[str, int]
    corrections: Mapping[str, int]
    bookmarks: int
    decode_errors: int
    received_bytes: int
    """Bytes of objects on pages and of lines of watches."""
    list_seconds: Seen
    """By ``LIST_BOUNDS``."""
    watch_seconds: Seen
    """By ``WATCH_BOUNDS``."""
    event_delay: Seen
    """Seconds, by ``DELAY_BOUNDS``."""


class Counts:
    """Counts; ``clock_lead`` tells by how many seconds our clock is ahead of the server's."""

    def __init__(self, tools: Tools, clock_lead: Callable[[], float]) -> None:
        self._tools = tools
        self._clock_lead = clock_lead
        self.last_contact = 0.0
        self._heard_at = tools.clock()
        self._last_event = 0.0
        self._last_sync = 0.0
        self._lists: Counter[str] = Counter({str(reason): 0 for reason in Reason})
        self._watches = 0
        self._list_errors: Counter[str] = Counter(dict.fromkeys(LIST_CODES, 0))
        self._watch_errors: Counter[str] = Counter({str(cause): 0 for cause in WATCH_CAUSES})
        self._corrections: Counter[str] = Counter(dict.fromkeys(CORRECTIONS.values(), 0))
        self._may_correct = False  # only a list behind a watch finds what that watch had not told
        self._bookmarks = 0
        self._decode_errors = 0
        self._received = 0
        self._list_began = 0.0
        self._list_seconds = Tally(LIST_BOUNDS)
        self._watch_seconds = Tally(WATCH_BOUNDS)
        self._event_delay = Tally(DELAY_BOUNDS)

    def heard(self) -> None:
        """The server said something."""
        self.last_contact = self._tools.now()
        self._heard_at = self._tools.clock()

    @property
    def age(self) -> float:
        """Seconds since the server said anything (or since the start), by a clock that nobody sets."""
        return self._tools.clock() - self._heard_at

    def received(self, pieces: list[bytes] | list[msgspec.Raw]) -> None:
        """Objects of a page, or lines of a watch, came."""
        sizes: Iterator[int] = map(len, pieces)
        self._received += sum(sizes)

    def asks_list(self) -> None:
        """The first page of a list is asked for."""
        self._list_began = self._tools.stopwatch()

    def listing(self, reason: Reason) -> None:
        """The first page of a list came."""
        self._lists[reason] += 1

    def listed(self, changes: Mapping[str, int]) -> None:
        """A list is in the cache, and changed so much there; what no watch could have told is no correction."""
        self._last_sync = self._tools.now()
        self._list_seconds.observe(self._tools.stopwatch() - self._list_began)
        self.corrected(changes)

    def corrected(self, changes: Mapping[str, int]) -> None:
        """The cache was put right by something else than a watch."""
        if self._may_correct:
            self._corrections.update({CORRECTIONS[change]: count for change, count in changes.items()})
        self._may_correct = False

    def asks_watch(self) -> None:
        """A watch is asked for."""
        self._watches += 1

    @contextmanager
    def watching(self) -> Iterator[None]:
        """A watch is open, until the block ends."""
        self._may_correct = True
        opened = self._tools.stopwatch()
        try:
            yield
        finally:
            self._watch_seconds.observe(self._tools.stopwatch() - opened)

    def event(self, written: str = "") -> None:
        """An event changed the cache; ``written`` is when the server wrote the object, where that is known."""
        self._last_event = self.last_contact
        at = _moment(written)
        if at is not None:
            self._event_delay.observe(max(0.0, self.last_contact - self._clock_lead() - at))

    def bookmarked(self) -> None:
        """A bookmark came."""
        self._bookmarks += 1

    def unreadable(self) -> None:
        """Something came that cannot be read or applied."""
        self._decode_errors += 1

    def silent(self) -> None:
        """A watch fell silent."""
        self._watch_errors[Cause.SILENT] += 1

    def failed(self, state: State, error: KubeError) -> None:
        """What the state asked for was not given."""
        if isinstance(error, Answered):
            self.heard()
        if isinstance(error, Malformed):
            self.unreadable()
        if isinstance(state, Watching):
            self._watch_errors[cause_of(error)] += 1
        else:
            self._list_errors[str(error.code) if isinstance(error, Answered) else cause_of(error)] += 1

    def counted(self) -> Counted:
        """What was counted so far."""
        return Counted(
            last_contact=self.last_contact,
            last_event=self._last_event,
            last_sync=self._last_sync,
            lists=dict(self._lists),
            watches=self._watches,
            list_errors=dict(self._list_errors),
            watch_errors=dict(self._watch_errors),
            corrections=dict(self._corrections),
            bookmarks=self._bookmarks,
            decode_errors=self._decode_errors,
            received_bytes=self._received,
            list_seconds=self._list_seconds.seen(),
            watch_seconds=self._watch_seconds.seen(),
            event_delay=self._event_delay.seen(),
        )


def _moment(written: str) -> float | None:
    """An RFC 3339 time as epoch seconds; None for anything else."""
    try:
        return datetime.fromisoformat(written).timestamp() if written else None
    except ValueError:
        return None
