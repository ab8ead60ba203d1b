"""The life of one list-and-watch, as a pure state machine: no clock, no I/O, no randomness.

The rules:

1. A state says what to do now, and holds only what is true in it. ``step(state, event)`` says what to do next.
2. A failed action is never repeated without a wait in between, and neither is a page without objects; only a clean
   end of a watch that lived, and the silence of one, lead on at once.
3. A version only moves forward. A server whose version went back was restored: list again from scratch. It is asked
   for its version (probed) after an outage, after two silences, and when watches end again and again without a word.
4. A list that fails between two pages goes on at that page; one whose page cannot be read, or is refused, starts again
   from its first. When its token has expired it starts again with larger pages, so that it comes through sooner; the
   server's "inconsistent" token is never used.
5. 404 may be a server that is starting; when it says so three times in a row, the resource is not served and the
   cache is emptied.

::

    Listing ── last page ──> Watching ── silent twice, or quiet for long ──> Probing
       ^                      ^  ^ │                                           │
       │                      │  └─┘ ended, or silent once    not older ───────┘ (to Watching)
       └──── Waiting ─────────┘
               ^── whatever failed, expired, regressed or broke, in any state
"""

from enum import StrEnum
from typing import TypeAlias, assert_never

import msgspec

from exporter.informer.backoff import Pace
from exporter.kube.errors import (
    Expired,
    Forbidden,
    KubeError,
    Malformed,
    Misconfigured,
    NotFound,
    Rejected,
    ServerError,
    Throttled,
    Unauthorized,
    VersionTooLarge,
)
from exporter.kube.objects import is_older

HEALTHY = 1.0
"""Seconds that a watch must live for its clean end to count as ordinary."""

QUIET = 120.0
"""Seconds of watches that ended cleanly without a word, after which the server is probed: one that was set back to an
older state lets us watch from its future, and neither says nor breaks anything.
"""

GROWTH, LARGEST_PAGE = 4, 16
"""Each expired list starts again with pages this many times larger, up to so many times in all."""


BELIEVED = 3
"""Times in a row that a resource must be missing before its objects are gone."""


class Reason(StrEnum):
    """Why a list is made; the values of ``informer_lists_total{reason}``."""

    INITIAL = "initial"
    EXPIRED = "expired"
    VERSION_REGRESSED = "version_regressed"
    RESOURCE_CHANGED = "resource_changed"
    ERROR = "error"


class Cause(StrEnum):
    """What failed, in one word."""

    EXPIRED = "expired"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    ABSENT = "absent"
    THROTTLED = "throttled"
    SERVER = "server"
    NETWORK = "network"
    SILENT = "silent"
    DECODE = "decode"
    REJECTED = "rejected"
    CLOSED = "closed"
    EMPTY = "empty"
    """A page of a list brought nothing but the token of the next: no failure, but no reason to hurry either."""


PACES: dict[Cause, Pace] = {
    # At most 10 requests in the first minute of an outage and 4 in each later one, jitter included.
    Cause.NETWORK: Pace(0.8, 25.0),
    Cause.SERVER: Pace(0.8, 25.0),
    Cause.THROTTLED: Pace(1.0, 30.0),
    Cause.UNAUTHORIZED: Pace(1.0, 30.0),
    # An API server that has just started says 403 until it has read its roles, so the first wait is short.
    Cause.FORBIDDEN: Pace(2.0, 60.0),
    Cause.NOT_FOUND: Pace(2.0, 5.0),
    Cause.ABSENT: Pace(3.0, 5.0),
    Cause.EXPIRED: Pace(0.2, 30.0),
    Cause.DECODE: Pace(0.5, 30.0),
    Cause.REJECTED: Pace(2.0, 60.0),
    Cause.CLOSED: Pace(0.5, 30.0),
    Cause.EMPTY: Pace(0.1, 1.25),
}


class Listing(msgspec.Struct, frozen=True):
    """Fetch a page."""

    reason: Reason
    token: str = ""
    pages: int = 0
    scale: int = 1
    """By how much the pages are larger than usual."""
    version: str = ""
    """That of the first page; empty before it came. Watching begins there, whatever later pages say."""
    missing: int = 0
    """Times in a row that the resource was said not to be served."""


class Watching(msgspec.Struct, frozen=True):
    """Open a watch and read it."""

    version: str
    silent: bool = False
    """The watch before it fell silent; another silence is probed."""
    garbled: bool = False
    """The watch before it broke on an unreadable frame at this very version; another one means a new list."""
    quiet: float = 0.0
    """Seconds that the watches before it lived without a word."""


class Probing(msgspec.Struct, frozen=True):
    """Ask whether the server still knows our version: a list of one object."""

    version: str
    silent: bool = False
    """Watches fell silent; an answer to this does not mean that the next one will speak."""


class Waiting(msgspec.Struct, frozen=True):
    """Wait, then do what is held."""

    then: "Listing | Watching | Probing"
    cause: Cause
    error: KubeError | None = None
    at_least: float = 0.0
    """Seconds that the server asked for."""


State: TypeAlias = Listing | Watching | Probing | Waiting


class Paged(msgspec.Struct, frozen=True):
    """A page came; an empty token says that it was the last."""

    version: str
    token: str
    items: int
    """Objects on the page."""


class Ended(msgspec.Struct, frozen=True):
    """A watch ended cleanly, at a version."""

    version: str
    lived: float
    """Seconds."""
    heard: bool
    """Whether it had said anything since it was opened."""


class Silent(msgspec.Struct, frozen=True):
    """A watch said nothing for too long."""

    version: str
    heard: bool
    """Whether it had said anything since it was opened."""


