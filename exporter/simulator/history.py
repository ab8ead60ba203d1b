"""The objects of a cluster and their changes: each change is one version, and old versions are forgotten.

An object is encoded once, when it is put; lists, watches and tables are made of those bytes. What is kept is
compressed, since a thousand workflows are easily 50 MB and a history holds each of them several times.
"""

import threading
import time
import uuid
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import msgspec
import zstandard
from sortedcontainers import SortedDict

from exporter.simulator.resources import KINDS, Kind

Type = Literal["ADDED", "MODIFIED", "DELETED"]

FIRST_VERSION = 1000
"""Before anything has happened; a real server is never at 0 either."""
SLACK = 1.25
"""How far a log may outgrow what is kept before it is cut: cutting moves all of it."""

_encoder = msgspec.json.Encoder()
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


class _Codec(threading.local):
    """Compresses and decompresses; each thread has its own, since none of these may be used by two at once."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(level=1).compress
        self.decompress = zstandard.ZstdDecompressor().decompress


_codec = _Codec()

T = TypeVar("T")


class Expired(Exception):
    """A version is asked for whose past is forgotten."""


class Stored:
    """One state of one object; it never changes."""

    __slots__ = ("_body", "_packed", "created", "generation", "key", "labels", "name", "namespace", "uid", "version")

    def __init__(self, metadata: Mapping[str, Any], body: bytes) -> None:
        self.namespace: str = metadata.get("namespace", "")
        self.name: str = metadata["name"]
        self.key = key(self.namespace, self.name)
        self.uid: str = metadata["uid"]
        self.version = int(metadata["resourceVersion"])
        self.created: str = metadata["creationTimestamp"]
        self.generation: int = metadata.get("generation", 1)
        self.labels: Mapping[str, str] = metadata.get("labels") or {}
        self._packed = _codec.compress(body)
        self._body: bytes | None = body

    @property
    def body(self) -> bytes:
        """The object as JSON."""
        return _codec.decompress(self._packed) if self._body is None else self._body

    @property
    def thing(self) -> dict[str, Any]:
        """The object as a dictionary of the caller's own."""
        return self.read(dict[str, Any])

    def read(self, shape: type[T]) -> T:
        """Decode only what ``shape`` asks for: a msgspec struct is read much faster than everything."""
        return msgspec.json.decode(self.body, type=shape)

    def body_at(self, version: int) -> bytes:
        """Give the object as JSON as if it had another version: so a watch tells what left its selection."""
        members = _members.decode(self.body)
        metadata = msgspec.json.decode(members["metadata"], type=dict[str, Any])
        metadata["resourceVersion"] = str(version)
        return _encoder.encode({**members, "metadata": metadata})

    def settle(self) -> None:
        """Keep the compressed form alone: everybody heard of it."""
        self._body = None


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to an object."""

    kind: Kind
    type: Type
    namespace: str
    """Empty for an object of the cluster."""
    name: str
    old: Stored | None
    """None for what is new."""
    new: Stored
    """For a deletion the last state, with the deletion's version."""
    version: int


class _Shelf:
    """The objects of one kind by key, and the changes that are remembered, oldest first."""

    __slots__ = ("changes", "things", "versions")

    def __init__(self) -> None:
        self.things: SortedDict[str, Stored] = SortedDict()
        self.versions: list[int] = []
        self.changes: list[Change] = []

    def forget(self, before: int) -> None:
        """Drop the changes up to a version."""
        gone = bisect_right(self.versions, before)
        del self.versions[:gone], self.changes[:gone]


