"""Answers of the page's JSON: documents, and refusals as ``{"error":"…"}``."""

from typing import Any

import msgspec
from aiohttp.web import Response

from exporter.web.answers import JSON, Refused
from exporter.web.page.headers import GUARDS

HEADERS = {"Content-Type": JSON, "Cache-Control": "no-store", **GUARDS}


def reply(document: Any) -> Response:
    """A document."""
    return Response(body=msgspec.json.encode(document) + b"\n", headers=HEADERS)


def refusal(refused: Refused) -> Response:
    """A refusal, with the reason for people and whatever else is known."""
    beside = refused.beside if isinstance(refused, NotKnown) else {}
    document = {"error": refused.message, **beside}
    body = msgspec.json.encode(document) + b"\n"
    return Response(status=refused.code, body=body, headers=HEADERS | refused.headers)


def not_shown() -> Refused:
    """403: names of objects are not shown."""
    return Refused(403, "Forbidden", "lookups are turned off")


class NotKnown(Refused):
    """404 for an object, with what can be told nevertheless."""

    def __init__(self, what: str, beside: dict[str, Any]) -> None:
        super().__init__(404, "NotFound", f"{what} is not known here")
        self.beside = beside
        """Members of the answer beside the error."""


def not_yet() -> Refused:
    """503: half of a list would look like the whole."""
    return Refused(503, "ServiceUnavailable", "the cache is not complete yet", headers={"Retry-After": "1"})
