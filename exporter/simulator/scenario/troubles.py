"""Troubles of the company itself, by name: what goes wrong in its lives while the API server is well."""

import difflib
from collections.abc import Iterable
from random import Random
from typing import Any

FAILURES, ADMISSION, CRONS, STUCK = "failures", "admission", "crons", "stuck"

TROUBLES = {
    FAILURES: "Most workflows that would succeed fail.",
    ADMISSION: "The controller admits nothing: what is submitted has no phase.",
    CRONS: "CronWorkflows are not run.",
    STUCK: "Workflows whose steps are all done go on Running.",
}
"""What there can be, each in a sentence for people."""
FAILING = 0.8
"""The share of the workflows that fail instead of succeeding."""
LOOKING = 1.0
"""Seconds of the wall after which somebody who is held up by a trouble looks whether it is over."""


class Troubles:
    """Which troubles there are now. Without any, nothing here is left to chance, nor costs a draw."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """Begin with some.

        Raises:
            ValueError: a name that no trouble has.
        """
        self._on = {_checked(name) for name in names}

    def __contains__(self, name: str) -> bool:
        return name in self._on

    def turn(self, name: str, *, on: bool) -> None:
        """Let one begin, or end.

        Raises:
            ValueError: a name that no trouble has.
        """
        (self._on.add if on else self._on.discard)(_checked(name))

    def spoils(self, rng: Random) -> bool:
        """Say whether a workflow that ends well is to fail instead."""
        return FAILURES in self._on and rng.random() < FAILING

    def report(self) -> list[dict[str, Any]]:
        """Give all that there can be, and which there are, as JSON can hold it."""
        return [{"name": name, "about": about, "on": name in self._on} for name, about in TROUBLES.items()]


def _checked(name: str) -> str:
    if name in TROUBLES:
        return name
    near = difflib.get_close_matches(name, TROUBLES, 1)
    advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(TROUBLES)}"
    raise ValueError(f"no trouble is named {name!r}: {advice}")
