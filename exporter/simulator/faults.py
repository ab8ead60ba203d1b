"""Faults by name, on a schedule that people can read: what goes wrong with the simulated API server, and when."""

import difflib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

FIRST = 30
"""Seconds after the beginning until the first fault."""
APART = 45
"""Seconds from the beginning of one fault to that of the next, unless it lasts longer."""
CALM = 20
"""Seconds that at least lie between the end of one and the beginning of the next."""
LONG_CALM = 75
"""The same after what fails again and again: so long that whoever has to do with it takes the next for a new trouble,
and does not wait as after many failures."""


class Server(Protocol):
    """What misbehaves on demand."""

    def drop_watches(self) -> None:
        """End all watches, in the middle of what they tell."""

    def expire(self) -> None:
        """Forget the past, and end all watches."""

    def slow(self, on: bool, /) -> None:  # noqa: FBT001 - a switch
        """Answer only after seconds."""

    def throttle(self, on: bool, /) -> None:  # noqa: FBT001 - a switch
        """Answer that there are too many requests."""

    def freeze(self, on: bool, /) -> None:  # noqa: FBT001 - a switch
        """Keep connections, and say nothing on them."""

    async def restart(self, down: float, /) -> None:
        """Be gone for so many seconds."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to misbehave."""

    about: str
    """A sentence for people."""
    lasts: float
    """Seconds from its beginning until it is undone."""
    begin: Callable[[Server], Awaitable[None]]
    end: Callable[[Server], None] = lambda _: None
    calm: float = CALM
    """Seconds after it in which nothing else begins."""


def _switch(
    turn: Callable[[Server, bool], None],
) -> tuple[Callable[[Server], Awaitable[None]], Callable[[Server], None]]:
    async def begin(server: Server) -> None:
        turn(server, True)  # noqa: FBT003 - a switch

    def end(server: Server) -> None:
        turn(server, False)  # noqa: FBT003 - a switch

    return begin, end


async def _drop(server: Server) -> None:
    server.drop_watches()


async def _expire(server: Server) -> None:
    server.expire()


async def _overload(server: Server) -> None:
    # Open watches would go on, and nobody would notice anything.
    server.throttle(True)  # noqa: FBT003 - a switch
    server.drop_watches()


async def _restart(server: Server) -> None:
    await server.restart(RESTARTING)


RESTARTING = 15.0
FAULTS = {
    "drop-watch": Fault("All watches are cut; they go on where they were, and nothing is listed again.", 1, _drop),
    "expire": Fault("The server forgets the past: watches end, and everything is listed anew.", 1, _expire),
    "slow": Fault("Each answer and each event comes seconds late.", 20, *_switch(lambda server, on: server.slow(on))),
    "429": Fault(
        "The server has too much to do: it cuts all watches and turns requests away.",
        15,
        _overload,
        lambda server: server.throttle(False),  # noqa: FBT003 - a switch
        calm=LONG_CALM,
    ),
    "half-open": Fault(
        "The network swallows everything: connections stay open, nothing comes, and in the end they are reset.",
        60,
        *_switch(lambda server, on: server.freeze(on)),
        calm=LONG_CALM,
    ),
    "restart": Fault("The server is gone, and comes back at the same address.", RESTARTING, _restart, calm=LONG_CALM),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One fault that is to come, or that there is."""

    fault: str
    about: str
    begins: float
    """Seconds since the epoch, as is ``ends``."""
    ends: float


class Schedule:
    """Faults, one after the other and round and round.

    Raises:
        ValueError: a name that no fault has.
    """

    def __init__(self, names: Iterable[str], begins: float) -> None:
        self._names = tuple(_checked(name) for name in names)
        self._begins = begins

    def upcoming(self, now: float, at_most: int = 4) -> list[Entry]:
        """Give the one that there is at a moment, if there is one, and the next: so many of all."""
        if not self._names:
            return []
        found: list[Entry] = []
        for entry in self.entries(now):
            if entry.ends > now:
                found.append(entry)
            if len(found) >= at_most:
                break
        return found

    def entries(self, since: float) -> Iterator[Entry]:
        """Give all from the round of a moment on, without end, unless there are none."""
        spans = [_span(FAULTS[name]) for name in self._names]
        rounds = max(0, int((since - self._begins - FIRST) // sum(spans))) if spans else 0
        begins = self._begins + FIRST + rounds * sum(spans)
        while self._names:
            for name, span in zip(self._names, spans, strict=True):
                fault = FAULTS[name]
                yield Entry(name, fault.about, begins, begins + fault.lasts)
                begins += span


async def play(
    schedule: Schedule, server: Server, now: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
) -> None:
    """Let a server misbehave as the schedule says, from now on and for ever.

    What has begun already is left out, and so is what has ended meanwhile, as when the machine slept.
    """
    began = now()
    for entry in schedule.entries(began):
        if entry.begins < began:
            continue
        await _until(entry.begins, now, sleep)
        if entry.ends <= now():
            continue
        fault = FAULTS[entry.fault]
        try:
            await fault.begin(server)
            await _until(entry.ends, now, sleep)
        finally:
            fault.end(server)


async def _until(moment: float, now: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
    while (left := moment - now()) > 0:
        await sleep(left)


def _span(fault: Fault) -> float:
    return max(APART, fault.lasts + fault.calm)


def _checked(name: str) -> str:
    if name in FAULTS:
        return name
    near = difflib.get_close_matches(name, FAULTS, 1)
    advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(FAULTS)}"
    raise ValueError(f"no fault is named {name!r}: {advice}")
