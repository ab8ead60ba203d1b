"""The live page: which path is answered by whom, and who may see names."""

from collections.abc import Callable, Mapping, Sequence
from inspect import isawaitable
from typing import Any

from aiohttp.web import BaseRequest, StreamResponse

from exporter.kube.objects import split_key
from exporter.web.access import Act, AskActs, nothing, to_get, to_list
from exporter.web.page.cron import Crons
from exporter.web.page.details import Details, key_in
from exporter.web.page.files import Files
from exporter.web.page.informers import Informers, memory
from exporter.web.page.lists import Lists
from exporter.web.page.live import Live
from exporter.web.page.overview import Overview
from exporter.web.page.reading import Asked
from exporter.web.page.replies import not_shown, not_yet, refusal, reply
from exporter.web.page.search import Search, namespace_of
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
            **dict.fromkeys(files.paths, Route(PAGE, files.answer, ask_acts=nothing)),
            f"{API}live": Route(LIVE, self._live.answer, refuse=refusal, ask_acts=self._reads_all),
            **{f"{API}{name}": _route(view, acts) for name, (view, acts) in self._views(informers).items()},
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
        if key is None:
            return None
        act = to_get(self._subject.workflows.served.resource, *split_key(key))
        return _route(self._names(lambda _: self._details.about(key)), lambda _: (act,))

    def _reads_all(self, _request: BaseRequest) -> Sequence[Act]:
        """It tells of everything that is watched, in all namespaces."""
        subject = self._subject
        shown = [subject.workflows, *([subject.cron] if subject.cron else ()), *subject.others]
        return [to_list(one.served.resource, None) for one in shown]

    def _reads_workflows(self, request: BaseRequest) -> Sequence[Act]:
        """It tells of the workflows of a namespace, or of all of them."""
        return (to_list(self._subject.workflows.served.resource, Asked(request).optional("namespace")),)

    def _reads_crons(self, request: BaseRequest) -> Sequence[Act]:
        namespace = Asked(request).optional("namespace")
        shown = [self._subject.workflows, *([self._subject.cron] if self._subject.cron else ())]
        return [to_list(one.served.resource, namespace) for one in shown]

    def _searches(self, request: BaseRequest) -> Sequence[Act]:
        return (to_list(self._subject.workflows.served.resource, namespace_of(Asked(request))),)

    def _views(self, informers: Informers) -> dict[str, tuple[View, AskActs]]:
        subject, overview = self._subject, self._overview
        tables, lists = Tables(subject), Lists(subject)
        return {
            "overview": (lambda _: overview.whole(), self._reads_all),
            "throughput": (lambda _: overview.throughput(), self._reads_all),
            "informers": (lambda _: {**_whole(informers.shown()), "memory": memory()}, self._reads_all),
            "namespaces": (self._synced(tables.namespaces), self._reads_all),
            "groups": (self._synced(tables.groups), self._reads_workflows),
            "waiting": (self._names(lists.waiting), self._reads_workflows),
            "running": (self._names(lists.running), self._reads_workflows),
            "failures": (self._names(lists.failures), self._reads_workflows),
            "search": (self._names(Search(subject).page), self._searches),
            "cron": (self._shown(Crons(subject).page), self._reads_crons),
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


def _route(view: View, ask_acts: AskActs) -> Route:
    async def answer(request: BaseRequest) -> StreamResponse:
        document = view(Asked(request))
        return reply(await document if isawaitable(document) else document)

    return Route(VIEW, answer, refuse=refusal, ask_acts=ask_acts)
