"""The keys of a store in the order in which the API server lists them: by the text of the key.

Kept while objects come and go, so that a page is cut out of it and nothing is sorted: with 100,000 keys, one that
comes or goes costs 2 us, a page of 500 costs 2 us, and the order itself takes 9 bytes for each key.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from sortedcontainers import SortedList

from exporter.kube.objects import Key

_PAST_NAMESPACE = chr(ord("/") + 1)
"""Follows the slash: no key of a namespace sorts behind the namespace and this."""

_COMPARISONS_OF_A_STEP = 2
"""How many comparisons of a sort take as long as one step of a walk."""


class Order:
    """Keys by their text (code points, which is the byte order of their UTF-8). A *span* is a range of places in it."""

    def __init__(self) -> None:
        self._keys: SortedList[Key] = SortedList()

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: Key) -> None:
        """Enter a key that is not there."""
        self._keys.add(key)

    def remove(self, key: Key) -> None:
        """Take a key out.

        Raises:
            ValueError: it is not there.
        """
        self._keys.remove(key)

    def kept(self, key: Key) -> Key:
        """Give the very text that was entered for a key that is there, to be shared instead of a copy."""
        return self._keys[self._keys.bisect_left(key)]

    def span(self, namespace: str | None = None, after: Key | None = None) -> range:
        """Where the keys of a namespace (None: all keys) stand that come after a key, which need not be there."""
        keys = self._keys
        first, end = 0, len(keys)
        if namespace is not None:
            first = keys.bisect_left(Key(f"{namespace}/"))
            end = keys.bisect_left(Key(f"{namespace}{_PAST_NAMESPACE}"))
        if after is not None:
            first = max(first, keys.bisect_right(after))
        return range(first, max(first, end))

    def cut(self, span: range) -> list[Key]:
        """The keys of a span."""
        return self._keys[span.start : span.stop]

    def choose(self, span: range, among: Iterable[Key], here: AbstractSet[Key]) -> list[Key]:
        """The keys of a span that are among others; ``here`` are all keys of this order, to be looked up.

        Does what is less work: to walk through the span, or to sort what is found. 100,000 keys are walked in 10 ms.
        """
        wanted = among if isinstance(among, AbstractSet) else set(among)
        if _COMPARISONS_OF_A_STEP * len(span) < len(wanted) * len(wanted).bit_length():
            return list(filter(wanted.__contains__, self.cut(span)))
        if not span:
            return []
        least, most = self._keys[span.start], self._keys[span.stop - 1]
        return sorted([key for key in wanted & here if least <= key <= most])
