"""How far the first lists have come, for whoever waits: a bar in a terminal, lines of the log elsewhere."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol, TextIO

import msgspec

from exporter.informer.standing import SETTLED, ReflectorStatistics, Stand
from exporter.informer.statistics import InformerStatistics

log = logging.getLogger(__name__)

GLIMPSE = 0.3
"""Seconds of a sync before a bar is drawn: one that goes at once only flickers."""
PATIENCE = 1.0
"""Seconds of a sync before the log says anything of it: shorter ones are not worth a word."""
LINE_EVERY = 5.0
"""Seconds between two lines of the log about one sync."""
LOOK_EVERY = 0.1
"""Seconds between two looks at how far a sync has come."""
ROOM_FOR_BAR = 10
"""Columns that a bar needs to say more than the figures beside it."""
WIDEST_BAR = 40
USUAL_COLUMNS = 80
"""Of a terminal that does not know."""

_ERASE = "\r\x1b[K"
_FULL, _EMPTY = "█", "░"
_GREEN, _DIM, _PLAIN = "\x1b[32m", "\x1b[2m", "\x1b[0m"


class Share(msgspec.Struct, frozen=True):
    """How much of the first lists of one resource, or of all of them, has come."""

    resource: str
    objects: int
    remaining: int | None
    """Objects still to come; None where nobody told."""
    synced: bool
    trouble: str = ""
    """Why nothing comes, in words for people; empty where something does."""


class Meter(Protocol):
    """Whoever shows progress."""

    def show(self, shares: Sequence[Share], seconds: float) -> None:
        """Show how much has come after so many seconds."""

    def done(self, shares: Sequence[Share], seconds: float) -> None:
        """Say that everything has come."""

    def clear(self) -> None:
        """Leave nothing on the screen that would have to be updated."""


async def follow(
    ask: Callable[[], Iterable[InformerStatistics]],
    meter: Meter,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Show the first sync until everything is there, or until cancelled."""
    began = clock()
    try:
        shares = shares_of(ask())
        while not whole(shares).synced:
            meter.show(shares, clock() - began)
            await sleep(LOOK_EVERY)
            shares = shares_of(ask())
        meter.done(shares, clock() - began)
    finally:
        meter.clear()


def shares_of(informers: Iterable[InformerStatistics]) -> tuple[Share, ...]:
    """How much has come of each resource."""
    return tuple(_share(informer) for informer in informers)


def whole(shares: Sequence[Share]) -> Share:
    """All shares as one."""
    return Share(
        ", ".join(share.resource for share in shares),
        sum(share.objects for share in shares),
        _sum(share.remaining for share in shares),
        all(share.synced for share in shares),
        next((share.trouble for share in shares if share.trouble), ""),
    )


def _share(informer: InformerStatistics) -> Share:
    unsynced = [] if informer.synced else [one for one in informer.reflectors if not _is_listed(one)]
    return Share(
        informer.resource.name,
        informer.total(lambda one: one.listed),
        _sum(one.remaining for one in unsynced),
        informer.synced,
        next((one.reason for one in unsynced if one.state is Stand.DEGRADED), ""),
    )


def _is_listed(reflector: ReflectorStatistics) -> bool:
    return reflector.last_sync > 0 or reflector.state in SETTLED


def _sum(numbers: Iterable[int | None]) -> int | None:
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total


class Terminal:
    """A terminal whose last line may be a bar: what is written and flushed otherwise stands above it."""

    def __init__(
        self, stream: TextIO, *, columns: Callable[[], int], colours: bool = True, blocks: bool = True
    ) -> None:
        """``columns`` tells how many characters fit into a line now; ``blocks`` whether it can show them."""
        self._stream = stream
        self._bar = ""
        self.columns = columns
        self.colours = colours
        self.blocks = blocks

    def write(self, text: str) -> int:
        """Write above the bar; whole lines."""
        return self._stream.write((_ERASE if self._bar else "") + text)

    def flush(self) -> None:
        """Bring out what was written, and the bar below it."""
        self._stream.write(self._bar)
        self._stream.flush()

    def show(self, bar: str) -> None:
        """Make this the last line; an empty one takes it away."""
        if not bar and not self._bar:
            return
        self._bar = bar
        try:
            self._stream.write(_ERASE + bar)
            self._stream.flush()
        except (OSError, ValueError):  # the terminal is gone, and nobody waits any more
            pass


