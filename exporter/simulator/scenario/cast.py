"""Who plays: the namespaces of a made-up company, their templates, how often each is used, and the locks they share."""

from random import Random

import msgspec

from exporter.simulator.scenario import blueprints
from exporter.simulator.scenario.blueprints import NOUNS, Blueprint
from exporter.simulator.scenario.gates import Lock

STAGES = (("prod", 1.0), ("staging", 0.4))
"""Of each team, and how much is going on in them."""
OWN, SHARED = 3, 3
"""Templates of each namespace, and of the cluster, which all namespaces use."""
PACES = (0.5, 1, 1, 2, 2, 4, 8)
"""How many times longer than usual the steps of a template take."""
LOCKING = 0.2
"""Share of the templates whose workflows may need a lock."""
TEAMS_ALIKE = 0.7
"""The exponent of Zipf's law for teams: at 0 all would be equally busy."""


class Role(msgspec.Struct, frozen=True):
    """A template as one namespace uses it."""

    namespace: str
    blueprint: Blueprint
    weight: float
    """How often it is submitted, beside others."""
    pace: float
    lock: Lock | None


class Cast(msgspec.Struct, frozen=True):
    """All that is settled before the first workflow."""

    namespaces: tuple[str, ...]
    shared: tuple[Blueprint, ...]
    """ClusterWorkflowTemplates."""
    roles: tuple[Role, ...]

    def weight(self, namespace: str) -> float:
        """Give the share of the submissions that a namespace has."""
        own = sum(role.weight for role in self.roles if role.namespace == namespace)
        return own / sum(role.weight for role in self.roles)


def draw(rng: Random, namespaces: int) -> Cast:
    """Draw a cast for so many namespaces."""
    names = _names(rng, namespaces)
    shared = _templates(rng, SHARED, cluster_scope=True)
    paces = {blueprint.name: rng.choice(PACES) for blueprint in shared}
    roles: list[Role] = []
    for place, (name, stage) in enumerate(names):
        share = stage / (1 + place // len(STAGES)) ** TEAMS_ALIKE
        locks = (Lock(name, f"{rng.choice(NOUNS)}-writer"), Lock(name, f"{rng.choice(NOUNS)}-warehouse", size=3))
        own = _templates(rng, OWN, cluster_scope=False)
        for blueprint in (*own, *shared):
            pace = paces[blueprint.name] if blueprint.cluster_scope else rng.choice(PACES)
            lock = rng.choice(locks) if rng.random() < LOCKING else None
            roles.append(Role(name, blueprint, share * rng.uniform(0.3, 2), pace, lock))
    return Cast(tuple(name for name, _ in names), shared, tuple(roles))


def _names(rng: Random, namespaces: int) -> list[tuple[str, float]]:
    teams = rng.sample(NOUNS, len(NOUNS))
    names = []
    for place in range(namespaces):
        team, (stage, share) = place // len(STAGES), STAGES[place % len(STAGES)]
        turn, number = divmod(team, len(teams))
        names.append((f"{teams[number]}-{stage}" + (f"-{turn + 1}" if turn else ""), share))
    return names


def _templates(rng: Random, number: int, *, cluster_scope: bool) -> tuple[Blueprint, ...]:
    drawn: dict[str, Blueprint] = {}
    while len(drawn) < number:
        blueprint = blueprints.draw(rng, cluster_scope=cluster_scope)
        drawn[blueprint.name] = blueprint
    return tuple(drawn.values())
