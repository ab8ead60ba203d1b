"""What a replay plays: a list at one version and the events after it, each laid down as one long run of bytes."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

import msgspec

from exporter.simulator.frames import frame_of, framed
from exporter.simulator.resources import Kind

TYPES = frozenset({"ADDED", "MODIFIED", "DELETED"})


class Unfit(ValueError):
    """The material cannot be played: its versions do not rise, or something in it is no object."""


class _Meta(msgspec.Struct, rename="camel"):
    resource_version: str


class _Thing(msgspec.Struct):
    metadata: _Meta


_things = msgspec.json.Decoder(_Thing)


class Run:
    """Pieces of bytes laid end to end, any row of which is one slice; each ends with what parts it from the next."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._bytes = memoryview(b"".join(pieces))
        self._ends = list(accumulate(map(len, pieces), initial=0))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def cut(self, first: int, last: int, trim: int = 0) -> memoryview:
        """Give the pieces from ``first`` to before ``last``, without the last ``trim`` bytes."""
        return self._bytes[self._ends[first] : max(self._ends[first], self._ends[last] - trim)]

    def chunks(self, first: int, size: int) -> Iterator[memoryview]:
        """Give all pieces from ``first`` on, as many at once as fit into a size, or one that does not."""
        while first < len(self):
            last = max(first + 1, bisect_right(self._ends, self._ends[first] + size) - 1)
            yield self.cut(first, last)
            first = last


class Tape:
    """What is played: the objects of a list at one version, and the events after it.

    Raises:
        Unfit: an object has no version in numbers; an event is of no known type; the versions of events do not rise,
            or begin before the newest listed one.
    """

    def __init__(self, kind: Kind, objects: Iterable[bytes], events: Iterable[tuple[str, bytes]]) -> None:
        listed, told = list(objects), list(events)
        if strange := {type_ for type_, _ in told} - TYPES:
            raise Unfit(f"no type of an event: {min(strange)}")
        self.kind = kind
        self.items = Run([b"%b," % body for body in listed])
        self.frames = Run([framed(type_, body) for type_, body in told])
        self.version = max(map(version_of, listed), default=0)
        """That of the list."""
        self.versions = [self.version, *(version_of(body) for _, body in told)]
        if any(later <= earlier for earlier, later in pairwise(self.versions)):
            raise Unfit("the versions of the events do not rise")

    @property
    def newest(self) -> int:
        """The version of the last event."""
        return self.versions[-1]

    def page(self, first: int, limit: int) -> Sequence[bytes | memoryview]:
        """Give a list from an object on, ``limit`` of them or all (0), in pieces."""
        last = min(first + limit, len(self.items)) if limit else len(self.items)
        metadata: dict[str, object] = {"resourceVersion": str(self.version)}
        if last < len(self.items):
            metadata |= {"continue": str(last), "remainingItemCount": len(self.items) - last}
        # A real server writes the items of custom resources before the metadata.
        head = b'{"apiVersion":"%b","items":[' % self.kind.api_version.encode()
        tail = b'],"kind":"%b","metadata":%b}\n' % (self.kind.list_kind.encode(), msgspec.json.encode(metadata))
        return head, self.items.cut(first, last, trim=1), tail

    def after(self, version: int) -> int:
        """Give the place of the first event after a version."""
        return bisect_right(self.versions, version) - 1

    def bookmark(self) -> bytes:
        """Give the frame that says that the last event was told."""
        thing = {"kind": self.kind.kind, "apiVersion": self.kind.api_version}
        return frame_of("BOOKMARK", {**thing, "metadata": {"resourceVersion": str(self.newest)}})


def version_of(body: bytes) -> int:
    """Give the version that an object carries.

    Raises:
        Unfit: it carries none, or none in numbers.
    """
    try:
        return int(_things.decode(body).metadata.resource_version)
    except (msgspec.MsgspecError, ValueError) as error:
        raise Unfit(f"an object without a version: {body[:100].decode(errors='replace')}") from error
