"""A moment of the store, or of a part of it, that can be read slowly while the store goes on."""

from collections.abc import Iterator, Mapping
from typing import Self

from exporter.kube.objects import Key
from exporter.store.codec import Codec
from exporter.store.delta import Record

_SHARE_WORTH_A_COPY = 16
"""A table is copied about 16 times as fast, for each record in it, as records are looked up one by one."""


class Snapshot:
    """Some objects as they were at one moment, in key order; entered at once, it may be read across awaits.

    ::

        with store.snapshot(namespace="team-a", limit=500) as snapshot:
            for key, record in snapshot:
                await send(snapshot.body(record))

    Memory: a table of keys and records (some 45 bytes for each object of a whole store), and the records themselves,
    which stay as long as the snapshot although the store may have others by then.
    """

    __slots__ = ("_codec", "_keys", "_pin", "_records", "end", "remaining", "version")

    def __init__(  # noqa: PLR0913 - made in one place
        self,
        version: str,
        keys: list[Key],
        records: Mapping[Key, Record],
        *,
        end: Key | None,
        remaining: int,
        codec: Codec,
    ) -> None:
        self.version = version
        """The resourceVersion up to which what is here was current."""
        self.remaining = remaining
        """How many more there were, beyond the limit; 1 for any number of them where only some keys were asked for."""
        self.end = end
        """The last key that there was at all, were it asked for or not; None where there was none."""
        self._keys = keys
        self._records = records
        self._codec = codec
        self._pin: int | None = None

    def __enter__(self) -> Self:
        self._pin = self._codec.pin()
        return self

    def __exit__(self, *failure: object) -> None:
        if self._pin is not None:
            self._codec.unpin(self._pin)
            self._pin = None

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[tuple[Key, Record]]:
        records = self._records
        for key in self._keys:
            yield key, records[key]

    def body(self, record: Record) -> bytes:
        """The object of one of these records, byte for byte as the API server wrote it, until the snapshot is left.

        Raises:
            CodecError: the encoded bytes are damaged, or the snapshot was left and the record is gone.
        """
        return self._codec.decode(record.body)


def part_of(records: dict[Key, Record], keys: list[Key]) -> Mapping[Key, Record]:
    """Copy the records of some keys, or all of them where that is quicker."""
    if len(keys) * _SHARE_WORTH_A_COPY > len(records):
        return records.copy()
    return {key: records[key] for key in keys}
