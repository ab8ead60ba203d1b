"""One index: the keys of all objects that have a value."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TypeAlias, cast

from exporter.kube.objects import Key
from exporter.store.delta import Document, Terms

IndexFunction: TypeAlias = Callable[[Document], Iterable[str]]
"""Gives the values of an object: none, one or several. It must be pure; what it raises is counted and isolated."""

SHARED_TERMS = 16_384
"""Combinations of values remembered for sharing; forgetting them costs a little memory and nothing else."""

SHARED_LENGTH = 2_048
"""Characters of all values together, above which they are not remembered: an annotation may hold 256 kB."""


def label_index(key: str) -> str:
    """Name the index by a label."""
    return f"label:{key}"


def annotation_index(key: str) -> str:
    """Name the index by an annotation."""
    return f"annotation:{key}"


class Index:
    """Value -> keys. Which values an object has stands in its record, so that removal needs no second table.

    The keys are those of a dict: sets of some hundred texts take nearly three times the memory (measured with 5,000
    workflows: 2.5 MB instead of 0.9), since a set grows fourfold where a dict doubles.
    """

    def __init__(self) -> None:
        self._keys: dict[str, dict[Key, None]] = {}
        self._entries = 0

    def __len__(self) -> int:
        """Pairs of a value and a key."""
        return self._entries

    def keys(self, value: str) -> Collection[Key]:
        """The keys with this value, in no order. Not a copy: do not hold it across an await."""
        keys = self._keys.get(value)
        return () if keys is None else keys.keys()

    def count(self, value: str) -> int:
        """How many objects have this value."""
        return len(self._keys.get(value, ()))

    def values(self) -> Iterator[str]:
        """All values that at least one object has."""
        return iter(self._keys)

    def add(self, key: Key, values: tuple[str, ...]) -> None:
        """Enter an object."""
        for value in values:
            self._keys.setdefault(value, {})[key] = None
        self._entries += len(values)

    def remove(self, key: Key, values: tuple[str, ...]) -> None:
        """Take an object out that was entered with exactly these values."""
        for value in values:
            keys = self._keys[value]
            keys.pop(key, None)
            if not keys:
                del self._keys[value]
        self._entries -= len(values)


class Indexer:
    """Computes an object's values for a fixed set of named index functions."""

    def __init__(self, functions: Mapping[str, IndexFunction]) -> None:
        self.names = tuple(functions)
        self.errors = 0
        self._functions = tuple(functions.values())
        # Objects of one template mostly share their values; one tuple serves them all.
        self._shared: dict[Terms, Terms] = {}

    def terms(self, document: Document) -> Terms:
        """The object's distinct values for each index; a function that raises gives none and is counted."""
        return self._known(document) or self._computed(document)

    def _known(self, document: Document) -> Terms | None:
        """Look for another object that has the same: mostly there is one, and it takes 2 us instead of 4."""
        try:
            # What is no tuple of distinct texts is not among those shared, whatever it is.
            return self._shared.get(cast(Terms, tuple([function(document) for function in self._functions])))
        except Exception:  # noqa: BLE001 - which function it was is found when they are asked one by one
            return None

    def _computed(self, document: Document) -> Terms:
        terms = tuple([self._values(function, document) for function in self._functions])
        if sum(len(value) for values in terms for value in values) > SHARED_LENGTH:
            return terms
        if len(self._shared) >= SHARED_TERMS:
            self._shared.clear()
        return self._shared.setdefault(terms, terms)

    def _values(self, function: IndexFunction, document: Document) -> tuple[str, ...]:
        try:
            values = tuple(dict.fromkeys(function(document)))
        except Exception:  # noqa: BLE001 - a user's function must not stop the stream
            self.errors += 1
            return ()
        return values
