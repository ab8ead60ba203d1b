"""The live page: which path is answered by whom, and who may see names."""

from collections.abc import Callable, Mapping
from inspect import isawaitable
from typing import Any

from aiohttp.web import BaseRequest, StreamResponse

from exporter.web.page.cron import Crons
from exporter.web.page.details import Details, key_in
from exporter.web.page.files import Files
from exporter.web.page.informers import Informers, memory
from exporter.web.page.lists import Lists
from exporter.web.page.live import Live
from exporter.web.page.overview import Overview
from exporter.web.page.reading import Asked
from exporter.web.page.replies import not_shown, not_yet, refusal, reply
from exporter.web.page.search import Search
from exporter.web.page.sources import Json, Subject
from exporter.web.page.tables import Tables
from exporter.web.route import Route

PAGE, VIEW, LIVE = "page", "view", "live"
"""The handlers, as the statistics call them."""
API = "/api/v1/"

View = Callable[[Asked], Any]
"""Answers a request with a document, at once or after a while."""


class Page:
    """Everything below ``/`` that people look at, and its JSON."""

    def __init__(self, subject: Subject, files: Files | None = None) -> None:
        self._subject = subject
        informers = Informers([subject.workflows, *([subject.cron] if subject.cron else ()), *subject.others])
        self._overview = Overview(subject, informers)
        self._live = Live(self._overview.tick)
        self._details = Details(subject)
        files = files or Files()
        self.routes: Mapping[str, Route] = {
            **dict.fromkeys(files.paths, Route(PAGE, files.answer)),
            f"{API}live": Route(LIVE, self._live.answer, refuse=refusal),
            **{f"{API}{name}": _route(view) for name, view in self._views(informers).items()},
        }
        """Those of paths that never change."""

    @property
    def step(self) -> float:
        """Seconds after which ``sample`` wants to be called again."""
        return self._subject.trend.step

    def sample(self) -> None:
        """Take a point of what is shown over time."""
        self._overview.sample()

    def leave(self) -> None:
        """End the streams: the process is about to stop."""
        self._live.leave()

    def find(self, path: str) -> Route | None:
        """Who answers a path that names an object; None when it names none."""
        key = key_in(path)
        return None if key is None else _route(self._names(lambda _: self._details.about(key)))

    def _views(self, informers: Informers) -> dict[str, View]:
        subject, overview = self._subject, self._overview
        tables, lists = Tables(subject), Lists(subject)
        return {
            "overview": lambda _: overview.whole(),
            "throughput": lambda _: overview.throughput(),
            "informers": lambda _: {**_whole(informers.shown()), "memory": memory()},
            "namespaces": self._synced(tables.namespaces),
            "groups": self._synced(tables.groups),
            "waiting": self._names(lists.waiting),
            "running": self._names(lists.running),
            "failures": self._names(lists.failures),
            "search": self._names(Search(subject).page),
            "cron": self._shown(Crons(subject).page),
        }

    def _names(self, view: View) -> View:
        return self._shown(self._synced(view))

    def _shown(self, view: View) -> View:
        """Answer only where names of objects may be shown."""

        def guarded(asked: Asked) -> Any:
            if not self._subject.names:
                raise not_shown()
            return view(asked)

        return guarded

    def _synced(self, view: View) -> View:
        """Answer only when the cache is complete."""

        def guarded(asked: Asked) -> Any:
            if not self._subject.workflows.is_synced():
                raise not_yet()
            return view(asked)

        return guarded


def _whole(items: list[Any]) -> Json:
    return {"items": items, "continue": "", "remaining": 0, "stamp": ""}


def _route(view: View) -> Route:
    async def answer(request: BaseRequest) -> StreamResponse:
        document = view(Asked(request))
        return reply(await document if isawaitable(document) else document)

    return Route(VIEW, answer, refuse=refusal)
