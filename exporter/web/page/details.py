"""Everything about one object: its row, what was seen of it, its steps, and itself."""

import asyncio
from collections.abc import Sequence
from urllib.parse import unquote

import msgspec

from exporter.board.diary import Entry
from exporter.kube.objects import Key, key_of
from exporter.store.delta import Record
from exporter.web.answers import cut
from exporter.web.lookup.selection import labels_of
from exporter.web.page.objects import Node
from exporter.web.page.replies import NotKnown
from exporter.web.page.rows import cut_message, make_row
from exporter.web.page.sources import Json, Subject

BELOW = "/api/v1/workflows/"
"""Before a namespace and a name."""
NODES = 200
"""Steps that are told of one object."""
LINES = 200
"""Lines of an object's history that are told, the latest ones."""
INLINE_LIMIT = 256 * 1024
"""Bytes of an object that is read at once, in a millisecond or two; more is a thread's work."""


def key_in(path: str) -> Key | None:
    """Read the key in a path, percent-encoded as it came; None where there is none."""
    if not path.startswith(BELOW):
        return None
    parts = [cut(unquote(part)) for part in path.removeprefix(BELOW).split("/")]
    return key_of(*parts) if len(parts) == len(("namespace", "name")) and all(parts) else None


class Details:
    """One object at a time."""

    def __init__(self, subject: Subject) -> None:
        self._workflows = subject.workflows

    async def about(self, key: Key) -> Json:
        """Everything about one object.

        Raises:
            Refused: 404 there is none; what was seen of it is told with that.
        """
        record = self._workflows.served.store.get(key)
        history = [_line(entry) for entry in self._workflows.diary.entries(key, record)[-LINES:]]
        if record is None:
            raise NotKnown(key, {"history": history})
        body = self._workflows.served.store.body(record)
        if len(body) <= INLINE_LIMIT:
            return self._tell(key, record, body, history)
        return await asyncio.to_thread(self._tell, key, record, body, history)

    def _tell(self, key: Key, record: Record, body: bytes, history: list[Json]) -> Json:
        nodes = self._workflows.read_nodes(body)
        return {
            "row": make_row(key, record.projection, self._workflows.read_glance(body)),
            "uid": record.uid,
            "version": record.version,
            "bytes": len(body),
            "labels": labels_of(body),
            "history": history,
            "timeline": _timeline(nodes),
            "nodes": len(nodes),
            "object": msgspec.Raw(body),
        }


def _timeline(nodes: Sequence[Node]) -> list[Json]:
    return [
        {
            "name": node.name,
            "type": node.type,
            "phase": node.phase,
            "started": node.started,
            "finished": node.finished,
            "message": cut_message(node.message),
        }
        for node in nodes[:NODES]
    ]


def _line(entry: Entry) -> Json:
    return {"time": entry.time, "event": entry.event, "phase": entry.phase, "version": entry.version}
