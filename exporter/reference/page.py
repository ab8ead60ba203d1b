"""The reference as Markdown, made of the declarations and the examples alone."""

from collections.abc import Iterable, Iterator

from exporter.metrics.family import Family
from exporter.reference.examples import EXAMPLES, written
from exporter.reference.sections import SECTIONS, Section

INTRODUCTION = """\
# Metrics

This page is made from the declarations in the code by `informer-exporter metrics`; a test fails when it is old.

- **Gauges** are of what is in the cache at the moment of the scrape. What only time changes (overdue, stuck, a schedule
  that is due) changes by itself. Moments are epoch seconds, never ages: subtract them from `time()`. Where nothing
  qualifies there is no series.
- **Counters** count what was observed: an end once for each uid and `finishedAt`, whether a watch or a list told it. A
  change that is told again counts nothing. The first list is the baseline: what it holds is in no counter. With
  `state.file` what happened while no exporter ran is counted once by the next, after its first scrape has shown the
  counters as they were.
- A ratio of gauges by phase is wrong, since successes are deleted sooner than failures: make ratios of completions.
- **group** stands for the labels `template_kind`, `template_name` and `cron_workflow`, and one more where
  `metrics.group-label` names a label of workflows. Names and uids of workflows are in no label, only in exemplars.
- **Series** is how many there can be at most. Namespaces beyond `metrics.max-namespaces`, and groups beyond
  `metrics.max-groups` and `metrics.max-groups-per-namespace`, share one row called `__overflow__`.
- Of several replicas each counts everything, and of several shards each its part: with `max by (…, shard)` inside and
  `sum` outside, as in the examples, nothing counts twice, whether or not there are any. The inner labels are all that
  the family has: where `metrics.group-label` is set, its label belongs there, too. A window must hold two scrapes.
- In OpenMetrics, completions and durations carry **exemplars** (`trace_id`, `workflow`) that lead to the workflow.
"""


NOTHING = "-"


def markdown() -> str:
    """Give the whole page."""
    return "\n".join((INTRODUCTION, *(line for section in SECTIONS for line in _section(section))))


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.title}\n\n{section.about}\n"
    yield _table(section)
    for family in section.families:
        yield _family(family)


def _table(section: Section) -> str:
    rows = (_row(family, section.series[family.name]) for family in section.families)
    return "\n".join(("| family | type | labels | unit | series |", "|---|---|---|---|---|", *rows, ""))


def _row(family: Family, series: str) -> str:
    link = f"[`{family.name}`](#{family.name})"
    return f"| {link} | {family.type.value} | {_names(family.labels)} | {family.unit or NOTHING} | {series} |"


def _family(family: Family) -> str:
    example = EXAMPLES[family.name]
    return f"### `{family.name}`\n\n{family.help}\n\n{example.answers}\n\n```promql\n{written(family)}\n```\n"


def _names(labels: Iterable[str]) -> str:
    return ", ".join(f"`{label}`" for label in labels) or NOTHING
