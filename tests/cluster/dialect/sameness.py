"""What is compared of two answers over HTTP, and the little that is set aside first.

Every rule here stands in ``docs/dialect.md``; nothing else is left out of a comparison.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from tests.cluster.dialect.sides import Told

HEADERS = ("content-type", "vary", "retry-after")
"""The headers that tell a client how to read an answer."""

VERSION, CONTINUE = "<a version>", "<more>"
_DECIMAL = re.compile(r"[1-9][0-9]*")


class Essence(msgspec.Struct, frozen=True):
    """What must be the same."""

    code: int
    headers: Mapping[str, str]
    body: object
    """JSON as read, or text."""


def essence(told: Told) -> Essence:
    """Give what is compared of an answer."""
    headers = {name: told.headers[name] for name in HEADERS if name in told.headers}
    is_json = "json" in headers.get("content-type", "") and told.body
    return Essence(told.code, headers, _read(told.body) if is_json else told.body.decode())


def _read(body: bytes) -> object:
    document = msgspec.json.decode(body)
    if isinstance(document, dict) and ("items" in document or "rows" in document):
        return document | {"metadata": _list_metadata(document.get("metadata", {}))}
    return document


def _list_metadata(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """A list's own version is how far its server has read, and its way on is known to that server alone."""
    found = dict(metadata)
    if _DECIMAL.fullmatch(found.get("resourceVersion", "")):
        found["resourceVersion"] = VERSION
    if found.get("continue"):
        found["continue"] = CONTINUE
    return found
