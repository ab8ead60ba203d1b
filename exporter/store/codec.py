"""Turns bodies into blobs and back: each is kept as its difference from an earlier body of the same kin.

Workflows of one template differ in names, moments and hashes and repeat all the rest, so the first body of a kin
becomes its *reference*, the text in front of which zstd compresses the later ones. One dictionary for a whole cluster
would not do: a list comes in key order, so a sample of its beginning knows only the first namespaces.

Which body serves as a reference, and for how long, is decided in ``references``; here bytes are compared and packed.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import msgspec
import zstandard

from exporter.store.references import Limits, Reference, References

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes; twice the longest frame that is read. A blob that claims to hold more is taken for a damaged one."""

_LEVEL = 1
_PACKING_LEVEL = 6  # 0.2 ms for 14 kB, once for a reference
# Small tables, since every reference in use has its own: 13 bits would save 2 % of the bytes for 16 kB each, 11 bits
# cost 13 %. A match under 7 bytes costs more to describe than it saves next to a reference.
_DIGEST = zstandard.ZstdCompressionParameters(
    window_log=19, chain_log=6, hash_log=12, search_log=1, min_match=7, strategy=zstandard.STRATEGY_FAST
)

# A blob is a zstd frame whose magic number, the same in all, has given its place to the reference's number.
_MAGIC = zstandard.FRAME_HEADER
_NUMBER = len(_MAGIC)
_NO_REFERENCE = 0
_AS_IT_IS = b"\xff" * _NUMBER
"""In place of a number: the body follows. References are numbered from 1, and never come so far."""

# RFC 8878: the frame is one segment and tells its size in four bytes; its only block is stored as it is.
_RAW_HEAD = _MAGIC + b"\xa0"


class CodecError(ValueError):
    """A body too large to keep; a blob that this codec did not make, or that was damaged, or released without a pin.

    NB: a blob carries no checksum. It never leaves the process, and one would cost a tenth of the time; a flipped bit
    may go unnoticed.
    """


class CodecStatistics(msgspec.Struct, frozen=True):
    """What a codec keeps, and what it had to do for it."""

    references: int = 0
    """Current ones, the shared one included."""
    retired_references: int = 0
    """Kept for blobs that were coded with them, or for pins."""
    limbo_references: int = 0
    """Of the retired ones: no blob needs them, but a pin does."""
    reference_bytes: int = 0
    """Of current and retired ones, as they are kept."""
    open_for_encoding: int = 0
    """References held with their tables."""
    open_for_decoding: int = 0
    """References held as plain text."""
    replacements: int = 0
    """How often a kin was given a better reference."""
    crowded: int = 0
    """How many bodies found no room for a reference of their kin."""


class Codec(Protocol):
    """Turns bodies into blobs and back.

    Every blob that was encoded is released once, when its owner is done with it. Whoever wants to decode it after that
    takes a pin before, and keeps the blob.
    """

    def encode(self, body: bytes, kin: str) -> bytes:
        """Give the blob for a body; bodies of the same kin resemble each other."""
        ...

    def keep(self, body: bytes) -> bytes:
        """Give a blob that holds a body as it is: made in no time, for one that will soon be replaced.

        It can be decoded for ever, and need not be released.
        """
        ...

    def decode(self, blob: bytes) -> bytes:
        """Give the body back.

        Raises:
            CodecError: this is not a blob of this codec.
        """
        ...

    def release(self, blob: bytes) -> None:
        """Say that nobody will decode the blob any more, but for those who hold a pin."""
        ...

    def pin(self) -> int:
        """Keep every blob that is not released now decodable, released later or not, until ``unpin`` of this number."""
        ...

    def unpin(self, number: int) -> None:
        """End a pin; each is ended once.

        Raises:
            KeyError: it is not open.
        """
        ...

    def statistics(self) -> CodecStatistics:
        """Say what is kept."""
        ...


class IdentityCodec:
    """Bodies as they are."""

    def encode(self, body: bytes, kin: str) -> bytes:  # noqa: ARG002 - the protocol's signature
        """Give the body itself."""
        return body

    def keep(self, body: bytes) -> bytes:
        """Give the body itself."""
        return body

    def decode(self, blob: bytes) -> bytes:
        """Give the blob itself."""
        return blob

    def release(self, blob: bytes) -> None:
        """Nothing is kept for a blob."""

    def pin(self) -> int:
        """Every blob can be decoded for ever."""
        return 0

    def unpin(self, number: int) -> None:
        """Nothing was kept for a pin."""

    def statistics(self) -> CodecStatistics:
        """Nothing is kept at all."""
        return CodecStatistics()


_Opened = TypeVar("_Opened")


class _Recent(Generic[_Opened]):
    """What was opened lately, by reference; the least recently used leaves first."""

    def __init__(self, limit: int, open_: Callable[[Reference], _Opened]) -> None:
        self._limit = limit
        self._open = open_
        self._opened: OrderedDict[int, _Opened] = OrderedDict()

    def __len__(self) -> int:
        return len(self._opened)

    def get(self, reference: Reference) -> _Opened:
        opened = self._opened.get(reference.number)
        if opened is not None:
            self._opened.move_to_end(reference.number)
            return opened
        opened = self._opened[reference.number] = self._open(reference)
        if len(self._opened) > self._limit:
            self._opened.popitem(last=False)
        return opened


