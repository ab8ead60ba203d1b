"""Where two tellings of a story differ, and which of that is allowed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from tests.simulator.recordings.told import Exchange, Recording

ABSENT = "<absent>"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not the same."""

    story: str
    number: int
    """The exchange, from 1."""
    asked: str
    path: str
    """``code``, ``headers.vary``, ``body.metadata.labels.team``, ``frames.0.type``."""
    real: Any
    ours: Any

    def __str__(self) -> str:
        values = f"real {_short(self.real)}, ours {_short(self.ours)}"
        return f"{self.story} {self.number}: {self.asked}\n    {self.path}: {values}"


@dataclass(frozen=True, slots=True)
class Allowance:
    """Differences that are allowed, by pattern (``*`` is anything), and why."""

    asked: str
    path: str
    reason: str
    story: str = "*"

    def allows(self, difference: Difference) -> bool:
        """Say whether it is one of these."""
        return (
            fnmatchcase(difference.story, self.story)
            and fnmatchcase(difference.asked, self.asked)
            and fnmatchcase(difference.path, self.path)
        )


def differences(real: Recording, ours: Recording) -> Iterator[Difference]:
    """Give every field that differs, in the story's order."""
    for number, (left, right) in enumerate(zip(real.exchanges, ours.exchanges, strict=True), 1):
        for path, wanted, got in _differing("", _told(left), _told(right)):
            yield Difference(real.story, number, left.asked, path, wanted, got)


def judged(found: Sequence[Difference], allowed: Sequence[Allowance]) -> list[Difference]:
    """Give the differences that no exception allows."""
    return [difference for difference in found if not any(row.allows(difference) for row in allowed)]


def idle(found: Sequence[Difference], allowed: Sequence[Allowance]) -> list[Allowance]:
    """Give the exceptions that allow nothing that was found."""
    return [row for row in allowed if not any(row.allows(difference) for difference in found)]


def _told(exchange: Exchange) -> dict[str, Any]:
    told = msgspec.to_builtins(exchange)
    return {name: told.get(name, ABSENT) for name in ("code", "headers", "body", "frames")}


def _differing(path: str, real: Any, ours: Any) -> Iterator[tuple[str, Any, Any]]:
    match real, ours:
        case dict(), dict():
            for name in dict.fromkeys((*real, *ours)):
                yield from _differing(_below(path, name), real.get(name, ABSENT), ours.get(name, ABSENT))
        case list(), list() if len(real) == len(ours):
            for place, (left, right) in enumerate(zip(real, ours, strict=True)):
                yield from _differing(_below(path, str(place)), left, right)
        case _:
            # True is not 1, though Python says so.
            if real != ours or type(real) is not type(ours):
                yield path, real, ours


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 300 else f"{text[:300]}…"
