"""Watches: what happened since a version, as frames; each watch reads the history from its own place.

There is no queue for a watch: one that is slow reads later, and one that is so slow that the history has forgotten
what comes next is told so, with 410, and ends.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from exporter.simulator.api.forms import TABLE, Form, Writer
from exporter.simulator.api.query import ListOptions, read_watch_version
from exporter.simulator.api.selectors import Selection
from exporter.simulator.api.words import expired
from exporter.simulator.frames import framed
from exporter.simulator.history import Change, Expired, History, Stored
from exporter.simulator.resources import Kind

KEPT_FRAMES = 512
"""Frames that are kept for the other watches of the same kind."""
AT_ONCE = 64
"""Changes that are read from the history in one go."""

_encode = msgspec.json.Encoder().encode


class Frames:
    """Encoded frames, shared by all watches that tell the same change in the same form."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, str, Form], bytes] = {}

    def frame(self, type_: str, thing: Stored, version: int, writer: Writer) -> bytes:
        """Give the line that tells it. Tables tell ages, which pass: they are never kept."""
        if writer.form.kind == TABLE:
            return _made(type_, thing, version, writer)
        key = (version, type_, writer.form)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = _made(type_, thing, version, writer)
            if len(self._kept) > KEPT_FRAMES:
                del self._kept[next(iter(self._kept))]
        return found


class Watch:
    """One watch of one kind; it tells what happened when it is asked."""

    def __init__(  # noqa: PLR0913 - all that a watch is
        self,
        history: History,
        kind: Kind,
        *,
        selection: Selection,
        options: ListOptions,
        writer: Writer,
        frames: Frames,
    ) -> None:
        """Find out where it begins.

        Raises:
            Refused: 500 the version is none.
        """
        self._history = history
        self._kind = kind
        self._selection = selection
        self._writer = writer
        self._frames = frames
        self._asked = read_watch_version(options.version)
        self.lists = options.initial_events is True or (options.initial_events is None and not self._asked)
        """Whether it tells first what is there."""
        self._marks_end = options.initial_events is True and options.bookmarks
        self.position = self._asked if self._asked and not self.lists else history.version
        """The version up to which everything was told."""

    def initial(self) -> Iterator[bytes]:
        """Give what is there already, as if it were new, and the bookmark that ends it, where they are asked for."""
        if not self.lists:
            return
        # Pinned, since the world goes on while this is sent.
        for thing in list(self._history.things(self._kind, self._selection.namespace)):
            if self._accepts(thing):
                yield framed("ADDED", self._writer.framed(thing.body, str(thing.version)))
        if self._marks_end:
            yield self.bookmark({"k8s.io/initial-events-end": "true"})

    def news(self) -> list[bytes]:
        """Give the next frames, some at most; empty when everything was told.

        Raises:
            Refused: 410 what comes next is forgotten.
        """
        while True:
            try:
                changes = self._history.since(self._kind, self.position, AT_ONCE)
            except Expired:
                raise self._too_old() from None
            if not changes:
                self.position = max(self.position, self._history.version)
                return []
            self.position = changes[-1].version
            if frames := [frame for change in changes if (frame := self._told(change))]:
                return frames

    def bookmark(self, annotations: dict[str, str] | None = None) -> bytes:
        """Give the frame that tells how far it is."""
        metadata: dict[str, Any] = {"annotations": annotations} if annotations else {}
        metadata["resourceVersion"] = str(self.position)
        empty: dict[str, Any] = {} if self._kind.group else {"spec": {}, "status": {}}
        body = {"apiVersion": self._kind.api_version, "kind": self._kind.kind, "metadata": metadata, **empty}
        return framed("BOOKMARK", self._writer.framed(_encode(body), str(self.position)))

    def _told(self, change: Change) -> bytes | None:
        was = change.old is not None and self._accepts(change.old)
        is_there = change.type != "DELETED" and self._accepts(change.new)
        if is_there:
            return self._frames.frame("MODIFIED" if was else "ADDED", change.new, change.version, self._writer)
        if not was:
            return None
        last = change.new if change.type == "DELETED" else change.old
        assert last is not None, "it was there"
        return self._frames.frame("DELETED", last, change.version, self._writer)

    def _accepts(self, thing: Stored) -> bool:
        return self._selection.accepts(thing)

    def _too_old(self) -> Exception:
        return expired(f"too old resource version: {self.position} ({self._history.compacted})")


def _made(type_: str, thing: Stored, version: int, writer: Writer) -> bytes:
    body = thing.body if thing.version == version else thing.body_at(version)
    return framed(type_, writer.framed(body, str(version)))
