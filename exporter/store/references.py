r"""Which earlier body stands for its kin, and how long it is kept.

The life of a reference::

    made -> current -> retired -> (limbo ->) gone
               \-> idle -> gone

- *current*: new blobs of its kin are coded against it
- *retired*: a better one took its place; it stays until the last blob coded against it is released
- *idle*: current, but no blob needs it; the longest idle goes when room is wanted
- *limbo*: retired, and its last blob is released, but a pin was open then; it goes when all pins of that time are gone

So a live blob can always be decoded, and what is kept follows what is live: a retired reference has at least one
blob, and packed it is about as large as that blob would be on its own. A *pin* keeps what released blobs need: they
are numbered as they are made, so what was let go at a moment is needed until no pin is open that is as old, and later
pins need not be waited for. What is in limbo takes room like any other. Where there is no room for another reference,
kins without one share a single one, and get their own as soon as others are gone. Nothing here knows how bytes are
packed or compared.
"""

from collections import OrderedDict, deque
from collections.abc import Callable

import msgspec

LEAST_REFERENCE = 512
"""Bytes; a smaller body makes a poor reference and costs little without one."""

LARGEST_REFERENCE = 128 * 1024
"""Bytes; what fits one block of zstd."""

# A body's fair cost next to a good reference: its names and moments, and a twelfth of the rest (workflows take a
# sixteenth).
_FAIR_BASE = 256
_FAIR_SHARE = 12

_MOST_PATIENCE = 64.0
_WANING = 1 / 32


class Limits(msgspec.Struct, frozen=True):
    """How much a codec may keep beside its blobs."""

    references: int = 4096
    """Current and retired ones together, those in limbo included."""
    reference_bytes: int = 16 * 1024 * 1024
    """As they are kept, packed to a fifth; passed by one reference at the most."""
    reference_size: int = 32 * 1024
    """Bytes of text in one; of a longer body the beginning and the end are taken."""
    open_for_encoding: int = 128
    """References held with their tables, 40 kB each; a body whose kin is not among them costs 20 us more."""
    open_for_decoding: int = 128
    """References held as plain text, 14 kB each; a blob whose reference is not among them costs 8 us more."""

    def __post_init__(self) -> None:
        if not LEAST_REFERENCE <= self.reference_size <= LARGEST_REFERENCE:
            raise ValueError(
                f"a reference has {LEAST_REFERENCE} to {LARGEST_REFERENCE} bytes, not {self.reference_size}"
            )


class Reference:
    """One reference, packed."""

    __slots__ = ("kin", "number", "packed", "retired", "unused_since", "uses")

    def __init__(self, number: int, kin: str, packed: bytes) -> None:
        self.number = number
        self.kin = kin
        self.packed = packed
        self.uses = 0
        """Blobs that need it."""
        self.retired = False
        self.unused_since = 0
        """The newest pin when its last blob was released."""


class Kin:
    """The current reference of one kin, and how well it serves.

    Bodies that cost more than is fair make a debt, others pay it back. Once the debt would have bought a new
    reference, which costs what the body costs, it is time for one. Some kins fit no reference (random content, two
    populations by turns): patience doubles with each replacement and wanes with each body that fits.
    """

    __slots__ = ("_debt", "_patience", "reference")

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self._debt = 0.0
        self._patience = 1.0

    def wants_another(self, size: int, cost: int) -> bool:
        """Take note of a body's size and its blob's; say whether that body had better become the reference."""
        excess = cost - _FAIR_BASE - size / _FAIR_SHARE
        self._debt = max(0.0, self._debt + excess)
        if excess <= 0:
            self._patience = max(1.0, self._patience - _WANING)
            return False
        return size >= LEAST_REFERENCE and self._debt > self._patience * cost

    def replace(self, reference: Reference) -> None:
        """Go on with another reference."""
        self.reference = reference
        self._debt = 0.0
        self._patience = min(_MOST_PATIENCE, 2 * self._patience)


