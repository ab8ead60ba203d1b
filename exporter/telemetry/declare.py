"""What the families of this room have in common: most tell of one resource, and many of observations."""

from collections.abc import Mapping
from typing import TypeAlias

from exporter.metrics.family import Distribution, Family, Point, Sample, Type
from exporter.tally import Seen

Told: TypeAlias = tuple[Family, Sample]


def of_resource(
    name: str, kind: Type, meaning: str, *labels: str, unit: str = "", buckets: tuple[float, ...] = ()
) -> Family:
    """Declare a family whose first label is the resource."""
    return Family(name=name, type=kind, help=meaning, labels=("resource", *labels), unit=unit, buckets=buckets)


def point(family: Family, value: float, *labels: str) -> Told:
    """Tell one number."""
    return family, Point(labels, value)


def points(family: Family, values: Mapping[str, float], *labels: str) -> list[Told]:
    """Tell one number for each value of the last label."""
    return [point(family, value, *labels, name) for name, value in values.items()]


def observed(family: Family, seen: Seen, *labels: str) -> Told:
    """Tell what was observed, by the family's bounds; a ``Seen`` of nothing has none and stands for zeros."""
    buckets = seen.buckets or (0,) * len(family.buckets)
    return family, Distribution(labels, seen.count, seen.sum, buckets)
