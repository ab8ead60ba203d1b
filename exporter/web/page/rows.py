"""One object as a row of a list: what is kept of it, and two fields out of its body."""

import asyncio
from collections.abc import Iterable

import msgspec

from exporter.kube.objects import Key, split_key
from exporter.web.page.objects import Glance, Workflow
from exporter.web.page.sources import Workflows

EFFORT = 64 * 1024
"""Bytes of bodies that are read before others get a turn: a millisecond, or ten where they hold compressed nodes."""
MESSAGE_LIMIT = 500
"""Characters of a message in a row."""


class Row(msgspec.Struct, frozen=True):
    """One object. Times are epoch seconds."""

    namespace: str
    name: str
    phase: str
    created: int | None
    started: int | None
    finished: int | None
    template_kind: str
    template: str
    cron: str
    waits_for: str
    message: str
    progress: str


class Reader:
    """Reads rows, and knows when it has done enough for others to have a turn."""

    def __init__(self, workflows: Workflows) -> None:
        self._workflows = workflows
        self._effort = 0

    @property
    def tired(self) -> bool:
        """Whether others should have a turn before the next row; asking is resting."""
        tired = self._effort >= EFFORT
        if tired:
            self._effort = 0
        return tired

    def read(self, key: Key) -> Row | None:
        """Give the row of an object; None for one that is not in the cache any more."""
        store = self._workflows.served.store
        record = store.get(key)
        if record is None:
            return None
        body = store.body(record)
        self._effort += len(body)
        return make_row(key, record.projection, self._workflows.read_glance(body))


async def read_rows(workflows: Workflows, keys: Iterable[Key]) -> list[Row]:
    """Give the rows of the objects that are still there when their turn comes."""
    reader, rows = Reader(workflows), []
    for key in keys:
        row = reader.read(key)
        if row is not None:
            rows.append(row)
        if reader.tired:
            await asyncio.sleep(0)
    return rows


def make_row(key: Key, projection: Workflow, glance: Glance) -> Row:
    """Put a row together."""
    namespace, name = split_key(key)
    template_kind, template, cron = projection.group[:3]
    return Row(
        namespace,
        name,
        projection.phase,
        projection.created,
        projection.started,
        projection.finished,
        template_kind,
        template,
        cron,
        projection.waits_for,
        cut_message(glance.message),
        glance.progress[:MESSAGE_LIMIT],
    )


def cut_message(text: str) -> str:
    """As much of a message as a list shows."""
    return text if len(text) <= MESSAGE_LIMIT else text[: MESSAGE_LIMIT - 1] + "…"
