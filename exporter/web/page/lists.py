"""The lists of objects in an order: who waits, who runs, who failed."""

from exporter.kube.objects import Key
from exporter.web.page.reading import Asked, token
from exporter.web.page.rows import read_row
from exporter.web.page.sources import Json, Subject


class Lists:
    """A page of any order, read when it is asked for; it stays in place while objects come and go."""

    def __init__(self, subject: Subject) -> None:
        self._workflows = subject.workflows

    def waiting(self, asked: Asked) -> Json:
        """Who waits, the longest first."""
        return self._page(asked, "waiting", asked.optional("reason"))

    def running(self, asked: Asked) -> Json:
        """Who runs, the longest first."""
        return self._page(asked, "running", None)

    def failures(self, asked: Asked) -> Json:
        """Who failed, the latest first."""
        return self._page(asked, "failures", asked.optional("phase"))

    def _page(self, asked: Asked, order: str, tag: str | None) -> Json:
        ranking, store = self._workflows.board.ranking(order), self._workflows.served.store
        after = asked.after(order, tuple[int, Key])
        cut = ranking.cut(asked.limit(), after=after, namespace=asked.optional("namespace"), tag=tag)
        found = [(key, record) for key in cut.keys if (record := store.get(key))]
        return {
            "items": [read_row(self._workflows, key, record) for key, record in found],
            "continue": token(order, cut.after),
            "remaining": cut.remaining,
            "stamp": ranking.stamp,
        }
