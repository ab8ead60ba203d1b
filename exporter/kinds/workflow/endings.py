"""What only the whole object tells about a workflow that has ended: why it failed, its nodes, its trace."""

import re

import msgspec

from exporter.kinds.apart import NOT_AS_TYPED, read_time
from exporter.kinds.workflow.columns import Columns
from exporter.kinds.workflow.failures import OTHER, Reasons
from exporter.kinds.workflow.nodes import NodesUnreadableError, Status, count_nodes, nodes_of, read_status, text_of
from exporter.kinds.workflow.projection import ERROR, FAILED, Workflow
from exporter.kinds.workflow.story import cause_in
from exporter.kube.objects import Key
from exporter.metrics.accounting import Whole
from exporter.metrics.exemplar import LONGEST, ExemplarLabels
from exporter.metrics.rows import Entry

TRACE_ANNOTATION = "workflows.argoproj.io/trace-id"
_TRACE = re.compile(r"[0-9a-fA-F]{16,32}")


class _Meta(msgspec.Struct, gc=False):
    uid: str = ""
    annotations: dict[str, msgspec.Raw] | None = None


class _Ended(msgspec.Struct, gc=False):
    metadata: _Meta
    status: Status


_ended = msgspec.json.Decoder(_Ended)
_NO_META, _NO_TEXT, _NO_NODES = _Meta(), msgspec.Raw(b"null"), b"{}"


class Endings:
    """Opens workflows that have ended."""

    def __init__(self, columns: Columns, reasons: Reasons) -> None:
        self._failure = columns.failure
        self._nodes = columns.node_completion
        self._unreadable = columns.unreadable
        self._reasons = reasons

    def open(self, key: Key, body: bytes, new: Workflow) -> Whole:
        """Give the reason of a failure, the nodes, and an exemplar.

        Of a body that is older than the end, which a deletion may leave, only what can have been no other is told.
        """
        meta, status = _read(body)
        is_end = text_of(status.phase) == new.phase and _finished(status) == new.finished
        nodes, entries = self._counted(status) if is_end else (_NO_NODES, [])
        if new.phase in {FAILED, ERROR}:
            entries.append((self._failure[self._reason(status, nodes) if is_end else OTHER], 1))
        return Whole(tuple(entries), _exemplar(key, meta))

    def _reason(self, status: Status, nodes: bytes) -> str:
        # Where the message tells nothing, it mostly says that some child failed.
        return self._reasons.find(text_of(status.message)) or self._reasons.find(cause_in(nodes)) or OTHER

    def _counted(self, status: Status) -> tuple[bytes, list[Entry]]:
        """Give the nodes, none if they cannot be read, and how many there are, or why that is not known."""
        try:
            nodes = nodes_of(status)
            counts = count_nodes(nodes)
        except NodesUnreadableError as error:
            return _NO_NODES, [(self._unreadable[error.reason], 1)]
        return nodes, [(self._nodes[type_, phase], count) for type_, phase, count in counts]


def _read(body: bytes) -> tuple[_Meta, Status]:
    try:
        found = _ended.decode(body)
    except (*NOT_AS_TYPED, msgspec.DecodeError):
        return _NO_META, read_status(body)
    return found.metadata, found.status


def _exemplar(key: Key, meta: _Meta) -> ExemplarLabels:
    """Name the trace, if there is one, and the workflow, by its uid if its name is too long."""
    trace = _trace(meta)
    pairs = (*trace, ("workflow", key))
    if sum([len(name) + len(value) for name, value in pairs]) <= LONGEST:
        return pairs
    return (*trace, ("uid", meta.uid)) if meta.uid else trace


def _trace(meta: _Meta) -> ExemplarLabels:
    found = text_of(meta.annotations.get(TRACE_ANNOTATION, _NO_TEXT)) if meta.annotations else ""
    return (("trace_id", found),) if _TRACE.fullmatch(found) else ()


def _finished(status: Status) -> int | None:
    return read_time("", text_of(status.finished_at) or None, [])
