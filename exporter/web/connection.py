"""One client's connection: what it sends is parsed by aiohttp, and what is not HTTP ends here in a line of text."""

import asyncio
import logging
from typing import Any, Protocol, cast

from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.web import BaseRequest, RequestHandler, RequestPayloadError, Response, StreamResponse

from exporter.web.admission import Admission

LINE_LIMIT = 8190
"""Bytes of a request line."""
FIELD_LIMIT = 8192
"""Bytes of one header. NB it differs from the other limit, since only the limit in an error tells the two apart."""

BAD_REQUEST, URI_TOO_LONG, HEADER_TOO_LARGE = 400, 414, 431
_REASONS = {
    BAD_REQUEST: "this cannot be read as an HTTP request",
    URI_TOO_LONG: f"the request line is longer than {LINE_LIMIT} bytes",
    HEADER_TOO_LARGE: f"a header is longer than {FIELD_LIMIT} bytes",
}

_NO_ROOM = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 30\r\n\r\ntoo many connections are open\n"
)

log = logging.getLogger(__name__)


class Handler(Protocol):
    """Whoever answers what came over a connection."""

    async def __call__(self, request: BaseRequest, /) -> StreamResponse:
        """Answer a request."""

    def refuse(self, code: int, reason: str, /) -> Response:
        """Answer what is no request."""

    def turn_away(self) -> None:
        """Learn of a connection that is closed because too many are open."""


class Connection(RequestHandler):
    """aiohttp's connection, but anyone may send anything to a port, so what is no request is neither an error nor news.

    It is answered in one line that repeats nothing of it, counted by the handler, and told at ``debug`` alone.
    """

    __slots__ = ("_admission", "_handler")

    def __init__(self, handler: Handler, admission: Admission, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, max_line_size=LINE_LIMIT, max_field_size=FIELD_LIMIT, **options)
        self._handler = handler
        self._admission = admission

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Listen to the client, or say that there is no room and hang up."""
        if self._admission.admits():
            super().connection_made(transport)
            return
        self._handler.turn_away()
        self.close()  # nothing it may send is read
        cast(asyncio.WriteTransport, transport).write(_NO_ROOM)
        transport.close()

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> StreamResponse:
        """Answer what could not be parsed (``exc`` says why); what failed otherwise is aiohttp's to tell."""
        if not isinstance(exc, HttpProcessingError) or request.writer.output_size:
            return super().handle_error(request, status, exc, message)
        code = _code(exc)
        log.debug("this is not HTTP", extra={"fields": {"client": request.remote, "code": code, "why": _why(exc)}})
        response = self._handler.refuse(code, _REASONS[code])
        response.force_close()
        return response

    def log_exception(self, *arguments: Any, **options: Any) -> None:
        """Tell an error, unless it is the client's: a body that breaks off or is not what its headers say."""
        error = options.get("exc_info")
        if isinstance(error, HttpProcessingError | RequestPayloadError):
            log.debug("the rest of a body cannot be read", extra={"fields": {"why": _why(error)}})
        else:
            super().log_exception(*arguments, **options)


def _code(error: HttpProcessingError) -> int:
    if not isinstance(error, LineTooLong):
        return BAD_REQUEST
    _, limit, *_ = error.args
    return HEADER_TOO_LARGE if limit == FIELD_LIMIT else URI_TOO_LONG


def _why(error: BaseException) -> str:
    # The error's text repeats what the client sent.
    return type(error).__name__
