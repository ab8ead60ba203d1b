"""What a request for the page's JSON asks for: how many, of which namespace, in which order, behind which place."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from typing import Any, TypeVar

import msgspec
from aiohttp.web import BaseRequest

from exporter.web.answers import bad_request
from exporter.web.lookup.query import Query

USUAL, MOST = 25, 200
"""Items of one answer."""
_NUMBER = re.compile(r"0*([0-9]{1,9})")

CursorT = TypeVar("CursorT")


class _Token(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A place in a list, as callers carry it."""

    view: str
    cursor: msgspec.Raw


_tokens = msgspec.json.Decoder(_Token)


class Asked:
    """The parameters of one request; those that nobody knows are ignored."""

    def __init__(self, request: BaseRequest) -> None:
        self._query = Query(request)

    def text(self, name: str) -> str:
        """A parameter; empty where there is none."""
        return self._query.text(name)

    def optional(self, name: str) -> str | None:
        """A parameter; None where there is none, or an empty one."""
        return self._query.text(name) or None

    def limit(self) -> int:
        """How many items are wanted, ``MOST`` for any more than that.

        Raises:
            Refused: 400 it is no number, or 0.
        """
        text = self._query.get("limit")
        if text is None:
            return USUAL
        found = _NUMBER.fullmatch(text)
        if found is None or not int(found[1]):
            raise bad_request(f"limit: expected a number from 1 to {MOST}, not {text!r}")
        return min(int(found[1]), MOST)

    def choice(self, name: str, among: Collection[str]) -> str:
        """One of some words; the first where nothing is said.

        Raises:
            Refused: 400 it is none of them.
        """
        asked = self.text(name) or next(iter(among))
        if asked not in among:
            raise bad_request(f"{name}: expected one of {', '.join(among)}, not {asked!r}")
        return asked

    def after(self, view: str, form: type[CursorT]) -> CursorT | None:
        """Where the page before ended; None at the beginning.

        Raises:
            Refused: 400 it is no place in this view.
        """
        text = self.text("continue")
        if not text:
            return None
        try:
            token = _tokens.decode(urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
            if token.view == view:
                return msgspec.json.decode(token.cursor, type=form)
        except (ValueError, RecursionError, msgspec.MsgspecError):
            pass
        raise bad_request("continue: this is no place in this list")


def token(view: str, cursor: Any) -> str:
    """Write down a place in a view; empty for None, which is the end."""
    if cursor is None:
        return ""
    raw = msgspec.json.encode(_Token(view, msgspec.Raw(msgspec.json.encode(cursor))))
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
