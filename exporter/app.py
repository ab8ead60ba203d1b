"""The wiring: builds every room from the settings, and runs it all until a signal or a failure ends it."""

import asyncio
import gc
import logging
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exporter import __version__, memory
from exporter.checkpoint import Checkpoint, Identity
from exporter.chosen import CRON_WORKFLOWS, WORKFLOWS, kinds_of
from exporter.config import Settings, fingerprint
from exporter.informer.statistics import InformerStatistics
from exporter.kept import Kept
from exporter.kinds.cronworkflow import recalled, run_listener
from exporter.kinds.kind import Kind
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.kube.auth import Credentials, find_credentials
from exporter.kube.client import Client
from exporter.kube.errors import Misconfigured
from exporter.kube.objects import Resource
from exporter.logs import Output
from exporter.progress import Meter, follow
from exporter.reviews import Reviews
from exporter.shown import show
from exporter.stopping import stop_on, unless
from exporter.telemetry import Configuration, Exposition
from exporter.web.address import Address
from exporter.web.guard import Guard
from exporter.web.page.sources import Drill
from exporter.web.server import CannotListen, Server
from exporter.web.site import Site, SiteStatistics
from exporter.web.sources import Check
from exporter.webconfig import Door, WebConfigError

log = logging.getLogger(__name__)

DOOR = 10.0
"""Seconds between two looks whether certificates or the rest of the web configuration have changed."""
HOUSEKEEPING = 60.0
"""Seconds between two looks for groups that have been empty for too long, and for a resync after which the totals are
compared with the cache."""

NESTING = 12_000
"""Levels of nesting that a decoder may follow; an API server stores up to 10,000."""


def _say_nothing(_addresses: Sequence[Address]) -> None:
    """Nobody wants to know."""


def _no_drill() -> None:
    """It is no drill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What whoever starts the program may add to it."""

    stop: asyncio.Event | None = None
    """Set when it shall end; without one, SIGTERM and SIGINT end it."""
    announce: Callable[[Sequence[Address]], None] = _say_nothing
    """Called once, as soon as these addresses answer."""
    ask_drill: Callable[[], Drill | None] = _no_drill
    """Tells the page what is going to go wrong on purpose."""
    meter: Meter | None = None
    """Shows how far the first lists are."""


async def run(settings: Settings, output: Output, surroundings: Surroundings | None = None) -> bool:
    """Run until told to end; say whether it ended as told."""
    around = surroundings or Surroundings()
    memory.keep_large_buffers_apart()
    sys.setrecursionlimit(max(sys.getrecursionlimit(), NESTING))
    stop = around.stop or _stop_on_signals()
    try:
        credentials = _credentials(settings)
        access = await unless(stop, credentials.current())
        door = await asyncio.to_thread(Door, Path(settings.web_config_file) if settings.web_config_file else None)
    except Misconfigured as error:
        return _refuse("no usable credentials", error)
    except WebConfigError as error:
        return _refuse("no usable web configuration", error)
    if access is None:
        return True
    log.info("starting", extra={"fields": _who(settings) | {"server": access.server, "credentials": access.source}})
    kinds = kinds_of(settings)
    checkpoint = await asyncio.to_thread(_checkpoint, settings, access.server, kinds)
    async with Client(credentials, frame_limit=settings.frame_limit) as client:
        return await App(settings, client, output.statistics, around, kinds, checkpoint, door).run(stop)


async def check(settings: Settings) -> None:
    """Read the credentials as ``run`` would, and ask nobody.

    Raises:
        Misconfigured: they cannot be used; ``NoCredentials`` if there are none at all.
    """
    await _credentials(settings).current()


def _credentials(settings: Settings) -> Credentials:
    return find_credentials(settings.kubeconfig, settings.context or None)


def _checkpoint(settings: Settings, server: str, kinds: Sequence[Kind]) -> Checkpoint | None:
    if not settings.state_file:
        return None
    identity = Identity(server, tuple(sorted(settings.namespaces)), settings.label_selector)
    return Checkpoint.load(Path(settings.state_file), identity, kinds)


def _who(settings: Settings) -> dict[str, str]:
    """Name what is about to run, for the log."""
    named = {"namespaces": ",".join(settings.namespaces), "label_selector": settings.label_selector}
    return {"version": __version__} | {name: value for name, value in named.items() if value}


def _stop_on_signals() -> asyncio.Event:
    words = "settings are read at the start alone: restart to change them"
    # By default a hangup would end the process, without a word.
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, log.warning, words)
    return stop_on(signal.SIGTERM, signal.SIGINT)


def _refuse(what: str, error: Exception) -> bool:
    log.error(what, extra={"fields": {"error": str(error)}})
    return False


