"""Sockets and their lifetimes: bind, serve, drain, stop."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from functools import partial

from aiohttp.web import Server as HttpServer

from exporter.web.address import Address
from exporter.web.admission import Admission, connection_limit
from exporter.web.connection import Connection, Handler

KEEPALIVE = 75.0
"""Seconds a connection may be silent, before its first request and between two: no client can hoard sockets."""
LINGER = 2.0
"""Seconds for which the rest of a body is read that nobody wants, so that the client sees its answer."""
HEADER_LIMIT = 64
"""Headers of a request."""
BACKLOG = 256
"""Connections that may wait to be accepted. They are accepted all at once, even those that will be turned away, so
this many files must be free beyond the limit of connections."""
HANDSHAKE = 10.0
"""Seconds in which a client must have agreed on TLS."""
LAST_WORD = 0.5
"""Seconds in which cancelled handlers must end."""


class CannotListen(Exception):
    """An address cannot be bound; the message names it and says why."""


class Server:
    """Serves one handler on any number of addresses."""

    def __init__(self, handler: Handler, limit: int | None = None) -> None:
        """``limit`` is how many connections may be open at once; without one, half of the files we may open."""
        self._handler = handler
        self._limit = limit or connection_limit()
        self._http: HttpServer | None = None
        self._listeners: list[asyncio.AbstractServer] = []
        self._sockets: list[socket.socket] = []
        self._connect: Callable[[], Connection] | None = None
        self._addresses: list[Address] = []

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where it listens, with the ports the system chose."""
        return tuple(self._addresses)

    async def start(self, addresses: Sequence[Address], tls: ssl.SSLContext | None = None) -> None:
        """Listen on all addresses, or on none; with TLS if there is a context.

        Raises:
            CannotListen: one of them cannot be bound.
        """
        sockets: list[socket.socket] = []
        try:
            for address in addresses:
                sockets.append(await _bind(address))  # noqa: PERF401 - those bound so far must be closed
        except CannotListen:
            for bound in sockets:
                bound.close()
            raise
        self._http = http = HttpServer(self._handler, handler_cancellation=True)
        self._addresses = [Address(*bound.getsockname()[:2]) for bound in sockets]
        loop = asyncio.get_running_loop()
        self._connect = partial(
            Connection,
            self._handler,
            Admission(self._limit, lambda: len(http.connections), loop.time),
            http,
            loop=loop,
            access_log=None,
            keepalive_timeout=KEEPALIVE,
            lingering_time=LINGER,
            max_headers=HEADER_LIMIT,
        )
        self._sockets = sockets
        await self.use(tls)

    async def use(self, tls: ssl.SSLContext | None) -> None:
        """From now on greet with this context, or with none. Connections that are open go on as they are.

        New listeners take the place of the old ones on the same sockets, so nobody who knocks meanwhile is lost.
        """
        loop, before = asyncio.get_running_loop(), self._listeners
        patience = HANDSHAKE if tls else None
        assert self._connect is not None, "it listens"
        self._listeners = [
            await loop.create_server(
                self._connect, sock=bound.dup(), backlog=BACKLOG, ssl=tls, ssl_handshake_timeout=patience
            )
            for bound in self._sockets
        ]
        for listener in before:
            listener.close()

    async def stop(self, patience: float) -> bool:
        """Accept nothing new, let what is in flight end within ``patience`` seconds, close everything.

        What is still in flight then loses its connection, is cancelled, and has another moment (twice ``LAST_WORD``
        at most) to end.
        Returns whether everything ended by itself.
        """
        for listener in self._listeners:
            listener.close()
        for bound in self._sockets:
            bound.close()
        http, self._http, self._listeners, self._addresses, self._sockets = self._http, None, [], [], []
        if http is None:
            return True
        await asyncio.sleep(0)  # what was accepted just now becomes a connection
        http.pre_shutdown()
        try:
            async with asyncio.timeout(patience):
                await http.shutdown(None)
        except TimeoutError:
            _hang_up(http)
            await http.shutdown(LAST_WORD)
            return False
        return True


def _hang_up(http: HttpServer) -> None:
    # A connection that is only closed waits for its client to take what was written, and some never do.
    for connection in http.connections:
        if connection.transport is not None:
            connection.transport.abort()


async def _bind(address: Address) -> socket.socket:
    try:
        if not address.host:
            return _bind_everywhere(address.port)
        family, where = await _resolve(address)
        return socket.create_server(where[:2], family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:  # the latter for what can be no host name
        # create_server() repeats the address in its own words; the system's words are enough.
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotListen(f"cannot listen on {address}: {reason.partition(' (while')[0]}") from error


def _bind_everywhere(port: int) -> socket.socket:
    if socket.has_dualstack_ipv6():
        return socket.create_server(("", port), family=socket.AF_INET6, backlog=BACKLOG, dualstack_ipv6=True)
    return socket.create_server(("", port), backlog=BACKLOG)


async def _resolve(address: Address) -> tuple[socket.AddressFamily, tuple[str, int]]:
    found = await asyncio.get_running_loop().getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    # A name with addresses of both kinds means the IPv4 one, as it does for most servers.
    family, _, _, _, where = min(found, key=lambda info: info[0] != socket.AF_INET)
    return family, (str(where[0]), int(where[1]))
