"""Where an informer stands: its state, why, since when nothing was heard."""

from collections.abc import Iterator

from exporter.informer.standing import DEGRADING, Stand
from exporter.informer.statistics import InformerStatistics
from exporter.metrics.family import Type, states
from exporter.telemetry.declare import Told, of_resource, point, points

STATE = of_resource(
    "informer_state",
    Type.GAUGE,
    "Where the informer stands: 1 for the present state, 0 for the others. Of several watches, the worst.",
    "state",
)
DEGRADED = of_resource(
    "informer_degraded",
    Type.GAUGE,
    "Why the informer is degraded: 1 for each present reason, 0 for the others.",
    "reason",
)
TRANSITIONS = of_resource(
    "informer_transitions_total",
    Type.COUNTER,
    "Changes of the state or of the reason for it, by the state come to; even those between two scrapes.",
    "state",
)
SYNCED = of_resource(
    "informer_synced", Type.GAUGE, "Whether the cache is complete and follows the API server at this moment."
)
BACKOFF = of_resource(
    "informer_backoff_seconds",
    Type.GAUGE,
    "Length of the wait that the informer is in before it asks again, 0 outside a wait; of several, the longest.",
    unit="seconds",
)
LAST_CONTACT = of_resource(
    "informer_last_contact_timestamp_seconds",
    Type.GAUGE,
    "When the API server was last heard (bookmarks count); of several watches, the one heard longest ago.",
    unit="seconds",
)
LAST_SYNC = of_resource(
    "informer_last_sync_timestamp_seconds",
    Type.GAUGE,
    "When a list was last complete in the cache; of several namespaces, the one listed longest ago.",
    unit="seconds",
)
LAST_EVENT = of_resource(
    "informer_last_event_timestamp_seconds",
    Type.GAUGE,
    "When an event of a watch last changed the cache.",
    unit="seconds",
)

FAMILIES = (STATE, DEGRADED, TRANSITIONS, SYNCED, BACKOFF, LAST_CONTACT, LAST_SYNC, LAST_EVENT)


def told(informer: InformerStatistics) -> Iterator[Told]:
    """Every sample of these families. A moment that has not come yet has none."""
    resource = informer.resource.name
    yield from ((STATE, sample) for sample in states((resource,), Stand, informer.state))
    present = {one.cause for one in informer.reflectors if one.state is Stand.DEGRADED}
    yield from points(DEGRADED, {cause: int(cause in present) for cause in DEGRADING}, resource)
    yield from points(TRANSITIONS, informer.totals(lambda one: one.transitions), resource)
    yield point(SYNCED, int(informer.fresh), resource)
    yield point(BACKOFF, max(one.backoff for one in informer.reflectors), resource)
    moments = (
        (LAST_CONTACT, informer.last_contact),
        (LAST_SYNC, min(one.last_sync for one in informer.reflectors)),
        (LAST_EVENT, max(one.last_event for one in informer.reflectors)),
    )
    yield from (point(family, moment, resource) for family, moment in moments if moment)
