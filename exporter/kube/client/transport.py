"""How aiohttp is set up, and what its failures mean; its exceptions stop here."""

import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from exporter import __version__
from exporter.kube.errors import LONGEST_WAIT, KubeError, Malformed, Unreachable

READ_BUFFER = 256 * 1024
"""Bytes that may wait for a reader, twice over, before the server is made to wait. A quarter of it makes a watch
over TLS cost up to twice the processor time; more than it gains nothing."""

KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
"""A peer that is gone without a word is noticed after a minute of silence, on systems that know these options."""

_FOREIGN = (aiohttp.ClientError, HttpProcessingError, OSError, RuntimeError, ValueError)

_T = TypeVar("_T")


def open_session(connect_timeout: float) -> aiohttp.ClientSession:
    """Make a session without a limit of connections; its bodies are not decompressed."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, socket_factory=_kept_alive),
        headers={"User-Agent": f"informer-exporter/{__version__}", "Accept": "application/json"},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_timeout),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        read_bufsize=READ_BUFFER,
    )


async def guarded(call: str, work: Awaitable[_T]) -> _T:
    """Await something of the transport's.

    Raises:
        KubeError: whatever failed, with the call named.
    """
    try:
        return await work
    except _FOREIGN as error:
        failure = _translated(call, error)
    # Outside the handler, so that the foreign exception is not kept as the context: what aiohttp raises refers to
    # the request, and so to its Authorization header.
    raise failure


def retry_after(headers: Mapping[str, str], clock: Callable[[], float]) -> float | None:
    """Read the ``Retry-After`` of an answer, in seconds: a number, or a date by the answer's own clock."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), LONGEST_WAIT)
    until, now = epoch_of(text), epoch_of(headers.get("Date", ""))
    if until is None:
        return None
    return min(max(0.0, until - (clock() if now is None else now)), LONGEST_WAIT)


def _kept_alive(address: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE:
        if hasattr(socket, option):
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return made


def _translated(call: str, error: Exception) -> KubeError:
    match error:
        case aiohttp.ClientHttpProxyError():
            return Unreachable(f"{call}: the proxy answered {error.status}")
        case aiohttp.ClientResponseError() | HttpProcessingError():
            return Malformed(f"{call}: the answer is not HTTP")
        case _:
            failure = Unreachable(f"{call}: {_reason(error)}")
            failure.__cause__ = _beneath(error)
            return failure


def _reason(error: Exception) -> str:
    match _beneath(error) or error:
        case TimeoutError():
            return "no answer in time"
        case ssl.SSLCertVerificationError() as refused:
            return f"TLS: {refused.verify_message}"
        case ssl.SSLError() as broken:
            return f"TLS: {broken.reason or 'handshake failed'}"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError():
            return "the connection broke off"
        case OSError() as system:
            return system.strerror or type(system).__name__
        case other:
            return type(other).__name__


def _beneath(error: Exception) -> Exception | None:
    """Give the system's own error, if that is what an error of aiohttp's is about."""
    if not isinstance(error, aiohttp.ClientError):
        return error
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return error.certificate_error
        case aiohttp.ClientConnectorError():
            return error.os_error
        case _:
            return None


def epoch_of(date: str) -> float | None:
    """Read the date of a header as seconds since the epoch; None if it is none."""
    try:
        moment = parsedate_to_datetime(date)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):  # a zone of a million hours is a date to some
        return None
