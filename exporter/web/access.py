"""Who asks, what a request does in the words of an API server, and who says whether that is allowed."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias
from urllib.parse import unquote

import msgspec
from aiohttp.web import BaseRequest

from exporter.kube.objects import Resource
from exporter.web.exchange import path_of

READ_VERBS = {"GET": "get", "HEAD": "get"}
"""A path that is no resource is read by both."""


class Caller(msgspec.Struct, frozen=True):
    """Somebody whom the API server knows."""

    user: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Act(msgspec.Struct, frozen=True):
    """What somebody wants to do: with a resource, or with a path that is none."""

    verb: str
    path: str = ""
    """Empty for a resource."""
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    """Empty for all of them, and for what is in none."""
    name: str = ""
    """Empty for all objects."""


class Undecided(Exception):
    """Nobody can say now whether something is allowed; the message is for the log alone."""


class Reviewer(Protocol):
    """Whoever knows callers and their rights."""

    async def who(self, token: str, /) -> Caller | None:
        """Give whose token it is; None if it is nobody's.

        Raises:
            Undecided: that cannot be found out now.
        """

    async def may(self, caller: Caller, act: Act, /) -> bool:
        """Say whether a caller may do something.

        Raises:
            Undecided: that cannot be found out now.
        """


class Passwords(Protocol):
    """Whoever knows users by their passwords; false where there are no users."""

    def __bool__(self) -> bool: ...

    async def knows(self, user: str, password: str, /) -> bool:
        """Say whether this is the password of a user.

        Raises:
            Undecided: that cannot be found out now.
        """


class Visitor(Protocol):
    """The caller of one request, as a handler meets it that decides for itself."""

    async def may(self, act: Act, /) -> bool:
        """Say whether the caller may do something; a refusal where nobody can say it."""


AskActs: TypeAlias = Callable[[BaseRequest], Sequence[Act]]
"""What a request does: all of it must be allowed. It may refuse a request that makes no sense."""


def with_path(request: BaseRequest) -> Sequence[Act]:
    """Say what a request does with a path that is no resource."""
    verb = READ_VERBS.get(request.method, request.method.lower())
    return (Act(verb, unquote(path_of(request))),)


def nothing(_request: BaseRequest) -> Sequence[Act]:
    """Nothing that a right is needed for: for files that are the same for all."""
    return ()


def probe(_request: BaseRequest) -> Sequence[Act]:
    """Nothing that anybody need be known for: the kubelet has neither a token nor a password."""
    return ()


def to_list(resource: Resource, namespace: str | None) -> Act:
    """Read all objects of a namespace, or of all of them for None."""
    return Act("list", group=resource.group, resource=resource.plural, namespace=namespace or "")


def to_get(resource: Resource, namespace: str | None, name: str = "") -> Act:
    """Read one object, or any by its name."""
    return Act("get", group=resource.group, resource=resource.plural, namespace=namespace or "", name=name)
