"""A codec that watches its user: no blob is released twice, decoded after its release unpinned, or forgotten."""

from exporter.store.codec import Codec, CodecStatistics

SERIAL = 8
"""Bytes in front of each blob that make it one of a kind."""
AS_IT_IS = b"\xff" * SERIAL


class CountingCodec:
    """Wraps a codec and keeps account of every blob it handed out."""

    def __init__(self, inner: Codec) -> None:
        self._inner = inner
        self._open: set[bytes] = set()
        self._pinned: dict[int, tuple[int, frozenset[bytes]]] = {}
        self._made = 0
        self.encoded = 0

    @property
    def pins(self) -> int:
        """Pins that were taken and not ended."""
        return len(self._pinned)

    @property
    def open(self) -> frozenset[bytes]:
        """Blobs that were encoded and not yet released."""
        return frozenset(self._open)

    def encode(self, body: bytes, kin: str) -> bytes:
        self.encoded += 1
        blob = self.encoded.to_bytes(SERIAL, "big") + self._inner.encode(body, kin)
        self._open.add(blob)
        return blob

    def keep(self, body: bytes) -> bytes:
        return AS_IT_IS + self._inner.keep(body)

    def decode(self, blob: bytes) -> bytes:
        if blob.startswith(AS_IT_IS):
            return self._inner.decode(blob[SERIAL:])
        readable = blob in self._open or any(blob in held for _, held in self._pinned.values())
        assert readable, "a blob was decoded after its release"
        return self._inner.decode(blob[SERIAL:])

    def release(self, blob: bytes) -> None:
        if blob.startswith(AS_IT_IS):
            return
        assert blob in self._open, "a blob was released twice, or never encoded"
        self._open.remove(blob)
        self._inner.release(blob[SERIAL:])

    def pin(self) -> int:
        self._made += 1
        self._pinned[self._made] = (self._inner.pin(), self.open)
        return self._made

    def unpin(self, number: int) -> None:
        assert number in self._pinned, "a pin was ended twice, or never taken"
        inner, _ = self._pinned.pop(number)
        self._inner.unpin(inner)

    def statistics(self) -> CodecStatistics:
        return self._inner.statistics()
