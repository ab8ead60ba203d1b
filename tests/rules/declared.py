"""Every family that the program declares, wherever it does."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType

import exporter
from exporter.kinds.kind import Kind
from exporter.metrics.family import Family, Type

ROOMS = ("exporter.telemetry", "exporter.kinds")

DISTRIBUTED = {Type.HISTOGRAM: ("_bucket", "_count", "_sum"), Type.SUMMARY: ("_count", "_sum")}


@cache
def families() -> Mapping[str, Family]:
    """Give them by name."""
    return {family.name: family for module in _modules() for family in _declared(module)}


@cache
def series() -> Mapping[str, frozenset[str]]:
    """Give the names of all series, each with its labels."""
    return {
        family.name + ending: frozenset(family.labels) | ({"le"} if ending == "_bucket" else frozenset())
        for family in families().values()
        for ending in DISTRIBUTED.get(family.type, ("",))
    }


def _modules() -> list[ModuleType]:
    names = [found.name for found in pkgutil.walk_packages(exporter.__path__, "exporter.")]
    return [importlib.import_module(name) for name in names if name.startswith(ROOMS)]


def _declared(module: ModuleType) -> Iterator[Family]:
    for value in vars(module).values():
        if isinstance(value, Family):
            yield value
        elif isinstance(value, Kind):
            yield from value.families
