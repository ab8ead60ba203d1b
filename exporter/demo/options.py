"""What can be chosen about a demo: its cluster by flags of its own, everything else as for the exporter alone."""

import re
import socket
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack

import msgspec

from exporter.config import TABLE, Setting, Settings
from exporter.config.values import COUNT, ValueKind, one_of
from exporter.demo.cluster import Ended
from exporter.simulator import scenario
from exporter.simulator.faults import FAULTS
from exporter.simulator.scenario import TROUBLES
from exporter.web.address import Address

FASTEST = 1000.0
"""More than this, and a life is over within one of the seconds that the API server counts in."""

PURPOSE = (
    "Runs the exporter on a simulated cluster with a company's workflows, to be looked at in a browser, with kubectl "
    "and in /metrics. Ctrl-C ends both. The first flags are about the cluster, all others are settings of `serve`; but "
    "`--log.level` is warn unless it is chosen, and another port is used if the default one is taken."
)
"""What it is for; names in backticks."""

GROUP = "Simulated cluster"
"""The heading in ``--help``."""
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?", re.ASCII)


def _rate(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"expected a number such as 20 or 0.5, not {text!r}")
    return float(text)


def _speed(text: str) -> float:
    speed = _rate(text)
    if not 0 < speed <= FASTEST:
        raise ValueError(f"expected a number over 0 and up to {FASTEST:g}, not {text!r}")
    return speed


def _seed(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text, re.ASCII):
        raise ValueError(f"expected a whole number, not {text!r}")
    return int(text)


_RATE, _SPEED = ValueKind("number", _rate, str), ValueKind("number", _speed, str)
_SEED = ValueKind("number", _seed, int)

USUAL = scenario.Options()
"""What is simulated where nothing was chosen."""

OPTIONS = (
    Setting(
        "workflows", COUNT, str(USUAL.workflows), GROUP, "How many workflows the cluster holds.", field="workflows"
    ),
    Setting("namespaces", COUNT, str(USUAL.namespaces), GROUP, "How many namespaces they are in.", field="namespaces"),
    Setting("rate", _RATE, f"{USUAL.rate:g}", GROUP, "How many workflows are submitted each second.", field="rate"),
    Setting("seed", _SEED, str(USUAL.seed), GROUP, "Chooses the lives: the same seed, the same company.", field="seed"),
    Setting(
        "speed", _SPEED, f"{USUAL.speed:g}", GROUP, "How many times shorter lives are than in earnest.", field="speed"
    ),
    Setting(
        "fault",
        one_of(*FAULTS),
        "",
        GROUP,
        "Troubles that the API server makes by turns. The page shows when, and how the exporter recovers.",
        many=True,
        field="faults",
    ),
    Setting(
        "trouble",
        one_of(*TROUBLES),
        "",
        GROUP,
        "What goes wrong with the workflows themselves, all the time: for the numbers and alerts to tell.",
        many=True,
        field="troubles",
    ),
)
"""What can be chosen about the simulated cluster."""

_CALLERS = {"auth-filter", "auth.allow-ttl", "auth.deny-ttl", "auth.token-audiences", "web.config.file"}
OWN = frozenset({"kubeconfig", "context", "namespaces", "web.allow-unauthenticated-lookups"} | _CALLERS)
"""The settings that choose a cluster, or a part of one, and that a demo therefore makes itself; and those that say who
may read of it, which a simulated cluster cannot tell."""

SETTINGS = tuple(setting for setting in TABLE if setting.name not in OWN)
"""The settings that a demo shares with ``serve``."""

WHERE = "web.listen-address"


class Options(msgspec.Struct, frozen=True):
    """What was chosen about the simulated cluster."""

    workflows: int
    namespaces: int
    rate: float
    """Submissions each second."""
    seed: int
    speed: float
    faults: tuple[str, ...]
    troubles: tuple[str, ...]

    @property
    def is_crowded(self) -> bool:
        """Whether more are submitted than the cluster lets run."""
        chosen = scenario.Options(self.workflows, self.namespaces, self.rate, self.seed, self.speed)
        return scenario.is_crowded(chosen)

    def command(self) -> list[str]:
        """How the simulated cluster is started, on a port of its own choice, to end when its input ends."""
        return [
            *(sys.executable, "-m", "exporter.simulator", "--port=0", "--parent-pipe"),
            f"--workflows={self.workflows}",
            f"--namespaces={self.namespaces}",
            f"--rate={self.rate:g}",
            f"--seed={self.seed}",
            f"--speed={self.speed:g}",
            *([f"--fault={','.join(self.faults)}"] if self.faults else []),
            *([f"--trouble={','.join(self.troubles)}"] if self.troubles else []),
        ]


def settings_of(settings: Settings, named: frozenset[str], say: Callable[[str], None]) -> Settings:
    """The settings with a demo's own defaults where nothing was given: few words in the log, a port that is free.

    Raises:
        Ended: an address that was given cannot be listened on.
    """
    for name in sorted(named & OWN):
        say(f"{name} is given, but not used: a demo has a cluster of its own\n")
    settings = msgspec.structs.replace(settings, auth_filter=False, web_config_file="")
    if "log.level" not in named:
        settings = msgspec.structs.replace(settings, log_level="warn")
    try:
        _try_to_listen(settings.web_listen_address)
    except OSError as error:
        if WHERE in named:
            raise Ended(f"cannot listen on {error.filename}: {error.strerror}") from error
    else:
        return settings
    free = tuple(Address(address.host, 0) for address in settings.web_listen_address)
    say(f"{' and '.join(map(str, settings.web_listen_address))} is taken: another port is used\n")
    return msgspec.structs.replace(settings, web_listen_address=free)


def _try_to_listen(addresses: Iterable[Address]) -> None:
    """Listen for a moment, on all of them at once. Blocks.

    Raises:
        OSError: one cannot be had; its ``filename`` is the address.
    """
    with ExitStack() as listening:
        for address in addresses:
            try:
                listening.enter_context(_listening(address))
            except (OSError, UnicodeError) as error:  # the latter for what can be no host name
                reason = (getattr(error, "strerror", None) or str(error)).partition(" (while")[0]
                raise OSError(getattr(error, "errno", None) or 0, reason, str(address)) from error


def _listening(address: Address) -> socket.socket:
    found = socket.getaddrinfo(address.host or None, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, where = min(found, key=lambda info: info[0] != socket.AF_INET)
    return socket.create_server(where[:2], family=family)
