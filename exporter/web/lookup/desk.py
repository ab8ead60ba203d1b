"""Who answers which lookup: lists, single objects, batches, and the documents that say what there is."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeAlias, TypeVar

from aiohttp.web import BaseRequest, StreamResponse

from exporter.kube.objects import Resource
from exporter.web.answers import READING, not_found, unsupported
from exporter.web.cache import Cache, CacheStatistics
from exporter.web.discovery import Discovery
from exporter.web.lookup.batch import BatchLookup
from exporter.web.lookup.lists import answer_list
from exporter.web.lookup.objects import answer_object
from exporter.web.lookup.paths import Below, Collection, One, Paths
from exporter.web.route import ANY, Route
from exporter.web.sources import Served

OBJECT, LIST, BATCH, DISCOVERY = "object", "list", "batch", "discovery"
"""The handlers, as the statistics call them."""

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}

PlaceT = TypeVar("PlaceT", Collection, One)
Reader: TypeAlias = Callable[[BaseRequest, PlaceT, Cache], Awaitable[StreamResponse]]


class Desk:
    """Everything that is looked up in the caches; without any, nothing is."""

    def __init__(self, served: Sequence[Served]) -> None:
        turn = asyncio.Lock()
        self._caches = {one.resource: Cache(one, turn) for one in served}
        self._paths = Paths(served)
        self.routes: dict[str, Route] = {}
        """Those of paths that never change."""
        if served:
            discovery = Discovery(served)
            self.routes |= dict.fromkeys(discovery.paths, Route(DISCOVERY, discovery.answer))
        for resource, cache in self._caches.items():
            batch = BatchLookup(resource, cache)
            self.routes[batch.path] = Route(BATCH, batch.answer, ("POST",))

    def find(self, path: str) -> Route | None:
        """Who answers a path below a resource's root; None when it means nothing."""
        match self._paths.find(path):
            case Collection() as place:
                return Route(LIST, partial(_read, answer_list, place, self._caches[place.served.resource]), ANY)
            case One() as place:
                return Route(OBJECT, partial(_read, answer_object, place, self._caches[place.served.resource]), ANY)
            case Below() as place:
                return Route(OBJECT, partial(_refuse_below, place), ANY)
            case None:
                return _NO_NAMESPACES if self._caches and _NAMESPACE.fullmatch(path) else None

    def statistics(self) -> CacheStatistics:
        """What was read so far, from all of them."""
        each = [cache.statistics() for cache in self._caches.values()]
        return CacheStatistics(sum(one.lookups for one in each), sum(one.misses for one in each))


async def _refuse_namespace(_request: BaseRequest) -> StreamResponse:
    # kubectl asks for the namespace of an object that is missing, and a 404 would have it complain of that instead.
    raise unsupported("get", _NAMESPACES)


_NAMESPACES = Resource("", "v1", "namespaces", "Namespace", namespaced=False)
_NAMESPACE = re.compile(r"/api/v1/namespaces/[^/]+/?")
_NO_NAMESPACES = Route(DISCOVERY, _refuse_namespace, ANY)


async def _refuse_below(place: Below, _request: BaseRequest) -> StreamResponse:
    raise not_found(place.served.resource, place.name)


async def _read(answer: "Reader[PlaceT]", place: PlaceT, cache: Cache, request: BaseRequest) -> StreamResponse:
    if request.method not in READING:
        raise unsupported(_VERBS.get(request.method, request.method.lower()), place.served.resource)
    return await answer(request, place, cache)
