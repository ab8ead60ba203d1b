"""From a request to its handler and back: routes, refusals, what goes wrong unexpectedly, and the counts of it all."""

import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

import msgspec
from aiohttp.web import BaseRequest, Response, StreamResponse

from exporter.tally import Seen, Tally
from exporter.web.access import probe
from exporter.web.answers import NoSuchPath, NoSuchResource, Refused, text
from exporter.web.cache import LOOKUP_BOUNDS, CacheStatistics
from exporter.web.exchange import Gone, finish, path_of
from exporter.web.guard import Guard
from exporter.web.lookup.desk import BATCH, LIST, OBJECT, Desk
from exporter.web.page.page import Page
from exporter.web.probes import Probes
from exporter.web.route import ANY, Route
from exporter.web.scrape import Scrape, ScrapeStatistics
from exporter.web.sources import AskReadiness, Exposition, Served

CLIENT_GONE = 499
"""What is counted for an answer that nobody took; never sent."""
NO_ROOM = 503
"""What a connection is told that is one too many."""

_SPEAKS_STATUS = ("/api/", "/apis/", "/lookup/")

log = logging.getLogger(__name__)


Reload: TypeAlias = Callable[[], Awaitable[str]]
"""Reads the configuration again; gives why it cannot be used, or nothing."""


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
    lookup_seconds: Mapping[str, Seen] = {}
    """How long lookups took until their last byte was sent, by handler."""
    scrapes: ScrapeStatistics = ScrapeStatistics()


class Site:
    """Everything that is served, behind one call."""

    def __init__(  # noqa: PLR0913, PLR0917 - everything that is served
        self,
        exposition: Exposition,
        ask_readiness: AskReadiness,
        page: Page | None = None,
        served: Sequence[Served] = (),
        telemetry_path: str = "/metrics",
        guard: Guard | None = None,
        reload: Reload | None = None,
    ) -> None:
        """Without a page there is nothing at ``/``."""
        self._requests: Counter[tuple[str, int]] = Counter()
        self._in_flight = 0
        self._failures = 0
        self._guard = guard or Guard()
        self._probes = Probes(ask_readiness, withhold=self._guard.is_strict)
        self._scrape = Scrape(exposition)
        self._page = page
        self._routes = {
            **(page.routes if page else {}),
            "/livez": Route("livez", self._probes.livez, ask_acts=probe),
            "/readyz": Route("readyz", self._probes.readyz, ask_acts=probe),
            "/healthz": Route("healthz", self._probes.healthz, ask_acts=probe),
            telemetry_path: Route("metrics", self._scrape.answer),
        }
        if reload is not None:
            self._routes["/-/reload"] = Route("reload", partial(_reload, reload), ("POST", "PUT"))
        self._desk = Desk(served)
        self._routes |= self._desk.routes
        self._lookup_seconds = {name: Tally(LOOKUP_BOUNDS) for name in (OBJECT, LIST, BATCH)}

    async def __call__(self, request: BaseRequest) -> StreamResponse:
        """Answer a request, to its last byte."""
        path = path_of(request)
        route = self._route(path)
        self._in_flight += 1
        begun, code = time.perf_counter(), CLIENT_GONE
        try:
            response = await self._answer(route, request, path)
            await finish(request, response)
            code = response.status
        except Gone:
            response = _abandoned(request)
        finally:
            # A client that leaves mostly cancels its handler.
            self._in_flight -= 1
            self._count(route.name, code, time.perf_counter() - begun)
        return response

    def refuse(self, code: int, reason: str) -> Response:
        """Answer what is no HTTP request."""
        self._requests["malformed", code] += 1
        return text(code, reason + "\n")

    def turn_away(self) -> None:
        """Count a connection for which there was no room."""
        self._requests["refused", NO_ROOM] += 1

    def leave(self) -> None:
        """Say on /readyz that the process is stopping, and end what would not end by itself."""
        self._probes.leave()
        if self._page is not None:
            self._page.leave()

    def statistics(self) -> SiteStatistics:
        """What was asked so far."""
        seconds = {name: tally.seen() for name, tally in self._lookup_seconds.items()}
        return SiteStatistics(
            dict(self._requests),
            self._in_flight,
            self._failures,
            self._desk.statistics(),
            seconds,
            self._scrape.statistics(),
        )

    def _count(self, handler: str, code: int, seconds: float) -> None:
        self._requests[handler, code] += 1
        if handler in self._lookup_seconds:
            self._lookup_seconds[handler].observe(seconds)

    def _route(self, path: str) -> Route:
        return self._routes.get(path) or self._desk.find(path) or self._shown(path) or _NOBODY

    def _shown(self, path: str) -> Route | None:
        return None if self._page is None else self._page.find(path)

    async def _answer(self, route: Route, request: BaseRequest, path: str) -> StreamResponse:
        try:
            await self._guard.admit(request, route.ask_acts)
            return await route.call(request)
        except Refused as refusal:
            return _told(refusal, route, path)
        except Gone:
            raise
        except Exception as error:
            self._failures += 1
            log.exception("a request failed", extra={"fields": {"handler": route.name, "path": path}})
            if request.writer.output_size:
                raise Gone from error  # half an answer must not look like a whole one
            failure = Refused(500, "InternalError", "an internal error occurred; the log says more")
            return _told(failure, route, path)


def _told(refusal: Refused, route: Route, path: str) -> Response:
    if route.refuse is not None:
        return route.refuse(refusal)
    speaks_status = path.startswith(_SPEAKS_STATUS) and not isinstance(refusal, NoSuchPath)
    return refusal.status() if speaks_status else refusal.text()


def _abandoned(request: BaseRequest) -> Response:
    if request.transport is not None:
        request.transport.abort()
    return Response(status=CLIENT_GONE)


async def _nobody(request: BaseRequest) -> StreamResponse:
    raise NoSuchResource if path_of(request).startswith("/api/") else NoSuchPath


async def _reload(reload: Reload, _request: BaseRequest) -> StreamResponse:
    why = await reload()
    return text(500, why + "\n") if why else text(200, "the configuration was read\n")


_NOBODY = Route("other", _nobody, ANY)
