"""Finds objects by a key, by the beginning of a name, or by their labels; each answer looks at a bounded stretch.

A page that had to look at many objects ends before it is full, and says where to go on.
"""

import asyncio
import re
from collections.abc import Iterator

import msgspec

from exporter.kube.objects import Key, key_of
from exporter.kube.selector import BadSelector, parse
from exporter.store.delta import Record
from exporter.store.store import NAMESPACE
from exporter.web.answers import bad_request
from exporter.web.lookup.question import Question
from exporter.web.lookup.selection import Selection
from exporter.web.page.reading import Asked, token
from exporter.web.page.rows import EFFORT, Reader, Row
from exporter.web.page.sources import Json, Subject
from exporter.web.sources import Served

KEY, NAME, SELECTOR = "key", "name", "selector"

LOOKED_AT = 10_000
"""Objects that one answer looks at."""
STRIDE = 64
"""Objects (or namespaces) that are looked at before others get a turn."""

_SELECTS = re.compile(r"[=!<>,()]|\s(in|notin)\b")


def namespace_of(asked: Asked) -> str | None:
    """Give the namespace in which is searched; None for all of them. A key names its own."""
    text = asked.text("q").strip()
    return text.partition("/")[0] if kind_of(text) == KEY else asked.optional("namespace")


class _Walk(msgspec.Struct):
    """A walk through the cache."""

    last: Key | None = None
    """The last key that was looked at, while there may be others behind it that this walk does not reach."""


class Search:
    """Searches in turn: however many there are, one of them looks at a few objects, then the program has a turn."""

    def __init__(self, subject: Subject) -> None:
        self._workflows = subject.workflows
        self._store = subject.workflows.served.store
        self._turn = asyncio.Lock()

    async def page(self, asked: Asked) -> Json:
        """A page of what is found, in the order of the keys.

        Raises:
            Refused: 400 the selector is none.
        """
        limit, text, namespace = asked.limit(), asked.text("q").strip(), asked.optional("namespace")
        kind = kind_of(text)
        after = asked.after(f"search/{kind}", Key)
        walk = _Walk()
        match kind:
            case "selector":
                keys = self._selected(text, namespace, after, walk)
            case "key":
                keys = self._with_key(text, after, limit + 1)
            case _:
                keys = self._named(text, namespace, after, limit + 1)
        rows = await self._read(keys, limit + 1)
        last = walk.last
        if len(rows) > limit:
            last = key_of(rows[limit - 1].namespace, rows[limit - 1].name)
        return {
            "kind": kind,
            "items": rows[:limit],
            "continue": token(f"search/{kind}", last),
            "remaining": None if last else 0,
            "stamp": self._store.stamp(None),
        }

    async def _read(self, keys: Iterator[Key | None], limit: int) -> list[Row]:
        """Read the rows of keys as they are found; at each None others get a turn."""
        reader, rows = Reader(self._workflows), list[Row]()
        while len(rows) < limit:
            async with self._turn:
                rest = self._read_some(reader, keys, rows, limit)
            if not rest:
                break
            await asyncio.sleep(0)
        return rows

    def _read_some(self, reader: Reader, keys: Iterator[Key | None], rows: list[Row], limit: int) -> bool:
        for key in keys:
            if key is None:
                return True
            row = reader.read(key)
            if row is not None:
                rows.append(row)
            if len(rows) == limit:
                return False
            if reader.tired:
                return True
        return False

    def _with_key(self, text: str, after: Key | None, limit: int) -> Iterator[Key]:
        """The keys of a namespace that begin with a text, which names the namespace."""
        if after is None and self._store.get(Key(text)):
            yield Key(text)
        yield from self._behind(text.partition("/")[0], text, after, limit)

    def _behind(self, namespace: str, text: str, after: Key | None, limit: int) -> Iterator[Key]:
        start = Key(text) if after is None else max(Key(text), after)
        with self._store.snapshot(namespace=namespace, after=start, limit=limit) as snapshot:
            found = [key for key, _ in snapshot]
        for key in found:
            if not key.startswith(text):
                return
            yield key

    def _named(self, text: str, namespace: str | None, after: Key | None, limit: int) -> Iterator[Key | None]:
        """The keys of all namespaces whose name begins with a text, a bisection for each namespace."""
        every = sorted(self._store.index(NAMESPACE).values()) if namespace is None else [namespace]
        past = after.partition("/")[0] if after else ""
        for place, one in enumerate(every):
            if one >= past:
                yield from self._with_key(f"{one}/{text}", after if one == past else None, limit)
            if place % STRIDE == STRIDE - 1:
                yield None

    def _selected(self, text: str, namespace: str | None, after: Key | None, walk: _Walk) -> Iterator[Key | None]:
        selection = _selection(self._workflows.served, text, namespace)
        among = selection.candidates()
        with self._store.snapshot(namespace=namespace, after=after, among=among, limit=LOOKED_AT) as snapshot:
            keys, more = [key for key, _ in snapshot], snapshot.remaining > 0
        return self._accepted(selection, keys, walk if more else _Walk())

    def _accepted(self, selection: Selection, keys: list[Key], walk: _Walk) -> Iterator[Key | None]:
        effort = 0

        def body(record: Record) -> bytes:
            nonlocal effort
            found = self._store.body(record)
            effort += len(found)
            return found

        for key in keys:
            walk.last = key
            record = self._store.get(key)
            if record is not None and selection.accepts(key, record, body):
                yield key
            effort += EFFORT // STRIDE
            if effort >= EFFORT:
                effort = 0
                yield None


def kind_of(text: str) -> str:
    """Say what a text asks for: labels, a key, or a name."""
    if _SELECTS.search(text):
        return SELECTOR
    return KEY if "/" in text else NAME


def _selection(served: Served, text: str, namespace: str | None) -> Selection:
    try:
        return Selection(served, Question(labels=parse(text)), namespace)
    except BadSelector as error:
        raise bad_request(str(error)) from error
