"""The shapes that every expression has: replicas are folded before anything is added, rates are taken before both.

An expression reads ``sum by (…) (max by (…, shard) (…))``, with rate inside: replicas tell the same, so the largest
counts and none twice; shards tell each its part, so they add up. Within one process series are added first where labels
are dropped, also one that ``--metrics.group-label`` adds and that nobody here knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.declared import Line, Unknown, line

TARGETS = ("cluster", "job")
"""What tells two exporters of different things apart; what has no ``cluster`` label has an empty one."""
SCRAPED = (*TARGETS, "instance")
"""The labels of a scrape by which every dashboard can narrow what it shows."""
RATE = "$__rate_interval"
RANGE = "$__range"
STEP_MS = "$__interval_ms"

FAILED = "Failed|Error"
ENDED = "Succeeded|Failed|Error"
"""What a share of failures is of: nobody knows how an Unobserved workflow ended."""


class Misuse(ValueError):
    """A shape that would give a wrong number: a counter without a rate, a rate of a gauge."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a dashboard's variables narrow: every series that has the label of one is matched by it."""

    variables: Sequence[tuple[str, str]] = ()
    """Labels, and the variables that choose among their values."""
    scraped: Sequence[str] = SCRAPED
    """The labels of a scrape that variables of the same name choose among."""

    def match(self, name: str, **where: str) -> str:
        """Give a selector of a line: what the variables choose, and ``where``; alternatives are joined by ``|``.

        Raises:
            Unknown: there is no such line, or it lacks a label of ``where``.
        """
        labels = line(name).labels
        if not where.keys() <= {*labels, "job"}:
            raise Unknown(f"{name} has no labels {sorted(where.keys() - set(labels))}")
        chosen = [(label, label) for label in self.scraped]
        narrowed = {*labels, *SCRAPED} - {*self.scraped, *where}
        chosen += [(label, variable) for label, variable in self.variables if label in narrowed]
        matchers = [f'{label}=~"${variable}"' for label, variable in chosen]
        matchers += [f'{label}{_operator(values)}"{values.removeprefix("!")}"' for label, values in where.items()]
        return f"{name}{{{', '.join(matchers)}}}" if matchers else name

    def rate(self, name: str, *by: str, **where: str) -> str:
        """Give how often it is counted, a second, by these labels."""
        return _fold("sum", by, _counter(name), f"rate({self.match(name, **where)}[{RATE}])")

    def increase(self, name: str, *by: str, **where: str) -> str:
        """Give how often it was counted within the time that the dashboard shows."""
        return _fold("sum", by, _counter(name), f"increase({self.match(name, **where)}[{RANGE}])")

    def per_step(self, name: str, *by: str, **where: str) -> str:
        """Give how often it was counted from one point of a graph to the next, for bars.

        Not an increase: the interval of rates is longer than a step, and bars that overlap add up to too much.
        """
        return f"{self.rate(name, *by, **where)} * {STEP_MS} / 1000"

    def gauge(self, name: str, *by: str, **where: str) -> str:
        """Give how many there are, added up."""
        return _fold("sum", by, _gauge(name), self.match(name, **where))

    def worst(self, name: str, *by: str, **where: str) -> str:
        """Give the largest there is."""
        return _fold("max", by, _gauge(name), self.match(name, **where))

    def least(self, name: str, *by: str, **where: str) -> str:
        """Give the smallest there is, of shards and of what is not told apart; of replicas the largest."""
        return _fold("min", by, _gauge(name), self.match(name, **where))

    def since_oldest(self, name: str, *by: str, **where: str) -> str:
        """Give the seconds since the earliest of these moments; of replicas the one that is ahead counts."""
        return f"time() - {self.least(name, *by, **where)}"

    def since_latest(self, name: str, *by: str, **where: str) -> str:
        """Give the seconds since the latest of these moments."""
        return f"time() - {self.moment(name, *by, **where)}"

    def smallest(self, name: str, *by: str, **where: str) -> str:
        """Give the smallest that any replica tells: only to compare them."""
        within = f"sum by ({_names((*TARGETS, *by), 'shard', 'instance')}) ({self.match(name, **where)})"
        return f"sum by ({', '.join(by)}) (min by ({_names((*TARGETS, *by), 'shard')}) ({within}))"

    def late(self, *by: str) -> str:
        """Give for how many seconds runs of cron workflows have been due that have not come."""
        expected = self.moment("argowf_cronworkflow_expected_schedule_timestamp_seconds", *by)
        last = self.moment("argowf_cronworkflow_last_schedule_timestamp_seconds", *by)
        return f"time() - (({expected} > {last}) or ({expected} unless {last}))"

    def moment(self, name: str, *by: str, **where: str) -> str:
        """Give the latest of these moments, in epoch seconds."""
        return _fold("max", by, _gauge(name), self.match(name, **where))

    def latest(self, name: str, *by: str, **where: str) -> str:
        """Give the latest of these moments, in milliseconds, as Grafana shows dates."""
        return f"{self.moment(name, *by, **where)} * 1000"

    def failed_share(self, *by: str, over: str = RATE, name: str = "argowf_workflow_completions_total") -> str:
        """Give the share of completions that failed; nothing where nothing was completed."""
        function = "rate" if over == RATE else "increase"
        failed = f"{function}({self.match(name, phase=FAILED)}[{over}])"
        ended = f"{function}({self.match(name, phase=ENDED)}[{over}])"
        counted = _counter(name)
        return share(_fold("sum", by, counted, failed), _fold("sum", by, counted, ended))

    def quantile(self, of: float, name: str, *by: str, **where: str) -> str:
        """Give a quantile of a histogram."""
        return f"histogram_quantile({of:g}, {self.rate(f'{name}_bucket', 'le', *by, **where)})"

    def heat(self, name: str, **where: str) -> str:
        """Give how often a histogram's buckets are hit, for a heatmap."""
        return self.rate(f"{name}_bucket", "le", **where)

    def mean(self, name: str, *by: str, over: str = RATE, **where: str) -> str:
        """Give the mean of what a histogram or a summary has observed; nothing where nothing was."""
        shape = self.rate if over == RATE else self.increase
        return share(shape(f"{name}_sum", *by, **where), shape(f"{name}_count", *by, **where))