class History:
    """All objects, and their changes since some version. Belongs to one event loop; nothing in it waits."""

    def __init__(self, now: Callable[[], float], keep: int = 20_000) -> None:
        """``now`` gives seconds since the epoch; ``keep`` is how many changes are remembered, over all kinds."""
        self.now = now
        self.version = FIRST_VERSION
        self.compacted = FIRST_VERSION
        """Up to this version, and including it, the past is forgotten; a watch can still start from here."""
        self._keep = keep
        self._shelves = {kind: _Shelf() for kind in KINDS}
        self._listeners: list[Callable[[Change], None]] = []

    def subscribe(self, listener: Callable[[Change], None]) -> None:
        """Call ``listener`` for each change from now on, before ``put`` or ``drop`` returns."""
        self._listeners.append(listener)

    def put(self, kind: Kind, thing: Mapping[str, Any]) -> dict[str, Any]:
        """Create or replace an object, no questions asked; give it as it is kept.

        What only a server sets is filled in where it is missing, and the ``resourceVersion`` always. ``thing`` is
        not kept, and parts of it may be ``msgspec.Raw``; its ``metadata`` may not.
        """
        shelf = self._shelves[kind]
        given = thing["metadata"]
        old = shelf.things.get(key(given.get("namespace", ""), given["name"]))
        self.version += 1
        # In alphabetical order, as a real server writes custom objects.
        metadata = dict(sorted({**self._born(kind, old), **given, "resourceVersion": str(self.version)}.items()))
        whole = {"apiVersion": kind.api_version, "kind": kind.kind, **thing, "metadata": metadata}
        new = Stored(metadata, _encoder.encode(whole))
        shelf.things[new.key] = new
        self._tell(Change(kind, "MODIFIED" if old else "ADDED", new.namespace, new.name, old, new, self.version))
        return whole

    def drop(self, kind: Kind, namespace: str, name: str) -> dict[str, Any] | None:
        """Delete an object; give its last state with the deletion's version, or None if there is no such object."""
        old = self._shelves[kind].things.pop(key(namespace, name), None)
        if old is None:
            return None
        self.version += 1
        whole = msgspec.json.decode(old.body_at(self.version), type=dict[str, Any])
        new = Stored(whole["metadata"], _encoder.encode(whole))
        self._tell(Change(kind, "DELETED", namespace, name, old, new, self.version))
        return whole

    def get(self, kind: Kind, namespace: str, name: str) -> Stored | None:
        """Give an object as it is now."""
        return self._shelves[kind].things.get(key(namespace, name))

    def has(self, kind: Kind, key: str) -> bool:
        """Say whether there is an object under a key (``namespace/name``)."""
        return key in self._shelves[kind].things

    def count(self, kind: Kind) -> int:
        """Say how many objects of a kind there are, in all namespaces."""
        return len(self._shelves[kind].things)

    def count_after(self, kind: Kind, namespace: str, after: str) -> int:
        """Say how many objects of a namespace, or of all, come after a key."""
        shelf = self._shelves[kind].things
        end = shelf.bisect_left(f"{namespace}0") if namespace else len(shelf)
        return max(0, end - shelf.bisect_right(after))

    def things(self, kind: Kind, namespace: str = "", after: str = "") -> Iterator[Stored]:
        """Give the objects in the order of their keys: of one namespace or of all, beyond the key ``after``.

        Nothing may be put or dropped meanwhile.
        """
        shelf = self._shelves[kind].things
        first, last = (f"{namespace}/", f"{namespace}0") if namespace else ("", None)  # "0" comes next after "/"
        for found in shelf.irange(max(first, after), last, inclusive=(after < first, False)):
            yield shelf[found]

    def past(self, kind: Kind, version: int) -> dict[str, Stored | None]:
        """Give what was different at a version: by key the state at that time, None for what was not there.

        Raises:
            Expired: that time is forgotten.
        """
        then: dict[str, Stored | None] = {}
        for change in self.since(kind, version):
            then.setdefault(change.new.key, change.old)
        return then

    def since(self, kind: Kind, version: int, limit: int | None = None) -> list[Change]:
        """Give the changes after a version, oldest first, ``limit`` at most.

        Raises:
            Expired: some of them are forgotten.
        """
        if version < self.compacted:
            raise Expired
        shelf = self._shelves[kind]
        first = bisect_right(shelf.versions, version)
        return shelf.changes[first : None if limit is None else first + limit]

    def skip(self) -> int:
        """Use up a version, as a change of something that is not served here would; give it."""
        self.version += 1
        return self.version

    def compact(self, before: int | None = None) -> None:
        """Forget what was before a version (the newest one, unless said): whoever asks from there must list anew."""
        self.compacted = max(self.compacted, min(self.version, self.version if before is None else before))
        for shelf in self._shelves.values():
            shelf.forget(self.compacted)

    def fresh(self) -> dict[str, Any]:
        """Give the metadata that only a server sets, for a new object."""
        return {"uid": str(uuid.uuid4()), "creationTimestamp": timestamp(self.now())}

    def _born(self, kind: Kind, old: Stored | None) -> dict[str, Any]:
        # Only custom resources count their generations here: namespaces have none.
        count = {"generation": old.generation + 1 if old else 1} if kind.group else {}
        if old is None:
            return {**self.fresh(), **count}
        return {"uid": old.uid, "creationTimestamp": old.created, **count}

    def _tell(self, change: Change) -> None:
        shelf = self._shelves[change.kind]
        shelf.versions.append(change.version)
        shelf.changes.append(change)
        self._trim(shelf)
        for listener in self._listeners:
            listener(change)
        change.new.settle()

    def _trim(self, shelf: _Shelf) -> None:
        if len(shelf.changes) > self._keep * SLACK or self.version - self.compacted > self._keep * SLACK:
            self.compact(self.version - self._keep)


def key(namespace: str, name: str) -> str:
    """Give the key by which objects are ordered, as etcd orders them."""
    return f"{namespace}/{name}" if namespace else name


def timestamp(moment: float) -> str:
    """Write seconds since the epoch as objects do: whole seconds, ``Z``."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
