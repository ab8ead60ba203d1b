"""From a request to its answer: which kind, namespace and name a path means, and who answers which method."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec

from exporter.simulator.api.deletions import Sent, read_delete_options
from exporter.simulator.api.discovery import Discovery
from exporter.simulator.api.forms import Writer, check_many, check_one, form_of
from exporter.simulator.api.listing import Listing, wanted_version
from exporter.simulator.api.names import quoted
from exporter.simulator.api.openapi import OpenApi
from exporter.simulator.api.paths import Target, find
from exporter.simulator.api.query import ListOptions, Query, read_options, read_version, version_problem
from exporter.simulator.api.selectors import Selection
from exporter.simulator.api.storage import Storage, check_format
from exporter.simulator.api.watching import Frames, Watch
from exporter.simulator.api.words import (
    JSON,
    TEXT,
    Refused,
    bad_request,
    not_found,
    plain_error,
    unknown_core_path,
    unknown_path,
    wrong_method,
)
from exporter.simulator.audience import Audience, Nobody
from exporter.simulator.history import History
from exporter.simulator.resources import KINDS, WORKFLOWS, Kind

READING = ("GET", "HEAD")
PROBES = ("/healthz", "/livez", "/readyz")

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as it came."""

    method: str
    path: str
    """Percent-encoded, without the query."""
    query: Query
    accept: str
    media: str
    """The type of the body, without its parameters; empty where none is given."""
    body: bytes = b""
    reader: str = ""
    """How the caller calls itself."""

    @property
    def sent(self) -> Sent:
        """What came with it, if it is a change."""
        return Sent(self.query, self.body, self.media)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    code: int
    pieces: Iterator[bytes]
    """The body, piece by piece: a long list is not made at once."""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": JSON})


@dataclass(frozen=True, slots=True)
class Opened:
    """A watch to be sent until it ends."""

    watch: Watch
    timeout: int
    """Seconds; 0 where the caller leaves it to the server."""
    bookmarks: bool
    told: Callable[[int], None] = lambda _: None
    """To be called with the version up to which everything was told."""


