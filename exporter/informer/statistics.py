"""What an informer did and where it stands, as one record: its own counts and its reflectors', summed when asked."""

from collections import Counter
from collections.abc import Callable, Mapping

from exporter.informer.audience import AudienceStatistics
from exporter.informer.standing import ReflectorStatistics, Stand
from exporter.kube.objects import Resource
from exporter.store.store import StoreStatistics
from exporter.tally import Seen


class InformerStatistics(AudienceStatistics, frozen=True, kw_only=True):
    """What an informer did and where it stands, and each of its reflectors; what these counted is summed on demand."""

    resource: Resource
    synced: bool
    """Whether everything chosen was listed completely once."""
    fresh: bool
    """Whether the store follows the cluster at this moment."""
    state: Stand
    """Of several reflectors, the one that deserves most attention."""
    last_contact: float
    """Epoch seconds of the last word on the watch that was heard longest ago; 0 before the first."""
    reflectors: tuple[ReflectorStatistics, ...]
    """One for each namespace chosen, or one for all."""
    store: StoreStatistics

    def total(self, count: Callable[[ReflectorStatistics], int]) -> int:
        """Sum a count over the reflectors."""
        return sum(map(count, self.reflectors))

    def totals(self, counts: Callable[[ReflectorStatistics], Mapping[str, int]]) -> Mapping[str, int]:
        """Sum named counts over the reflectors."""
        summed: Counter[str] = Counter()
        for one in self.reflectors:
            summed.update(counts(one))  # unlike +, it keeps zeros
        return summed

    def seen(self, times: Callable[[ReflectorStatistics], Seen]) -> Seen:
        """Sum what the reflectors observed by the same bounds."""
        every = [times(one) for one in self.reflectors]
        return Seen(
            sum(one.count for one in every),
            sum(one.sum for one in every),
            tuple(map(sum, zip(*(one.buckets for one in every), strict=True))),
        )
