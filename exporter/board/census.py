"""How many objects are in each phase, in all and in each namespace; any number of namespaces."""

from collections.abc import Iterable, Mapping

from exporter.kube.objects import Key, split_key


class Census:
    """Counts that follow the objects; a namespace without any is forgotten."""

    def __init__(self, phases: Iterable[str]) -> None:
        """``phases`` are those that are told even when nothing is in them."""
        self.totals: dict[str, int] = dict.fromkeys(phases, 0)
        self._namespaces: dict[str, dict[str, int]] = {}

    @property
    def namespaces(self) -> Mapping[str, Mapping[str, int]]:
        """The counts of each namespace that has objects, without zeros. Not a copy."""
        return self._namespaces

    def enter(self, key: Key, phase: str) -> None:
        """Count an object in."""
        self.totals[phase] = self.totals.get(phase, 0) + 1
        counts = self._namespaces.setdefault(split_key(key)[0], {})
        counts[phase] = counts.get(phase, 0) + 1

    def leave(self, key: Key, phase: str) -> None:
        """Count an object out."""
        self.totals[phase] -= 1
        namespace = split_key(key)[0]
        counts = self._namespaces[namespace]
        counts[phase] -= 1
        if not counts[phase]:
            del counts[phase]
        if not counts:
            del self._namespaces[namespace]
