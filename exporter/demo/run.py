"""Runs both until told to end: the simulated cluster, and the exporter that is pointed at it."""

import asyncio
import json
import signal
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from exporter.config import Settings
from exporter.demo.cluster import Ended, began, end_of, simulated
from exporter.demo.options import Options
from exporter.demo.words import about, announcement, drill
from exporter.simulator.faults import Schedule
from exporter.stopping import stop_on, unless
from exporter.web.address import Address
from exporter.web.page.sources import Drill


class Serve(Protocol):
    """Whoever runs the exporter until ``stop`` is set; says whether it ended as told."""

    async def __call__(
        self,
        own: Settings,
        /,
        *,
        stop: asyncio.Event,
        announce: Callable[[Sequence[Address]], None],
        ask_drill: Callable[[], Drill | None],
    ) -> bool:
        """Serve; ``announce`` is told where, once it listens."""


async def run(settings: Settings, options: Options, serve: Serve, say: Callable[[str], None]) -> bool:
    """Run both until SIGINT, SIGTERM or SIGHUP; say whether they ended as told.

    ``say`` takes lines for people.

    Raises:
        Ended: the simulated cluster could not begin, or ended before it was told to.
    """
    # NB: explicitly, since a shell lets its background jobs ignore SIGINT; and a terminal that closes is an end, too.
    stop = stop_on(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    described = about(options)
    say(f"{described}\n")  # before the wait: many workflows take a while to make
    async with simulated(options.command()) as child:
        cluster = await unless(stop, began(child, options.workflows))
        if cluster is None:
            return True
        with tempfile.TemporaryDirectory(prefix="informer-exporter-demo-") as folder:
            own = msgspec.structs.replace(
                settings, kubeconfig=_kubeconfig(Path(folder), cluster.url), context="", namespaces=()
            )
            schedule = Schedule(options.faults, cluster.begins)
            serving = serve(
                own,
                stop=stop,
                announce=lambda addresses: say(announcement(own, addresses, cluster.url)),
                ask_drill=lambda: drill(schedule, options.speed, described),
            )
            as_told = await _together(child, serving, stop)
    if as_told:
        say("\nIt has ended, and nothing of it is left.\n")
    return as_told


def _kubeconfig(folder: Path, url: str) -> str:
    name = "simulated"
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": url}}],
        "users": [{"name": name, "user": {}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(document))
    return str(path)


async def _together(child: asyncio.subprocess.Process, serving: Awaitable[bool], stop: asyncio.Event) -> bool:
    """Serve until told to stop, or until the child has ended by itself."""
    serves, lives = asyncio.ensure_future(serving), asyncio.create_task(child.wait())
    try:
        await asyncio.wait({serves, lives}, return_when=asyncio.FIRST_COMPLETED)
        lost = not serves.done() and not stop.is_set()
        stop.set()
        as_told = await serves
    finally:
        serves.cancel()
        lives.cancel()
        await asyncio.wait({serves, lives})
    if lost:
        raise Ended(f"the simulated cluster ended by itself: {end_of(child.returncode)}")
    return as_told
