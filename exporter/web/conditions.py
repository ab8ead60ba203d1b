"""Reads the condition that a client puts on an answer: only if it does not have this version already."""

import re

_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')


def names_version(if_none_match: str, entity_tag: str) -> bool:
    """Whether an ``If-None-Match`` (a list, weak tags, or ``*``) names this quoted tag."""
    return if_none_match.strip() == "*" or entity_tag in _ENTITY_TAG.findall(if_none_match)
