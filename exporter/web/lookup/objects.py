"""GET of one object under the API server's own path: the very bytes that the API server wrote, from memory."""

from aiohttp.web import BaseRequest, Response

from exporter.kube.objects import key_of
from exporter.web.answers import COMMON, JSON, NOT_ACCEPTABLE, Refused, not_found
from exporter.web.cache import Cache, age_headers
from exporter.web.conditions import not_modified
from exporter.web.lookup.paths import Place
from exporter.web.lookup.question import Query, read_include, read_version
from exporter.web.lookup.shapes import METADATA_LIST, TABLE, Form, Metadata, Shape, Table, choose_form
from exporter.web.sources import Served


async def answer_object(request: BaseRequest, place: Place, cache: Cache) -> Response:
    """One object, or 304 where the caller has this version already.

    Two objects of one name never share a resourceVersion, so the version alone is the entity tag.

    Raises:
        Refused: 400 the query makes no sense, 404 no such object, 406 no such form, 503 the cache cannot be
            trusted, 504 it has not reached the version in time.
    """
    served, namespace, name = place.served, place.namespace or "", place.name or ""
    form = choose_form(request.headers.get("Accept", ""))
    query = Query(request)
    cache.check_watched(place.namespace)
    if version := read_version(query.text("resourceVersion")):
        freshness = await cache.caught_up(place.namespace, version)
    else:
        freshness = cache.trusted()
    record = cache.find(key_of(namespace, name))
    if record is None:
        raise not_found(served.resource, name)
    headers = {
        "Content-Type": JSON,
        "ETag": f'"{record.version}"',
        "Cache-Control": "no-cache, private",
        **COMMON,
        **age_headers(freshness),
    }
    if (shape := _shape(served, form, query)) is not None:
        del headers["ETag"]  # it names the object's own bytes
        return Response(body=shape.single(cache.body(record), record.version), headers=headers)
    return not_modified(request, headers) or Response(body=cache.body(record) + b"\n", headers=headers)


def _shape(served: Served, form: Form, query: Query) -> Shape | None:
    """How to write it; None for the object itself."""
    if form.kind == METADATA_LIST:
        message = f"you requested {METADATA_LIST}, but the requested object is not a list"
        raise Refused(NOT_ACCEPTABLE, "NotAcceptable", message)
    if form.kind == TABLE:
        return Table(form, served.columns, read_include(query), served.now())
    return Metadata(form) if form.kind else None
