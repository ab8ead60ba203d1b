"""The informers as the page shows them: where each stands, what it did, what it holds."""

import resource
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from exporter.web.page.reports import InformerReport, ReflectorReport
from exporter.web.page.sources import Json, Watched

_FIRST = "initial"
"""Why a list is made that is no relist."""
_MEMORY = Path("/proc/self/statm")


class InformerRow(msgspec.Struct, frozen=True):
    """One informer. Times are epoch seconds."""

    resource: str
    state: str
    reason: str
    version: str
    objects: int
    last_contact: float | None
    last_event: float | None
    last_sync: float | None
    events_per_second: float | None
    """None before the first two looks."""
    events: Mapping[str, int]
    bookmarks: int
    relists: int
    watches: int
    errors: int
    received_bytes: int
    cache_bytes: int
    listed: int
    """Objects of the present or last list that came so far."""
    remaining: int | None
    """Objects that are still to come in a list, where the server told."""


class Informers:
    """All informers; to say how many events come in a second it must look now and then."""

    def __init__(self, watched: Sequence[Watched]) -> None:
        self._watched = watched
        self._rates: dict[str, float] = {}
        self._looked: tuple[float, Mapping[str, int]] | None = None

    def look(self, now: float) -> None:
        """Count the events since the last look; ``now`` in seconds of any clock."""
        counts = {one.served.resource.name: sum(one.ask().events.values()) for one in self._watched}
        if self._looked is not None:
            then, before = self._looked
            if now == then:
                return
            rates = {name: (count - before[name]) / (now - then) for name, count in counts.items()}
            self._rates = rates if now > then else {}  # nothing is known while the clock is set back
        self._looked = now, counts

    def shown(self) -> list[InformerRow]:
        """Each of them, as it is now."""
        return [self._of(one) for one in self._watched]

    def _of(self, watched: Watched) -> InformerRow:
        report, name = watched.ask(), watched.served.resource.name
        return _row(report, watched.served.store.version_of(None), self._rates.get(name))


def memory() -> Json:
    """What the process takes: bytes that are resident, None where that cannot be told."""
    return {"resident": _resident()}


def _row(report: InformerReport, version: str, rate: float | None) -> InformerRow:
    every, store = report.reflectors, report.store
    return InformerRow(
        resource=report.resource.name,
        state=str(report.state),
        reason="; ".join(dict.fromkeys(one.reason for one in every if one.reason)),
        version=version,
        objects=store.objects,
        last_contact=report.last_contact or None,
        last_event=max((one.last_event for one in every), default=0) or None,
        last_sync=max((one.last_sync for one in every), default=0) or None,
        events_per_second=rate,
        events=report.events,
        bookmarks=sum(one.bookmarks for one in every),
        relists=sum(map(_relists, every)),
        watches=sum(one.watches for one in every),
        errors=sum(sum(one.list_errors.values()) + sum(one.watch_errors.values()) for one in every),
        received_bytes=sum(one.received_bytes for one in every),
        cache_bytes=store.body_bytes + store.codec.reference_bytes,
        listed=sum(one.listed for one in every),
        remaining=_remaining(every),
    )


def _relists(one: ReflectorReport) -> int:
    return sum(count for reason, count in one.lists.items() if reason != _FIRST)


def _remaining(every: Iterable[ReflectorReport]) -> int | None:
    told = [one.remaining for one in every if one.remaining is not None]
    return sum(told) if told else None


def _resident() -> int | None:
    try:
        return int(_MEMORY.read_text().split()[1]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):  # only Linux tells it so
        return None
