"""POST of many keys: the objects in the order asked, joined from their own bytes and sent in slices."""

import asyncio
from collections.abc import Collection, Iterator

import msgspec
from aiohttp.web import BaseRequest, StreamResponse

from exporter.kube.objects import Key, Resource, split_key
from exporter.web.access import Visitor, to_get
from exporter.web.answers import COMMON, JSON, bad_request, cut
from exporter.web.cache import Cache
from exporter.web.exchange import in_slices, read_body, send
from exporter.web.guard import visitor
from exporter.web.lookup.query import Query, read_version

KEY_LIMIT = 10_000
NAMESPACE_LIMIT = 100
"""Namespaces of one batch about which the API server is asked one by one."""


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One object that is asked for."""

    key: str


class BatchLookup:
    """Answers ``{"<plural>":[{"key":"namespace/name"},…]}`` with ``{"items":[…],"missing":[…]}``, and ``forbidden``."""

    def __init__(self, resource: Resource, cache: Cache) -> None:
        self._cache = cache
        self._resource = resource
        self._namespaced = resource.namespaced
        self._plural = resource.plural
        self._decoder = _question(resource.plural)
        self.path = f"/lookup/{resource.plural}"

    async def answer(self, request: BaseRequest) -> StreamResponse:
        """The objects under the keys, each as often and in the order as asked, and the keys that have none.

        Keys of namespaces that are not watched are told apart: whether they have an object is not known.

        Each object is read when its turn to be sent comes, so none is older than the version that the answer's
        header names, and a batch of any size keeps one slice in memory.

        Raises:
            Refused: 400 the question cannot be read, 408 it came too slowly, 413 it is too large, 503 the cache
                cannot be trusted, 504 it has not reached the version in time.
            Gone: nobody takes the answer.
        """
        keys = self._keys(await read_body(request))
        version = read_version(Query(request).text("resourceVersion"))
        allowed = await self._allowed(visitor(), dict.fromkeys(split_key(key)[0] for key in keys))
        headers = {"Content-Type": JSON, "Cache-Control": "no-store", **COMMON}
        if allowed:  # who may read nothing does not learn how new that nothing is
            freshness = self._cache.trusted()
            for namespace in allowed if version else ():
                if self._cache.is_watched(namespace):
                    freshness = await self._cache.caught_up(namespace, version)
            headers |= self._cache.headers(freshness, None)
        return await send(request, headers, in_slices(self._pieces(keys, allowed)), self._cache.turn)

    async def _allowed(self, caller: Visitor, namespaces: Collection[str]) -> Collection[str]:
        """Give the namespaces in which the caller may read any object; the right for all of them is asked for once."""
        if await caller.may(to_get(self._resource, None)):
            return namespaces or ("",)
        if not self._namespaced:
            return ()
        if len(namespaces) > NAMESPACE_LIMIT:
            raise bad_request(
                f"keys of {len(namespaces)} namespaces are asked for; the limit is {NAMESPACE_LIMIT} for a caller that "
                "may not read all of them"
            )
        answers = await asyncio.gather(*(caller.may(to_get(self._resource, one)) for one in namespaces))
        return {one for one, answer in zip(namespaces, answers, strict=True) if answer}

    def _keys(self, body: bytes) -> list[Key]:
        try:
            asked = self._decoder.decode(body).asked
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise bad_request(f"the body is not a batch of keys: {error}") from error
        if len(asked) > KEY_LIMIT:
            raise bad_request(f"{len(asked)} keys are asked for; the limit is {KEY_LIMIT}")
        return [self._key(place, item.key) for place, item in enumerate(asked)]

    def _key(self, place: int, text: str) -> Key:
        parts = text.split("/")
        if len(parts) != 1 + self._namespaced or not all(parts):
            wanted = "namespace/name" if self._namespaced else "name"
            raise bad_request(f"{self._plural}[{place}].key: {cut(text)!r} is not {wanted}")
        return Key(text)

    def _pieces(self, keys: list[Key], allowed: Collection[str]) -> Iterator[bytes]:
        # NB an object is found and decoded without a pause between: pieces are drawn across awaits, and a record may
        # leave the store meanwhile.
        missing: list[Key] = []
        forbidden: list[Key] = []
        yield b'{"items":['
        separator = b""
        for key in keys:
            namespace = split_key(key)[0]
            if namespace not in allowed or not self._cache.is_watched(namespace):
                forbidden.append(key)
                continue
            record = self._cache.find(key)
            if record is None:
                missing.append(key)
                continue
            yield separator + self._cache.body(record)
            separator = b","
        yield b'],"missing":' + msgspec.json.encode(missing)
        if forbidden:
            yield b',"forbidden":' + msgspec.json.encode(forbidden)
        yield b"}\n"


class _Question(msgspec.Struct, frozen=True):
    asked: list[Asked]


def _question(plural: str) -> "msgspec.json.Decoder[_Question]":
    class Question(_Question, frozen=True, forbid_unknown_fields=True, rename={"asked": plural}):
        """The body of a batch; its one member bears the resource's name."""

        asked: list[Asked]  # again, since only a class's own fields are renamed

    return msgspec.json.Decoder(Question)
