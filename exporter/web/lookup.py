"""GET of one object under the API server's own path: the very bytes that the API server wrote, from memory."""

from urllib.parse import unquote

from aiohttp.web import BaseRequest, Response

from exporter.kube.objects import Resource, key_of
from exporter.web.answers import COMMON, JSON, READING, Details, Refused, bad_request, cut, no_such_path, wrong_method
from exporter.web.cache import Cache, age_headers
from exporter.web.conditions import names_version
from exporter.web.exchange import path_of

SEGMENT_LIMIT = 253
"""Characters of the longest name that an API server accepts."""


class ObjectLookup:
    """Answers ``/apis/{group}/{version}/namespaces/{namespace}/{plural}/{name}`` for one resource."""

    def __init__(self, resource: Resource, cache: Cache) -> None:
        self._resource = resource
        self._cache = cache
        self.root = resource.path().removesuffix(resource.plural)
        """Every path below it is this handler's to answer."""

    async def answer(self, request: BaseRequest) -> Response:
        """One object, or 304 where the caller has this version already.

        Two objects of one name never share a resourceVersion, so the version alone is the entity tag.

        Raises:
            Refused: 404 no such path or object, 405 not a reading method, 400 a name that none can have, 503 the cache
                cannot be trusted.
        """
        segments = self._segments(path_of(request))
        if request.method not in READING:
            raise wrong_method(READING)
        *namespace, name = map(_segment, segments)
        freshness = self._cache.trusted()
        record = self._cache.find(key_of("".join(namespace), name))
        if record is None:
            raise self._not_found(name)
        entity_tag = f'"{record.version}"'
        headers = {
            "Content-Type": JSON,
            "ETag": entity_tag,
            "Cache-Control": "no-cache, private",
            **COMMON,
            **age_headers(freshness),
        }
        if "If-None-Match" in request.headers:
            asked = ",".join(request.headers.getall("If-None-Match"))
            if names_version(asked, entity_tag):
                del headers["Content-Type"]
                return Response(status=304, headers=headers)
        return Response(body=self._cache.body(record) + b"\n", headers=headers)

    def _segments(self, path: str) -> tuple[str, ...]:
        match path.removeprefix(self.root).split("/"):
            case ["namespaces", namespace, self._resource.plural, name] if self._resource.namespaced:
                return namespace, name
            case [self._resource.plural, name] if not self._resource.namespaced:
                return (name,)
            case _:
                raise no_such_path()

    def _not_found(self, name: str) -> Refused:
        resource = self._resource
        message = f'{resource.name} "{name}" not found'
        return Refused(404, "NotFound", message, Details(name=name, group=resource.group, kind=resource.plural))


def _segment(raw: str) -> str:
    if "%" in raw:
        try:
            text = unquote(raw, errors="strict")
        except UnicodeDecodeError:
            raise bad_request("a segment of the path is not UTF-8") from None
    else:
        text = raw
    if not text or len(text) > SEGMENT_LIMIT or text in {".", ".."} or "/" in text or not text.isprintable():
        raise bad_request(f"no object can have the name {cut(text)!r}")
    return text
