"""A store with everything around it that tests its every step."""

from exporter.kube.objects import Key
from exporter.store.codec import Codec, IdentityCodec
from exporter.store.delta import Delta, Record
from exporter.store.store import Writer
from tests.store.counting import CountingCodec
from tests.store.judge import check_blobs, check_indexes, check_order
from tests.store.mirror import Mirror, bare
from tests.store.things import INDEXES, read


class Shop:
    """A writer, its store, the codec that counts, and the mirror that hears every delta."""

    def __init__(self, inner: Codec | None = None, young_bytes: int = 0) -> None:
        self.codec = CountingCodec(inner or IdentityCodec())
        self.writer = Writer(read, self.codec, INDEXES, young_bytes=young_bytes)
        self.store = self.writer.store
        self.mirror = Mirror(self.store)

    def apply(self, data: bytes) -> tuple[Delta, ...]:
        return self._hear(self.writer.apply(None, data).deltas)

    def delete(self, data: bytes) -> tuple[Delta, ...]:
        return self._hear(self.writer.delete(None, data).deltas)

    def relist(self, *bodies: bytes, version: str = "100", scope: str | None = None) -> tuple[Delta, ...]:
        relist = self.writer.relist(scope)
        for data in bodies:
            relist.add(data)
        return self._hear(tuple(relist.commit(version)))

    def record(self, name: Key) -> Record:
        record = self.store.get(name)
        assert record is not None
        return record

    def check(self) -> None:
        assert self.mirror.records == {key: bare(record) for key, record in self.store.items()}
        check_indexes(self.store)
        check_order(self.store)
        self.writer.release()
        check_blobs(self.store, self.codec)

    def _hear(self, deltas: tuple[Delta, ...]) -> tuple[Delta, ...]:
        for delta in deltas:
            self.mirror.apply(delta)
        return deltas
