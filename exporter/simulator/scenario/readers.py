"""What those who list and watch all workflows could see of them, and what happened in a gap and was seen by nobody."""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from exporter.simulator.scenario.tally import Account, Place, State, Tally

MOST = 8
"""Readers that are followed; of more, who listed longest ago is forgotten."""
PATIENCE = 100_000
"""Changes by which a reader may be behind: then it is taken for gone."""

Now: TypeAlias = Callable[[], tuple[int, Tally]]
"""Gives the newest version, and all workflows as they are at it in a tally of the caller's own."""

Unseen: TypeAlias = dict[str, Any]
"""How many creations, and completions by phase, happened and could not be seen."""
NOTHING_UNSEEN: Unseen = {"created": 0, "completed": {}}


class Reader:
    """One reader: up to where it was told of every change, and what it missed where it had to list again.

    From list to list only two states of each workflow can be compared. What was born and gone between is unseen, and so
    is an end of which nothing was left; a workflow that ended well and was deleted is seen to vanish without an end, so
    that one ``Unobserved`` too many is seen: -1.
    """

    def __init__(self, version: int, begun: Tally) -> None:
        """Begin with a list at a version: what it holds is the baseline."""
        self.version = version
        self._true = begun
        self._seen = begun.copy()
        self._ahead: deque[tuple[int, Place, State | None]] = deque()

    @property
    def behind(self) -> int:
        """How many changes it was not told of yet."""
        return len(self._ahead)

    def hear(self, version: int, place: Place, state: State | None) -> None:
        """Note what it has to be told."""
        self._ahead.append((version, place, state))

    def told(self, version: int) -> None:
        """It was told of every change up to a version."""
        for place, state in self._up_to(version):
            self._true.tell(place, state)
            self._seen.tell(place, state)

    def listed(self, version: int) -> None:
        """It was told how everything is at a version, and nothing of how it became so."""
        changed: dict[Place, State | None] = {}
        for place, state in self._up_to(version):
            self._true.tell(place, state)
            changed[place] = state
        for place, state in changed.items():
            if self._seen.states.get(place) != state:
                self._seen.tell(place, state)

    def unseen(self) -> Mapping[str, Unseen]:
        """Give, by namespace, what happened up to its version and could not be seen."""
        return {name: _difference(true, self._seen.accounts.get(name)) for name, true in self._true.accounts.items()}

    def _up_to(self, version: int) -> list[tuple[Place, State | None]]:
        found = []
        while self._ahead and self._ahead[0][0] <= version:
            _, place, state = self._ahead.popleft()
            found.append((place, state))
        self.version = max(self.version, version)
        return found


class Readers:
    """All readers, by the name that they give themselves; two of one name are taken for one."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._readers: dict[str, Reader] = {}
        self._beginning: dict[str, Reader] = {}
        """Those whose first list is not complete yet."""

    def hear(self, version: int, place: Place, state: State | None) -> None:
        """Note a change that all have to be told."""
        for readers in (self._readers, self._beginning):
            for name, reader in tuple(readers.items()):
                reader.hear(version, place, state)
                if reader.behind > PATIENCE:
                    del readers[name]

    def listed(self, name: str, version: int, *, first: bool, last: bool) -> None:
        """Note a page of a list of everything at a version; only its last page makes it one that was seen."""
        if name not in self._readers and first:
            self._beginning[name] = Reader(*self._now())
            self._trim(self._beginning)
        if not last:
            return
        reader = self._readers.pop(name, None) or self._beginning.pop(name, None)
        if reader is not None:
            reader.listed(version)
            self._readers[name] = reader
            self._trim(self._readers)

    def told(self, name: str, version: int) -> None:
        """Note that a watch of everything has told all changes up to a version."""
        if reader := self._readers.get(name):
            reader.told(version)

    def unseen(self, name: str = "") -> tuple[str | None, Mapping[str, Unseen]]:
        """Give what a reader could not see, by namespace, with its name; of the one who listed last, unless named.

        ``name`` may be the beginning of a name. If there is nobody of it, there is no name, and nothing unseen.
        """
        for known, reader in reversed(self._readers.items()):
            if known.startswith(name):
                return known, reader.unseen()
        return None, {}

    def _trim(self, readers: dict[str, Reader]) -> None:
        if len(readers) > MOST:
            del readers[next(iter(readers))]


def _difference(true: Account, seen: Account | None) -> Unseen:
    seen = seen or Account()
    completed: Counter[str] = Counter(true.completed)
    completed.subtract(seen.completed)
    return {
        "created": true.created - seen.created,
        "completed": {phase: count for phase, count in sorted(completed.items()) if count},
    }
