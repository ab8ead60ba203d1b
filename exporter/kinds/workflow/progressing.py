"""How an unfinished workflow is doing: when it should have ended, what is done, whether it waits for a person."""

import math
from functools import lru_cache

import msgspec

from exporter.kinds.apart import read_time
from exporter.kinds.workflow.nodes import NodesUnreadableError, Status, count_nodes, nodes_of
from exporter.kinds.workflow.options import WorkflowOptions
from exporter.kinds.workflow.projection import RUNNING, NodeCounts, Underway
from exporter.kube.objects import Meta

PATIENCE = 300
"""Seconds that a workflow with nothing left to do may take to end. Times of updates are rounded up to a multiple of it
(of a tenth of the time after which one is stuck, where that is less), so that most change nothing that is kept."""

LONGEST_NUMBER = 15
"""Digits of a number that is read from a text."""

_SUSPEND = b'"Suspend"'
_NO_NODES = msgspec.Raw(b"null")
_SUSPENDED = Underway(suspended=True)


class Facts(msgspec.Struct, gc=False):
    """What an object says about its own progress, as it was read."""

    created: int | None
    started: int | None
    limit: int | None
    """Seconds that it may run."""
    estimated: int | None
    """Seconds that it will probably run."""
    progress: tuple[int, int]
    """Done, and planned."""
    suspended: bool
    """Whether its spec says so."""
    nodes: msgspec.Raw
    compressed_nodes: msgspec.Raw


class Progressing:
    """Judges unfinished workflows as the options say."""

    def __init__(self, options: WorkflowOptions) -> None:
        self._nodes = options.nodes
        self._factor = options.overdue_factor
        self._quiet = math.ceil(options.stuck_after)
        self._grain = max(1, min(PATIENCE, self._quiet // 10)) if self._quiet else PATIENCE

    def judge(self, phase: str, meta: Meta, facts: Facts) -> Underway | None:
        """Say how a workflow of an open phase is doing; None where there is nothing to say."""
        nodes: NodeCounts = ()
        if self._nodes:
            nodes = _counted(facts)
            suspended = facts.suspended or _waits_in(nodes)
        else:
            suspended = facts.suspended or _may_wait(facts)
        if phase == RUNNING:
            return self._running(meta, facts, nodes, suspended=suspended)
        if nodes:
            return Underway(suspended=suspended, nodes=nodes)
        return _SUSPENDED if suspended else None

    def _running(self, meta: Meta, facts: Facts, nodes: NodeCounts, *, suspended: bool) -> Underway:
        started, limit, estimated = facts.started, facts.limit, facts.estimated
        done, planned = facts.progress
        heard = None if suspended else _heard(meta, facts, self._grain)
        quiet, factor = self._quiet, self._factor
        return Underway(
            None if started is None or limit is None else started + limit,
            None if started is None or not estimated or not factor else started + math.ceil(factor * estimated),
            None if heard is None or not quiet else heard + quiet,
            None if heard is None or not planned or done < planned else heard + PATIENCE,
            planned,
            done,
            suspended,
            nodes,
        )


@lru_cache(maxsize=4096)
def read_progress(text: str) -> tuple[int, int] | None:
    """Give the two numbers of ``N/M``; None for what is not a progress."""
    done, _, planned = text.partition("/")
    if not _is_number(done) or not _is_number(planned) or int(done) > int(planned):
        return None
    return int(done), int(planned)


def read_seconds(found: int | str | None) -> int | None:
    """Give a number of seconds that may be written as a text.

    Raises:
        ValueError: it is a text, and not of digits.
    """
    if not isinstance(found, str):
        return found
    if not _is_number(found):
        raise ValueError("not a number")
    return int(found)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER


def _heard(meta: Meta, facts: Facts, grain: int) -> int | None:
    """Give the time of the last update, rounded up to a multiple of so many seconds."""
    heard = read_time("", meta.written or None, [])
    if not meta.managed_fields or heard is None:
        heard = max((time for time in (facts.created, facts.started) if time is not None), default=None)
    return None if heard is None else -(-heard // grain) * grain


def _may_wait(facts: Facts) -> bool:
    """Whether a plain node waits for a person. Most workflows have none that could, which a look at the bytes tells."""
    # NB From behind, because that is quicker, and in the nodes alone, for they are half of an object.
    return facts.nodes != _NO_NODES and bytes(facts.nodes).rfind(_SUSPEND) >= 0 and _waits_in(_counted(facts))


def _waits_in(nodes: NodeCounts) -> bool:
    return any(type_ == "Suspend" and phase == RUNNING for type_, phase, _ in nodes)


def _counted(facts: Facts) -> NodeCounts:
    try:
        return count_nodes(nodes_of(Status(nodes=facts.nodes, compressed_nodes=facts.compressed_nodes)))
    except NodesUnreadableError:
        return ()
