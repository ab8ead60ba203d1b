"""The state of a store and the steps that change it, shared by those who read, write and relist; nobody else has it."""

from hashlib import blake2b

from exporter.kube.objects import Key, is_older, version_order
from exporter.store.codec import Codec
from exporter.store.delta import Added, Deleted, Delta, Document, ReadDocument, Record, Terms, Updated
from exporter.store.index import Index, Indexer
from exporter.store.order import Order
from exporter.tally import Tally

SIZE_BOUNDS = tuple(1024 * 2**power for power in range(13))
"""Bytes, 1 KiB to 4 MiB: by these the sizes of bodies are counted."""

_STAMP_BYTES = 8
_EPOCH_BYTES = 4


class Shelf:
    """Records by key, the order of their keys, the indexes over them, and the versions they are current up to.

    A scope is a namespace, or None for all of them: what one list and its watch tell about.
    """

    def __init__(self, read: ReadDocument, codec: Codec, indexer: Indexer, epoch: str = "") -> None:
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
        # Who hears of a change may want its body, which is still at hand then; to decode it again takes 20 us.
        self._newest: tuple[bytes | None, bytes] = None, b""

    def encode(self, document: Document, body: bytes) -> Record:
        """Make an object's record; it is not in the store yet."""
        self.partly_read += document.problem is not None
        meta = document.meta
        blob = self.codec.encode(body, document.kin)
        self.sizes.observe(len(body))
        self._newest = blob, body
        return Record(meta.uid, meta.resource_version, blob, self.indexer.terms(document), document.projection)

    def decode(self, blob: bytes) -> bytes:
        """Give the body of a blob that is not released.

        Raises:
            CodecError: the blob is damaged, or was released.
        """
        newest, body = self._newest
        return body if blob is newest else self.codec.decode(blob)

    def put(self, key: Key, old: Record | None, new: Record, *, initial: bool = False) -> tuple[Delta, ...]:
        """Put a record into the store and its indexes, in place of ``old``."""
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
        del self.records[key]
        self.order.remove(key)
        self._drop(old)
        self._leave(key, old.terms)

    def release(self) -> None:
        """Let the codec forget the bodies that were replaced or removed since the last call."""
        for body in self._dropped:
            self.codec.release(body)
        self._dropped.clear()
        self._newest = None, b""

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
