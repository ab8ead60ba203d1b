"""Callers that wait until the cache has come to a version: how a reader sees what it wrote itself."""

import asyncio
from bisect import bisect_right, insort
from collections.abc import Callable
from operator import attrgetter

import msgspec

from exporter.kube.objects import version_order


class _Waiter(msgspec.Struct, frozen=True, eq=False):
    order: tuple[int, str]
    reached: asyncio.Future[None]


_order = attrgetter("order")


class Milestones:
    """Who waits for which version. Truthy while anybody waits; empty again when all have left.

    ``version_of`` gives how far a namespace (None: everything) has come.
    """

    def __init__(self, version_of: Callable[[str | None], str]) -> None:
        self._version_of = version_of
        self._waiting: dict[str | None, list[_Waiter]] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    async def wait(self, version: str, namespace: str | None) -> None:
        """Return as soon as the namespace is not older than the version; at once when it is there already."""
        order = version_order(version)
        if order <= version_order(self._version_of(namespace)):
            return
        waiter = _Waiter(order, asyncio.get_running_loop().create_future())
        waiting = self._waiting.setdefault(namespace, [])
        insort(waiting, waiter, key=_order)
        try:
            await waiter.reached
        finally:
            self._leave(waiter, namespace)

    def moved(self) -> None:
        """The cache has come further: let those go whose version is reached."""
        for namespace, waiting in self._waiting.items():
            reached = bisect_right(waiting, version_order(self._version_of(namespace)), key=_order)
            for waiter in waiting[:reached]:
                if not waiter.reached.done():  # it may have been cancelled in this very turn of the loop
                    waiter.reached.set_result(None)

    def _leave(self, waiter: _Waiter, namespace: str | None) -> None:
        waiting = self._waiting[namespace]
        waiting.remove(waiter)
        if not waiting:
            del self._waiting[namespace]
