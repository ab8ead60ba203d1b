"""The socket of the simulated server: answers and watches go out here, and here it misbehaves on demand."""

import asyncio
import random
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import msgspec
from aiohttp.web import BaseRequest, StreamResponse
from aiohttp.web import Server as HttpServer

from exporter.simulator.api.query import Query
from exporter.simulator.api.site import Answer, Api, Asked, NotYet, Opened, refusal
from exporter.simulator.api.words import (
    JSON,
    Refused,
    broken,
    too_large_version,
    too_many_requests,
    unknown_path,
)
from exporter.simulator.audience import Audience
from exporter.simulator.callers import check_caller
from exporter.simulator.complaints import complain
from exporter.simulator.history import Change, History
from exporter.simulator.streaming import Stream, sliced
from exporter.simulator.sweeping import Sweeper

BODY_LIMIT = 3 * 1024 * 1024
"""Bytes of a body that is read."""
VERSION_PATIENCE = 3.0
"""Seconds for which a version is waited for that is still to come."""
WATCH_TIMES = (1800.0, 3600.0)
"""Seconds that a watch lasts at least and at most, if the caller says nothing."""
SLOWNESS = 2.0
"""Seconds by which everything is late while the server is slow."""
PATIENCE = 0.5
"""Seconds in which handlers must have ended when the server stops."""
TAKING = 30.0
"""Seconds in which a client must take what it is sent, or its connection is cut."""
CONTROL = "/simulator/"

_encode = msgspec.json.Encoder().encode

Control = Mapping[tuple[str, str], Callable[[Query], Any]]
"""What is done and told for a method and a path below ``/simulator/``; what is asked wrongly is a ``Refused``."""