class App:
    """One informer for each kind, the totals, and the server that shows both."""

    def __init__(  # noqa: PLR0913, PLR0917 - everything that is wired
        self,
        settings: Settings,
        client: Client,
        ask_log: Callable[[], Mapping[str, int]],
        around: Surroundings,
        kinds: Sequence[Kind],
        checkpoint: Checkpoint | None,
        door: Door,
    ) -> None:
        """``kinds`` begin with workflows."""
        self._settings = settings
        self._around = around
        self._checkpoint = checkpoint
        self._hung_up = asyncio.Event()
        self._turning = asyncio.Lock()
        started = time.time()

        def since() -> float:
            return started - client.clock_lead

        self._kept = tuple(Kept(kind, settings, client, since, checkpoint) for kind in kinds)
        workflows, cron = self._kept[0], self._find(CRON_WORKFLOWS)
        if cron is not None:
            _tell_runs(workflows, cron, checkpoint)
        self._reviews = _reviews(settings, client)
        self._door = door
        sha256 = fingerprint(settings)
        exposition = Exposition(
            [kept.watched() for kept in self._kept],
            ask_site=self._ask_site,
            ask_client=client.statistics,
            ask_log=ask_log,
            ask_configuration=lambda: Configuration(sha256, max(started, door.read_at), door.successful),
            ask_state=lambda: checkpoint.statistics() if checkpoint else None,
            ask_reviews=lambda: self._reviews.statistics() if self._reviews else None,
        )
        served = tuple(kept.served() for kept in self._kept) if settings.lookup else ()
        self._page = show(
            workflows,
            cron,
            [kept for kept in self._kept if kept not in {workflows, cron}],
            since=started,
            ask_readiness=self._readiness,
            names=settings.lookup,
            metrics=settings.web_telemetry_path,
            ask_drill=around.ask_drill,
        )
        self._site = Site(
            exposition,
            self._readiness,
            self._page,
            served,
            settings.web_telemetry_path,
            Guard(self._reviews, lambda: door.users),
            self._reload if settings.web_enable_lifecycle else None,
        )
        self._server = Server(self._site)

    async def run(self, stop: asyncio.Event) -> bool:
        """Serve until told to stop; say whether it ended as told."""
        try:
            await self._server.start(self._settings.web_listen_address, self._door.context)
        except CannotListen as error:
            return _refuse("cannot serve", error)
        log.info("listening", extra={"fields": {"address": " ".join(map(str, self._server.addresses))}})
        self._around.announce(self._server.addresses)
        if self._around.stop is None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._hung_up.set)
        gc.freeze()  # what was imported lives as long as the process: no collection needs to walk it
        async with asyncio.TaskGroup() as tasks:
            work = [tasks.create_task(kept.informer.run()) for kept in self._kept]
            keepers = (self._keep_house(), self._keep_course(), self._keep_door())
            work += [tasks.create_task(keeper) for keeper in keepers]
            if self._checkpoint is not None:
                work.append(tasks.create_task(self._checkpoint.keep(self._settings.state_interval)))
            if self._around.meter is not None:
                work.append(tasks.create_task(follow(self._informers, self._around.meter)))
            await stop.wait()
            await self._stop()
            for task in work:
                task.cancel()
        if self._checkpoint is not None:
            await self._checkpoint.write()  # once more, when nothing counts any more
        log.info("stopped")
        return True

    def _informers(self) -> Sequence[InformerStatistics]:
        return [kept.informer.statistics() for kept in self._kept]

    async def _stop(self) -> None:
        log.info("stopping")
        self._site.leave()
        if not await self._server.stop(self._settings.stop_timeout):
            log.warning("requests in flight were cut off")

    async def _keep_house(self) -> None:
        # What a checkpoint owes is counted here, so whoever writes one often wants that soon.
        pause = min(HOUSEKEEPING, self._settings.state_interval) if self._checkpoint else HOUSEKEEPING
        while True:
            await asyncio.sleep(pause)
            for kept in self._kept:
                await kept.tidy(asyncio.get_running_loop().time())

    async def _keep_course(self) -> None:
        while True:
            self._page.sample()
            for kept in self._kept:
                kept.advance()
            await asyncio.sleep(self._page.step)

    async def _keep_door(self) -> None:
        """Look whether the web configuration has changed: now and then, and when somebody hangs up."""
        while True:
            try:
                async with asyncio.timeout(DOOR):
                    await self._hung_up.wait()
                log.info("only the web configuration is read again: restart to change other settings")
            except TimeoutError:
                pass
            self._hung_up.clear()
            await self._reload()

    async def _reload(self) -> str:
        async with self._turning:  # of two who reload one waits, or the older context could come last
            if await self._door.look():
                await self._server.use(self._door.context)
        return self._door.complaint

    def _ask_site(self) -> SiteStatistics:
        return self._site.statistics()  # the site shows the exposition, and the exposition shows the site

    def _readiness(self) -> tuple[Check, ...]:
        """Ready is whoever has the workflows: no other kind may keep them from being scraped and read."""
        cache = tuple(kept.check() for kept in self._kept if kept.kind.resource == WORKFLOWS)
        return (*cache, Check("auth-filter", self._reviews.problem())) if self._reviews else cache

    def _find(self, resource: Resource) -> Kept | None:
        return next((kept for kept in self._kept if kept.kind.resource == resource), None)


def _reviews(settings: Settings, client: Client) -> Reviews | None:
    if not settings.auth_filter:
        return None
    return Reviews(
        client,
        allow_ttl=settings.auth_allow_ttl,
        deny_ttl=settings.auth_deny_ttl,
        audiences=settings.auth_token_audiences,
    )


def _tell_runs(workflows: Kept, cron: Kept, checkpoint: Checkpoint | None) -> None:
    """Let what becomes of workflows be told of the CronWorkflows that made them."""
    accounting = workflows.kind.accounting
    assert isinstance(accounting, WorkflowAccounting)
    assert workflows.ledger is not None
    assert cron.roll is not None
    workflows.ledger.listen(run_listener(accounting, cron.roll.tell))
    if checkpoint is not None:
        for key, runs in recalled(accounting, checkpoint.marks(workflows.kind.resource)):
            cron.roll.tell(key, runs)
