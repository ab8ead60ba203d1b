"""Which resource, namespace and name a path means, as an API server reads paths."""

from collections.abc import Iterable
from urllib.parse import unquote

import msgspec

from exporter.web.sources import Served


class Place(msgspec.Struct, frozen=True):
    """What a path means: a collection, or one object of it."""

    served: Served
    namespace: str | None = None
    """None stands for all of them, or for a resource that has none."""
    name: str | None = None
    """None for the collection."""
    exists: bool = True
    """False below an object, where subresources would be; there are none."""


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
            return _below(served, namespace or None, rest)
        case [plural] if served := resources.get(plural):
            return Place(served)
        case [plural, *rest] if (served := resources.get(plural)) and not _is_namespaced(served):
            return _below(served, None, rest)
        case _:
            return None


def _below(served: Served, namespace: str | None, rest: list[str]) -> Place | None:
    if not rest:
        return Place(served, namespace)
    if namespace is None and _is_namespaced(served):
        return None
    return Place(served, namespace, rest[0], exists=len(rest) == 1)


def _is_namespaced(served: Served) -> bool:
    return served.resource.namespaced
