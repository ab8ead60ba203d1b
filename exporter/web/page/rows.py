"""One object as a row of a list: what is kept of it, and two fields out of its body."""

import msgspec

from exporter.kube.objects import Key, split_key
from exporter.store.delta import Record
from exporter.web.page.objects import Glance, Workflow
from exporter.web.page.sources import Workflows

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


def read_row(workflows: Workflows, key: Key, record: Record) -> Row:
    """Give the row of an object that is in the cache now."""
    return make_row(key, record.projection, workflows.read_glance(workflows.served.store.body(record)))


def make_row(key: Key, projection: Workflow, glance: Glance) -> Row:
    """Put a row together."""
    namespace, name = split_key(key)
    template_kind, template, cron = projection.group
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
