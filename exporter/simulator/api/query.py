"""The parameters of a request: which there are, and what a list or a watch is asked for by them."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from exporter.simulator.api.names import quoted
from exporter.simulator.api.selectors import Requirement, Term, parse_fields, parse_labels
from exporter.simulator.api.words import Cause, bad_request, invalid_options, not_allowed, not_one_of, plain_error

_BROKEN = re.compile(r";|%(?![0-9A-Fa-f]{2})")
_NUMBER, _VERSION = re.compile(r"[+-]?[0-9]+"), re.compile(r"[0-9]+")
_INT64, _UINT64 = 2**63, 2**64
_DIGITS = 25
"""Digits beyond which a number is out of range without being read."""
NOT_OLDER, EXACT = "NotOlderThan", "Exact"
TOKEN = "meta.k8s.io/v1"  # noqa: S105 - the form of a token, no secret


class Query:
    """The parameters, percent-decoded; a pair that is not well-formed is left out, as Go does."""

    def __init__(self, text: str) -> None:
        self._values: dict[str, list[str]] = {}
        for pair in text.split("&"):
            name, _, value = pair.partition("=")
            if pair and not _BROKEN.search(pair):
                self._values.setdefault(unquote_plus(name), []).append(unquote_plus(value, errors="surrogateescape"))

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str:
        """The first value; empty where there is none."""
        return self._values.get(name, [""])[0]

    def all(self, name: str) -> list[str]:
        """Every value."""
        return self._values.get(name, [])

    def flag(self, name: str) -> bool | None:
        """Whether something is wanted: anything but ``false`` and ``0`` says so; None where nothing is said."""
        return self.text(name).lower() not in {"false", "0"} if name in self else None

    def number(self, name: str) -> int:
        """A whole number of 64 bits; 0 where there is none.

        Raises:
            Refused: 400 it is none.
        """
        if name not in self:
            return 0
        text = self.text(name)
        problem = f"strconv.ParseInt: parsing {quoted(text)}"
        if not (text.isascii() and _NUMBER.fullmatch(text)):
            raise bad_request(f"{problem}: invalid syntax")
        if len(text.lstrip("+-0")) > _DIGITS or not -_INT64 <= int(text) < _INT64:
            raise bad_request(f"{problem}: value out of range")
        return int(text)


def version_problem(text: str) -> str:
    """What keeps a text from being a version, in Go's words; empty if it is one."""
    problem = f"strconv.ParseUint: parsing {quoted(text)}"
    if not (text.isascii() and _VERSION.fullmatch(text)):
        return f"{problem}: invalid syntax"
    return f"{problem}: value out of range" if len(text.lstrip("0")) > _DIGITS or int(text) >= _UINT64 else ""


@dataclass(frozen=True, slots=True)
class ListOptions:
    """What a list, a watch or a deletion of many is asked for."""

    labels: tuple[Requirement, ...]
    fields: tuple[Term, ...]
    limit: int
    timeout: int
    """Seconds; 0 where nothing is said."""
    version: str
    match: str
    token: str
    watch: bool
    bookmarks: bool
    initial_events: bool | None

    @property
    def is_exact(self) -> bool:
        """Whether a list must be of its version and no later one: a page without another word is so as well."""
        return self.match == EXACT or (not self.match and bool(self.limit) and self.version not in {"", "0"})


def read_options(query: Query, *, watch: bool = False) -> ListOptions:
    """Read them; ``watch`` is for paths that always are one.

    Raises:
        Refused: 400 or 422.
    """
    limit, timeout = query.number("limit"), query.number("timeoutSeconds")
    options = ListOptions(
        parse_labels(query.text("labelSelector")),
        parse_fields(query.text("fieldSelector")),
        max(0, limit),
        max(0, timeout),
        query.text("resourceVersion"),
        query.text("resourceVersionMatch"),
        query.text("continue"),
        watch or bool(query.flag("watch")),
        bool(query.flag("allowWatchBookmarks")),
        query.flag("sendInitialEvents"),
    )
    if causes := _watch_problems(options) if options.watch else _list_problems(options):
        raise invalid_options("ListOptions", causes)
    return options


_MATCH = "resourceVersionMatch"
_WITH_CONTINUE = not_allowed(_MATCH, f"{_MATCH} is forbidden when continue is provided")


