"""Plays a story to a server over plain HTTP or TLS, one connection for each request, and keeps what it tells."""

import gzip
import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from tests.simulator.recordings.story import UNTIL_THE_END, Ask, Forget, Open, Read, Step, Story, resolve
from tests.simulator.recordings.told import Exchange, shortened

PATIENCE = 20.0
"""Seconds in which everything that is read must have come: a silent watch must fail and not last for ever."""
HEADERS = (
    *("content-type", "vary", "cache-control", "retry-after", "warning", "allow", "content-encoding"),
    *("x-content-type-options", "etag", "location"),
)
"""The headers that matter to a client."""
AGENT = "story"
"""An API server indents what it gives to a browser, and to curl."""


class Server(Protocol):
    """Where a story is played."""

    url: str
    context: ssl.SSLContext | None
    token: str

    def forget(self) -> None:
        """Forget every version but the newest."""
        ...


class Player:
    """One telling of one story."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._answers: dict[str, Any] = {}
        self._open: dict[str, tuple[http.client.HTTPConnection, http.client.HTTPResponse]] = {}
        self.targets: list[str] = []
        """The targets as they were sent, one for each exchange."""

    def play(self, story: Story) -> list[Exchange]:
        """Play it from its first step to its last."""
        try:
            return [told for step in story.steps if (told := self._step(step)) is not None]
        finally:
            for connection, _ in self._open.values():
                connection.close()

    def _step(self, step: Step) -> Exchange | None:
        match step:
            case Ask():
                return self._ask(step)
            case Open():
                return self._open_watch(step)
            case Read():
                connection, response = self._open.pop(step.name)
                self.targets.append("")
                told = Exchange(f"frames of {step.name}", frames=read_frames(response, step.frames))
                connection.close()
                return told
            case Forget():
                self._server.forget()
                return None

    def _ask(self, ask: Ask) -> Exchange:
        connection, response, told = self._send(ask)
        try:
            if ask.frames and response.status == http.client.OK:
                told.frames = read_frames(response, ask.frames)
            else:
                told.body = _filtered(_read(_plain(response)), ask.only)
        finally:
            connection.close()
        if ask.name:
            self._answers[ask.name] = told.body
        return told

    def _open_watch(self, step: Open) -> Exchange:
        connection, response, told = self._send(Ask("GET", step.target, accept=step.accept))
        if response.status == http.client.OK:
            self._open[step.name] = connection, response
        else:
            told.body = _read(response.read())
            connection.close()
        return told

    def _send(self, ask: Ask) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse, Exchange]:
        headers = {"Accept": ask.accept, "Content-Type": ask.content_type, **ask.headers}
        sent = {name: value for name, value in headers.items() if value}
        body = ask.body if isinstance(ask.body, str | None) else json.dumps(ask.body, ensure_ascii=False)
        connection = self._dial()
        target = resolve(ask.target, self._answers)
        self.targets.append(target)
        connection.putrequest(ask.method, target, skip_accept_encoding=True)
        content = None if body is None else resolve(body, self._answers).encode()
        for name, value in {**self._credentials(), "User-Agent": AGENT, **sent}.items():
            connection.putheader(name, value)
        if content is not None:
            connection.putheader("Content-Length", str(len(content)))
        connection.endheaders(content)
        response = connection.getresponse()
        matter = {name.lower(): value for name, value in response.getheaders() if name.lower() in HEADERS}
        told = Exchange(
            f"{ask.method} {ask.target}", shortened(ask.body), sent, response.status, dict(sorted(matter.items()))
        )
        return connection, response, told

    def _credentials(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._server.token}"} if self._server.token else {}

    def _dial(self) -> http.client.HTTPConnection:
        parts = urlsplit(self._server.url)
        assert parts.hostname is not None
        if self._server.context:
            return http.client.HTTPSConnection(
                parts.hostname, parts.port, timeout=PATIENCE, context=self._server.context
            )
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)


def read_frames(response: http.client.HTTPResponse, number: int) -> list[Any]:
    """Read so many lines of a watch, or all of them; one that ends too early, or stays silent, gives fewer."""
    frames: list[Any] = []
    while number == UNTIL_THE_END or len(frames) < number:
        try:
            line = response.readline()
        except (TimeoutError, http.client.HTTPException, ConnectionError) as error:
            return [*frames, f"broke off: {type(error).__name__}"]
        if not line:
            break
        frames.append(_read(line))
    return frames


def _plain(response: http.client.HTTPResponse) -> bytes:
    body = response.read()
    return gzip.decompress(body) if response.headers.get("Content-Encoding") == "gzip" else body


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="backslashreplace")


def _filtered(document: Any, only: tuple[str, ...]) -> Any:
    """Keep what is named of all lists of things with names, at any depth."""
    match document:
        case dict() if only:
            return {name: _filtered(value, only) for name, value in document.items()}
        case list() if only:
            return [_filtered(value, only) for value in document if _name(value) in (*only, None)]
        case _:
            return document


def _name(value: Any) -> str | None:
    """Give the name of a group, a resource or an object; None for what has none."""
    match value:
        case {"name": str(name)} | {"metadata": {"name": str(name)}} | {"resource": str(name)}:
            return name
        case _:
            return None
