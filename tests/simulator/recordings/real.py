"""The real API server as the place where stories are recorded, swept after each of them."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.controlplane.accounts import NAMESPACES
from tests.controlplane.admin import NOT_FOUND, Refused
from tests.controlplane.binaries import Binaries
from tests.controlplane.credentials import ADMIN
from tests.controlplane.plane import ControlPlane
from tests.controlplane.waiting import wait_for
from tests.simulator.recordings import kinds
from tests.simulator.recordings.player import Player
from tests.simulator.recordings.stories.discovery import AGGREGATED
from tests.simulator.recordings.stories.things import VERSION
from tests.simulator.recordings.story import Story, get
from tests.simulator.recordings.symbols import symbolic, utc_now
from tests.simulator.recordings.told import Recording

OWN = ("kube-system", "kube-public", "kube-node-lease", "default")
"""Namespaces that a server makes for itself."""
WHAT_IS_SERVED = Story("what-is-served", "The documents that name kinds.", (get(VERSION), get("/apis", AGGREGATED)))


class Real:
    """A control plane of our own."""

    def __init__(self, plane: ControlPlane) -> None:
        self._plane = plane
        self.url = plane.url
        self.context: ssl.SSLContext | None = ssl.create_default_context(cafile=plane.ca_file)
        self.token = plane.tokens[ADMIN]

    def forget(self) -> None:
        """Forget: a server that runs on would still know from its cache."""
        self._plane.compact()
        self._plane.stop_apiserver()
        self._plane.start_apiserver()
        self.wait_served()

    def wait_served(self) -> None:
        """Wait until all kinds are served, and named by discovery: that is a moment later."""
        kinds.wait_served(self._plane.admin)
        wait_for(self._names_all, "discovery to name all kinds")

    def sweep(self) -> None:
        """Remove everything that a story made, for the next begins with nothing."""
        admin = self._plane.admin
        for kind in kinds.KINDS:
            for thing in admin.list_all(kind):
                name, namespace = thing["metadata"]["name"], thing["metadata"].get("namespace")
                if thing["metadata"].get("finalizers"):
                    admin.patch(kind, name, {"metadata": {"finalizers": None}}, namespace)
                _unless_gone(partial(admin.delete, kind, name, namespace))
        for namespace in admin.list_all(NAMESPACES):
            if (name := namespace["metadata"]["name"]) not in OWN:
                self._finalize(name)

    def _names_all(self) -> bool:
        documents = [repr(told.body) for told in Player(self).play(WHAT_IS_SERVED)]
        return all(f"'{kind.plural}'" in document for document in documents for kind in kinds.KINDS)

    def _finalize(self, name: str) -> None:
        # No namespace controller runs here, whose work this is.
        admin = self._plane.admin
        _unless_gone(partial(admin.delete, NAMESPACES, name))
        left: dict[str, Any] = admin.get(NAMESPACES, name)
        left["spec"]["finalizers"] = []
        admin.send("PUT", f"{NAMESPACES.path(None, name)}/finalize", left)


@contextmanager
def running(binaries: Binaries, directory: Path) -> Iterator[Real]:
    """Run a control plane with the kinds that stories are about."""
    with ControlPlane(binaries, directory) as plane:
        kinds.install(plane.admin)
        real = Real(plane)
        real.wait_served()
        yield real


def record(real: Real, story: Story) -> Recording:
    """Play one story and sweep up."""
    player = Player(real)
    try:
        told = player.play(story)
    finally:
        real.sweep()
    return Recording(story.name, story.about, symbolic(told, player.targets, utc_now()))


def _unless_gone(call: Callable[[], object]) -> None:
    try:
        call()
    except Refused as refused:
        if refused.code != NOT_FOUND:
            raise
