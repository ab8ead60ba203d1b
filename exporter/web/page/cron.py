"""What makes objects by the clock, each with the last objects that it made."""

import asyncio
from heapq import nlargest

import msgspec

from exporter.kube.objects import Key, split_key
from exporter.web.page.objects import CronWorkflow, Workflow
from exporter.web.page.reading import Asked, token
from exporter.web.page.sources import Json, Subject, Watched

LAST = 10
"""Objects that are shown of each."""
INDEX = "cron"
"""The index of objects by the key of what made them."""


class Made(msgspec.Struct, frozen=True):
    """One object."""

    name: str
    phase: str
    finished: int | None


class CronRow(msgspec.Struct, frozen=True):
    """One cron workflow. Times are epoch seconds."""

    namespace: str
    name: str
    schedules: tuple[str, ...]
    timezone: str
    suspended: bool
    active: int
    last_scheduled: int | None
    succeeded: int | None
    failed: int | None
    conditions: tuple[str, ...]
    last: list[Made]


class Crons:
    """The list of them, by their names."""

    def __init__(self, subject: Subject) -> None:
        self._workflows = subject.workflows
        self._cron = subject.cron

    async def page(self, asked: Asked) -> Json:
        """A page; empty while they are not known."""
        limit, after, namespace = asked.limit(), asked.after("cron", Key), asked.optional("namespace")
        empty = {"items": [], "continue": "", "remaining": 0, "stamp": ""}
        cron = self._cron
        if cron is None:
            return {"watched": False, "state": "", **empty}
        about = {"watched": True, "state": str(cron.ask().state)}
        if not cron.is_synced():
            return about | empty
        return about | await self._page(cron, limit, after, namespace)

    async def _page(self, cron: Watched, limit: int, after: Key | None, namespace: str | None) -> Json:
        store = cron.served.store
        with store.snapshot(namespace=namespace, after=after, limit=limit) as snapshot:
            items = []
            for key, record in snapshot:
                items.append((key, self._row(key, record.projection)))
                await asyncio.sleep(0)  # some have made thousands of objects, and each is looked at
        last = items[-1][0] if items and snapshot.remaining else None
        return {
            "items": [item for _, item in items],
            "continue": token("cron", last),
            "remaining": snapshot.remaining,
            "stamp": f"{store.stamp(None)}/{self._workflows.board.stamp}",
        }

    def _row(self, key: Key, cron: CronWorkflow) -> CronRow:
        namespace, name = split_key(key)
        return CronRow(
            namespace,
            name,
            tuple(cron.schedules),
            cron.timezone,
            cron.suspended,
            cron.active,
            cron.last_scheduled,
            cron.succeeded,
            cron.failed,
            tuple(cron.conditions),
            self._last(key),
        )

    def _last(self, key: Key) -> list[Made]:
        store = self._workflows.served.store
        every = ((one, record.projection) for one in store.index(INDEX).keys(key) if (record := store.get(one)))
        return [_made(one, workflow) for one, workflow in nlargest(LAST, every, key=_age)]


def _age(one: tuple[Key, Workflow]) -> tuple[int, Key]:
    key, workflow = one
    return workflow.created or 0, key


def _made(key: Key, workflow: Workflow) -> Made:
    return Made(split_key(key)[1], workflow.phase, workflow.finished)
