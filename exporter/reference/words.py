"""How an example is written: a question, and a query with gaps that each family fills in for itself."""

from collections.abc import Callable

import msgspec

from exporter.metrics.family import Family

WINDOW = "5m"
"""That of a rate where none is given."""


class Example(msgspec.Struct, frozen=True):
    """What a family is good for."""

    answers: str
    """The question, or what there is to see in the answer; a sentence."""
    query: str
    """PromQL with gaps: see ``fill``."""
    of_process: bool = False
    """Whether it is of each process, so that replicas may be summed up: each did its own."""


def fill(example: Example, family: Family) -> str:
    """Fill the gaps of an example's query, such that neither replicas nor shards count twice.

    ``{now}`` is the family's value, ``{rate:15m}`` and ``{increase:1h}`` are a counter's, ``{buckets:15m}``,
    ``{sum:15m}`` and ``{count:15m}`` are the rates of a distribution's lines; a selection comes after a bar:
    ``{now:|phase="Failed"}``.
    """
    labels = (*family.labels, "instance" if example.of_process else "shard")
    gaps = {
        "now": _Gap(family.name, labels, lambda name, _: name),
        "rate": _Gap(family.name, labels, _rate),
        "increase": _Gap(family.name, labels, lambda name, window: f"increase({name}[{window}])"),
        "sum": _Gap(f"{family.name}_sum", labels, _rate),
        "count": _Gap(f"{family.name}_count", labels, _rate),
        "buckets": _Gap(f"{family.name}_bucket", (*labels[:-1], "le", labels[-1]), _rate),
    }
    return example.query.format(**gaps)


def _rate(name: str, window: str) -> str:
    return f"rate({name}[{window}])"


class _Gap:
    """One gap, to be formatted with a window and a selection."""

    def __init__(self, name: str, labels: tuple[str, ...], take: Callable[[str, str], str]) -> None:
        self._name = name
        self._labels = ", ".join(labels)
        self._take = take

    def __format__(self, given: str) -> str:
        window, _, selection = given.partition("|")
        selected = self._name + (f"{{{selection}}}" if selection else "")
        return f"max by ({self._labels}) ({self._take(selected, window or WINDOW)})"
