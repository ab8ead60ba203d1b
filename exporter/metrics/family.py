"""A family is declared once: name, type, help, labels and unit, checked when declared.

What is refused here is what ``promtool check metrics`` or the OpenMetrics specification would complain about later,
in a running process. A sample is one line of a family, or all the lines of one histogram or summary.
"""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import TypeAlias

import msgspec


class Declaration(ValueError):
    """A family, or a set of families, that no scraper should meet."""


class Type(Enum):
    """What the numbers of a family are; the value is what OpenMetrics calls it."""

    COUNTER = "counter"
    GAUGE = "gauge"
    INFO = "info"
    STATESET = "stateset"
    """NB OpenMetrics wants a label with the family's own name; any other label makes it a gauge of 0 and 1."""
    HISTOGRAM = "histogram"
    SUMMARY = "summary"
    """A count and a sum, without quantiles."""


SUFFIXES: dict[Type, tuple[str, ...]] = {
    Type.HISTOGRAM: ("_bucket", "_count", "_sum"),
    Type.SUMMARY: ("_count", "_sum"),
}
"""What is appended to the name in the lines of a family; the other types append nothing."""

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LABEL = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*|_[a-zA-Z0-9][a-zA-Z0-9_]*")
_ENDINGS = ("_total", "_created", "_bucket", "_count", "_sum", "_info")
_OWN_ENDING = {Type.COUNTER: "_total", Type.INFO: "_info"}
_RESERVED = {Type.HISTOGRAM: "le", Type.SUMMARY: "quantile"}


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a family but its numbers.

    Raises:
        Declaration: on construction, when the family breaks a rule; the message names the family and the rule.
    """

    name: str
    """As written in queries: a counter's ends in ``_total``, an info's in ``_info``."""
    type: Type
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""
    """A base unit (``seconds``, ``bytes``), which is then part of the name, or empty."""
    buckets: tuple[float, ...] = ()
    """Upper bounds of a histogram, rising and finite; ``+Inf`` is added when it is written."""

    def __post_init__(self) -> None:
        for rule in _broken(self):
            raise Declaration(f"family {self.name!r}: {rule}")

    @property
    def stem(self) -> str:
        """The name by which OpenMetrics knows the family: without ``_total`` or ``_info``."""
        return self.name.removesuffix(_OWN_ENDING.get(self.type, ""))

    @property
    def sample_names(self) -> tuple[str, ...]:
        """The names that the family's lines begin with."""
        return tuple(self.name + suffix for suffix in SUFFIXES.get(self.type, ("",)))

    @property
    def lines(self) -> int:
        """How many lines one sample is."""
        return len(self.sample_names) + len(self.buckets)

    def is_asked(self, names: AbstractSet[str]) -> bool:
        """Whether these names ask for the family, by its name, its stem or a line of it; no name asks for all."""
        return not names or not names.isdisjoint((self.name, self.stem, *self.sample_names))


class Point(msgspec.Struct, frozen=True, gc=False):
    """One line: the values of the family's labels, in their order, and a number."""

    labels: tuple[str, ...]
    value: float


class Distribution(msgspec.Struct, frozen=True, gc=False):
    """What was observed under one set of labels: one histogram, or one summary."""

    labels: tuple[str, ...]
    count: int
    sum: float
    buckets: tuple[int, ...] = ()
    """For a histogram: observations up to each bound, cumulative, ``+Inf`` (which is the count) left out."""


Sample: TypeAlias = Point | Distribution


def states(labels: tuple[str, ...], every: Iterable[str], current: str) -> tuple[Point, ...]:
    """Give a state set's points: 1 for the current state and 0 for each other; the state is the last label."""
    return tuple(Point((*labels, state), int(state == current)) for state in every)


def check_together(families: Iterable[Family]) -> None:
    """Make sure that no line or family of one exposition can be taken for another's.

    Raises:
        Declaration: two families share a name, or a line of one has the name of another.
    """
    owners: dict[str, Family] = {}
    for family in families:
        for name in {family.stem, *family.sample_names}:
            if name in owners:
                raise Declaration(f"family {family.name!r}: {name!r} also belongs to {owners[name].name!r}")
            owners[name] = family


def _broken(family: Family) -> Iterable[str]:
    if not _NAME.fullmatch(family.name):
        yield "a name is lower-case words joined by single underscores"
    if not family.help.strip() or family.help != family.help.strip():
        yield "the help is a text without space around it"
    yield from _broken_ending(family)
    yield from _broken_labels(family)
    yield from _broken_unit(family)
    yield from _broken_buckets(family)


def _broken_ending(family: Family) -> Iterable[str]:
    own = _OWN_ENDING.get(family.type)
    if own and not family.name.endswith(own):
        yield f"the name of this type ends in {own}"
    if family.stem.endswith(_ENDINGS):
        yield f"only a type that means it may end in one of {', '.join(_ENDINGS)}"
    if family.type.value in family.stem.split("_"):
        yield "the type is not part of the name"


def _broken_labels(family: Family) -> Iterable[str]:
    if len(set(family.labels)) != len(family.labels):
        yield "a label comes twice"
    for label in family.labels:
        if not _LABEL.fullmatch(label):
            yield f"{label!r} is not a name for a label, or begins with two underscores"
        if label == _RESERVED.get(family.type):
            yield f"the label {label!r} is reserved in this type"
    if family.type is Type.STATESET and family.name not in family.labels[-1:]:
        yield "the last label of a state set has the family's own name"


def _broken_unit(family: Family) -> Iterable[str]:
    if not family.unit:
        return
    if family.type in {Type.INFO, Type.STATESET}:
        yield "this type has no unit"
    if not family.stem.endswith(f"_{family.unit}"):
        yield f"the name says the unit: _{family.unit}"


def _broken_buckets(family: Family) -> Iterable[str]:
    if (family.type is Type.HISTOGRAM) != bool(family.buckets):
        yield "a histogram has buckets, and nothing else has"
    if any(bound in {float("inf"), float("-inf")} or bound != bound for bound in family.buckets):  # noqa: PLR0124 - NaN
        yield "the bounds of buckets are finite"
    if any(low >= high for low, high in zip(family.buckets, family.buckets[1:], strict=False)):
        yield "the bounds of buckets rise"
