"""The keys of a store in the order in which the API server lists them: by the text of the key.

Kept while objects come and go, so that a page is cut out of it and nothing is sorted: with 100,000 keys, one that
comes or goes costs 2 us, a page of 500 costs 2 us, and the order itself takes 9 bytes for each key.
"""

from collections.abc import Set  # noqa: PYI025 - the same as a built-in one, to read
from itertools import islice

from sortedcontainers import SortedList

from exporter.kube.objects import Key

_PAST_NAMESPACE = chr(ord("/") + 1)
"""Follows the slash: no key of a namespace sorts behind the namespace and this."""


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

    def choose(self, span: range, among: Set[Key], limit: int | None) -> tuple[list[Key], int]:
        """The first keys of a span that are among others of this order, so many at most; and how many all of them are.

        Takes what is less work: a walk through the span, or to sort what is found in it.
        """
        found = self._inside(span, among)
        limit = len(found) if limit is None else limit
        if _walk_is_shorter(len(span), len(found), limit):
            walk = self._keys.islice(span.start, span.stop)
            return list(islice(filter(found.__contains__, walk), limit)), len(found)
        return sorted(found)[:limit], len(found)

    def _inside(self, span: range, among: Set[Key]) -> Set[Key]:
        if len(span) == len(self._keys):
            return among
        if not span:
            return frozenset()
        least, most = self._keys[span.start], self._keys[span.stop - 1]
        return {key for key in among if least <= key <= most}


def _walk_is_shorter(span: int, found: int, limit: int) -> bool:
    """Whether fewer keys are met on a walk, until so many are found, than are compared to sort all that are found."""
    return span * min(limit, found) < found * found * found.bit_length() // 2
