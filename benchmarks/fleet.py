"""A made-up cluster of workflows, the same for the same seed: the input of every benchmark and of many tests.

``Fleet(seed=1, workflows=5000, namespaces=50, diverse=True)`` is iterated for the objects of one list, in key order,
as the bytes an API server serves for a custom resource. ``lives()`` gives the same kind of workflows as a watch tells
them.
"""

import heapq
from collections import deque
from collections.abc import Container, Iterator
from random import Random
from typing import Any

import msgspec

from benchmarks import lives
from benchmarks.lives import Identity, Life
from exporter.simulator.frames import framed
from exporter.simulator.resources import generated_name
from exporter.simulator.scenario import blueprints
from exporter.simulator.scenario.blueprints import Blueprint

NOW = 1_769_500_800
"""The moment of the list: 2026-01-27T08:00:00Z."""
DAY = 86_400
WEEK = 7 * DAY
TEMPLATES = 4
"""Templates that each namespace uses."""
ENVIRONMENTS = ("prod", "staging", "dev", "qa", "canary")
PENDING, ARCHIVED = "Pending", "Archived"
STAGE_SHARES = {"done": 0.9, "open": 0.08, "new": 0.02}
"""How many of a list have ended; have begun, wait, or ended a moment ago; have no status yet."""
VERSIONS_PER_SECOND = 40
FIRST_VERSION = 100_000_000


class Event(msgspec.Struct, frozen=True):
    """One change as a watch tells it."""

    type: str
    object: bytes

    @property
    def frame(self) -> bytes:
        """The line of the watch, with its newline."""
        return framed(self.type, self.object)


class Fleet:
    """Workflows in namespaces, drawn from a seed.

    In a uniform fleet all namespaces share four ClusterWorkflowTemplates. In a diverse one every namespace has four
    templates of its own: other steps, images, scripts, parameters and defaults.
    """

    def __init__(self, seed: int = 1, workflows: int = 5_000, namespaces: int = 50, *, diverse: bool = True) -> None:
        self._seed = seed
        self._workflows = workflows
        self._diverse = diverse
        self.namespaces = tuple(sorted((_namespace(place) for place in range(namespaces)), key=lambda name: f"{name}/"))
        shared = self._templates("", cluster_scope=True)
        self._blueprints = {
            name: self._templates(name, cluster_scope=False) if diverse else shared for name in self.namespaces
        }

    def __len__(self) -> int:
        return self._workflows

    def __iter__(self) -> Iterator[bytes]:
        """Give the objects of a list, in key order: most are done, a few run, wait or have no status yet."""
        share, rest = divmod(self._workflows, len(self.namespaces))
        for place, namespace in enumerate(self.namespaces):
            rng = self._rng(f"list/{namespace}")
            entries: dict[str, _Entry] = {}
            while len(entries) < share + (place < rest):
                entry = self._entry(rng, namespace, entries)
                entries[entry.identity.name] = entry
            for _, entry in sorted(entries.items()):
                yield _as_listed(rng, entry)

    def lives(self, concurrent: int = 100) -> Iterator[Event]:
        """Tell the whole lives of as many workflows as the fleet has, at most ``concurrent`` of them at a time.

        Each is ADDED without a status, MODIFIED as its nodes grow and once more when the archive has it, then
        DELETED. Objects carry increasing resourceVersions, all above those of the list.
        """
        rng = self._rng("lives")
        waiting: list[tuple[int, int, Life, deque[_Step]]] = []
        taken: set[str] = set()
        clock, version = NOW, _version(NOW + DAY)
        while len(taken) < self._workflows or waiting:
            if len(taken) < self._workflows and len(waiting) < concurrent:
                created = clock + rng.randint(0, 3)
                life = lives.draw(rng, self._identify(rng, rng.choice(self.namespaces), created, taken))
                taken.add(life.name)
                heapq.heappush(waiting, (life.created, len(taken), life, _script(rng, life)))
                continue
            due, number, life, script = heapq.heappop(waiting)
            step = script.popleft()
            clock = max(clock, due)
            version += rng.randint(1, 3)
            yield Event(step.type, life.as_of(step.moment, version, step.archiving))
            if script:
                heapq.heappush(waiting, (script[0].moment, number, life, script))

    def object(self, number: int = 0, *, nodes: int | None = None, argument_bytes: int = 0) -> bytes:
        """Give one more finished workflow, at will with about so many nodes or with an argument of so many bytes."""
        rng = self._rng(f"object/{number}")
        identity = self._identify(rng, rng.choice(self.namespaces), NOW - DAY)
        life = lives.draw(rng, identity, nodes)
        while not life.nodes:
            life = lives.draw(rng, identity, nodes)
        if argument_bytes:
            payload = "".join(rng.choices('abcdefghijklmnop \n<&>"', k=argument_bytes))
            life = msgspec.structs.replace(life, arguments=(*life.arguments, ("payload", payload)))
        return life.as_of(life.ended + 60, _version(NOW) + number, ARCHIVED)

    def _entry(self, rng: Random, namespace: str, taken: Container[str]) -> "_Entry":
        stage = rng.choices(tuple(STAGE_SHARES), tuple(STAGE_SHARES.values()))[0]
        created = NOW - WEEK + rng.randrange(WEEK - DAY) if stage == "done" else NOW - rng.randrange(600)
        return _Entry(self._identify(rng, namespace, created, taken), stage)

    def _identify(self, rng: Random, namespace: str, created: int, taken: Container[str] = ()) -> Identity:
        blueprint = rng.choice(self._blueprints[namespace])
        return Identity(namespace, _name(rng, blueprint, created, taken), blueprint, created)

    def _templates(self, namespace: str, *, cluster_scope: bool) -> tuple[Blueprint, ...]:
        rng = self._rng(f"templates/{namespace}")
        drawn: dict[str, Blueprint] = {}
        while len(drawn) < TEMPLATES:
            blueprint = blueprints.draw(rng, cluster_scope=cluster_scope)
            drawn[blueprint.name] = blueprint
        return tuple(drawn.values())

    def _rng(self, purpose: str) -> Random:
        return Random(f"{self._seed}/{purpose}")


