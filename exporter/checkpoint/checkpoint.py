"""When a checkpoint is written and what with; what the one of the process before said, until this one knows more.

The rule for the totals: an object that is in the checkpoint is compared with what it was; another is news if it was
created or ended since ``OVERLAP`` seconds before the checkpoint; everything else has been counted.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from exporter.checkpoint import form, place
from exporter.checkpoint.form import Identity, Row, Section, Trouble, Unusable
from exporter.informer.hearing import Hearing
from exporter.kinds.kind import Kind
from exporter.kube.objects import Key, Resource
from exporter.metrics.accounting import Accounting
from exporter.metrics.ledger import Ledger
from exporter.metrics.marks import Mark
from exporter.store.store import Store

log = logging.getLogger(__name__)

OVERLAP = 60.0
"""Seconds before a checkpoint of which the objects are kept as well: those who write objects have other clocks than the
API server, write whole seconds, and are heard a little later."""

SOON = 1.0
"""Seconds after which it is looked again whether a first list is complete."""

SLICE = 1_000
"""Objects that are looked at before other tasks get a turn: about a millisecond."""


class CheckpointStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the checkpoint so far."""

    writes: int
    errors: Mapping[str, int]
    """By ``Trouble``."""
    last_write: float
    """Epoch seconds; 0 before the first."""
    size: int
    """Bytes of the file last written or read."""
    owed: int
    """Objects whose counts wait until a scrape has shown the baseline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """One kind as it is being counted."""

    resource: Resource
    accounting: Accounting
    store: Store
    ledger: Ledger
    ask_synced: Callable[[], bool]
    """Whether the first list has been told whole."""
    ask_heard: Callable[[], float | None]
    """When the API server was last heard, in epoch seconds by its clock; None while the cache does not follow it."""
    ask_started: Callable[[], float]
    """When this process began, by that clock."""


class Checkpoint:
    """The checkpoint of one process."""

    def __init__(self, path: Path, identity: Identity, *, now: Callable[[], float] = time.time) -> None:
        """Begin with nothing known; ``now`` gives epoch seconds."""
        self._path = path
        self._identity = identity
        self._now = now
        self._before: dict[str, Section] = {}
        self._followed: list[_Followed] = []
        self._turn = asyncio.Lock()
        self._writes = 0
        self._errors: Counter[str] = Counter({str(trouble): 0 for trouble in Trouble})
        self._last_write = 0.0
        self._size = 0
        self._said = ""
        self._left_out = 0

    @classmethod
    def load(
        cls, path: Path, identity: Identity, kinds: Iterable[Kind], *, now: Callable[[], float] = time.time
    ) -> "Checkpoint":
        """Read what the process before left. Blocks.

        A file that cannot be used is told, counted and put aside; then everything is as without one.
        """
        checkpoint = cls(path, identity, now=now)
        try:
            checkpoint._read(kinds)
        except Unusable as error:
            checkpoint._set_aside(error)
        return checkpoint

    def before(self, resource: Resource) -> Mapping[str, tuple[Key, Any]] | None:
        """Give the key and the projection of each object that was not settled, by uid; None where nothing is known."""
        section = self._before.get(resource.name)
        return None if section is None else {uid: (key, projection) for uid, key, projection in section.rows}

    def marks(self, resource: Resource) -> Sequence[Mark]:
        """Give the latest times as they were."""
        section = self._before.get(resource.name)
        return () if section is None else section.marks

    def since(self, resource: Resource) -> float | None:
        """Give from when on an object that is not in ``before`` is news; None where nothing is known.

        Epoch seconds by the API server's clock. NB Clocks are set: never take it for later than the process's start.
        """
        section = self._before.get(resource.name)
        return None if section is None else section.as_of - OVERLAP

    def follow(self, books: Books) -> None:
        """Keep this kind from now on."""
        self._followed.append(_Followed(books))

    async def keep(self, interval: float) -> None:
        """Write every ``interval`` seconds, for ever; the first time as soon as there is something to say."""
        while True:
            ready = any(one.settled for one in self._followed)
            await self.write()
            await asyncio.sleep(interval if ready else min(interval, SOON))

    async def write(self) -> bool:
        """Write down how things are; give whether there is a new file. What goes wrong is told and counted.

        A kind whose first list is not complete, or that owes counts, stays as it was in the file: nobody has seen the
        totals of this process yet, so the next one may begin where this one began. When all kinds are so, nothing is
        written. Call it a last time when the informers have stopped: nothing counts twice then.
        """
        async with self._turn:
            sections = {one.resource: await one.section() for one in self._followed if one.settled}
            if not sections:
                return False
            waiting = {one.resource for one in self._followed if not one.settled}
            kept = {name: section for name, section in self._before.items() if name in waiting}
            if not await self._put(kept | sections):
                return False
            self._before = kept
            return True

    def statistics(self) -> CheckpointStatistics:
        """What became of it so far."""
        return CheckpointStatistics(
            writes=self._writes,
            errors=dict(self._errors),
            last_write=self._last_write,
            size=self._size,
            owed=sum(one.owes for one in self._followed),
        )

    def _read(self, kinds: Iterable[Kind]) -> None:
        file = place.find(self._path)
        if file is None:
            return
        with file:
            try:
                self._before = form.read(file, self._identity, kinds)
                self._size = file.seek(0, 2)
            except OSError as error:
                raise Unusable(Trouble.UNREADABLE, place.said(error)) from error
        objects = sum(len(section.rows) for section in self._before.values())
        log.info("state read", extra=self._fields(objects=objects, bytes=self._size))

    def _set_aside(self, error: Unusable) -> None:
        self._errors[error.trouble] += 1
        fields = {"reason": str(error.trouble), "error": str(error)}
        try:
            aside = place.set_aside(self._path)
        except OSError as refusal:
            self._errors[Trouble.NOT_SET_ASIDE] += 1
            fields["not_set_aside"] = place.said(refusal)
        else:
            fields |= {"set_aside": str(aside)} if aside else {}
        log.error("state not used: what completed since the last stop is not counted", extra=self._fields(**fields))

    async def _put(self, sections: Mapping[str, Section]) -> bool:
        writing = asyncio.ensure_future(asyncio.to_thread(self._replace, sections))
        try:
            self._size, left_out = await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait({writing})  # the next write must not meet it
            raise
        except Unusable as error:
            return self._complain(error.trouble, str(error))
        except OSError as error:
            return self._complain(Trouble.UNWRITABLE, place.said(error))
        except form.UNSPEAKABLE as error:
            return self._complain(Trouble.UNWRITABLE, str(error))
        self._writes += 1
        self._last_write = self._now()
        self._said = ""
        self._lack(left_out)
        return True

    def _replace(self, sections: Mapping[str, Section]) -> tuple[int, int]:
        """Write a file; give its size, and how many things were left out of it. Blocks."""
        left_out: list[None] = []
        pieces = form.write(self._identity, sections, self._now(), lambda: left_out.append(None))
        return place.replace(self._path, pieces), len(left_out)

    def _lack(self, left_out: int) -> None:
        """Tell of a file that lacks something."""
        self._errors[Trouble.TOO_LARGE] += bool(left_out)
        if left_out > self._left_out:  # what is too long stays so in the files that follow
            log.error("state without what is too long to be read again", extra=self._fields(left_out=left_out))
        self._left_out = left_out

    def _complain(self, trouble: Trouble, text: str) -> bool:
        self._errors[trouble] += 1
        if text != self._said:  # a full disk stays full for a while
            log.error("state not written", extra=self._fields(reason=str(trouble), error=text))
        self._said = text
        return False

    def _fields(self, **more: object) -> dict[str, dict[str, object]]:
        return {"fields": {"file": str(self._path), **more}}


class _Followed:
    """A kind, and until when everything that happened to it is known."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.resource = books.resource.name
        self._hearing: Hearing | None = None

    @property
    def owes(self) -> int:
        """How many objects' counts are not in the totals yet."""
        return self._books.ledger.owes

    @property
    def settled(self) -> bool:
        """Whether the totals hold all that is known. Once it is so, it stays so."""
        return self._books.ask_synced() and not self.owes

    async def section(self) -> Section:
        """Give what the next process must know; other tasks get turns meanwhile."""
        books, as_of = self._books, self._known_until()
        rows = await _unsettled(books.store, books.accounting, int((as_of - OVERLAP) // 1))
        return Section(as_of, tuple(books.accounting.group_labels), rows, books.ledger.marks())

    def _known_until(self) -> float:
        if self._hearing is None:  # not before the clock of the API server is known
            self._hearing = Hearing(self._books.ask_heard, self._books.ask_started())
        return self._hearing.look()


async def _unsettled(store: Store, accounting: Accounting, since: int) -> list[Row]:
    rows: list[Row] = []
    keys = tuple(store.keys())
    for start in range(0, len(keys), SLICE):
        found = ((key, store.get(key)) for key in keys[start : start + SLICE])
        rows += [
            (record.uid, key, record.projection)
            for key, record in found
            if record is not None and accounting.unsettled(record.projection, since)
        ]
        await asyncio.sleep(0)
    return rows
