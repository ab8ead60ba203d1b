"""The lists of objects in an order: who waits, who runs, who failed."""

from exporter.kube.objects import Key
from exporter.web.page.reading import Asked, token
from exporter.web.page.rows import read_rows
from exporter.web.page.sources import Json, Subject


class Lists:
    """A page of any order, read when it is asked for; it stays in place while objects come and go."""

    def __init__(self, subject: Subject) -> None:
        self._workflows = subject.workflows

    async def waiting(self, asked: Asked) -> Json:
        """Who waits, the longest first."""
        return await self._page(asked, "waiting", asked.optional("reason"))

    async def running(self, asked: Asked) -> Json:
        """Who runs, the longest first."""
        return await self._page(asked, "running", None)

    async def failures(self, asked: Asked) -> Json:
        """Who failed, the latest first."""
        return await self._page(asked, "failures", asked.optional("phase"))

    async def _page(self, asked: Asked, order: str, tag: str | None) -> Json:
        ranking = self._workflows.board.ranking(order)
        after = asked.after(order, tuple[int, Key])
        cut = ranking.cut(asked.limit(), after=after, namespace=asked.optional("namespace"), tag=tag)
        stamp = ranking.stamp
        return {
            "items": await read_rows(self._workflows, cut.keys),
            "continue": token(order, cut.after),
            "remaining": cut.remaining,
            "stamp": stamp,
        }
