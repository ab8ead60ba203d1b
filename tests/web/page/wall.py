"""A cache of workflows with everything that the live page shows of it, in memory; and the same of cron workflows."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec

from exporter.board.board import Board
from exporter.board.diary import Diary
from exporter.board.trend import Trend
from exporter.kinds.cronworkflow import CRON_WORKFLOW
from exporter.kinds.kind import Kind
from exporter.kinds.workflow import WORKFLOW
from exporter.kinds.workflow.projection import PHASES, WAITS, Workflow
from exporter.kinds.workflow.story import read_glance, read_nodes
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.kube.objects import Key, Resource
from exporter.metrics.ledger import Ledger, LedgerLimits
from exporter.store.codec import IdentityCodec
from exporter.store.delta import Delta, Synced
from exporter.store.store import StoreStatistics, Writer
from exporter.web.guard import Guard
from exporter.web.page.files import Files
from exporter.web.page.page import Page
from exporter.web.page.sources import Drill, Subject, Watched, Workflows
from exporter.web.site import Site
from exporter.web.sources import Check, Freshness, Served
from tests.kinds.samples import START, workflow
from tests.web.fakes import Client, FakeExposition, Reply, serving

NOW = START + 1_000
Json = dict[str, Any]


class Reflector(msgspec.Struct, kw_only=True):
    """What a watch may say about itself."""

    reason: str = ""
    listed: int = 0
    remaining: int | None = None
    last_event: float = NOW - 2.5
    last_sync: float = NOW - 100
    lists: Mapping[str, int] = msgspec.field(default_factory=lambda: {"initial": 1, "expired": 2})
    watches: int = 3
    list_errors: Mapping[str, int] = msgspec.field(default_factory=lambda: {"500": 1})
    watch_errors: Mapping[str, int] = msgspec.field(default_factory=lambda: {"network": 2})
    bookmarks: int = 7
    received_bytes: int = 4711


class Report(msgspec.Struct, kw_only=True):
    """What an informer may say about itself."""

    resource: Resource
    store: StoreStatistics
    state: str = "live"
    last_contact: float = NOW - 0.5
    events: Mapping[str, int]
    reflectors: list[Reflector]


class Cached:
    """One kind in a cache of its own; ``synced`` and ``state`` are what the informer would say."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.writer = Writer(kind.read, IdentityCodec(), kind.index_functions(["team"]))
        self.synced = True
        self.state = "live"
        self.reflector = Reflector()
        self.events = {"added": 0, "modified": 0, "deleted": 0}

    def served(self) -> Served:
        return Served(
            self.kind.resource,
            self.kind.singular,
            columns=self.kind.printer_columns,
            fields=self.kind.fields,
            store=self.writer.store,
            ask_freshness=lambda: Freshness(0.5),
            wait_version=_never,
        )

    def ask(self) -> Report:
        statistics = self.writer.store.statistics()
        return Report(
            resource=self.kind.resource,
            store=statistics,
            state=self.state,
            events=self.events,
            reflectors=[self.reflector],
        )