def share(part: str, whole: str) -> str:
    """Give a part of a whole; nothing where the whole is 0."""
    return f"{part} / ({whole} > 0)"


def _fold(fold: str, by: Sequence[str], read: Line, expression: str) -> str:
    """Add up (or compare) within each process, take the largest of replicas, then fold what is left."""
    if not {*by} <= {*read.labels, *SCRAPED}:
        raise Unknown(f"{read.family} has no labels {sorted({*by} - {*read.labels, *SCRAPED})}")
    apart = [*TARGETS, *(label for label in by if label not in TARGETS)]
    if not set(read.labels) <= set(by) or read.labels[1:2] == ("template_kind",):
        expression = f"{fold} by ({_names(apart, 'shard', 'instance')}) ({expression})"
    folded = f"max by ({_names(apart, 'shard')}) ({expression})"
    return f"{fold} by ({', '.join(by)}) ({folded})" if by else f"{fold}({folded})"


def _names(labels: Sequence[str], *more: str) -> str:
    return ", ".join(dict.fromkeys([*labels, *more]))


def _operator(values: str) -> str:
    if values.startswith("!"):
        return "!~" if "|" in values else "!="
    return "=~" if "|" in values else "="


def _counter(name: str) -> Line:
    return _checked(name, counts=True)


def _gauge(name: str) -> Line:
    return _checked(name, counts=False)


def _checked(name: str, *, counts: bool) -> Line:
    found = line(name)
    if found.counts is not counts:
        raise Misuse(f"{name} {'is no counter' if counts else 'is a counter: take a rate of it'}")
    return found