class Probed(msgspec.Struct, frozen=True):
    """The probe was answered with the server's version."""

    version: str


class Regressed(msgspec.Struct, frozen=True):
    """A bookmark carried a version that lies behind ours."""


class Broken(msgspec.Struct, frozen=True):
    """What came could not be applied to the cache."""

    error: KubeError


class Failed(msgspec.Struct, frozen=True):
    """The action failed; for a watch, at a version."""

    error: KubeError
    version: str = ""


class Rested(msgspec.Struct, frozen=True):
    """The wait is over."""


Event: TypeAlias = Paged | Ended | Silent | Probed | Regressed | Broken | Failed | Rested


def step(state: State, event: Event) -> State:  # noqa: C901, PLR0911 - one case for each event
    """Say what to do after this."""
    match event:
        case Rested():
            assert isinstance(state, Waiting)
            return state.then
        case Paged(version, token, items):
            assert isinstance(state, Listing)
            first = state.version or version
            if not token:
                return Watching(first)
            onward = Listing(state.reason, token, state.pages + 1, state.scale, first)
            return onward if items else Waiting(onward, Cause.EMPTY)
        case Ended():
            assert isinstance(state, Watching)
            return _after_end(state, event)
        case Silent(version, heard):
            assert isinstance(state, Watching)
            if state.silent and not heard:
                return Probing(version, silent=True)
            return Watching(version, silent=True)
        case Probed(version):
            assert isinstance(state, Probing)
            if is_older(version, state.version):
                return Waiting(Listing(Reason.VERSION_REGRESSED), Cause.EXPIRED)
            return Watching(state.version, silent=state.silent)
        case Regressed():
            return Waiting(Listing(Reason.VERSION_REGRESSED), Cause.EXPIRED)
        case Broken(error):
            return Waiting(Listing(Reason.ERROR), Cause.DECODE, error)
        case Failed(error, version):
            return _after_failure(state, error, version)
        case _:
            assert_never(event)


def cause_of(error: KubeError) -> Cause:  # noqa: PLR0911 - one case for each error
    """Name what failed in one word."""
    match error:
        case Expired() | VersionTooLarge():
            return Cause.EXPIRED
        case Unauthorized() | Misconfigured():
            return Cause.UNAUTHORIZED
        case Forbidden():
            return Cause.FORBIDDEN
        case NotFound():
            return Cause.NOT_FOUND
        case Throttled():
            return Cause.THROTTLED
        case ServerError():
            return Cause.SERVER
        case Malformed():
            return Cause.DECODE
        case Rejected():
            return Cause.REJECTED
        case _:
            return Cause.NETWORK


def broken(error: Exception) -> Broken:
    """Say that the cache failed on what came."""
    return Broken(Malformed(f"what came could not be applied: {error}"))


def _after_end(state: Watching, end: Ended) -> State:
    quiet = 0.0 if end.heard else state.quiet + end.lived
    if quiet >= QUIET:
        return Probing(end.version)
    again = Watching(end.version, quiet=quiet)
    return again if end.lived >= HEALTHY else Waiting(again, Cause.CLOSED)


def _after_failure(state: State, error: KubeError, version: str) -> State:
    cause = cause_of(error)
    then: Listing | Watching | Probing
    match state:
        case Listing():
            then, cause = _after_failed_list(state, cause)
        case Watching():
            then = _after_failed_watch(state, error, cause, version or state.version)
        case Probing():
            then = _after_failed_probe(state, cause)
        case Waiting():
            return state
        case _:
            assert_never(state)
    return Waiting(then, cause, error, error.retry_after or 0.0)


def _after_failed_list(state: Listing, cause: Cause) -> tuple[Listing, Cause]:
    match cause:
        case Cause.EXPIRED:
            return Listing(state.reason, scale=min(state.scale * GROWTH, LARGEST_PAGE)), cause
        case Cause.NOT_FOUND if state.reason is Reason.INITIAL:
            return state, Cause.ABSENT  # there is nothing to lose
        case Cause.NOT_FOUND:
            missing = state.missing + 1
            then = Listing(Reason.RESOURCE_CHANGED, missing=missing)
            return then, Cause.ABSENT if missing >= BELIEVED else cause
        case Cause.DECODE | Cause.REJECTED:
            return Listing(state.reason, scale=state.scale), cause
        case _:
            return state, cause


def _after_failed_watch(  # noqa: PLR0911 - one case for each cause
    state: Watching, error: KubeError, cause: Cause, version: str
) -> Listing | Watching | Probing:
    match cause:
        case Cause.EXPIRED if isinstance(error, VersionTooLarge):
            return Listing(Reason.VERSION_REGRESSED)
        case Cause.EXPIRED:
            return Listing(Reason.EXPIRED)
        case Cause.NOT_FOUND:
            return Listing(Reason.RESOURCE_CHANGED, missing=1)
        case Cause.DECODE if state.garbled and version == state.version:
            return Listing(Reason.ERROR)
        case Cause.DECODE:
            return Watching(version, garbled=True)
        case Cause.NETWORK | Cause.SERVER:
            # Whoever comes back may be an older self: a watch from its future would be silent for ever.
            return Probing(version)
        case _:
            return Watching(version)


def _after_failed_probe(state: Probing, cause: Cause) -> Listing | Probing:
    match cause:
        case Cause.EXPIRED:
            return Listing(Reason.EXPIRED)
        case Cause.NOT_FOUND:
            return Listing(Reason.RESOURCE_CHANGED, missing=1)
        case _:
            return state
