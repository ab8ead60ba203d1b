"""Lists: all objects or a page of them, at the newest version or at one in the past that is still remembered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import merge

from exporter.simulator.api.forms import ListMetadata
from exporter.simulator.api.query import ListOptions, encode_place, read_place, read_version
from exporter.simulator.api.selectors import Selection
from exporter.simulator.api.words import bad_request, expired
from exporter.simulator.history import Expired, History, Stored
from exporter.simulator.resources import Kind

NEWEST = -1
"""The version in a token whose list goes on at the newest state."""
_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)


def wanted_version(options: ListOptions) -> int:
    """Give the version that the server must have reached before it answers.

    Raises:
        Refused: 400 it is none, or there is a token as well.
    """
    if not options.token:
        return read_version(options.version, "invalid resource version: ")
    if options.version not in {"", "0"}:
        raise bad_request("specifying resource version is not allowed when using continue")
    return max(0, read_place(options.token).rv)


class Listing:
    """One page of one list, pinned when it is made: what changes while it is sent does not show."""

    def __init__(self, history: History, kind: Kind, selection: Selection, options: ListOptions) -> None:
        """Find out what is in it.

        Raises:
            Refused: 410 its version is forgotten.
        """
        start = _start(history, selection, options)
        past = _past(history, kind, start, options)
        limit = 0 if options.version == "0" else options.limit  # out of the watch cache comes everything
        self._selection = selection
        self.metadata = ListMetadata(start.version)
        self.things: list[Stored] = []
        """What is in it, in the order of the keys."""
        for thing in _merged(history, kind, selection.namespace, start.after, past):
            if selection.accepts(thing):
                self.things.append(thing)
                if len(self.things) == limit:
                    self._continue(thing, _remaining(history, kind, selection.namespace, thing.key, past))
                    break

    def _continue(self, last: Stored, remaining: int) -> None:
        selection = self._selection
        # A name in a namespace is one key: it is read, and nothing comes after it.
        is_one = selection.name is not None and bool(selection.namespace)
        if remaining and not is_one:
            self.metadata.token = encode_place(self.metadata.version, last.name if selection.namespace else last.key)
            self.metadata.remaining = remaining if selection.is_whole else None


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a page begins."""

    version: int
    after: str = ""
    """The key of the last object on the page before."""
    is_past: bool = False
    """Whether the objects are wanted as they were at this version."""


def _start(history: History, selection: Selection, options: ListOptions) -> _Start:
    if options.token:
        place = read_place(options.token)
        within = f"{selection.namespace}/" if selection.namespace else ""
        is_past = place.rv > 0
        return _Start(place.rv if is_past else history.version, within + place.start.removesuffix("\0"), is_past)
    if options.is_exact:
        return _Start(int(options.version), is_past=True)
    return _Start(history.version)


def _past(history: History, kind: Kind, start: _Start, options: ListOptions) -> Mapping[str, Stored | None]:
    """Give what was different at the version of a page."""
    try:
        return history.past(kind, start.version) if start.is_past else {}
    except Expired:
        raise _too_old(options) from None


def _too_old(options: ListOptions) -> Exception:
    if not options.token:
        return expired("The resourceVersion for the provided list is too old.")
    start = read_place(options.token).start.removesuffix("\0")
    return expired(_TOO_OLD, encode_place(NEWEST, start))


def _merged(
    history: History, kind: Kind, namespace: str, after: str, past: Mapping[str, Stored | None]
) -> Iterator[Stored]:
    """Give the objects beyond a key, with what was different in the past put in place."""
    current = history.things(kind, namespace, after)
    if not past:
        return current
    then = [thing for thing in past.values() if thing and thing.key > after and _within(namespace, thing.key)]
    unchanged = (thing for thing in current if thing.key not in past)
    return merge(unchanged, sorted(then, key=_key_of), key=_key_of)


def _remaining(history: History, kind: Kind, namespace: str, last: str, past: Mapping[str, Stored | None]) -> int:
    """Count the objects beyond a key."""
    count = history.count_after(kind, namespace, last)
    for changed, then in past.items():
        if changed > last and _within(namespace, changed):
            count += (then is not None) - history.has(kind, changed)
    return count


def _within(namespace: str, changed: str) -> bool:
    return not namespace or changed.startswith(f"{namespace}/")


def _key_of(thing: Stored) -> str:
    return thing.key
