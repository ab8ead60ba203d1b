"""Which series there are to ask for: the lines of every family that the exporter declares, with their labels."""

from collections.abc import Iterable, Mapping
from functools import cache

import msgspec
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from exporter.kinds.cronworkflow.families import FAMILIES as CRON_FAMILIES
from exporter.kinds.template import CLUSTER_WORKFLOW_TEMPLATES, WORKFLOW_TEMPLATES
from exporter.kinds.workflow import WorkflowOptions, workflow_kind
from exporter.metrics.family import Family, Type
from exporter.telemetry import FAMILIES

_COUNTS = {Type.HISTOGRAM: ("_count", "_sum"), Type.SUMMARY: ("_count", "_sum")}


class Unknown(LookupError):
    """A panel asks for a line, or a label of one, that the exporter does not have."""


class Line(msgspec.Struct, frozen=True):
    """One line of the exposition, by its name."""

    family: str
    labels: tuple[str, ...]
    counts: bool
    """Whether it only ever rises, so that a rate of it makes sense."""


@cache
def declared() -> Mapping[str, Line]:
    """Give every line by its name: those of the exporter, of its process, and Prometheus's own about the scrape."""
    workflow = workflow_kind(WorkflowOptions(nodes=True)).families
    templates = (WORKFLOW_TEMPLATES, CLUSTER_WORKFLOW_TEMPLATES)
    own = (*workflow, *CRON_FAMILIES, *templates, *FAMILIES)
    return {**dict(_lines(own)), **_of_the_process(), "up": Line("up", (), counts=False)}


def line(name: str) -> Line:
    """Give one line.

    Raises:
        Unknown: the exporter declares no such line.
    """
    try:
        return declared()[name]
    except KeyError:
        raise Unknown(f"no family has a line {name!r}") from None


def _lines(families: Iterable[Family]) -> Iterable[tuple[str, Line]]:
    for family in families:
        counts = family.type is Type.COUNTER
        for suffix in _COUNTS.get(family.type, ("",)):
            yield family.name + suffix, Line(family.name, family.labels, counts or bool(suffix))
        if family.type is Type.HISTOGRAM:
            yield f"{family.name}_bucket", Line(family.name, (*family.labels, "le"), counts=True)


def _of_the_process() -> Mapping[str, Line]:
    """What prometheus_client tells of the process, as it tells it here."""
    registry = CollectorRegistry(auto_describe=True)
    collectors = (ProcessCollector, PlatformCollector, GCCollector)
    for collector in collectors:
        collector(registry=registry)
    return {
        sample.name: Line(metric.name, tuple(sample.labels), metric.type == "counter")
        for metric in registry.collect()
        for sample in metric.samples
    }
