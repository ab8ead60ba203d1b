"""Reads the condition that a client puts on an answer: only if it does not have this version already."""

import re
from collections.abc import Mapping

from aiohttp.web import BaseRequest, Response

_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')


def names_version(if_none_match: str, entity_tag: str) -> bool:
    """Whether an ``If-None-Match`` (a list, weak tags, or ``*``) names this quoted tag."""
    return if_none_match.strip() == "*" or entity_tag in _ENTITY_TAG.findall(if_none_match)


def not_modified(request: BaseRequest, headers: Mapping[str, str]) -> Response | None:
    """The answer 304, with these headers of the whole one, if the caller has what their ``ETag`` names."""
    if "If-None-Match" not in request.headers:
        return None
    asked = ",".join(request.headers.getall("If-None-Match"))
    if not names_version(asked, headers["ETag"]):
        return None
    return Response(status=304, headers={name: value for name, value in headers.items() if name != "Content-Type"})
