"""What a workflow's body tells to somebody who looks at this one: in a line, or step by step."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from exporter.kinds.apart import NOT_AS_TYPED, NULL, cut, read_as, read_members, read_time
from exporter.kinds.workflow.nodes import LARGEST, NodeReader, NodesUnreadableError, nodes_of, read_status
from exporter.kube.errors import Malformed

_A_CHILD = "child '"
"""How the controller's message about a workflow begins that failed because a step of it did."""
_LEAVES = ("Pod", "Container", "HTTP", "Plugin")
_BROKEN = ("Failed", "Error")

LARGEST_GLANCE = 512 * 1024
"""Bytes of the nodes of one workflow where many are glanced at."""
_LAST = float("inf")


class Glance(msgspec.Struct, frozen=True):
    """What is worth a line."""

    message: str = ""
    """The workflow's own; where that only says that a step failed, which step, and what that says."""
    progress: str = ""
    """Steps that ended, of those known so far: ``3/7``."""


class Node(msgspec.Struct, frozen=True):
    """One step. Times are epoch seconds."""

    name: str
    type: str
    phase: str
    started: int | None
    finished: int | None
    message: str


class _Status(msgspec.Struct, gc=False):
    message: str | None = None
    progress: str | None = None


class _Glanced(msgspec.Struct, gc=False):
    status: _Status | None = None


class _Node(msgspec.Struct, gc=False, rename="camel"):
    name: str | None = None
    display_name: str | None = None
    type: str | None = None
    phase: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    message: str | None = None


_glanced = msgspec.json.Decoder(_Glanced)
_texts = msgspec.json.Decoder(str)
_nodes = NodeReader(_Node)
_UNREADABLE = (*NOT_AS_TYPED, msgspec.DecodeError)


def read_glance(body: bytes) -> Glance:
    """Read the message and the progress; what is missing or no text is empty."""
    message, progress = _glance(body)
    return Glance(message + _cause(body) if message.startswith(_A_CHILD) else message, progress)


def read_nodes(body: bytes) -> Sequence[Node]:
    """Read the steps, the first to start first; a step that cannot be read is left out.

    They stand in the object, or in it compressed; those that Argo keeps in its database are not known here.
    """
    return sorted(map(_node, _steps(body, LARGEST)), key=_by_start)


def _glance(body: bytes) -> tuple[str, str]:
    try:
        status = _glanced.decode(body).status or _Status()
    except _UNREADABLE:
        parts = _status(body)
        return _text(parts, "message"), _text(parts, "progress")
    return status.message or "", status.progress or ""


def cause_in(nodes: bytes) -> str:
    """Give the message of the step that failed first; empty where that is not known."""
    try:
        first = _first_broken(_nodes.read(nodes))
    except NodesUnreadableError:
        return ""
    return first.message if first else ""


def _cause(body: bytes) -> str:
    first = _first_broken(_steps(body, LARGEST_GLANCE))
    return "" if first is None else "".join(f": {text}" for text in (first.name, first.message) if text)


def _first_broken(steps: Iterable[_Node]) -> Node | None:
    # When a step fails everything above it does, and what ran beside it may be stopped: the first to end is the cause.
    broken = [node for node in map(_node, steps) if node.type in _LEAVES and node.phase in _BROKEN]
    return min(broken, key=_by_end, default=None)


def _steps(body: bytes, largest: int) -> Iterable[_Node]:
    try:
        return _nodes.read(nodes_of(read_status(body), largest))
    except NodesUnreadableError:
        return ()


def _status(body: bytes) -> Mapping[str, bytes]:
    try:
        return read_members("status", cut(body).get("status", NULL), [])
    except (Malformed, UnicodeDecodeError):
        return {}


def _text(parts: Mapping[str, bytes], name: str) -> str:
    return read_as(_texts, name, "a text", parts.get(name, NULL), []) or ""


def _node(found: _Node) -> Node:
    return Node(
        name=found.display_name or found.name or "",
        type=found.type or "",
        phase=found.phase or "",
        started=read_time("startedAt", found.started_at, []),
        finished=read_time("finishedAt", found.finished_at, []),
        message=found.message or "",
    )


def _by_start(node: Node) -> tuple[float, float, str]:
    # Of those that began in one second the one that lasted longest comes first: it is what the others are in.
    return (_LAST if node.started is None else node.started, -_end(node), node.name)


def _by_end(node: Node) -> tuple[float, str]:
    return _end(node), node.name


def _end(node: Node) -> float:
    return _LAST if node.finished is None else node.finished
