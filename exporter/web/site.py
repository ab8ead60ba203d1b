"""From a request to its handler and back: routes, refusals, what goes wrong unexpectedly, and the counts of it all."""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import msgspec
from aiohttp.web import BaseRequest, Response, StreamResponse

from exporter.kube.objects import Resource
from exporter.web.answers import READING, Refused, no_such_path, text, wrong_method
from exporter.web.batch import BatchLookup
from exporter.web.cache import Cache, CacheStatistics
from exporter.web.exchange import Gone, finish, path_of
from exporter.web.landing import Landing
from exporter.web.lookup import ObjectLookup
from exporter.web.probes import Probes
from exporter.web.scrape import Scrape
from exporter.web.sources import AskFreshness, AskOverview, AskReadiness, Exposition, Store

CLIENT_GONE = 499
"""What is counted for an answer that nobody took; never sent."""
NO_ROOM = 503
"""What a connection is told that is one too many."""

ANY: tuple[str, ...] = ()
"""In place of methods: the handler decides."""

_SPEAKS_STATUS = ("/api/", "/apis/", "/lookup/")

Handler: TypeAlias = Callable[[BaseRequest], Awaitable[StreamResponse]]

log = logging.getLogger(__name__)


class Route(msgspec.Struct, frozen=True):
    """Who answers a path."""

    name: str
    """How the handler is called in the statistics."""
    answer: Handler
    methods: tuple[str, ...] = READING
    """Those that are let through; none means that the handler decides."""

    async def call(self, request: BaseRequest) -> StreamResponse:
        """Answer one request.

        Raises:
            Refused: 405, or whatever the handler refuses.
        """
        if self.methods and request.method not in self.methods:
            raise wrong_method(self.methods)
        return await self.answer(request)


class SiteStatistics(msgspec.Struct, frozen=True):
    """What was asked since the start."""

    requests: Mapping[tuple[str, int], int]
    """Answers by handler and HTTP code.

    ``other`` are paths that nobody serves, ``malformed`` is what is not HTTP, ``refused`` are connections that were
    closed because too many were open.
    """
    in_flight: int
    failures: int
    """Requests that ended in an error nobody expected."""
    cache: CacheStatistics


class Lookups(msgspec.Struct, frozen=True):
    """What the lookups read."""

    resource: Resource
    store: Store
    ask_freshness: AskFreshness


class Site:
    """Everything that is served, behind one call."""

    def __init__(
        self,
        exposition: Exposition,
        ask_readiness: AskReadiness,
        ask_overview: AskOverview,
        lookups: Lookups | None,
        telemetry_path: str = "/metrics",
    ) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._in_flight = 0
        self._failures = 0
        self._probes = Probes(ask_readiness)
        landing = Landing(ask_overview, telemetry_path, lookups.resource if lookups else None)
        self._routes = {
            "/": Route("landing", landing.answer),
            "/livez": Route("livez", self._probes.livez),
            "/readyz": Route("readyz", self._probes.readyz),
            "/healthz": Route("healthz", self._probes.healthz),
            telemetry_path: Route("metrics", Scrape(exposition).answer),
        }
        self._cached: _Cached | None = None
        if lookups:
            self._cached = _Cached(lookups)
            self._routes |= self._cached.routes

    async def __call__(self, request: BaseRequest) -> StreamResponse:
        """Answer a request, to its last byte."""
        path = path_of(request)
        route = self._route(path)
        self._in_flight += 1
        try:
            response = await self._answer(route, request, path)
            await finish(request, response)
        except Gone:
            response = _abandoned(request)
        finally:
            self._in_flight -= 1
        self._requests[route.name, response.status] += 1
        return response

    def refuse(self, code: int, reason: str) -> Response:
        """Answer what is no HTTP request."""
        self._requests["malformed", code] += 1
        return text(code, reason + "\n")

    def turn_away(self) -> None:
        """Count a connection for which there was no room."""
        self._requests["refused", NO_ROOM] += 1

    def leave(self) -> None:
        """Say on /readyz that the process is stopping."""
        self._probes.leave()

    def statistics(self) -> SiteStatistics:
        """What was asked so far."""
        cache = self._cached.cache.statistics() if self._cached else CacheStatistics()
        return SiteStatistics(dict(self._requests), self._in_flight, self._failures, cache)

    def _route(self, path: str) -> Route:
        if self._cached and path.startswith(self._cached.root):
            return self._cached.object
        return self._routes.get(path, _NOBODY)

    async def _answer(self, route: Route, request: BaseRequest, path: str) -> StreamResponse:
        try:
            return await route.call(request)
        except Refused as refusal:
            return _told(refusal, path)
        except Gone:
            raise
        except Exception as error:
            self._failures += 1
            log.exception("a request failed", extra={"fields": {"handler": route.name, "path": path}})
            if request.writer.output_size:
                raise Gone from error  # half an answer must not look like a whole one
            return _told(Refused(500, "InternalError", "an internal error occurred; the log says more"), path)


class _Cached:
    """What is served from the cache: one object by its path, many by their keys."""

    def __init__(self, lookups: Lookups) -> None:
        self.cache = Cache(lookups.store, lookups.ask_freshness)
        one, many = ObjectLookup(lookups.resource, self.cache), BatchLookup(lookups.resource, self.cache)
        self.root = one.root
        """Every path below it is for ``object`` to answer."""
        self.object = Route("object", one.answer, ANY)
        self.routes = {many.path: Route("batch", many.answer, ("POST",))}


def _told(refusal: Refused, path: str) -> Response:
    return refusal.status() if path.startswith(_SPEAKS_STATUS) else refusal.text()


def _abandoned(request: BaseRequest) -> Response:
    if request.transport is not None:
        request.transport.abort()
    return Response(status=CLIENT_GONE)


async def _nobody(_request: BaseRequest) -> StreamResponse:
    raise no_such_path()


_NOBODY = Route("other", _nobody, ANY)
