"""What the front of the page shows: whole, or what may have changed in a second; and numbers over time."""

from collections.abc import Mapping

from exporter.web.page.informers import Informers
from exporter.web.page.sources import Json, Subject

SERIES = ("created", "succeeded", "failed", "running", "waiting")
"""What is shown over time; ``failed`` are those with an error as well."""


class Overview:
    """The numbers of everything."""

    def __init__(self, subject: Subject, informers: Informers) -> None:
        self._subject = subject
        self._informers = informers

    def sample(self) -> None:
        """Take a point of what is shown over time."""
        subject = self._subject
        now = subject.now()
        self._informers.look(now)
        if not subject.workflows.is_synced():
            return
        totals = self._totals()
        counters = {name: totals[name] for name in ("created", "succeeded")}
        counters["failed"] = totals["failed"] + totals["error"]
        gauges = {name: sum(subject.workflows.board.ranking(name).counts.values()) for name in ("running", "waiting")}
        subject.trend.sample(now, counters, gauges)

    def whole(self) -> Json:
        """Everything that the front shows but the lists."""
        subject = self._subject
        return {
            "version": subject.version,
            "since": subject.since,
            "lookup": subject.names,
            "metrics": subject.metrics,
            **self._state(),
            "throughput": self.throughput(),
        }

    def tick(self) -> Json:
        """What may have changed since a second ago; ``point`` is the newest of what is shown over time."""
        return {**self._state(), "point": self.point()}

    def throughput(self) -> Json:
        """What is shown over time."""
        trend = self._subject.trend
        return {"step": trend.step, "times": trend.times, **{name: trend.series(name) for name in SERIES}}

    def point(self) -> list[float | None] | None:
        """The newest point, its time first; None before the first."""
        times, series = self._subject.trend.times, self._subject.trend.series
        return [times[-1], *(series(name)[-1] for name in SERIES)] if times else None

    def _state(self) -> Json:
        subject, board = self._subject, self._subject.workflows.board
        problems = [f"{check.name}: {check.problem}" for check in subject.ask_readiness() if check.problem is not None]
        return {
            "now": subject.now(),
            "ready": not problems,
            "problems": problems,
            "synced": subject.workflows.is_synced(),
            "phases": board.phases,
            "totals": self._totals(),
            "waiting": {**dict.fromkeys(subject.waits, 0), **board.ranking("waiting").counts},
            "namespaces": len(board.namespaces()),
            "informers": self._informers.shown(),
            "drill": subject.ask_drill(),
            "stamps": self._stamps(),
        }

    def _totals(self) -> Mapping[str, int]:
        workflows = self._subject.workflows
        amounts = iter(
            workflows.ledger.totals([column for columns in workflows.counted.values() for column in columns])
        )
        return {name: int(sum(next(amounts) for _ in columns)) for name, columns in workflows.counted.items()}

    def _stamps(self) -> Mapping[str, str]:
        board, cron = self._subject.workflows.board, self._subject.cron
        orders = {name: board.ranking(name).stamp for name in ("waiting", "running", "failures")}
        made_by_clock = cron.served.store.stamp(None) if cron else ""
        return {"namespaces": board.stamp, "groups": board.stamp, "cron": f"{made_by_clock}/{board.stamp}", **orders}