class ZstdCodec:
    """Bodies compressed next to a reference of their kin: 14 kB become about 1 kB.

    Compressing holds the caller for some 20 us with 14 kB and some 100 ms with 32 MB.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self._packer = zstandard.ZstdCompressor(level=_PACKING_LEVEL)
        self._plain = zstandard.ZstdCompressor(level=_LEVEL)
        self._decompressor = zstandard.ZstdDecompressor()
        self._references = References(limits, self._pack)
        self._digests = _Recent(limits.open_for_encoding, self._digest)
        self._frames = _Recent(limits.open_for_decoding, self._frame)
        # A list brings the bodies of one kin in a row: the last compressor is kept, which saves a third.
        self._last: tuple[int, zstandard.ZstdCompressor] = (_NO_REFERENCE, self._plain)

    def encode(self, body: bytes, kin: str) -> bytes:
        """Give the blob for a body of any content.

        Raises:
            CodecError: the body is larger than ``LARGEST_BODY``.
        """
        _check(body)
        known = self._references.kin(kin)
        reference = known.reference if known else self._references.adopt(kin, body)
        blob = self._compress(body, reference)
        if known and known.wants_another(len(body), len(blob)):
            better = self._references.replace(known, body)
            if better:
                reference, blob = better, self._compress(body, better)
        if reference is not None:
            self._references.hold(reference)
        return blob

    def keep(self, body: bytes) -> bytes:
        """Give the blob of a body as it is.

        Raises:
            CodecError: the body is larger than ``LARGEST_BODY``.
        """
        _check(body)
        return _AS_IT_IS + body

    def decode(self, blob: bytes) -> bytes:
        """Give the body back.

        Raises:
            CodecError: the blob is cut, changed, released without a pin, or not of this codec.
        """
        if blob.startswith(_AS_IT_IS):
            return blob[_NUMBER:]
        reference = self._reference_of(blob)
        frame = _MAGIC + memoryview(blob)[_NUMBER:]
        try:
            size = zstandard.frame_content_size(frame)
            if not 0 <= size <= LARGEST_BODY:
                raise CodecError(f"a blob of {len(blob)} bytes that claims to hold {size}")
            if reference is None:
                return self._decompressor.decompress(frame)
            return self._decompressor.decompress_content_dict_chain([self._frames.get(reference), frame])
        except zstandard.ZstdError as error:
            raise CodecError(f"a blob of {len(blob)} bytes that cannot be decoded ({error})") from error

    def release(self, blob: bytes) -> None:
        """Let go what only this blob needed.

        Raises:
            CodecError: the blob is not of this codec, or its reference counts no blobs any more.
        """
        if blob.startswith(_AS_IT_IS):
            return
        reference = self._reference_of(blob)
        if reference is None:
            return
        if not reference.uses:
            raise CodecError(f"a blob of {len(blob)} bytes that was released before")
        self._references.release(reference)

    def pin(self) -> int:
        """Keep every blob that is not released now decodable until ``unpin`` of this number."""
        return self._references.pin()

    def unpin(self, number: int) -> None:
        """End a pin.

        Raises:
            KeyError: it is not open.
        """
        self._references.unpin(number)

    def statistics(self) -> CodecStatistics:
        """Say what is kept."""
        references = self._references
        return CodecStatistics(
            references=len(references) - references.retired,
            retired_references=references.retired,
            limbo_references=references.limbo,
            reference_bytes=references.bytes,
            open_for_encoding=len(self._digests),
            open_for_decoding=len(self._frames),
            replacements=references.replacements,
            crowded=references.crowded,
        )

    def _compress(self, body: bytes, reference: Reference | None) -> bytes:
        compressor = self._plain if reference is None else self._compressor(reference)
        number = _NO_REFERENCE if reference is None else reference.number
        # NB: compress() hands out a buffer made for the worst case; only the copy has the size of its content.
        return number.to_bytes(_NUMBER, "little") + memoryview(compressor.compress(body))[_NUMBER:]

    def _compressor(self, reference: Reference) -> zstandard.ZstdCompressor:
        number, compressor = self._last
        if number != reference.number:
            compressor = zstandard.ZstdCompressor(level=_LEVEL, dict_data=self._digests.get(reference))
            self._last = (reference.number, compressor)
        return compressor

    def _reference_of(self, blob: bytes) -> Reference | None:
        number = int.from_bytes(blob[:_NUMBER], "little")
        if number == _NO_REFERENCE and len(blob) > _NUMBER:
            return None
        reference = self._references.get(number)
        if reference is None:
            raise CodecError(f"a blob of {len(blob)} bytes for reference {number}, which is not kept")
        return reference

    def _pack(self, text: bytes) -> bytes:
        return bytes(memoryview(self._packer.compress(text)))

    def _digest(self, reference: Reference) -> zstandard.ZstdCompressionDict:
        text = self._decompressor.decompress(reference.packed)
        digest = zstandard.ZstdCompressionDict(text, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        digest.precompute_compress(compression_params=_DIGEST)
        return digest

    def _frame(self, reference: Reference) -> bytes:
        """Give the reference as a frame that is not compressed, in front of which a blob's frame can be read."""
        text = self._decompressor.decompress(reference.packed)
        return b"".join((_RAW_HEAD, len(text).to_bytes(4, "little"), (len(text) << 3 | 1).to_bytes(3, "little"), text))


def _check(body: bytes) -> None:
    if len(body) > LARGEST_BODY:
        raise CodecError(f"a body of {len(body)} bytes is too large to keep")
