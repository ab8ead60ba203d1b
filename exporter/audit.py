"""Compares the totals of a kind with its cache, one namespace at a time, and puts right what has drifted.

They differ only when a handler failed on a delta, which is an error of ours: so it is counted, told, and healed.
"""

import asyncio
import logging
from collections.abc import Iterable

from exporter.kube.objects import Key, Resource, split_key
from exporter.metrics.ledger import Ledger
from exporter.store.store import NAMESPACE, Store

log = logging.getLogger(__name__)


class Audit:
    """The audit of one kind's totals."""

    def __init__(self, resource: Resource, store: Store, ledger: Ledger) -> None:
        self._resource = resource
        self._store = store
        self._ledger = ledger
        self.corrections = 0
        """Series that were put right since the start."""

    async def check(self) -> None:
        """Go through all namespaces that are in the cache or in the totals; others have a turn after each."""
        for namespace in {*self._store.index(NAMESPACE).values(), *self._ledger.namespaces()}:
            records = map(self._store.get, self._keys(namespace))
            corrected = self._ledger.reconcile(namespace, [one.projection for one in records if one is not None])
            if corrected:
                self.corrections += corrected
                fields = {"resource": self._resource.name, "namespace": namespace, "series": corrected}
                log.error("totals had drifted from the cache and were put right", extra={"fields": fields})
            await asyncio.sleep(0)

    def _keys(self, namespace: str) -> Iterable[Key]:
        if namespace:
            return self._store.index(NAMESPACE).keys(namespace)
        return (key for key, _ in self._store.items() if not split_key(key)[0])  # objects without a namespace
