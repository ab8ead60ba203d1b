"""Who answers which lookup: lists, single objects, batches, and the documents that say what there is."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeAlias, TypeVar

import msgspec
from aiohttp.web import BaseRequest, StreamResponse

from exporter.kube.objects import Resource
from exporter.web.access import Act, to_get, to_list
from exporter.web.answers import READING, not_found, unsupported
from exporter.web.cache import Cache, CacheStatistics
from exporter.web.discovery import Discovery
from exporter.web.lookup.batch import BatchLookup
from exporter.web.lookup.lists import answer_list
from exporter.web.lookup.objects import answer_object
from exporter.web.lookup.paths import Below, Collection, One, Paths, Place
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
            self.routes[batch.path] = Route(BATCH, batch.answer, ("POST",), ask_acts=_decided_by_key)

    def find(self, path: str) -> Route | None:
        """Who answers a path below a resource's root; None when it means nothing."""
        match self._paths.find(path):
            case Collection() as place:
                reader = partial(_read, answer_list, place, self._caches[place.served.resource])
                return Route(LIST, reader, ANY, ask_acts=partial(_acts, place))
            case One() as place:
                reader = partial(_read, answer_object, place, self._caches[place.served.resource])
                return Route(OBJECT, reader, ANY, ask_acts=partial(_acts, place))
            case Below() as place:
                return Route(OBJECT, partial(_refuse_below, place), ANY, ask_acts=partial(_acts, place))
            case None:
                return _NO_NAMESPACES if self._caches and _NAMESPACE.fullmatch(path) else None

    def statistics(self) -> CacheStatistics:
        """What was read so far, from all of them."""
        each = [cache.statistics() for cache in self._caches.values()]
        return CacheStatistics(sum(one.lookups for one in each), sum(one.misses for one in each))


def _acts(place: Place, request: BaseRequest) -> Sequence[Act]:
    """Say what a request does with what its path means, as an API server would call it."""
    resource = place.served.resource
    act = to_list(resource, place.namespace)
    if not isinstance(place, Collection):
        act = to_get(resource, place.namespace, place.name)
    if isinstance(place, Below):
        act = msgspec.structs.replace(act, subresource=place.subresource)
    return (act if request.method in READING else msgspec.structs.replace(act, verb=_verb(request)),)


def _decided_by_key(_request: BaseRequest) -> Sequence[Act]:
    """Nothing yet: a batch is decided when its keys are known."""
    return ()


def _verb(request: BaseRequest) -> str:
    return _VERBS.get(request.method, request.method.lower())


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
        raise unsupported(_verb(request), place.served.resource)
    return await answer(request, place, cache)
