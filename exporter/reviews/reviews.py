"""Who callers are and what they may do, asked of the API server once for many requests.

However many callers come, few reviews are under way at once and few wait: a crowd of strangers must not become a crowd
at the API server. Tokens are kept as keyed digests alone.
"""

import asyncio
import hashlib
import logging
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from exporter.kube.errors import Forbidden, KubeError
from exporter.kube.objects import Resource
from exporter.reviews.documents import RIGHTS, TOKENS, ask_right, ask_token, read_right, read_token
from exporter.reviews.memory import Memory
from exporter.web.access import Act, Caller, Undecided

TOKEN, ACCESS = "token", "access"
ALLOWED, DENIED, FAILED = "allowed", "denied", "failed"

REMEMBERED = 10_000
"""Answers of each kind that are kept: 5 to 10 MB."""
LONGEST = 1024
"""Characters of what is asked about that is worth remembering: nothing that exists has more."""
AT_ONCE = 16
"""Reviews that are under way at once."""
WAITING = 256
"""Different reviews that are under way or wait; beyond these callers are told to come again."""
PATIENCE = 10.0
"""Seconds after which a review has failed."""

AnswerT = TypeVar("AnswerT")

log = logging.getLogger(__name__)


class Asking(Protocol):
    """Whoever can create objects at the API server."""

    async def create(self, resource: Resource, document: bytes, /) -> bytes:
        """Create one, and give what the API server made of it."""


class ReviewStatistics(msgspec.Struct, frozen=True):
    """What was asked since the start."""

    reviews: Mapping[tuple[str, str], int]
    """Reviews by what was reviewed and what came of it."""
    overloaded: int
    """How often no review was made because too many were waiting."""


class Reviews:
    """A reviewer that asks the API server."""

    def __init__(
        self,
        client: Asking,
        *,
        allow_ttl: float = 300.0,
        deny_ttl: float = 30.0,
        audiences: Sequence[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nothing known.

        Args:
            client: creates the reviews.
            allow_ttl: seconds for which a caller stays known, and a right granted.
            deny_ttl: seconds for which a refusal holds.
            audiences: for whom tokens are meant; none means the API server itself.
            clock: seconds that only move on.
        """
        self._client = client
        self._ttl = {True: allow_ttl, False: deny_ttl}
        self._audiences = tuple(audiences)
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._callers: Memory[Caller | None] = Memory(REMEMBERED)
        self._rights: Memory[bool] = Memory(REMEMBERED)
        self._flying: dict[Hashable, asyncio.Task[Any]] = {}
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._count: Counter[tuple[str, str]] = Counter()
        self._overloaded = 0
        self._missing: set[str] = set()

    async def who(self, token: str) -> Caller | None:
        """Give whose token it is; None if it is nobody's.

        Raises:
            Undecided: the API server does not say, or too many ask.
        """
        digest = hashlib.blake2b(token.encode("utf-8", "surrogateescape"), key=self._secret, digest_size=32).digest()
        found = self._callers.find(digest, self._clock())
        if found is not None:
            return found[0]
        return await self._shared(digest, lambda: self._ask_who(token, digest))

    async def may(self, caller: Caller, act: Act) -> bool:
        """Say whether a caller may do something.

        Raises:
            Undecided: the API server does not say, or too many ask.
        """
        question = (caller, act)
        found = self._rights.find(question, self._clock())
        if found is not None:
            return found[0]
        return await self._shared(question, lambda: self._ask_right(caller, act))

    def problem(self) -> str | None:
        """Say which rights the program itself lacks, as it last met them."""
        return f"may not create {', '.join(sorted(self._missing))}" if self._missing else None

    def statistics(self) -> ReviewStatistics:
        """What was asked so far."""
        return ReviewStatistics(dict(self._count), self._overloaded)

    async def _ask_who(self, token: str, digest: bytes) -> Caller | None:
        body = await self._asked(TOKEN, TOKENS, ask_token(token, self._audiences))
        caller = self._read(TOKEN, lambda: read_token(body, self._audiences))
        self._settle(TOKEN, caller is not None)
        self._callers.keep(digest, caller, self._clock() + self._ttl[caller is not None])
        return caller

    async def _ask_right(self, caller: Caller, act: Act) -> bool:
        body = await self._asked(ACCESS, RIGHTS, ask_right(caller, act))
        allowed = self._read(ACCESS, lambda: read_right(body))
        self._settle(ACCESS, allowed)
        if sum(map(len, (act.path, act.namespace, act.name))) <= LONGEST:
            self._rights.keep((caller, act), allowed, self._clock() + self._ttl[allowed])
        return allowed

    async def _asked(self, review: str, resource: Resource, document: bytes) -> bytes:
        try:
            async with self._turn, asyncio.timeout(PATIENCE):
                body = await self._client.create(resource, document)
        except KubeError as error:
            self._complain(review, resource, error)
            raise Undecided(str(error)) from None
        except TimeoutError:
            self._count[review, FAILED] += 1
            raise Undecided(f"no answer within {PATIENCE:.0f} seconds") from None
        if resource.name in self._missing:
            self._missing.remove(resource.name)
            log.info("reviews are possible again", extra={"fields": {"create": resource.name}})
        return body

    def _read(self, review: str, read: Callable[[], AnswerT]) -> AnswerT:
        try:
            return read()
        except KubeError as error:
            self._count[review, FAILED] += 1
            raise Undecided(str(error)) from None

    def _complain(self, review: str, resource: Resource, error: KubeError) -> None:
        self._count[review, FAILED] += 1
        if isinstance(error, Forbidden) and resource.name not in self._missing:
            self._missing.add(resource.name)
            log.error(
                "callers cannot be looked at: a right is missing",
                extra={"fields": {"create": resource.name, "error": str(error)}},
            )

    def _settle(self, review: str, allowed: bool) -> None:  # noqa: FBT001 - a decision
        self._count[review, ALLOWED if allowed else DENIED] += 1

    async def _shared(self, question: Hashable, ask: Callable[[], Awaitable[AnswerT]]) -> AnswerT:
        """Ask, or wait for whoever asks the same; who leaves meanwhile leaves the others their answer."""
        task = self._flying.get(question)
        if task is None:
            if len(self._flying) >= WAITING:
                self._overloaded += 1
                raise Undecided("too many reviews are waiting")
            task = self._flying[question] = asyncio.ensure_future(ask())
            task.add_done_callback(lambda done: self._land(question, done))
        answer: AnswerT = await asyncio.shield(task)
        return answer

    def _land(self, question: Hashable, task: "asyncio.Task[Any]") -> None:
        del self._flying[question]
        if not task.cancelled():
            task.exception()  # seen, even if whoever asked has left
