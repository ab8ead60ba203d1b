"""What a path means: which kind, which namespace, which object."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from exporter.simulator.resources import KINDS, NAMESPACES, Kind


@dataclass(frozen=True, slots=True)
class Target:
    """What a path means."""

    kind: Kind
    namespace: str
    """Empty for all of them, and for an object of the cluster."""
    name: str = ""
    """Empty for the collection."""
    below: str = ""
    """What would be a subresource; there are none."""
    watch: bool = False
    """Whether the path itself says so, as clients of long ago wrote it."""


_ROOTS: dict[str, dict[str, Kind]] = {}
for _kind in KINDS:
    _root = f"/apis/{_kind.api_version}/" if _kind.group else f"/api/{_kind.api_version}/"
    _ROOTS.setdefault(_root, {})[_kind.plural] = _kind


def find(path: str) -> Target | None:
    """Say what a path means; None if nobody serves it."""
    for root, kinds in _ROOTS.items():
        if path.startswith(root):
            segments = unquote(path[len(root) :], errors="surrogateescape").rstrip("/").split("/")
            return _read_segments(kinds, segments)
    return None


def _read_segments(kinds: Mapping[str, Kind], segments: list[str]) -> Target | None:
    match segments:
        case ["watch", *rest] if rest and (target := _read_segments(kinds, rest)) and not target.name:
            return Target(target.kind, target.namespace, watch=True)
        case ["namespaces", namespace, plural, *rest] if (kind := kinds.get(plural)) and kind.namespaced:
            return _target(kind, namespace, rest)
        case ["namespaces", *rest] if kinds.get("namespaces") is NAMESPACES:
            return _target(NAMESPACES, "", rest)
        case [plural, *rest] if kind := kinds.get(plural):
            if kind.namespaced and rest:
                return None
            return _target(kind, "", rest)
        case _:
            return None


def _target(kind: Kind, namespace: str, rest: list[str]) -> Target | None:
    match rest:
        case []:
            return Target(kind, namespace)
        case [_, *_] if kind.namespaced and not namespace:
            return None
        case [name]:
            return Target(kind, namespace, name) if name else None
        case [name, *below] if kind.group:
            return Target(kind, namespace, name, "/".join(below) or "/")
        case _:
            return None
