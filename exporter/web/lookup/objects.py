"""GET of one object under the API server's own path: the very bytes that the API server wrote, from memory."""

from aiohttp.web import BaseRequest, Response

from exporter.kube.objects import key_of
from exporter.web.answers import COMMON, JSON, PRIVATE, not_acceptable, not_found
from exporter.web.cache import Cache
from exporter.web.conditions import not_modified
from exporter.web.lookup.paths import One
from exporter.web.lookup.query import Query, read_version
from exporter.web.lookup.shapes import METADATA_LIST, TABLE, choose_form, shape_of
from exporter.web.negotiation import accept_of


async def answer_object(request: BaseRequest, place: One, cache: Cache) -> Response:
    """One object, or 304 where the caller has this version already.

    Two objects of one name never share a resourceVersion, so the version alone is the entity tag.

    Raises:
        Refused: 400 the query makes no sense, 404 no such object, 406 no such form, 503 the cache cannot be
            trusted, 504 it has not reached the version in time.
    """
    served, query = place.served, Query(request)
    form = choose_form(accept_of(request))
    cache.check_watched(place.namespace)
    freshness = await cache.caught_up(place.namespace, read_version(query.text("resourceVersion")))
    cached = cache.headers(freshness, place.namespace)
    record = cache.find(key_of(place.namespace or "", place.name))
    if record is None:
        raise not_found(served.resource, place.name, cached)
    headers = {"Content-Type": JSON, **PRIVATE, **COMMON, **cached}
    if form.kind == METADATA_LIST:
        raise not_acceptable(f"you requested {METADATA_LIST}, but the requested object is not a list")
    if form.kind != TABLE:  # its age changes with the time
        headers["ETag"] = f'"{record.version}{form.mark}"'
        if unchanged := not_modified(request, headers):
            return unchanged
    return Response(body=shape_of(form, served, query).single(cache.body(record), record.version), headers=headers)
