"""A client for tests: makes, changes and removes objects, many at a time if wanted.

It is synchronous on purpose: one call takes some milliseconds, and it shares nothing with the client under test. What
takes longer goes into ``asyncio.to_thread``; one ``Admin`` may be used by any number of threads.
"""

import http.client
import ssl
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, LifoQueue
from typing import Any, Self, TypeAlias
from urllib.parse import urlencode, urlsplit

import msgspec

from exporter.kube.objects import Resource

Object: TypeAlias = dict[str, Any]
"""A Kubernetes object as JSON gives it."""

CONNECTIONS = 16
"""How many requests ``create_many`` has in flight; more do not make one API server faster."""

PAGE = 500
NOT_FOUND, CONFLICT, TOO_MANY_REQUESTS, UNAVAILABLE = 404, 409, 429, 503
JSON, MERGE_PATCH = "application/json", "application/merge-patch+json"


class Refused(Exception):
    """The API server answered with an error; ``code`` is HTTP's."""

    def __init__(self, call: str, code: int, body: bytes) -> None:
        self.code = code
        self.body = body
        super().__init__(f"{call}: {code}: {body[:500].decode(errors='replace')}")


class Admin:
    """Everything a test asks of an API server on its own behalf."""

    def __init__(self, url: str, context: ssl.SSLContext, token: str | None = None) -> None:
        self._address = urlsplit(url)
        self._context = context
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._idle: LifoQueue[http.client.HTTPSConnection] = LifoQueue()

    def __enter__(self) -> Self:
        """Nothing is dialled yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    def send(self, method: str, path: str, body: object = None, content_type: str = JSON) -> bytes:
        """Send one request (its path with the query) and give the body of the answer.

        Raises:
            Refused: the answer is not a success.
            OSError: there was no answer.
            http.client.HTTPException: the answer broke off.
        """
        content = None if body is None else msgspec.json.encode(body)
        code, answer = self._exchange(method, path, content, self._headers | {"Content-Type": content_type})
        if code >= http.client.BAD_REQUEST:
            raise Refused(f"{method} {path}", code, answer)
        return answer

    def create(self, resource: Resource, thing: Object) -> Object:
        """Create an object, in the namespace its metadata names; give it as the server stored it."""
        return self.post(resource.path(_namespace(thing)), thing)

    def post(self, path: str, thing: Object) -> Object:
        """Create what has no path of its own kind: a review, a token."""
        return _decode(self.send("POST", path, thing))

    def create_many(self, resource: Resource, things: Iterable[Object], connections: int = CONNECTIONS) -> None:
        """Create many objects over several connections; things are taken one by one, so a generator may be long."""
        rest, lock = iter(things), threading.Lock()

        def work() -> None:
            while (thing := _next(rest, lock)) is not None:
                self.create(resource, thing)

        with ThreadPoolExecutor(connections) as workers:
            for done in [workers.submit(work) for _ in range(connections)]:
                done.result()

    def replace(self, resource: Resource, thing: Object) -> Object:
        """Replace an object; a resourceVersion in its metadata makes that conditional."""
        return _decode(self.send("PUT", resource.path(_namespace(thing), thing["metadata"]["name"]), thing))

    def patch(self, resource: Resource, name: str, change: Object, namespace: str | None = None) -> Object:
        """Change an object by a merge patch: None removes a member."""
        return _decode(self.send("PATCH", resource.path(namespace, name), change, MERGE_PATCH))

    def delete(self, resource: Resource, name: str, namespace: str | None = None) -> None:
        """Delete an object."""
        self.send("DELETE", resource.path(namespace, name))

    def read(self, resource: Resource, name: str, namespace: str | None = None) -> bytes:
        """Give the very bytes with which the API server answers for one object."""
        return self.send("GET", resource.path(namespace, name))

    def get(self, resource: Resource, name: str, namespace: str | None = None) -> Object:
        """Give one object."""
        return _decode(self.read(resource, name, namespace))

    def list_all(self, resource: Resource, namespace: str | None = None, *, labels: str = "") -> list[Object]:
        """Give all objects that match a label selector, read in pages."""
        return list(self._items(resource.path(namespace), {"limit": str(PAGE), "labelSelector": labels}))

    def version(self, resource: Resource, namespace: str | None = None) -> str:
        """Give the newest resourceVersion of a collection."""
        page = _decode(self.send("GET", f"{resource.path(namespace)}?limit=1"))
        return str(page["metadata"]["resourceVersion"])

    def close(self) -> None:
        """Close the connections that are idle; the client may still be used."""
        while (connection := self._take()) is not None:
            connection.close()

    def _items(self, path: str, query: dict[str, str]) -> Iterator[Object]:
        token = ""
        while True:
            page = _decode(self.send("GET", f"{path}?{urlencode(query | {'continue': token})}"))
            yield from page["items"]
            token = page["metadata"].get("continue", "")
            if not token:
                return

    def _exchange(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        while (kept := self._take()) is not None:
            try:
                return self._ask(kept, method, path, body, headers)
            except (ConnectionError, ssl.SSLError):
                # Most likely the server closed it while it was idle, perhaps because it was started anew.
                continue
        return self._ask(self._dial(), method, path, body, headers)

    def _ask(
        self,
        connection: http.client.HTTPSConnection,
        method: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str],
    ) -> tuple[int, bytes]:
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = response.read()
        except BaseException:
            connection.close()
            raise
        self._idle.put(connection)
        return response.status, answer

    def _take(self) -> http.client.HTTPSConnection | None:
        try:
            return self._idle.get_nowait()
        except Empty:
            return None

    def _dial(self) -> http.client.HTTPSConnection:
        assert self._address.hostname is not None
        return http.client.HTTPSConnection(
            self._address.hostname, self._address.port, timeout=60, context=self._context
        )


def _decode(body: bytes) -> Object:
    decoded: Object = msgspec.json.decode(body)
    return decoded


def _namespace(thing: Object) -> str | None:
    namespace: str | None = thing["metadata"].get("namespace")
    return namespace


def _next(things: Iterator[Object], lock: threading.Lock) -> Object | None:
    with lock:
        return next(things, None)
