"""An API server's list and watch in memory, as a ``Source``; it misbehaves by name (``troubles``).

Versions, pages, the log of changes and its compaction, bookmarks and the end of a watch are as a real server has
them. Every request is written down with its moment.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import msgspec

from exporter.kube.errors import Malformed, Unreachable
from exporter.kube.objects import Key, Resource, split_key
from exporter.kube.query import ListQuery, WatchQuery
from exporter.kube.wire import ADDED, BOOKMARK, DELETED, MODIFIED, Page
from tests.informer.troubles import (
    GONE,
    NOT_SERVED,
    Answer,
    Close,
    Drop,
    Hang,
    Html,
    Mute,
    Refuse,
    Replay,
    Say,
    Slow,
    Trouble,
)
from tests.store import things

FIRST_VERSION = 7
"""Low, so that versions soon grow a digit."""

FIRST_BOOKMARK, BEAT = 120.0, 60.0
"""Seconds; as measured on Kubernetes 1.36."""


class Thing(msgspec.Struct, frozen=True):
    """An object in the cluster."""

    uid: str
    version: int
    body: bytes


class Change(msgspec.Struct, frozen=True):
    """One line of the log."""

    type: str
    version: int
    key: Key
    body: bytes

    def line(self) -> bytes:
        """The frame that tells of it."""
        return frame(self.type, self.body)


class Request(msgspec.Struct, frozen=True):
    """One request, and when it came."""

    at: float
    verb: str
    query: ListQuery | WatchQuery


class Snapshot(msgspec.Struct, frozen=True):
    """A backup of the cluster's database."""

    version: int
    objects: dict[Key, Thing]