class _Entry(msgspec.Struct, frozen=True):
    """One object of a list, before its life is drawn."""

    identity: Identity
    stage: str


class _Step(msgspec.Struct, frozen=True):
    """One event of a life, still to be told."""

    type: str
    moment: int
    archiving: str = PENDING


def _as_listed(rng: Random, entry: _Entry) -> bytes:
    """Draw the life of an object and look at it when the list is made."""
    life = lives.draw(rng, entry.identity)
    archiving = ARCHIVED if rng.random() < 0.97 else PENDING
    match entry.stage:
        case "new":
            moment = life.created - 1
        case "open":
            moment = rng.randrange(life.created, life.ended + 1)
        case _:
            moment = life.ended + 30
    return life.as_of(moment, _version(moment) + life.created % VERSIONS_PER_SECOND, archiving)


def postable(body: bytes) -> dict[str, Any]:
    """Give an object as one would POST it: without what only a server may set."""
    workflow: dict[str, Any] = msgspec.json.decode(body)
    for name in ("creationTimestamp", "generation", "managedFields", "ownerReferences", "resourceVersion", "uid"):
        workflow["metadata"].pop(name, None)
    return workflow


def _script(rng: Random, life: Life) -> "deque[_Step]":
    archived = life.ended + rng.randint(5, 20)
    return deque(
        (
            _Step("ADDED", life.created - 1),
            *(_Step("MODIFIED", moment) for moment in life.moments()),
            _Step("MODIFIED", archived, ARCHIVED),
            _Step("DELETED", archived + rng.randint(60, 600), ARCHIVED),
        )
    )


def _name(rng: Random, blueprint: Blueprint, created: int, taken: Container[str]) -> str:
    while True:
        stem = f"{blueprint.name}-"
        name = f"{stem}{created - created % 60}" if blueprint.cron else generated_name(rng, stem)
        if name not in taken:
            return name
        created += 60


def _version(moment: int) -> int:
    """Give the resourceVersion of a cluster that began a month before the list."""
    return FIRST_VERSION + (moment - NOW + 30 * DAY) * VERSIONS_PER_SECOND


def _namespace(place: int) -> str:
    stage, team = divmod(place, len(blueprints.NOUNS))
    return (
        f"{blueprints.NOUNS[team]}-{ENVIRONMENTS[stage]}"
        if stage < len(ENVIRONMENTS)
        else f"{blueprints.NOUNS[team]}-{stage}"
    )
