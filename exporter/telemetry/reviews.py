"""What the auth filter asked of the API server."""

from collections.abc import Iterator

from exporter.metrics.family import Family, Type
from exporter.reviews import ReviewStatistics
from exporter.telemetry.declare import Told, point

REVIEWS = Family(
    name="informer_exporter_auth_reviews_total",
    type=Type.COUNTER,
    help="Reviews that the API server was asked for, of callers (token) and of their rights (access), by what came of "
    "it: allowed, denied, or failed. Answers that are remembered ask for none.",
    labels=("review", "decision"),
)
OVERLOADED = Family(
    name="informer_exporter_auth_reviews_overloaded_total",
    type=Type.COUNTER,
    help="Requests that were told to come again since too many reviews were waiting.",
)

FAMILIES = (REVIEWS, OVERLOADED)

_EVERY = [(review, decision) for review in ("token", "access") for decision in ("allowed", "denied", "failed")]


def told(reviews: ReviewStatistics) -> Iterator[Told]:
    """Every sample of these families."""
    for one in _EVERY:
        yield point(REVIEWS, reviews.reviews.get(one, 0), *one)
    yield point(OVERLOADED, reviews.overloaded)