class NotYet(Exception):
    """A version is asked for that is still to come."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


class Api:
    """Answers whatever is asked of the simulated server, from a history of objects."""

    def __init__(self, history: History, rng: random.Random, audience: Audience | None = None) -> None:
        self._history = history
        self._audience = audience or Nobody()
        self._discovery = Discovery()
        self._openapi = OpenApi()
        self._storage = Storage(history, rng)
        self._frames: dict[Kind, Frames] = {kind: Frames() for kind in KINDS}

    def answer(self, asked: Asked) -> Answer | Opened:
        """Answer it.

        Raises:
            Refused: with an error.
            NotYet: not before there is such a version.
        """
        if told := self._document(asked):
            return told
        target = find(asked.path)
        if target is None:
            raise unknown_core_path() if asked.path.startswith("/api/") else unknown_path()
        if target.below:
            raise not_found(target.kind, target.name)
        return self._one(asked, target) if target.name else self._many(asked, target)

    def _document(self, asked: Asked) -> Answer | None:
        if asked.path in PROBES:
            return _answer(200, b"ok", {"Content-Type": TEXT, "X-Content-Type-Options": "nosniff"})
        found = self._discovery.find(asked.path, asked.accept) or self._openapi.find(asked.path, asked.accept)
        if found is None:
            return None
        # Whatever the method, the documents of groups are told.
        if asked.method not in READING and not asked.path.startswith("/apis"):
            raise wrong_method()
        body, headers = found
        return _answer(200, body, headers)

    def _many(self, asked: Asked, target: Target) -> Answer | Opened:
        kind = target.kind
        match asked.method:
            case "GET" | "HEAD":
                return self._read_many(asked, target)
            case _ if kind.namespaced and not target.namespace:
                raise unknown_path()
            case "POST":
                return self._create(asked, target)
            case "DELETE" if "deletecollection" in kind.verbs:
                return self._delete_many(asked, target)
            case "PUT" | "PATCH" if kind.group:
                if asked.method == "PATCH":
                    check_format(kind, asked.media)
                raise bad_request("name must be provided")
            case _:
                raise _unknown_method(kind)

    def _one(self, asked: Asked, target: Target) -> Answer:
        kind, namespace, name = target.kind, target.namespace, target.name
        form_of(asked.accept, asked.query)  # what nobody could read is not done
        match asked.method:
            case "GET" | "HEAD":
                return self._read_one(asked, target)
            case "PUT":
                thing = self._storage.replace(kind, namespace, name, asked.sent)
            case "PATCH":
                thing = self._storage.patch(kind, namespace, name, asked.sent)
            case "DELETE":
                thing = self._storage.delete(kind, namespace, name, asked.sent)
            case "POST" if kind.group:
                return self._create(asked, target)
            case _:
                raise _unknown_method(kind)
        return self._written(asked, kind, thing, 200)

    def _create(self, asked: Asked, target: Target) -> Answer:
        form_of(asked.accept, asked.query)  # what nobody could read is not done
        thing = self._storage.create(target.kind, target.namespace, asked.sent)
        return self._written(asked, target.kind, thing, 201)

    def _written(self, asked: Asked, kind: Kind, thing: Mapping[str, Any], code: int) -> Answer:
        form = form_of(asked.accept, asked.query)
        body = _encode(thing)
        if thing.get("kind") == "Status":
            return _answer(code, body + b"\n")
        version = thing["metadata"].get("resourceVersion", "")
        return _answer(code, Writer(kind, form, self._history.now()).single(body, version))

    def _read_one(self, asked: Asked, target: Target) -> Answer:
        kind, query = target.kind, asked.query
        form = form_of(asked.accept, query)
        text = query.text("resourceVersion")
        if text and (problem := version_problem(text)):
            raise plain_error(f"resourceVersion: Invalid value: {quoted(text)}: {problem}")
        self._wait_for(read_version(text))
        thing = self._history.get(kind, target.namespace, target.name)
        if thing is None:
            raise not_found(kind, target.name)
        check_one(form, kind)
        writer = Writer(kind, form, self._history.now())
        return _answer(200, writer.single(thing.body, str(thing.version)))

    def _read_many(self, asked: Asked, target: Target) -> Answer | Opened:
        form = form_of(asked.accept, asked.query)
        options = read_options(asked.query, watch=target.watch)
        selection = self._selection(target, options)
        writer = Writer(target.kind, form, self._history.now())
        if options.watch and asked.method == "GET":
            watch = Watch(
                self._history,
                target.kind,
                selection=selection,
                options=options,
                writer=writer,
                frames=self._frames[target.kind],
            )
            return Opened(watch, options.timeout, options.bookmarks, self._followed(asked, target, selection, watch))
        self._wait_for(wanted_version(options))
        listing = Listing(self._history, target.kind, selection, options)
        check_many(form, target.kind)
        if self._is_all(target, selection):
            first, last = not options.token, not listing.metadata.token
            self._audience.listed(asked.reader, listing.metadata.version, first=first, last=last)
        return Answer(200, writer.pieces(listing.things, listing.metadata))

    def _followed(self, asked: Asked, target: Target, selection: Selection, watch: Watch) -> Callable[[int], None]:
        """Note a watch of all workflows; give what is to be called when it has told more."""
        if not self._is_all(target, selection):
            return lambda _: None
        if watch.lists:
            self._audience.listed(asked.reader, watch.position, first=True, last=True)
        return partial(self._audience.told, asked.reader)

    def _is_all(self, target: Target, selection: Selection) -> bool:
        return target.kind is WORKFLOWS and not target.namespace and selection.is_whole

    def _delete_many(self, asked: Asked, target: Target) -> Answer:
        options = read_options(asked.query)
        how = read_delete_options(asked.sent)
        form = form_of(asked.accept, asked.query)
        listing = Listing(self._history, target.kind, self._selection(target, options), options)
        writer = Writer(target.kind, form, self._history.now())
        told = b"".join(writer.pieces(listing.things, listing.metadata))
        self._storage.delete_all(target.kind, listing.things, how)
        return _answer(200, told)

    def _selection(self, target: Target, options: ListOptions) -> Selection:
        phase: Callable[[bytes], str] | None = None if target.kind.group else _phase
        return Selection(target.namespace, options.labels, options.fields, phase)

    def _wait_for(self, version: int) -> None:
        if version > self._history.version:
            raise NotYet(version)


def refusal(refused: Refused) -> Answer:
    """Give the answer that tells a refusal."""
    wait = {"Retry-After": str(refused.retry_after)} if refused.retry_after else {}
    if refused.text:
        headers = {"Content-Type": TEXT, "X-Content-Type-Options": "nosniff", **wait}
        return _answer(refused.code, refused.message.encode(), headers)
    return _answer(refused.code, _encode(refused.status()) + b"\n", {"Content-Type": JSON, **wait})


def _answer(code: int, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(code, iter((body,)), headers or {"Content-Type": JSON})


def _unknown_method(kind: Kind) -> Refused:
    # Custom resources have one handler for all methods, built-in ones a route for each.
    if not kind.group:
        return wrong_method()
    message = f' is not supported on resources of kind "{kind.qualified}"'
    return Refused(405, "MethodNotAllowed", message, {"group": kind.group, "kind": kind.plural})


class _Phased(msgspec.Struct):
    phase: str = ""


class _WithStatus(msgspec.Struct):
    status: _Phased = msgspec.field(default_factory=_Phased)


_statuses = msgspec.json.Decoder(_WithStatus)


def _phase(body: bytes) -> str:
    return _statuses.decode(body).status.phase