def _list_problems(options: ListOptions) -> list[Cause]:
    match = options.match
    if options.initial_events is not None:
        return [not_allowed("sendInitialEvents", "sendInitialEvents is forbidden for list")]
    if not match:
        return []
    problems = []
    if not options.version:
        problems.append(not_allowed(_MATCH, f"{_MATCH} is forbidden unless resourceVersion is provided"))
    if options.token:
        problems.append(_WITH_CONTINUE)
    if match not in {EXACT, NOT_OLDER}:
        problems.append(not_one_of(_MATCH, quoted(match), (EXACT, NOT_OLDER, "")))
    if match == EXACT and options.version == "0":
        problems.append(not_allowed(_MATCH, f'{_MATCH} "exact" is forbidden for resourceVersion "0"'))
    return problems


def _watch_problems(options: ListOptions) -> list[Cause]:
    match, wanted = options.match, options.initial_events is not None
    problems = []
    # A watch from whatever is there is one with initial events, and those have a match.
    if options.token and (match or (options.version in {"", "0"} and not wanted)):
        problems.append(_WITH_CONTINUE)
    if match and not wanted:
        problems.append(not_allowed(_MATCH, f"{_MATCH} is forbidden for watch unless sendInitialEvents is provided"))
    if wanted and match != NOT_OLDER:
        problems.append(not_allowed(_MATCH, f"sendInitialEvents requires setting {_MATCH} to {NOT_OLDER}"))
    if match not in {"", NOT_OLDER}:
        problems.append(not_one_of(_MATCH, quoted(match), (NOT_OLDER,)))
    return problems


def read_version(text: str, before: str = "") -> int:
    """Read the version that a list or a single object must have; 0 for any.

    Raises:
        Refused: 400 it is none.
    """
    if not text:
        return 0
    if problem := version_problem(text):
        raise bad_request(f"{before}resourceVersion: Invalid value: {quoted(text)}: {problem}")
    return int(text)


def read_watch_version(text: str) -> int:
    """Read the version after which a watch begins; 0 for whatever is there.

    Raises:
        Refused: 500 it is none: a real server does not foresee that.
    """
    if text and (problem := version_problem(text)):
        raise plain_error(f"resourceVersion: Invalid value: {quoted(text)}: {problem}")
    return int(text or "0")


class Place(msgspec.Struct, frozen=True):
    """Where a list goes on: what ``continue`` carries."""

    v: str
    rv: int
    """The version of the list, or -1 for the newest."""
    start: str
    """The key, below the namespace that is listed, at which it goes on."""


_places = msgspec.json.Decoder(dict[str, Any])


def encode_place(version: int, after: str) -> str:
    """Give the token of a list that goes on after a key."""
    return urlsafe_b64encode(msgspec.json.encode(Place(TOKEN, version, f"/{after}\0"))).rstrip(b"=").decode()


def read_place(token: str) -> Place:
    """Read a token.

    Raises:
        Refused: 400 it is none.
    """
    found = _decoded(token)
    version, at, start = found.get("v"), found.get("rv"), found.get("start")
    if version != TOKEN:
        raise _no_place(f"server does not recognize this encoded version {version or ''}")
    if not isinstance(at, int) or at == 0:
        raise _no_place(f"incorrect encoded start resourceVersion (version {TOKEN})")
    if not isinstance(start, str) or not start:
        raise _no_place(f"encoded start key empty (version {TOKEN})")
    if ".." in start.split("/"):
        raise _no_place(start)
    return Place(TOKEN, at, start.removeprefix("/"))


def _decoded(token: str) -> Mapping[str, Any]:
    if not re.fullmatch(r"[-A-Za-z0-9_]*", token) or len(token) % 4 == 1:
        wrong = next(
            (place for place, char in enumerate(token) if not re.match(r"[-A-Za-z0-9_]", char)), len(token) - 1
        )
        raise _no_place(f"illegal base64 data at input byte {wrong}")
    body = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    try:
        return _places.decode(body)
    except msgspec.MsgspecError:
        first = chr(body[0]) if body else ""
        raise _no_place(f"invalid character {_shown(first)} looking for beginning of value") from None


def _shown(char: str) -> str:
    return f"'{quoted(char)[1:-1]}'"


def _no_place(problem: str) -> Exception:
    return bad_request(f"invalid continue token: continue key is not valid: {problem}")