class Bar:
    """Shows progress as the last line of a terminal."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def show(self, shares: Sequence[Share], seconds: float) -> None:
        """Draw it anew."""
        if seconds >= GLIMPSE:
            self._terminal.show(draw(whole(shares), seconds, self._terminal))

    def done(self, shares: Sequence[Share], seconds: float) -> None:
        """Put a line in its place that stays."""
        self.clear()
        try:
            self._terminal.write(f"listed {_counted(whole(shares), seconds)}, in {seconds:.1f} s\n")
            self._terminal.flush()
        except (OSError, ValueError):  # as for the bar
            pass

    def clear(self) -> None:
        """Take it away."""
        self._terminal.show("")


class Lines:
    """Says progress in the log, at level info."""

    def __init__(self) -> None:
        self._due = PATIENCE

    def show(self, shares: Sequence[Share], seconds: float) -> None:
        """Say it for each resource that is not complete, if the last time is long ago."""
        if seconds < self._due:
            return
        self._due = seconds + LINE_EVERY
        for share in shares:
            if not share.synced and not share.trouble:  # a trouble has a line of its own
                log.info("listing", extra={"fields": _facts(share)})

    def done(self, shares: Sequence[Share], seconds: float) -> None:
        """Say the end, of what was worth a word."""
        if self._due > PATIENCE:
            log.info("listed", extra={"fields": {"objects": whole(shares).objects, "seconds": round(seconds, 3)}})

    def clear(self) -> None:
        """Nothing of it has to be taken away."""


def terminal_of(stream: TextIO, environment: Mapping[str, str]) -> Terminal | None:
    """The terminal that a stream leads to; None where a line cannot be written over."""
    if not stream.isatty() or environment.get("TERM", "") in {"", "dumb"}:
        return None
    return Terminal(
        stream,
        columns=lambda: _columns(stream),
        colours=not environment.get("NO_COLOR"),
        blocks=_speaks(stream, _FULL + _EMPTY),
    )


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or USUAL_COLUMNS
    except (OSError, ValueError):
        return USUAL_COLUMNS


def draw(share: Share, seconds: float, terminal: Terminal) -> str:
    """A bar and the figures beside it, as wide as the terminal allows."""
    width = terminal.columns() - 1  # in the last column, some terminals begin a new line
    if share.trouble:
        trouble = "".join(letter if letter.isprintable() else " " for letter in share.trouble)
        return f"waiting: {trouble}"[:width]
    if share.objects == 0 and share.remaining is None:
        return "listing: the first page is to come"[:width]
    figures = _counted(share, seconds)
    if share.remaining is None:
        return f"listing {figures}"[:width]
    part = share.objects / max(share.objects + share.remaining, 1)
    text = f"{part:4.0%}  {figures}"
    room = min(width - len(text) - len("listing   "), WIDEST_BAR)
    if room < ROOM_FOR_BAR:
        return f"listing {text.strip()}"[:width]
    return f"listing  {_bar(round(part * room), room, terminal)} {text}"


def _bar(full: int, room: int, terminal: Terminal) -> str:
    block, gap = (_FULL, _EMPTY) if terminal.blocks else ("#", "-")
    done, rest = block * full, gap * (room - full)
    return f"{_GREEN}{done}{_DIM}{rest}{_PLAIN}" if terminal.colours else done + rest


def _counted(share: Share, seconds: float) -> str:
    of = f" of {share.objects + share.remaining:,}" if share.remaining else ""
    return f"{share.objects:,}{of} objects, {share.objects / max(seconds, 0.001):,.0f}/s"


def _facts(share: Share) -> dict[str, str | int]:
    facts: dict[str, str | int] = {"resource": share.resource, "objects": share.objects}
    return facts if share.remaining is None else facts | {"remaining": share.remaining}


def _speaks(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
