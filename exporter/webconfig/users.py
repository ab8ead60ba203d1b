"""Users with passwords: whether a name and a password belong together, and no more, however somebody asks."""

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Mapping

import bcrypt

from exporter.web.access import Undecided

REMEMBERED = 100
"""Right passwords that are known again without the work of a hash; wrong ones are worked on each time."""
AT_ONCE = 2
"""Passwords that are worked on at once: each takes a core for as long as its hash is hard."""
WAITING = 32
"""Passwords that wait for that; beyond these callers are told to come again."""
LONGEST = 72
"""Bytes of a password that bcrypt looks at."""


class Busy(Undecided):
    """Too many passwords are being tried."""


class Users:
    """Knows who is who. A name that nobody has costs the same work as a wrong password."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = {user: hashed.encode() for user, hashed in hashes.items()}
        # The hardest of theirs, with a password that nobody has.
        rounds = max((int(hashed[4:6]) for hashed in hashes.values()), default=4)
        self._nobody = bcrypt.gensalt(rounds)[:29] + b"." * 31
        self._secret = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    def __bool__(self) -> bool:
        return bool(self._hashes)

    async def knows(self, user: str, password: str) -> bool:
        """Say whether this is the password of a user.

        Raises:
            Busy: too many are being tried.
        """
        hashed = self._hashes.get(user, self._nobody)
        asked = f"{len(user)}:{user}{password}".encode("utf-8", "surrogateescape") + hashed
        digest = hashlib.blake2b(asked, key=self._secret, digest_size=32).digest()
        if digest in self._known:
            self._known.move_to_end(digest)
            return True
        if self._waiting >= WAITING:
            raise Busy("too many passwords are being tried")
        self._waiting += 1
        try:
            async with self._turn:
                right = await asyncio.to_thread(_fits, password, hashed)
        finally:
            self._waiting -= 1
        if right and user in self._hashes:
            self._known[digest] = None
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            return True
        return False


def _fits(password: str, hashed: bytes) -> bool:
    raw = password.encode("utf-8", "surrogateescape")
    # A longer one, or one with a NUL, is an error for the library, and was one when the hash was made.
    if len(raw) > LONGEST or b"\0" in raw:
        raw = b""
        bcrypt.checkpw(raw, hashed)
        return False
    return bcrypt.checkpw(raw, hashed)
