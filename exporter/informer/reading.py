"""What comes in one watch: lines, taken in order, each before the next."""

from collections.abc import Callable

from exporter.informer.counts import Counts
from exporter.informer.machine import Broken, Regressed, broken
from exporter.informer.source import Target
from exporter.kube import wire
from exporter.kube.errors import KubeError, Malformed, answered
from exporter.kube.objects import is_older
from exporter.store.store import Change


class Reading:
    """How far one watch has come, and why it cannot go on."""

    def __init__(
        self, target: Target, scope: str | None, version: str, counts: Counts, bookmarked: Callable[[], None]
    ) -> None:
        self._target = target
        self._scope = scope
        self._counts = counts
        self._bookmarked = bookmarked
        self.version = version
        """Everything up to here is in the cache; it only moves forward."""
        self.heard = False
        """Whether anything came at all."""
        self.verdict: Broken | Regressed | None = None
        """Why no further line may be taken."""
        self.failure: Exception | None = None
        """What the target failed on, behind a ``Broken``."""

    def take(self, lines: list[bytes]) -> None:
        """Take lines, up to the one that leads to a verdict.

        Raises:
            Malformed: a line is no frame, or its object is none.
            Answered: it is an ERROR frame.
        """
        self.heard = True
        self._counts.received(lines)
        for line in lines:
            self._take(line)
            if self.verdict is not None:
                return

    def _take(self, line: bytes) -> None:
        frame = wire.read_frame(line)
        match frame.type:
            case wire.ADDED | wire.MODIFIED:
                if change := self._change(self._target.apply, frame, line):
                    self._counts.event(change.written)
            case wire.DELETED:
                # What the server wrote into a deleted object is older than the deletion.
                if self._change(self._target.delete, frame, line):
                    self._counts.event()
            case wire.BOOKMARK:
                self._bookmark(frame.object)
            case wire.ERROR:
                raise answered("watch", 0, frame.object)
            case _:
                raise Malformed(f"a watch frame of unknown type {frame.type[:40]!r}")

    def _change(self, take: Callable[[str | None, bytes], Change], frame: wire.Frame, line: bytes) -> Change | None:
        """Let the target take an object; give what that changed, if it changed anything."""
        try:
            try:
                change = take(self._scope, frame.object)
            except Malformed:
                change = take(self._scope, wire.check_frame(line).object)
        except KubeError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the cache must not stop for ever
            self.failure = error
            self.verdict = broken(error)
            return None
        self._advance(change.version)
        return change if change.deltas else None

    def _bookmark(self, body: bytes) -> None:
        version, _ = wire.read_bookmark(body)
        self._bookmarked()
        if is_older(version, self.version):
            self.verdict = Regressed()
            return
        self._advance(version)
        self._target.advance(self._scope, version)

    def _advance(self, version: str) -> None:
        if is_older(self.version, version):
            self.version = version
