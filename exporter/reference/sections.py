"""Which families there are, in the order of the reference: by what they tell of."""

from collections.abc import Iterable
from dataclasses import dataclass

from exporter.kinds.cronworkflow import CRON_WORKFLOW
from exporter.kinds.kind import Kind
from exporter.kinds.template import CLUSTER_WORKFLOW_TEMPLATE, WORKFLOW_TEMPLATE
from exporter.kinds.workflow import WorkflowOptions, workflow_kind
from exporter.metrics.family import Family
from exporter.telemetry import exposition

WORKFLOW = workflow_kind(WorkflowOptions(nodes=True))
"""With every family that can be chosen."""


@dataclass(frozen=True, slots=True)
class Section:
    """Families that belong together."""

    title: str
    about: str
    families: tuple[Family, ...]
    series: dict[str, str]
    """How many series a family can have at most, in words, by its name."""


def families() -> tuple[Family, ...]:
    """Give every family of every section."""
    return tuple(family for section in SECTIONS for family in section.families)


def _counted(kind: Kind) -> dict[str, str]:
    """Say how many series there are of each family that a kind is counted in: it is known from its columns."""
    accounting = kind.accounting
    found: dict[str, list[int]] = {}
    rows: dict[str, str] = {}
    for column in accounting.columns if accounting else ():
        found.setdefault(column.family.name, []).append(column.family.lines)
        rows[column.family.name] = " for each group" if column.by_group else _row(column.family)
    return {name: f"{sum(lines):,}{rows[name]}" for name, lines in found.items()}


def _row(family: Family) -> str:
    return " for each namespace" if "namespace" in family.labels else ""


def _shown(kind: Kind) -> dict[str, str]:
    """Say how many series there are of what each object of a kind shows by itself."""
    named = {"schedule": "schedule, up to 16", "phase": "of 4 phases", "condition": "of 2 conditions"}
    shown = kind.portrayal.families if kind.portrayal else ()
    own = {family.name: next((named[label] for label in family.labels if label in named), "") for family in shown}
    return {name: "1 for each CronWorkflow" + (f" and {label}" if label else "") for name, label in own.items()}


def _declared(families: Iterable[Family]) -> dict[str, str]:
    """Say how many series there are of a family whose labels are of a few fixed words, or of what is watched."""
    return {family.name: _each(family) for family in families}


def _each(family: Family) -> str:
    return f"{family.lines}" + (f" for each {' and '.join(family.labels)}" if family.labels else "")


def _of_informers() -> tuple[Family, ...]:
    return tuple(family for family in exposition.FAMILIES if family.labels[:1] == ("resource",))


def _of_the_process() -> tuple[Family, ...]:
    return tuple(family for family in exposition.FAMILIES if family.labels[:1] != ("resource",))


SECTIONS = (
    Section(
        "Workflows",
        "What is in the cluster now, and what has happened to it since the exporter started. Gauges are of the "
        "objects in the cache; counters begin at 0 with each process, or where its state file left off.",
        WORKFLOW.families,
        _counted(WORKFLOW) | _declared([WORKFLOW.sizes] if WORKFLOW.sizes else []),
    ),
    Section(
        "Templates",
        "How many there are to choose from.",
        (*WORKFLOW_TEMPLATE.families, *CLUSTER_WORKFLOW_TEMPLATE.families),
        _counted(WORKFLOW_TEMPLATE) | _counted(CLUSTER_WORKFLOW_TEMPLATE),
    ),
    Section(
        "CronWorkflows",
        "Each has series of its own, up to `metrics.max-cronworkflows` (2,000) of them.",
        CRON_WORKFLOW.families,
        _shown(CRON_WORKFLOW),
    ),
    Section(
        "Informers",
        "How each watched resource gets into the cache, and whether it can be trusted. Words in labels are fixed; "
        "`resource` is one such as `workflows.argoproj.io`.",
        _of_informers(),
        _declared(_of_informers()),
    ),
    Section(
        "The process",
        "What the exporter tells of itself. Beside these there are the `process_` and `python_` families of "
        "Prometheus's own client library.",
        _of_the_process(),
        _declared(_of_the_process()),
    ),
)
"""All of it."""
