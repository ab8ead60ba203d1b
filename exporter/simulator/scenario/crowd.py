"""Who submits workflows: people and programs, with ups and downs, and now and then many at once."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate
from random import Random

from exporter.simulator.scenario.agenda import Agenda
from exporter.simulator.scenario.cast import Role

TIDE, SWELL = 97, 0.4
"""Seconds of the wall from one high to the next, and how far the rate rises and falls between."""
RUSHING, BETWEEN, RUSH = 0.15, 25, 3
"""The share of submissions that come in rushes, the mean seconds between those, and how many seconds one lasts."""


class Crowd:
    """Submits so many workflows in a second on average."""

    def __init__(
        self, rng: Random, agenda: Agenda, roles: Sequence[Role], rate: float, submit: Callable[[Role, float], None]
    ) -> None:
        self._rng = rng
        self._agenda = agenda
        self._roles = roles
        self._weights = list(accumulate(role.weight for role in roles))
        self._rate = rate
        self._submit = submit

    def begin(self, moment: float) -> None:
        """Come from a moment on."""
        if self._rate > 0:
            self._await_one(moment)
            self._await_rush(moment)

    def pick(self) -> Role:
        """Draw a template, popular ones more often."""
        return self._rng.choices(self._roles, cum_weights=self._weights)[0]

    def _await_one(self, moment: float) -> None:
        rate = self._rate * (1 - RUSHING) * (1 + SWELL * math.sin(moment * math.tau / TIDE))
        self._agenda.add(moment + self._rng.expovariate(rate), self._one)

    def _one(self, moment: float) -> None:
        self._submit(self.pick(), moment)
        self._await_one(moment)

    def _await_rush(self, moment: float) -> None:
        self._agenda.add(moment + self._rng.expovariate(1 / BETWEEN), self._rush)

    def _rush(self, moment: float) -> None:
        role = self.pick()
        many = round(self._rate * RUSHING * BETWEEN * self._rng.uniform(0.4, 1.6))
        for place in range(many):
            self._agenda.add(moment + RUSH * place / many, partial(self._submit, role))
        self._await_rush(moment)
