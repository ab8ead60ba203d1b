"""Reads the conditions that a client puts into its headers: which encodings it takes, which versions it has."""

import re

_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an ``Accept-Encoding`` asks for gzip at least as much as for the plain body.

    A missing or empty header asks for the plain body; a weight that cannot be read counts as 0.
    """
    weights = dict(_weighted(part) for part in accept_encoding.split(",") if part.strip())
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def names_version(if_none_match: str, entity_tag: str) -> bool:
    """Whether an ``If-None-Match`` (a list, weak tags, or ``*``) names this quoted tag."""
    return if_none_match.strip() == "*" or entity_tag in _ENTITY_TAG.findall(if_none_match)


def _weighted(part: str) -> tuple[str, float]:
    coding, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weights = [value for name, _, value in (text.partition("=") for text in parameters) if name.strip() == "q"]
    return coding, _weight(weights[0].strip()) if weights else 1.0


def _weight(text: str) -> float:
    return float(text) if re.fullmatch(r"[01](?:\.[0-9]{0,3})?", text) else 0.0
