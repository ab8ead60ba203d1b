"""A story: requests in their order, told to an API server that holds nothing but what the story puts there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Body: TypeAlias = Mapping[str, Any] | list[Any] | str | None
"""What a request carries: JSON, or text exactly as it is written."""

JSON, MERGE_PATCH, JSON_PATCH = "application/json", "application/merge-patch+json", "application/json-patch+json"
UNTIL_THE_END = -1
"""As a number of frames: read the watch until the server ends it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, and what is read of its answer.

    A target or a body may refer to an earlier answer that was given a name: ``<page:metadata.continue>`` is the token
    in the answer named ``page``.
    """

    method: str
    target: str
    body: Body = None
    accept: str = ""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    frames: int = 0
    """How many frames of a watch are read before the connection is dropped; 0 for what is no watch."""
    only: tuple[str, ...] = ()
    """Of a document about everything that is served: the groups and resources that are kept."""


@dataclass(frozen=True, slots=True)
class Open:
    """A watch that is opened and left open; it counts as open once its head has come."""

    target: str
    name: str
    accept: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """Frames that are read from an open watch, which is dropped then."""

    name: str
    frames: int = UNTIL_THE_END


@dataclass(frozen=True, slots=True)
class Forget:
    """Let the server forget every version but the newest; watches that were open are gone."""


Step: TypeAlias = Ask | Open | Read | Forget


@dataclass(frozen=True, slots=True)
class Story:
    """Requests that belong together; ``about`` is one sentence for whoever reads the recording."""

    name: str
    about: str
    steps: tuple[Step, ...]


_REFERENCE = re.compile(r"<(?P<name>[a-z-]+):(?P<path>[A-Za-z0-9.]+)>")


def resolve(text: str, answers: Mapping[str, Any]) -> str:
    """Put the values that a text refers to in its place.

    Raises:
        KeyError: no such answer, or it has no such member: the story is wrong, or the server's answer is.
    """
    return _REFERENCE.sub(lambda found: _find(answers[found["name"]], found["path"]), text)


def _find(answer: Any, path: str) -> str:
    for step in path.split("."):
        answer = answer[int(step)] if isinstance(answer, list) else answer[step]
    return str(answer)


def get(target: str, accept: str = "", **more: Any) -> Ask:
    """Ask for something."""
    return Ask("GET", target, accept=accept, **more)


def post(target: str, body: Body, **more: Any) -> Ask:
    """Create something."""
    return Ask("POST", target, body, content_type=more.pop("content_type", JSON), **more)


def put(target: str, body: Body, **more: Any) -> Ask:
    """Replace something."""
    return Ask("PUT", target, body, content_type=more.pop("content_type", JSON), **more)


def patch(target: str, body: Body, content_type: str = MERGE_PATCH, **more: Any) -> Ask:
    """Change something."""
    return Ask("PATCH", target, body, content_type=content_type, **more)


def delete(target: str, body: Body = None, **more: Any) -> Ask:
    """Remove something."""
    return Ask("DELETE", target, body, content_type=JSON if body is not None else "", **more)


def watch(target: str, frames: int = UNTIL_THE_END, accept: str = "") -> Ask:
    """Watch something, for so many frames."""
    return Ask("GET", target, accept=accept, frames=frames)