class Server:
    """Serves one history on one address.

    ``rng`` decides what a real server leaves to chance: how long a watch lasts, how a generated name ends.
    """

    def __init__(
        self,
        history: History,
        *,
        rng: random.Random | None = None,
        sweep: float = 1.0,
        taking: float = TAKING,
        audience: Audience | None = None,
    ) -> None:
        """``sweep`` is after how many seconds what is being deleted is gone, as the work of a controller would be.

        ``taking`` is how many seconds a client may let us wait until it takes what it is sent. ``audience`` is told
        of what callers could see.
        """
        self._history = history
        self._rng = rng or random.Random()  # noqa: S311 - nothing secret
        self._api = Api(history, self._rng, audience)
        self._sweeper = Sweeper(history, sweep)
        self._taking = taking
        self._control: Control = {}
        self._http: HttpServer | None = None
        self._listener: asyncio.AbstractServer | None = None
        self._address = ("127.0.0.1", 0)
        self._streams: dict[Stream, BaseRequest] = {}
        self._delay = 0.0
        self._throttled = False
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._changed = asyncio.Event()
        history.subscribe(self._wake)

    def control(self, control: Control) -> None:
        """Say what is answered below ``/simulator/``, whatever else is out of order."""
        self._control = control

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> tuple[str, int]:
        """Listen, and give the address with the port that was chosen.

        Raises:
            OSError: the address cannot be had.
        """
        self._address = await self._listen(host, port)
        self._sweeper.start()
        return self._address

    async def stop(self) -> None:
        """Hang up on everybody, and listen no more."""
        self._sweeper.stop()
        self._thawed.set()
        await self._close()

    # Ways to misbehave.

    def drop_watches(self) -> None:
        """Cut the connection of each watch."""
        for request in list(self._streams.values()):
            _reset(request.transport)

    def expire(self) -> None:
        """Forget everything but the present, and end the watches: whoever comes back with a version must list anew."""
        self._history.skip()
        self._history.compact()
        for stream in list(self._streams):
            stream.end()

    def slow(self, on: bool) -> None:  # noqa: FBT001 - a switch
        """Be late with each answer, and with what is told to watches."""
        self._delay = SLOWNESS if on else 0.0

    def throttle(self, on: bool) -> None:  # noqa: FBT001 - a switch
        """Answer 429 to everything that is asked from now on; watches that are open go on."""
        self._throttled = on

    def freeze(self, on: bool) -> None:  # noqa: FBT001 - a switch
        """Fall silent: connections stay and are taken, nothing is answered. Afterwards those connections are reset."""
        if on:
            self._thawed.clear()
        elif not self._thawed.is_set():
            self._abort()
            self._thawed.set()

    async def restart(self, down: float) -> None:
        """Hang up on everybody, refuse connections for ``down`` seconds, and come back on the same port."""
        host, port = self._address
        await self._close()
        await asyncio.sleep(down)
        await self._listen(host, port)

    # Sockets.

    async def _listen(self, host: str, port: int) -> tuple[str, int]:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.create_server((host, port), family=family, backlog=256)
        self._http = HttpServer(self._handle, handler_cancellation=True, access_log=None)
        self._listener = await asyncio.get_running_loop().create_server(self._http, sock=bound)
        found_host, found_port, *_ = bound.getsockname()
        return found_host, found_port

    async def _close(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        http, self._http = self._http, None
        if http is not None:
            _abort(http)
            http.pre_shutdown()
            await http.shutdown(PATIENCE)

    def _abort(self) -> None:
        if self._http is not None:
            _abort(self._http)

    # Requests.

    async def _handle(self, request: BaseRequest) -> StreamResponse:
        try:
            answer = await self._answer(request)
            if isinstance(answer, Opened):
                return await self._watch(request, answer)
            return await self._send(request, answer)
        except ConnectionError:
            _reset(request.transport)
        except Exception as error:  # noqa: BLE001 - the last door: half an answer cannot be taken back
            complain(f"{request.method} {request.raw_path}: {error!r}")
            _reset(request.transport)
        return StreamResponse()

    async def _answer(self, request: BaseRequest) -> Answer | Opened:
        path, _, query = request.raw_path.partition("?")
        try:
            check_caller(request.method, request.headers)
            if path.startswith(CONTROL):
                return self._controlled(request.method, path, Query(query))
            await self._pause()
            return await self._in_time(await self._asked(request, path, query))
        except Refused as refused:
            return refusal(refused)
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever was overlooked is told as a server tells it
            complain(f"{request.method} {request.raw_path}: {error!r}")
            return refusal(broken(error))

    async def _asked(self, request: BaseRequest, path: str, query: str) -> Asked:
        if self._throttled:
            raise too_many_requests()
        return Asked(
            request.method,
            path,
            Query(query),
            ",".join(request.headers.getall("Accept", ())),
            request.headers.get("Content-Type", "").partition(";")[0].strip(),
            await self._body(request),
            request.headers.get("User-Agent", ""),
        )

    async def _in_time(self, asked: Asked) -> Answer | Opened:
        """Answer when the version that is asked for is there."""
        try:
            return self._api.answer(asked)
        except NotYet as early:
            await self._reach(early.version)
            return self._api.answer(asked)

    async def _reach(self, version: int) -> None:
        try:
            async with asyncio.timeout(VERSION_PATIENCE):
                while self._history.version < version:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise too_large_version(version, self._history.version) from None

    async def _body(self, request: BaseRequest) -> bytes:
        body = bytearray()
        if request.can_read_body:
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > BODY_LIMIT:
                    problem = f"Request entity too large: limit is {BODY_LIMIT}"
                    raise Refused(413, "RequestEntityTooLarge", problem)
        return bytes(body)

    async def _send(self, request: BaseRequest, answer: Answer) -> StreamResponse:
        response = StreamResponse(status=answer.code, headers={"Cache-Control": "no-cache, private", **answer.headers})
        slices = sliced(answer.pieces)
        first, second = next(slices, b""), next(slices, None)
        if second is None:
            response.content_length = len(first)
        await response.prepare(request)
        if request.method != "HEAD":
            await self._taken(response.write(first))
            while second is not None:
                await self._taken(response.write(second))
                second = next(slices, None)
        await self._taken(response.write_eof())
        return response

    async def _watch(self, request: BaseRequest, opened: Opened) -> StreamResponse:
        response = StreamResponse(headers={"Content-Type": JSON, "Cache-Control": "no-cache, private"})
        await response.prepare(request)
        lasts = float(opened.timeout) or self._rng.uniform(*WATCH_TIMES)

        async def write(frames: bytes) -> None:
            await self._pause()
            await self._taken(response.write(frames))

        stream = Stream(opened, asyncio.get_running_loop().time() + lasts, write)
        self._streams[stream] = request
        try:
            await stream.run()
            await self._taken(response.write_eof())
        finally:
            del self._streams[stream]
        return response

    async def _pause(self) -> None:
        """Wait for as long as the server is frozen, or slow."""
        await self._thawed.wait()
        if self._delay:
            await asyncio.sleep(self._delay)

    async def _taken(self, sending: Awaitable[None]) -> None:
        """Wait until a client has taken what it is sent, and let others have their turn.

        Raises:
            ConnectionError: it does not take it.
        """
        try:
            async with asyncio.timeout(self._taking):
                await sending
        except TimeoutError:
            raise ConnectionAbortedError from None
        await asyncio.sleep(0)

    def _controlled(self, method: str, path: str, query: Query) -> Answer:
        do = self._control.get((method, path.rstrip("/")))
        if do is None:
            return refusal(unknown_path())
        return Answer(200, iter((_encode(do(query)) + b"\n",)))

    def _wake(self, change: Change) -> None:
        self._changed.set()
        self._sweeper.look(change)
        for stream in self._streams:
            stream.wake()


def _abort(http: HttpServer) -> None:
    for connection in http.connections:
        _reset(connection.transport)


def _reset(transport: asyncio.BaseTransport | None) -> None:
    """Cut a connection as a crash does: the other side sees a reset, and no orderly end."""
    if transport is None:
        return
    bound = transport.get_extra_info("socket")
    if bound is not None:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    cast(asyncio.WriteTransport, transport).abort()