class FakeCluster:
    """Change its objects by plain calls; spoil requests through ``trouble`` and the two scripts."""

    def __init__(self) -> None:
        self.version = FIRST_VERSION
        self.objects: dict[Key, Thing] = {}
        self.served = True
        self.latency = 0.0
        """Seconds before every answer."""
        self.bookmarks = True
        self.expires_in_stream = False
        """Whether a watch from before the compaction is refused by a frame or by a status."""
        self.trouble: Trouble | None = None
        """What spoils every request, while no script has anything to say."""
        self.list_script: deque[Trouble | None] = deque()
        self.watch_script: deque[Trouble | None] = deque()
        """What spoils the next requests, one each."""
        self.empty_pages: deque[int] = deque()
        """Pages of the next list (counted from 0) that bring nothing but the token of the page after."""
        self.stuck_token = False
        """Whether every page leads to the second one."""
        self.strays: list[bytes] = []
        """Things that come on every first page and are no objects."""
        self.requests: list[Request] = []
        self.refreshes = 0
        self.clock_lead = 0.0
        """Seconds by which the informer's clock is ahead."""
        self._log: list[Change] = []
        self._compacted = 0
        self._born = 0
        self._lists: dict[int, list[tuple[Key, Thing]]] = {}
        self._pages: dict[str | None, Page] = {}
        self._streams: list[_Stream] = []

    # The life of its objects.

    def create(self, name: str, namespace: str = "ns", colour: str = "red") -> Key:
        """Make an object."""
        key = things.key(name, namespace)
        assert key not in self.objects
        self._born += 1
        self._put(ADDED, key, f"uid-{self._born}", colour)
        return key

    def change(self, key: Key, colour: str = "blue") -> None:
        """Change an object."""
        self._put(MODIFIED, key, self.objects[key].uid, colour)

    def delete(self, key: Key) -> None:
        """Delete an object; the last state carries the version of the deletion."""
        thing = self.objects.pop(key)
        self.version += 1
        self._tell(Change(DELETED, self.version, key, self._body(key, thing.uid, "gone")))

    def replace(self, key: Key) -> None:
        """Delete an object and make another of the same name."""
        self.delete(key)
        namespace, name = split_key(key)
        self.create(name, namespace)

    def vanish(self, key: Key) -> None:
        """Delete an object so that no watch tells of it (its line of the log is compacted away unread)."""
        streams, self._streams = self._streams, []
        self.delete(key)
        self._streams = streams

    # The life of the server.

    def compact(self) -> None:
        """Forget the log: watches and lists from before are refused from now on."""
        self._compacted = self.version
        self._log.clear()

    def snapshot(self) -> Snapshot:
        """Make a backup."""
        return Snapshot(self.version, dict(self.objects))

    def restore(self, backup: Snapshot, *, drop: bool = True) -> None:
        """Go back to a backup, versions included. Watches break, or hang on and hear nothing."""
        self.version, self.objects = backup.version, dict(backup.objects)
        self._log = [change for change in self._log if change.version <= backup.version]
        self._compacted = min(self._compacted, backup.version)
        if drop:
            self.drop_watches()

    def remove_resource(self) -> None:
        """Delete the definition of the resource: its objects go, watches end, and nothing is served."""
        for key in tuple(self.objects):
            self.delete(key)
        self.served = False
        self.close_watches()

    def drop_watches(self) -> None:
        """Break every open watch."""
        for stream in self._streams:
            stream.finish(broken=True)

    def close_watches(self) -> None:
        """End every open watch cleanly."""
        for stream in self._streams:
            stream.finish(broken=False)

    def mute_watches(self) -> None:
        """Let every open watch hang from now on, as behind a proxy that lost its state."""
        for stream in self._streams:
            stream.silence()

    def say(self, *lines: bytes) -> None:
        """Give these lines to every open watch."""
        for stream in self._streams:
            stream.give(lines)

    # What was asked.

    @property
    def lists(self) -> list[Request]:
        """The pages that were asked for."""
        return [request for request in self.requests if request.verb == "list"]

    @property
    def watches(self) -> list[Request]:
        """The watches that were asked for."""
        return [request for request in self.requests if request.verb == "watch"]

    @property
    def open_watches(self) -> int:
        """How many watches are open now."""
        return len(self._streams)

    def verbs(self) -> list[str]:
        """What was asked, in order."""
        return [request.verb for request in self.requests]

    # The Source protocol.

    async def list_page(self, resource: Resource, query: ListQuery, hold: asyncio.Event | None = None) -> Page:
        trouble = self._note("list", query, self.list_script)
        await self._answer("list things", trouble)
        if hold is not None:
            await hold.wait()
            assert not self._pages[query.namespace].items, "two raw pages at once"
        self._pages[query.namespace] = page = self._page(query)
        return page

    @asynccontextmanager
    async def watch(self, resource: Resource, query: WatchQuery) -> AsyncIterator[AsyncIterator[list[bytes]]]:
        trouble = self._note("watch", query, self.watch_script)
        await self._answer("watch things", trouble)
        stream = self._open(query, trouble)
        self._streams.append(stream)
        try:
            yield stream.chunks()
        finally:
            self._streams.remove(stream)

    async def refresh_credentials(self) -> None:
        self.refreshes += 1

    def _note(self, verb: str, query: ListQuery | WatchQuery, script: deque[Trouble | None]) -> Trouble | None:
        self.requests.append(Request(asyncio.get_running_loop().time(), verb, query))
        return script.popleft() if script else self.trouble

    async def _answer(self, call: str, trouble: Trouble | None) -> None:
        await asyncio.sleep(trouble.seconds if isinstance(trouble, Slow) else self.latency)
        match trouble:
            case Refuse():
                raise Unreachable(f"{call}: connection refused")
            case Answer(in_stream=False):
                raise trouble.error(call)
            case Answer() | Html() if call.startswith("list"):
                raise Malformed(f"{call}: not JSON")
            case Hang():
                await asyncio.get_running_loop().create_future()
            case _ if not self.served:
                raise NOT_SERVED.error(call)
            case _:
                pass

    def _page(self, query: ListQuery) -> Page:
        version, start, number = self.version, 0, 0
        if query.token:
            version, start, number = (int(part) for part in query.token.split(":"))
        else:
            self._lists[version] = sorted(self.objects.items())
        if version < self._compacted:
            raise GONE.error("list things")
        chosen = [thing.body for key, thing in self._lists[version] if _is_in(key, query.namespace)]
        end = start + query.limit
        if self.empty_pages and self.empty_pages[0] == number:
            end = start
            self.empty_pages.popleft()
        more = end < len(chosen)
        items = [*([] if query.token else self.strays), *chosen[start:end]]
        token = f"{version}:{end}:{number + 1}" if more else ""
        if self.stuck_token:
            token = f"{version}:{query.limit}:1"
        return Page(str(version), token, len(chosen) - end if more else None, [msgspec.Raw(item) for item in items])

    def _open(self, query: WatchQuery, trouble: Trouble | None) -> "_Stream":
        version = int(query.version)
        stream = _Stream(self, query, trouble)
        match trouble:
            case Answer():
                stream.give([frame("ERROR", trouble.status())])
                stream.finish(broken=False)
            case Html():
                stream.give([b"<html><body>Please log in</body></html>"])
            case Say(lines):
                stream.give(lines)
            case Mute():
                stream.mute = True
            case _ if version < self._compacted:
                if not self.expires_in_stream:
                    raise GONE.error("watch things")
                stream.give([frame("ERROR", GONE.status())])
                stream.finish(broken=False)
            case _:
                pass
        stream.catch_up(self._log, 0 if isinstance(trouble, Replay) else version)
        return stream

    def _put(self, kind: str, key: Key, uid: str, colour: str) -> None:
        self.version += 1
        thing = Thing(uid, self.version, self._body(key, uid, colour))
        self.objects[key] = thing
        self._tell(Change(kind, self.version, key, thing.body))

    def _body(self, key: Key, uid: str, colour: str) -> bytes:
        namespace, name = split_key(key)
        return things.body(name, self.version, uid=uid, namespace=namespace, colour=colour)

    def _tell(self, change: Change) -> None:
        self._log.append(change)
        for stream in self._streams:
            stream.tell(change)


