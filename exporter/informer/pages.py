"""The pages of a list, the next one asked for while the present one is kept.

An API server needs longer to make a page than an informer to keep one, so waiting for it costs hardly more than the
list itself. The bytes of the next page are taken in only when the present one is let go: there is one raw page in
memory.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from exporter.informer.source import Selection, Source
from exporter.kube.query import ListQuery
from exporter.kube.wire import Page


class Pages:
    """Fetches pages, under a limit that is shared with others. Lives in a task group of its caller's."""

    def __init__(self, source: Source, selection: Selection, slots: asyncio.Semaphore) -> None:
        self._source = source
        self._selection = selection
        self._slots = slots
        self._ahead: asyncio.Task[Page | Exception] | None = None

    async def fetch(self, query: ListQuery) -> Page:
        """Give the page that was asked for ahead, or ask for it now.

        ``query`` is the ``following`` of the last ``keeping``, if there was one and nothing was abandoned since.

        Raises:
            KubeError: there is none.
        """
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            return await self._ask(query)
        answer = await ahead
        if isinstance(answer, Exception):
            raise answer
        return answer

    @contextmanager
    def keeping(self, page: Page, following: ListQuery, tasks: asyncio.TaskGroup) -> Iterator[None]:
        """Hold a page while it is kept, and ask for the one that follows, if there is one; then let the page go."""
        if not page.token or not page.items:
            yield
            return
        kept = asyncio.Event()
        self._ahead = tasks.create_task(self._ask_ahead(following, kept))
        try:
            yield
        finally:
            page.items.clear()
            kept.set()

    def abandon(self) -> None:
        """Forget the page that was asked for ahead."""
        if self._ahead is not None:
            self._ahead.cancel()
            self._ahead = None

    async def _ask_ahead(self, query: ListQuery, kept: asyncio.Event) -> Page | Exception:
        try:
            return await self._ask(query, kept)
        except Exception as error:  # noqa: BLE001 - for whoever fetches it; it must not end the task group
            return error

    async def _ask(self, query: ListQuery, hold: asyncio.Event | None = None) -> Page:
        async with self._slots:
            return await self._source.list_page(self._selection.resource, query, hold)
