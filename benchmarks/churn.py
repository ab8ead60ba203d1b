"""Whether every number is true after long churn: ``python -m benchmarks.churn [--events N] [--seed N] [--nodes]``.

A simulated company is led through as many changes of workflows as are asked for, as fast as it goes, in virtual time
and in this one process, while its API server drops watches, forgets the past, throttles, freezes and restarts, and
workflows fail, hang or are not admitted. At each rest every gauge is compared with a plain fold over the cluster's
objects, every counter with a plain fold over what could be observed, and creations and completions with the
simulator's books less what nobody could see. The comparison comes first, then the figures (``--json``: they alone).
The exit code is 1 if anything differs.

``us_per_event`` is what the exporter took for each observed change, its lists and resyncs included; ``rss_mb`` is of
the process, simulated cluster and judges included.
"""

import argparse
import logging
import resource
import statistics
import sys

import msgspec

from benchmarks.report import machine, print_rows
from exporter.kinds.workflow import WorkflowOptions
from tests.churn import truth
from tests.churn.judge import Verdict, churn

SHOWN = 20
"""Differences that are printed."""


class Row(msgspec.Struct, frozen=True):
    """One line of the table."""

    events: int
    rests: int
    differences: int
    faults: int
    lists: int
    unseen: int
    hours: float
    events_per_s: float
    us_per_event: float
    scrape_ms: float
    worst_scrape_ms: float
    series: int
    rss_mb: float


def main() -> int:
    """Judge, measure, print; 1 if something differs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=200_000, help="changes of workflows to be observed")
    parser.add_argument("--seed", type=int, default=5, help="what chance follows")
    parser.add_argument("--nodes", action="store_true", help="count the nodes of unfinished workflows as well")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)  # the faults are meant
    options = WorkflowOptions(nodes=arguments.nodes, overdue_factor=truth.FACTOR, stuck_after=truth.STUCK_AFTER)
    verdict = churn(arguments.events, arguments.seed, options=options)
    if not arguments.json:
        _tell(verdict)
    print_rows([row(verdict)], machine(), as_json=arguments.json)
    return 1 if verdict.differences else 0


def row(verdict: Verdict) -> Row:
    """Give the figures."""
    return Row(
        events=verdict.events,
        rests=verdict.rests,
        differences=len(verdict.differences),
        faults=verdict.faults.total(),
        lists=verdict.lists,
        unseen=verdict.unseen["created"],
        hours=verdict.virtual_seconds / 3600,
        events_per_s=verdict.events / verdict.exporter_seconds,
        us_per_event=verdict.exporter_seconds / verdict.events * 1e6,
        scrape_ms=statistics.median(verdict.scrape_seconds) * 1e3,
        worst_scrape_ms=max(verdict.scrape_seconds) * 1e3,
        series=verdict.series,
        rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _tell(verdict: Verdict) -> None:
    print(f"compared at {verdict.rests} rests: {len(verdict.differences)} differences")
    for difference in verdict.differences[:SHOWN]:
        print(f"  {difference}")
    print("faults:", ", ".join(f"{count} {name}" for name, count in sorted(verdict.faults.items())))
    print("unseen by anybody:", ", ".join(f"{count} {what}" for what, count in verdict.unseen.items() if count) or "-")


if __name__ == "__main__":
    sys.exit(main())