class Wall:
    """Everything behind the page; change it and ask again."""

    def __init__(self, *, cron: bool = True, names: bool = True, limits: LedgerLimits | None = None) -> None:
        self.now = float(NOW)
        self.workflows = Cached(WORKFLOW)
        self.cron = Cached(CRON_WORKFLOW) if cron else None
        self.board = Board(WORKFLOW.orders, phase, PHASES)
        self.diary = Diary(phase, lambda: self.now)
        self.trend = Trend()
        self.accounting = WorkflowAccounting()
        self.ledger = Ledger(self.accounting, since=lambda: START, now=lambda: START, limits=limits)
        self.checks: tuple[Check, ...] = (Check("informer workflows.argoproj.io"),)
        self.drill: Drill | None = None
        self._version = 100
        self._names = names
        self.hear(Synced())

    def keep(self, namespace: str, name: str, *, status: Json | None = None, **details: Any) -> None:
        """Store a workflow, or its next version; ``status`` adds to its status."""
        self._version += 1
        body = workflow(namespace, name, uid=f"u-{namespace}-{name}", version=self._version, **details)
        if status is not None:
            whole = msgspec.json.decode(body)
            whole["status"] = {**whole.get("status", {}), **status}
            body = msgspec.json.encode(whole)
        self.hear(*self.workflows.writer.apply(None, body).deltas)

    def drop(self, namespace: str, name: str) -> None:
        """Delete a workflow, in the state in which it is."""
        self._version += 1
        store = self.workflows.writer.store
        record = store.get(Key(f"{namespace}/{name}"))
        assert record is not None
        whole = msgspec.json.decode(store.body(record))
        whole["metadata"]["resourceVersion"] = str(self._version)
        self.hear(*self.workflows.writer.delete(None, msgspec.json.encode(whole)).deltas)

    def schedule(self, namespace: str, name: str, **status: Any) -> None:
        """Store a cron workflow."""
        assert self.cron is not None
        self._version += 1
        metadata = {"namespace": namespace, "name": name, "uid": f"c-{name}", "resourceVersion": str(self._version)}
        spec = {"schedules": ["*/5 * * * *", "0 3 * * *"], "timezone": "Europe/Berlin", "suspend": True}
        self.cron.writer.apply(None, msgspec.json.encode({"metadata": metadata, "spec": spec, "status": status}))

    def hear(self, *deltas: Delta) -> None:
        for delta in deltas:
            for handler in (self.ledger, self.board, self.diary):
                handler.apply(delta)
            if not isinstance(delta, Synced):
                self.workflows.events[type(delta).__name__.lower().replace("updated", "modified")] += 1

    def subject(self) -> Workflows:
        return Workflows(
            served=self.workflows.served(),
            ask=self.workflows.ask,
            is_synced=lambda: self.workflows.synced,
            board=self.board,
            diary=self.diary,
            ledger=self.ledger,
            counted=self.accounting.counted,
            read_glance=read_glance,
            read_nodes=read_nodes,
        )

    def page(self, files: Files | None = None) -> Page:
        return Page(
            Subject(
                version="0.1.0",
                since=START,
                workflows=self.subject(),
                cron=self._watched_cron(),
                trend=self.trend,
                waits=WAITS,
                ask_readiness=lambda: self.checks,
                ask_drill=lambda: self.drill,
                names=self._names,
                metrics="/metrics",
                now=lambda: self.now,
            ),
            files,
        )

    def site(self, page: Page | None = None, guard: Guard | None = None) -> Site:
        served = (self.workflows.served(), self.cron.served()) if self.cron else (self.workflows.served(),)
        looked_up = served if guard else ()
        return Site(FakeExposition(), lambda: self.checks, page or self.page(), looked_up, guard=guard)

    def serving(self, page: Page | None = None) -> AbstractAsyncContextManager[Client]:
        return serving(self.site(page))

    def _watched_cron(self) -> Watched | None:
        cron = self.cron
        if cron is None:
            return None
        return Watched(served=cron.served(), ask=cron.ask, is_synced=lambda: cron.synced)


def phase(projection: Workflow) -> str:
    return projection.phase


async def _never(_version: str, _namespace: str | None = None) -> None:
    raise AssertionError("the page waits for no version")


def document(reply: Reply) -> Json:
    """The document in an answer."""
    assert reply.code == 200, reply.body
    found: Json = msgspec.json.decode(reply.body)
    return found


async def view(wall: Wall, target: str) -> Json:
    """Ask for one view of the page's JSON."""
    async with wall.serving() as client:
        return document(await client.ask("GET", f"/api/v1/{target}"))


async def refused(wall: Wall, target: str) -> tuple[int, str]:
    """The code and the reason with which a view is refused."""
    async with wall.serving() as client:
        reply = await client.ask("GET", f"/api/v1/{target}")
    return reply.code, msgspec.json.decode(reply.body)["error"]


async def pages(client: Client, target: str, limit: int) -> list[Json]:
    """The items of all pages of a view."""
    found: list[Json] = []
    token = ""
    while True:
        answer = document(
            await client.ask("GET", f"/api/v1/{target}{'&' if '?' in target else '?'}limit={limit}&continue={token}")
        )
        assert len(answer["items"]) <= limit
        found += answer["items"]
        token = answer["continue"]
        if not token:
            return found
