"""What the live page shows of what the program keeps: the board, the diary and the trend, and the page over them."""

import time
from collections.abc import Callable, Iterable

from exporter import __version__
from exporter.board.board import Board
from exporter.board.diary import Diary
from exporter.board.trend import Trend
from exporter.kept import Kept
from exporter.kinds.workflow.projection import PHASES, WAITS, Workflow
from exporter.kinds.workflow.story import read_glance, read_nodes
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.web.page.page import Page
from exporter.web.page.sources import Drill, Subject, Watched, Workflows
from exporter.web.sources import AskReadiness


def show(  # noqa: PLR0913 - keyword settings of the one page there is
    workflows: Kept,
    cron: Kept | None,
    others: Iterable[Kept] = (),
    *,
    since: float,
    ask_readiness: AskReadiness,
    names: bool,
    metrics: str,
    ask_drill: Callable[[], Drill | None],
) -> Page:
    """Build the page over what is kept; what it needs to know from now on is heard from the informer.

    Args:
        workflows: they have totals.
        cron: None where cron workflows are not watched.
        others: whatever else is watched.
        since: when the process began, in epoch seconds.
        ask_readiness: says what keeps the program from being ready.
        names: whether names of objects, and objects, may be shown.
        metrics: the path that serves them.
        ask_drill: tells about the simulated cluster, if it is one.
    """
    accounting = workflows.kind.accounting
    assert workflows.ledger is not None, "workflows are counted"
    assert isinstance(accounting, WorkflowAccounting)
    board = Board(workflows.kind.orders, _phase, PHASES)
    diary = Diary(_phase, time.time)
    workflows.informer.add_handler(board)
    workflows.informer.add_handler(diary)
    subject = Workflows(
        served=workflows.served(),
        ask=workflows.informer.statistics,
        is_synced=lambda: workflows.informer.synced,
        board=board,
        diary=diary,
        ledger=workflows.ledger,
        counted=accounting.counted,
        read_glance=read_glance,
        read_nodes=read_nodes,
    )
    return Page(
        Subject(
            version=__version__,
            since=since,
            workflows=subject,
            cron=_watched(cron) if cron else None,
            others=tuple(map(_watched, others)),
            trend=Trend(),
            waits=WAITS,
            ask_readiness=ask_readiness,
            ask_drill=ask_drill,
            names=names,
            metrics=metrics,
        )
    )


def _watched(kept: Kept) -> Watched:
    return Watched(served=kept.served(), ask=kept.informer.statistics, is_synced=lambda: kept.informer.synced)


def _phase(workflow: Workflow) -> str:
    return workflow.phase
