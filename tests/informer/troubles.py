"""The ways in which a fake cluster misbehaves, by name; each one spoils one request, or a whole cluster."""

from collections import deque
from typing import Protocol, TypeAlias

import msgspec

from exporter.kube.errors import Answered, answered


class Refuse(msgspec.Struct, frozen=True):
    """Nobody listens."""


class Answer(msgspec.Struct, frozen=True):
    """The server says no: as HTTP status, or (``in_stream``, for a watch) as 200 and an ERROR frame."""

    code: int
    reason: str = ""
    message: str = ""
    retry_after: float | None = None
    in_stream: bool = False

    def status(self) -> bytes:
        """The body of the answer."""
        return msgspec.json.encode(
            {
                "kind": "Status",
                "apiVersion": "v1",
                "status": "Failure",
                "code": self.code,
                "reason": self.reason,
                "message": self.message,
            }
        )

    def error(self, call: str) -> Answered:
        """What a client makes of the answer."""
        return answered(call, self.code, self.status(), self.retry_after)


GONE = Answer(410, "Expired")
GONE_IN_STREAM = Answer(410, "Expired", in_stream=True)
UNAUTHORIZED = Answer(401, "Unauthorized")
FORBIDDEN = Answer(403, "Forbidden", "things.example.com is forbidden: cannot list")
NOT_SERVED = Answer(404)
BUSY = Answer(429)
STARTING = Answer(503, "ServiceUnavailable")
FAILED = Answer(500, "InternalError")
FAILED_IN_STREAM = Answer(500, "InternalError", in_stream=True)
FROM_THE_FUTURE = Answer(504, "Timeout", "Too large resource version: 12, current: 9")


class Hang(msgspec.Struct, frozen=True):
    """The connection is accepted, and headers never come."""


class Slow(msgspec.Struct, frozen=True):
    """Headers come after some seconds; the rest is ordinary."""

    seconds: float


class Html(msgspec.Struct, frozen=True):
    """Some proxy answers 200 with a page for people."""


class Say(msgspec.Struct, frozen=True):
    """A watch opens, gives these lines, and goes on as usual."""

    lines: tuple[bytes, ...]


class Mute(msgspec.Struct, frozen=True):
    """A watch opens and says nothing, for ever: not even that it ends."""


class Close(msgspec.Struct, frozen=True):
    """A watch ends cleanly, some seconds after it was opened."""

    after: float = 0.0


class Drop(msgspec.Struct, frozen=True):
    """A watch breaks some seconds after it was opened."""

    after: float = 0.0


class Replay(msgspec.Struct, frozen=True):
    """A watch tells all of the log again that there is, whatever version was asked for."""


Trouble: TypeAlias = Refuse | Answer | Hang | Slow | Html | Say | Mute | Close | Drop | Replay


class Spoilable(Protocol):
    """A fake cluster, as far as it can be made to misbehave."""

    served: bool
    trouble: Trouble | None
    watch_script: deque[Trouble | None]


def be_ordinary(cluster: Spoilable) -> None:
    """Do as a cluster does."""
    cluster.trouble = None


def be_mute(cluster: Spoilable) -> None:
    """Say nothing on the first watch."""
    cluster.watch_script.append(Mute())


def refuse(cluster: Spoilable) -> None:
    """Listen to nobody."""
    cluster.trouble = Refuse()


def ask_for_an_hour(cluster: Spoilable) -> None:
    """Have everybody come back in an hour."""
    cluster.trouble = Answer(429, retry_after=3600)


def serve_nothing(cluster: Spoilable) -> None:
    """Do not know the resource."""
    cluster.served = False
