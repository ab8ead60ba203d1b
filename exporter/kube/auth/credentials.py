"""Credentials that stay fresh: files are looked at again, tokens renewed before they expire.

A source is read by one caller at a time; who comes meanwhile shares the outcome, or goes on with what is still
good. When a later reading fails, the last good one is kept for as long as it is valid.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from exporter.kube.auth.access import Access, Grant, Source
from exporter.kube.errors import KubeError

LOOK_EVERY = 10.0
"""Seconds between two looks at the files, and between two attempts to renew what expires."""

WAVE = 5.0
"""Seconds after a forced reading in which another one is taken for the same: many watches may meet a 401 at once."""

EARLY = 300.0
"""Seconds before its end at which a grant is renewed, but never before four fifths of its life."""

log = logging.getLogger(__name__)


class Credentials:
    """Gives the access to use now."""

    def __init__(self, source: Source, *, clock: Callable[[], float] = time.time) -> None:
        self._source = source
        self._clock = clock
        self._lock = asyncio.Lock()
        self._grant: Grant | None = None
        self._renewal: float | None = None
        self._failure: KubeError | None = None
        self._attempts = 0
        self._looked: float | None = None
        self._forced: float | None = None

    async def current(self) -> Access:
        """Give the access for a request that is about to be made.

        Raises:
            Misconfigured: there is none, or it has expired and cannot be renewed.
        """
        grant = self._grant
        if grant is None:
            return (await self._load()).access
        if self._lock.locked():
            return (await self._load()).access if self._has_expired(grant) else grant.access
        if await self._is_due(grant):
            return await self._renewed(grant)
        if self._failure is not None and self._has_expired(grant):
            raise self._failure.with_traceback(None)
        return grant.access

    async def refresh(self) -> None:
        """Read everything anew, because the server did not accept what it was given.

        Raises:
            Misconfigured: the source gives nothing usable; the last good access stays.
        """
        if self._within(self._forced, WAVE):
            return
        try:
            await self._load()
        finally:
            self._forced = self._clock()

    async def _renewed(self, grant: Grant) -> Access:
        try:
            return (await self._load()).access
        except KubeError as error:
            if self._has_expired(grant):
                raise
            log.warning("credentials are kept: they could not be read again", extra={"fields": {"error": str(error)}})
            return grant.access

    async def _load(self) -> Grant:
        seen = self._attempts
        async with self._lock:
            if self._attempts == seen:
                await self._attempt()
            if self._failure is not None:
                raise self._failure.with_traceback(None)
            assert self._grant is not None
            return self._grant

    async def _attempt(self) -> None:
        self._looked = self._clock()
        try:
            self._grant, self._failure = await self._source.load(), None
        except KubeError as error:
            self._failure = error
        else:
            self._renewal = _renewal(self._clock(), self._grant.expires)
        self._attempts += 1

    async def _is_due(self, grant: Grant) -> bool:
        if self._within(self._looked, LOOK_EVERY):
            return False
        self._looked = self._clock()
        if self._renewal is not None and self._renewal <= self._looked:
            return True
        return await asyncio.to_thread(grant.files.changed)

    def _within(self, moment: float | None, seconds: float) -> bool:
        # A clock that was set back makes the difference negative: then the moment says nothing.
        return moment is not None and 0 <= self._clock() - moment < seconds

    def _has_expired(self, grant: Grant) -> bool:
        return grant.expires is not None and grant.expires <= self._clock()


def _renewal(now: float, expires: float | None) -> float | None:
    return None if expires is None else expires - min(EARLY, max(0.0, expires - now) / 5)
