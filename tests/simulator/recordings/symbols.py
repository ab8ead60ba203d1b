"""What differs from one telling to the next by nature, replaced by symbols: what was equal stays equal.

Nothing else is replaced:

- uids, numbered as they appear: ``<uid 1>``;
- versions of objects, numbered by their order over the whole story, so that order is judged too: ``<version 3>``;
- versions of lists and bookmarks: ``<now>`` if no object told so far is newer, else ``<stale>``; on a later page
  ``<as before>`` if an earlier page had the same; ``<as asked>`` if the request named that very version;
- moments of the last hour, and ages: ``<just now>``, ``<age>``; the same object must keep its creationTimestamp;
- tokens of next pages, etags, addresses, versions in messages, what a server adds to a ``generateName``, long texts.

The resources of a discovery document are sorted, for a server has no order of definitions; ``managedFields`` are left
out.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from tests.simulator.recordings.told import Exchange, shortened

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ADDRESS = re.compile(r"127\.0\.0\.1:[0-9]+")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
AGE = re.compile(r"[0-9]{1,3}s")
IN_WORDS = (
    (re.compile(r"(?<=current: )[0-9]+"), "<now>"),
    (re.compile(r"(?<=too old resource version: )[0-9]+ \([0-9]+\)"), "<old> (<oldest>)"),
    (re.compile(r"(?<=ResourceVersion in object meta: )[0-9]+"), "<version>"),
    (re.compile(r"(?<=ResourceVersion in record \()[0-9]+"), "<version>"),
    (re.compile(r"(?<=generated-)[bcdfghjklmnpqrstvwxz2456789]{5}\b"), "<suffix>"),
    (re.compile(r"(?<=Wrong-)[bcdfghjklmnpqrstvwxz2456789]{5}\b"), "<suffix>"),
)
MANAGED = "managedFields"
ETAG = "<etag>"
PLURALS = ("s", "s/")
"""How the path of a collection ends, and that of no object in any story."""
RECENT = timedelta(hours=1)


def symbolic(exchanges: Sequence[Exchange], targets: Sequence[str], now: datetime) -> list[Exchange]:
    """Give a story's exchanges with symbols; ``targets`` are their targets as they were sent."""
    symbols = Symbols(exchanges, now)
    return [symbols.of(told, target) for told, target in zip(exchanges, targets, strict=True)]


class Symbols:
    """The symbols of one telling of one story."""

    def __init__(self, exchanges: Sequence[Exchange], now: datetime) -> None:
        self._now = now
        self._uids: dict[str, str] = {}
        self._created: dict[str, str] = {}
        self._lists: set[str] = set()
        self._newest = 0
        self._target = ""
        self._of_one = False
        versions = sorted({version for told in exchanges for version in _object_versions((told.body, told.frames))})
        self._versions = {str(version): f"<version {rank}>" for rank, version in enumerate(versions, 1)}

    def of(self, told: Exchange, target: str) -> Exchange:
        """Give one exchange with symbols; to be called in the story's order."""
        self._target = target
        of_many = told.asked.startswith(("GET ", "DELETE ")) and target.partition("?")[0].endswith(PLURALS)
        self._of_one = not of_many
        self._newest = max((self._newest, *_object_versions(told.body)))
        body, frames = shortened(self._value(told.body)), shortened(self._frames(told.frames))
        headers = {name: ETAG if name == "etag" else self._text(value) for name, value in told.headers.items()}
        return msgspec.structs.replace(told, body=body, frames=frames, headers=headers)

    def _frames(self, frames: list[Any] | None) -> list[Any] | None:
        if frames is None:
            return None
        told = []
        for frame in frames:
            self._of_one = not (isinstance(frame, dict) and frame.get("type") == "BOOKMARK")
            self._newest = max((self._newest, *_object_versions(frame)))
            told.append(self._value(frame))
        return told

    def _value(self, value: Any) -> Any:
        match value:
            case dict():
                # In the order of names, so that uids are numbered alike whatever comes first in an object.
                return {name: self._member(value, name, value[name]) for name in sorted(value) if name != MANAGED}
            case list():
                return [self._value(member) for member in value]
            case str():
                return self._text(value)
            case _:
                return value

    def _member(self, whole: dict[str, Any], name: str, value: Any) -> Any:
        match name, value:
            case "resourceVersion", str() if value:
                return self._versions[value] if _is_object(whole) else self._list_version(value)
            case "continue", str() if value:
                return "<more>"
            case "resources", [{"kind": _}, *_] | [{"resource": _}, *_]:
                return sorted(
                    self._value(value), key=lambda resource: str(resource.get("name", resource.get("resource")))
                )
            case "creationTimestamp", str() if "uid" in whole:
                kept = self._created.setdefault(whole["uid"], value) == value
                return self._text(value) if kept else "<another moment>"
            case _:
                return self._value(value)

    def _list_version(self, value: str) -> str:
        if self._of_one:
            # A table of one object has that object's version.
            return self._versions.get(value, "<unknown>")
        current = value.isdecimal() and int(value) >= self._newest
        if f"resourceVersion={value}&" in f"{self._target}&" and ("Exact" in self._target or not current):
            return "<as asked>"
        if "continue=" in self._target and value in self._lists:
            return "<as before>"
        self._lists.add(value)
        return "<now>" if current else "<stale>"

    def _text(self, text: str) -> str:
        if MOMENT.fullmatch(text) and abs(self._now - datetime.fromisoformat(text)) < RECENT:
            return "<just now>"
        if AGE.fullmatch(text):
            return "<age>"
        text = UUID.sub(lambda found: self._uid(found.group()), ADDRESS.sub("<address>", text))
        for pattern, symbol in IN_WORDS:
            text = pattern.sub(symbol, text)
        return text

    def _uid(self, uid: str) -> str:
        return self._uids.setdefault(uid, f"<uid {len(self._uids) + 1}>")


def _is_object(metadata: dict[str, Any]) -> bool:
    return "uid" in metadata


def _object_versions(value: Any) -> Iterator[int]:
    match value:
        case dict():
            if _is_object(value) and str(value.get("resourceVersion", "")).isdecimal():
                yield int(value["resourceVersion"])
            for member in value.values():
                yield from _object_versions(member)
        case list() | tuple():
            for member in value:
                yield from _object_versions(member)


def utc_now() -> datetime:
    """Give the present moment."""
    return datetime.now(UTC)
