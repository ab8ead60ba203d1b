"""The state of a store and the steps that change it, shared by those who read, write and relist; nobody else has it."""

from collections import OrderedDict
from hashlib import blake2b

import msgspec

from exporter.kube.objects import Key, is_older, version_order
from exporter.store.codec import Codec
from exporter.store.delta import Added, Deleted, Delta, Document, ReadDocument, Record, Terms, Updated
from exporter.store.index import Index, Indexer
from exporter.store.order import Order
from exporter.tally import Tally

SIZE_BOUNDS = tuple(1024 * 2**power for power in range(13))
"""Bytes, 1 KiB to 4 MiB: by these the sizes of bodies are counted."""

YOUNG_BYTES = 4 * 1024 * 1024
"""Bytes of bodies that are kept as they came, those that changed last: some 300 of 14 kB. What is running changes every
few seconds, and most of it again before it would have to be compressed, which is half the work of an event."""
LARGEST_YOUNG = 256 * 1024
"""Bytes of the largest of these: for a larger one too many would have to give way at once."""

_STAMP_BYTES = 8
_EPOCH_BYTES = 4


class Shelf:
    """Records by key, the order of their keys, the indexes over them, and the versions they are current up to.

    A scope is a namespace, or None for all of them: what one list and its watch tell about.
    """

    def __init__(
        self, read: ReadDocument, codec: Codec, indexer: Indexer, epoch: str = "", young_bytes: int = YOUNG_BYTES
    ) -> None:
        self.read = read
        self.codec = codec
        self.indexer = indexer
        self.records: dict[Key, Record] = {}
        self.order = Order()
        self.indexes = {name: Index() for name in indexer.names}
        self.versions: dict[str | None, str] = {}
        self.sizes = Tally(SIZE_BOUNDS)
        """Of all bodies that were encoded."""
        self.bytes = 0
        self.partly_read = 0
        self.ignored = 0
        self._epoch = f"{_digest(epoch, _EPOCH_BYTES)}-" if epoch else ""
        self._turns = 0
        self._dropped: list[bytes] = []
        self._most_young = young_bytes
        self._largest_young = min(young_bytes, LARGEST_YOUNG)
        self._young: OrderedDict[Key, tuple[Record, str]] = OrderedDict()
        """Records with bodies as they came, and their kin; those that changed last come last."""
        self._young_bytes = 0

    def encode(self, document: Document, body: bytes) -> Record:
        """Make an object's record; it is not in the store yet."""
        return self._record(document, body, self.codec.encode(body, document.kin))

    def change(self, document: Document, body: bytes, old: Record | None) -> tuple[Delta, ...]:
        """Put an object that has just changed into the store and its indexes, in place of ``old``."""
        key = document.meta.key
        if len(body) > self._largest_young:
            return self.put(key, old, self.encode(document, body))
        new = self._record(document, body, self.codec.keep(body))
        self._grow_up(key)  # what is replaced now is not worth compressing
        # Room is made first, since a codec may fail, and then nothing has changed.
        while self._young and self._young_bytes + len(new.body) > self._most_young:
            self._compress_oldest()
        deltas = self.put(key, old, new)
        self._young[key] = new, document.kin
        self._young_bytes += len(new.body)
        return deltas

    def put(self, key: Key, old: Record | None, new: Record, *, initial: bool = False) -> tuple[Delta, ...]:
        """Put a record into the store and its indexes, in place of ``old``."""
        self._grow_up(key)
        self.bytes += len(new.body)
        if old is None:
            self.records[key] = new
            self.order.add(key)
            self._enter(key, new.terms)
            return (Added(key, new, initial),)
        self._drop(old)
        if old.terms is not new.terms:  # equal ones are mostly one and the same
            # The indexes must share the text of the key that the records and the order have.
            self._move(self.order.kept(key), old.terms, new.terms)
        self.records[key] = new
        if old.uid == new.uid:
            return (Updated(key, old, new),)
        return (Deleted(key, old, old, "replaced"), Added(key, new, initial))

    def remove(self, key: Key, old: Record) -> None:
        """Take a record out of the store and its indexes."""
        self._grow_up(key)
        del self.records[key]
        self.order.remove(key)
        self._drop(old)
        self._leave(key, old.terms)

    def release(self) -> None:
        """Let the codec forget the bodies that were replaced or removed since the last call."""
        for body in self._dropped:
            self.codec.release(body)
        self._dropped.clear()

    def advance(self, scope: str | None, version: str) -> bool:
        """Say that everything in a scope is here up to a version; give whether that is news."""
        if not is_older(self.versions.get(scope, ""), version):
            return False
        self.versions[scope] = version
        return True

    def changed_at(self, scope: str | None, version: str) -> None:
        """Say that a change led to a version, which may be one that stood for another state before."""
        if not self.advance(scope, version):
            self._turns += 1

    def listed_at(self, scope: str | None, version: str) -> None:
        """Say that everything in a scope is here as of a version, be it older than what was here."""
        self.changed_at(scope, version)
        self.versions[scope] = version

    def version_of(self, namespace: str | None) -> str:
        """The version of the namespace's own scope; else the oldest of all."""
        own = self.versions.get(namespace)
        return own or min(self.versions.values(), key=version_order, default="")

    def stamp(self, namespace: str | None) -> str:
        """What tells states apart: the epoch, the versions, and how often a state changed without a newer one."""
        versions = self.versions
        if namespace in versions or len(versions) <= 1:
            stamp = self.version_of(namespace)
        else:
            told = ",".join(sorted(f"{scope}={version}" for scope, version in versions.items()))
            stamp = _digest(told, _STAMP_BYTES)
        return f"{self._epoch}{stamp}-{self._turns:x}" if self._turns else f"{self._epoch}{stamp}"

    def _record(self, document: Document, body: bytes, blob: bytes) -> Record:
        self.partly_read += document.problem is not None
        self.sizes.observe(len(body))
        meta = document.meta
        return Record(meta.uid, meta.resource_version, blob, self.indexer.terms(document), document.projection)

    def _grow_up(self, key: Key) -> None:
        """Forget that a body is young."""
        found = self._young.pop(key, None)
        if found is not None:
            self._young_bytes -= len(found[0].body)

    def _compress_oldest(self) -> None:
        """Let the store have a record with a compressed body in place of an equal one, which is no change."""
        key = next(iter(self._young))
        record, kin = self._young[key]
        blob = self.codec.encode(self.codec.decode(record.body), kin)
        self._grow_up(key)
        self.bytes += len(blob) - len(record.body)
        self.records[key] = msgspec.structs.replace(record, body=blob)

    def _drop(self, old: Record) -> None:
        self.bytes -= len(old.body)
        self._dropped.append(old.body)

    def _enter(self, key: Key, terms: Terms) -> None:
        for index, values in zip(self.indexes.values(), terms, strict=True):
            if values:
                index.add(key, values)

    def _move(self, key: Key, old: Terms, new: Terms) -> None:
        for index, before, after in zip(self.indexes.values(), old, new, strict=True):
            if before != after:  # of a dozen indexes two or three
                index.remove(key, before)
                index.add(key, after)

    def _leave(self, key: Key, terms: Terms) -> None:
        for index, values in zip(self.indexes.values(), terms, strict=True):
            if values:
                index.remove(key, values)


def _digest(text: str, size: int) -> str:
    return blake2b(text.encode(), digest_size=size).hexdigest()
