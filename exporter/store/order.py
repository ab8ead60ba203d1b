"""The keys of a store in the order in which the API server lists them: by the text of the key.

Kept while objects come and go, so that a page is cut out of it and nothing is sorted: a key that comes or goes costs
some 1 us among 100,000 and 3 us among a million, and the order takes 9 bytes for each key (``benchmarks/order.py``).
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from itertools import islice

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

    def end(self, span: range) -> Key | None:
        """The last key of a span; None of an empty one."""
        return self._keys[span.stop - 1] if span else None

    def cut(self, span: range) -> list[Key]:
        """The keys of a span."""
        return self._keys[span.start : span.stop]

    def choose(self, span: range, among: Iterable[Key], here: AbstractSet[Key], most: int | None = None) -> list[Key]:
        """The first keys of a span that are among others; ``here`` are all keys of this order, to be looked up.

        Does what is less work: to walk through the span until there are enough, or to sort what is found.
        """
        wanted = among if isinstance(among, AbstractSet) else set(among)
        share = 1.0 if most is None else min(1.0, (most + 1) / (len(wanted) + 1))
        if _COMPARISONS_OF_A_STEP * share * len(span) < len(wanted) * len(wanted).bit_length():
            return list(islice(filter(wanted.__contains__, self._keys.islice(span.start, span.stop)), most))
        if not span:
            return []
        least, last = self._keys[span.start], self._keys[span.stop - 1]
        return sorted([key for key in wanted & here if least <= key <= last])[:most]
