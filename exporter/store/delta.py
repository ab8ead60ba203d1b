"""What can happen to an object in the cache: five words that the informer says and handlers hear.

``Added``, ``Updated``, ``Deleted`` each tell of one object; ``Synced`` says that everything has been told;
``Resynced`` tells of an object again without news. A delta is made after the store and its indexes hold the change,
so a handler that looks into the store sees at least what the delta says.
"""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import msgspec

from exporter.kube.objects import Key, Meta

Terms: TypeAlias = tuple[tuple[str, ...], ...]
"""The values of one object in each index, in the order of the store's indexes."""


class Document(msgspec.Struct, frozen=True, gc=False):
    """What a kind reads from an object's bytes, once, when they arrive; not kept."""

    meta: Meta
    projection: Any
    """The few facts about the object that are kept and counted; owned by the kind."""
    kin: str
    """Objects of one kin resemble each other (the same template, say); the codec may exploit that."""
    problem: str | None = None
    """What could not be read besides the metadata, or None. The projection holds what could be read, and no guess."""


ReadDocument: TypeAlias = Callable[[bytes], Document]
"""Reads an object's bytes. Total for every JSON object whose metadata can be read; ``Malformed`` for anything else."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """One object as the store keeps it; immutable.

    NB its body can be decoded while the store holds the object in this version, or a snapshot that was taken then. The
    store may exchange a record for an equal one with another blob: tell versions apart by uid and version.
    """

    uid: str
    version: str
    body: bytes
    """The whole object, as the codec encoded it."""
    terms: Terms
    projection: Any


class Added(msgspec.Struct, frozen=True, gc=False):
    """An object is in the cache that was not."""

    key: Key
    new: Record
    initial: bool = False
    """True for what the first list (or the replay to a late handler) brings: a baseline, not news."""


class Updated(msgspec.Struct, frozen=True, gc=False):
    """An object has another version; the same uid."""

    key: Key
    old: Record
    new: Record


class Deleted(msgspec.Struct, frozen=True, gc=False):
    """An object is no longer in the cache."""

    key: Key
    last: Record
    """The newest state known: version and projection as the deletion told them, the rest as the cache had it."""
    old: Record
    """The state the cache held; the same as ``last`` unless the deletion brought a newer one."""
    reason: Literal["watch", "relist", "replaced"] = "watch"
    """Told by a watch; missing from a list; or replaced by another uid under the same name."""

    @property
    def final_state_unknown(self) -> bool:
        """Whether the object may have changed further before it went."""
        return self.reason != "watch"


class Synced(msgspec.Struct, frozen=True, gc=False):
    """Everything selected has been told.

    Once when the first lists of all namespaces chosen are in, which ends the baseline, and again after each later list.
    """


class Resynced(msgspec.Struct, frozen=True, gc=False):
    """An object told again from the cache, without news."""

    key: Key
    record: Record


Delta: TypeAlias = Added | Updated | Deleted | Synced | Resynced
