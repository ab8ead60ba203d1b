"""What a resource in memory takes, and what went wrong with it: what an informer counts, cut to its users' part."""

from collections.abc import Mapping

import msgspec

from exporter.informer.statistics import InformerStatistics


class Statistics(msgspec.Struct, frozen=True):
    """What is kept now, and what happened since the start."""

    objects: int
    body_bytes: int
    """What the bodies take, compressed."""
    reference_bytes: int
    """What the texts take that they are compared with."""
    index_entries: Mapping[str, int]
    """Pairs of a value and an object, by index."""
    index_errors: int
    """How often an index function raised."""
    misfits: int
    """Objects that were not of the type when they arrived."""
    events: Mapping[str, int]
    """added, modified, deleted: what was applied to the cache, lists included."""
    handler_errors: int
    """How often a handler raised."""
    lags: int
    """How often a consumer of changes fell further behind than its queue holds."""
    last_contact: float
    """Epoch seconds of the last word from the API server, on the watch that was heard longest ago; 0 before any."""


def statistics(informer: InformerStatistics) -> Statistics:
    """Give the users' part of an informer's account."""
    store = informer.store
    return Statistics(
        objects=store.objects,
        body_bytes=store.body_bytes,
        reference_bytes=store.codec.reference_bytes,
        index_entries=store.index_entries,
        index_errors=store.index_errors,
        misfits=store.partly_read,
        events=informer.events,
        handler_errors=informer.handler_errors,
        lags=informer.subscriber_lags,
        last_contact=informer.last_contact,
    )
