"""Which resource, namespace and name a path means, as an API server reads paths."""

from collections.abc import Iterable
from typing import TypeAlias
from urllib.parse import unquote

import msgspec

from exporter.web.sources import Served


class Collection(msgspec.Struct, frozen=True):
    """All objects of a resource, or those of one namespace."""

    served: Served
    namespace: str | None = None
    """None stands for all of them."""


class One(msgspec.Struct, frozen=True):
    """One object."""

    served: Served
    namespace: str | None
    """None for an object that is in no namespace."""
    name: str


class Below(msgspec.Struct, frozen=True):
    """What would be a subresource of an object; there are none."""

    served: Served
    namespace: str | None
    name: str
    subresource: str


Place: TypeAlias = Collection | One | Below


class Paths:
    """The paths of all resources that are served."""

    def __init__(self, served: Iterable[Served]) -> None:
        self._served: dict[str, dict[str, Served]] = {}
        for one in served:
            root = one.resource.path().removesuffix(one.resource.plural)
            self._served.setdefault(root, {})[one.resource.plural] = one

    def find(self, path: str) -> Place | None:
        """What a path means, percent-encoded as it came; None when it is none of these."""
        for root, resources in self._served.items():
            if path.startswith(root):
                return _place(resources, unquote(path[len(root) :]).rstrip("/").split("/"))
        return None


def _place(resources: dict[str, Served], segments: list[str]) -> Place | None:
    match segments:
        case ["namespaces", namespace, plural, *rest] if (served := resources.get(plural)) and _is_namespaced(served):
            return _within(served, namespace or None, rest)
        case [plural, *rest] if served := resources.get(plural):
            return _within(served, None, rest)
        case _:
            return None


def _within(served: Served, namespace: str | None, rest: list[str]) -> Place | None:
    match rest:
        case []:
            return Collection(served, namespace)
        case _ if namespace is None and _is_namespaced(served):
            return None
        case [name]:
            return One(served, namespace, name)
        case [name, below, *_]:
            return Below(served, namespace, name, below)
    return None


def _is_namespaced(served: Served) -> bool:
    return served.resource.namespaced