def filled(objects: int = 3) -> FakeCluster:
    """A cluster with so many things: t0, t1, ..."""
    cluster = FakeCluster()
    for number in range(objects):
        cluster.create(f"t{number}")
    return cluster


class _Stream:
    """One open watch."""

    def __init__(self, cluster: FakeCluster, query: WatchQuery, trouble: Trouble | None) -> None:
        loop = asyncio.get_running_loop()
        self.mute = False
        self._cluster = cluster
        self._query = query
        self._position = int(query.version)
        self._lines: list[bytes] = []
        self._finished = ""
        self._bell = asyncio.Event()
        self._beat = loop.time() + FIRST_BOOKMARK
        self._ends = loop.time() + query.timeout_seconds
        self._breaks = False
        if isinstance(trouble, Close | Drop):
            self._ends = loop.time() + trouble.after
            self._breaks = isinstance(trouble, Drop)

    def catch_up(self, log: Iterable[Change], version: int) -> None:
        """Tell what happened since a version."""
        asked, self._position = self._position, version
        for change in log:
            self.tell(change)
        self._position = max(asked, self._position)

    def tell(self, change: Change) -> None:
        """Tell of a change; what lies behind the version that was asked for is left out."""
        if change.version > self._position and _is_in(change.key, self._query.namespace):
            self._position = change.version
            self.give([change.line()])

    def give(self, lines: Iterable[bytes]) -> None:
        """Give lines to the client."""
        if not self._finished:
            self._lines += lines
            self._bell.set()

    def silence(self) -> None:
        """Say nothing any more, for ever."""
        self.mute = True
        self._bell.set()

    def finish(self, *, broken: bool) -> None:
        """End it."""
        self._finished = self._finished or ("broken" if broken else "closed")
        self._bell.set()

    async def chunks(self) -> AsyncIterator[list[bytes]]:
        """What the client reads."""
        while True:
            await self._wait()
            chunk, self._lines = self._lines, []
            if chunk:
                yield chunk
            elif self._finished == "broken":
                raise Unreachable("watch things: connection reset")
            elif self._finished:
                return

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        while self.mute or not (self._lines or self._finished):
            alarm = None if self.mute else min(self._beat, self._ends)
            try:
                async with asyncio.timeout_at(alarm):
                    await self._bell.wait()
            except TimeoutError:
                if alarm == self._ends:
                    self.finish(broken=self._breaks)
                else:
                    self._bookmark(loop.time())
            self._bell.clear()

    def _bookmark(self, now: float) -> None:
        self._beat = now + BEAT
        # A server whose version lies behind the client's says nothing at all.
        if self._cluster.bookmarks and self._cluster.version >= self._position:
            self._position = self._cluster.version
            self.give([bookmark(self._cluster.version)])


def frame(kind: str, body: bytes) -> bytes:
    """A line of a watch."""
    return b'{"type":"%s","object":%s}' % (kind.encode(), body)


def bookmark(version: int | str) -> bytes:
    """The line that says how far a watch has come."""
    meta = {"resourceVersion": str(version)}
    return frame(BOOKMARK, msgspec.json.encode({"kind": "Thing", "apiVersion": "example.com/v1", "metadata": meta}))


def _is_in(key: Key, namespace: str | None) -> bool:
    return namespace is None or split_key(key)[0] == namespace
