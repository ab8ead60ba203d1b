"""What is compared of two answers over HTTP, and the little that is set aside first.

Nothing else is left out of a comparison:

- of the headers, all but those that tell how to read the body;
- the version of a list and the token of its next page: how far a server has read, and its way on, are its own;
- which version is the current one, in the message about one that is still to come;
- the words about formats that are not written (406);
- the words that describe a table's column; that there are some, is compared.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from tests.cluster.dialect.sides import Told

HEADERS = ("content-type", "vary", "retry-after")
"""The headers that tell a client how to read an answer."""

VERSION, CONTINUE = "<a version>", "<more>"
NOT_ACCEPTABLE = 406

_DECIMAL = re.compile(r"[1-9][0-9]*")
_CURRENT = re.compile(r"(?<=current: )[0-9]+")


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
    return Essence(told.code, headers, _read(told) if is_json else told.body.decode(errors="backslashreplace"))


def _read(told: Told) -> object:
    match msgspec.json.decode(told.body):
        case {"kind": "Status", "message": str(message), **rest}:
            return rest | {"message": "" if told.code == NOT_ACCEPTABLE else _CURRENT.sub(VERSION, message)}
        case {"items": list() | None as items, "metadata": dict(metadata), **rest}:
            # No metadata at all is null there, and an empty list here.
            return rest | {"items": items or [], "metadata": _list_metadata(metadata)}
        case {"rows": list(rows), "metadata": dict(metadata), "columnDefinitions": list(columns), **rest}:
            described = [{**column, "description": bool(column["description"])} for column in columns]
            return rest | {"rows": rows, "metadata": _list_metadata(metadata), "columnDefinitions": described}
        case document:
            return document


def _list_metadata(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    found = dict(metadata)
    if _DECIMAL.fullmatch(found.get("resourceVersion", "")):
        found["resourceVersion"] = VERSION
    if found.get("continue"):
        found["continue"] = CONTINUE
    return found