class References:
    """All references of one codec: the only owner of their lives."""

    def __init__(self, limits: Limits, pack: Callable[[bytes], bytes]) -> None:
        self._limits = limits
        self._pack = pack
        self._kins: dict[str, Kin] = {}
        self._all: dict[int, Reference] = {}
        self._idle: OrderedDict[int, Reference] = OrderedDict()
        self._shared: Reference | None = None
        self._limbo: deque[Reference] = deque()
        self._pins: set[int] = set()
        self._newest_pin = 0
        self._made = 0
        self.bytes = 0
        """Of all references, packed."""
        self.replacements = 0
        self.crowded = 0
        """Bodies for whose kin there was no room."""

    def __len__(self) -> int:
        return len(self._all)

    @property
    def retired(self) -> int:
        """How many are kept for old blobs only, or for pins."""
        return len(self._all) - len(self._kins) - (self._shared is not None)

    @property
    def limbo(self) -> int:
        """How many are kept for pins only."""
        return len(self._limbo)

    def get(self, number: int) -> Reference | None:
        """Find a reference that is kept."""
        return self._all.get(number)

    def kin(self, name: str) -> Kin | None:
        """Find a kin that has a reference of its own."""
        return self._kins.get(name)

    def adopt(self, name: str, body: bytes) -> Reference | None:
        """Choose for a kin without a reference: its own, made of this body; the shared one; or none."""
        if len(body) < LEAST_REFERENCE:
            return self._shared
        if self._make_room():
            reference = self._make(name, body)
            self._kins[name] = Kin(reference)
            return reference
        self.crowded += 1
        if self._shared is None:
            self._shared = self._make("", body)
        return self._shared

    def replace(self, kin: Kin, body: bytes) -> Reference | None:
        """Retire the kin's reference for one made of this body, if there is room."""
        old = kin.reference
        stays = old.uses > 0 or self._is_pinned(old)
        if stays and not self._make_room():
            return None
        old.retired = True
        if not old.uses:
            self._let_go(old)
        kin.replace(self._make(old.kin, body))
        self.replacements += 1
        return kin.reference

    def hold(self, reference: Reference) -> None:
        """Count one blob more that needs the reference."""
        if not reference.uses:
            self._idle.pop(reference.number, None)
        reference.uses += 1

    def release(self, reference: Reference) -> None:
        """Count one blob less."""
        reference.uses -= 1
        if reference.uses:
            return
        reference.unused_since = self._newest_pin
        if reference is self._shared:
            self._drop_shared()
        elif reference.retired:
            self._let_go(reference)
        else:
            self._idle[reference.number] = reference

    def pin(self) -> int:
        """Keep all references that a blob needs now, used or not, until ``unpin`` of the number given."""
        self._newest_pin += 1
        self._pins.add(self._newest_pin)
        return self._newest_pin

    def unpin(self, number: int) -> None:
        """End a pin.

        Raises:
            KeyError: it is not open.
        """
        self._pins.remove(number)
        while self._limbo and not self._is_pinned(self._limbo[0]):
            self._forget(self._limbo.popleft())
        self._drop_shared()

    def _is_pinned(self, reference: Reference) -> bool:
        """Whether an open pin is as old as the release of the last blob."""
        return bool(self._pins) and min(self._pins) <= reference.unused_since

    def _let_go(self, reference: Reference) -> None:
        if self._is_pinned(reference):
            self._idle.pop(reference.number, None)
            self._limbo.append(reference)
        else:
            self._forget(reference)

    def _drop_shared(self) -> None:
        """Forget the shared reference if it serves no blob and no pin; pinned, it goes on: it has no room in limbo."""
        shared = self._shared
        if shared is not None and not shared.uses and not self._is_pinned(shared):
            self._shared = None
            self._forget(shared)

    def _make_room(self) -> bool:
        while self._is_full() and self._idle:
            longest = next(iter(self._idle.values()))
            if self._is_pinned(longest):
                break  # those behind it were released later
            del self._kins[longest.kin]
            self._forget(longest)
        return not self._is_full()

    def _is_full(self) -> bool:
        return len(self._all) >= self._limits.references or self.bytes >= self._limits.reference_bytes

    def _make(self, name: str, body: bytes) -> Reference:
        self._made += 1
        reference = Reference(self._made, name, self._pack(excerpt(body, self._limits.reference_size)))
        self._all[reference.number] = reference
        self.bytes += len(reference.packed)
        return reference

    def _forget(self, reference: Reference) -> None:
        del self._all[reference.number]
        self._idle.pop(reference.number, None)
        self.bytes -= len(reference.packed)


def excerpt(body: bytes, size: int) -> bytes:
    """Give a body of at most ``size`` bytes whole, else its beginning and its end: what later bodies share most."""
    if len(body) <= size:
        return body
    half = size // 2
    return body[:half] + body[-half:]
