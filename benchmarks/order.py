"""What keeping keys in order costs, and what it gives: ``python -m benchmarks.order [--json]``.

Two questions: how long a key takes that comes or goes, beside a plain sorted list, and how long a snapshot of the store
holds its caller: of everything, of a page, of a namespace, among keys that an index gives. Bodies play no part in
either. Figures are medians over rounds; bytes are what Python asked of the allocator.
"""

import argparse
import gc
import random
import statistics
import time
import tracemalloc
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable

import msgspec

from benchmarks.report import machine, print_rows
from exporter.kube.objects import Key, Meta
from exporter.store.codec import IdentityCodec
from exporter.store.delta import Document, Record
from exporter.store.index import Indexer
from exporter.store.order import Order
from exporter.store.shelf import Shelf
from exporter.store.store import Store

SIZES = (100_000, 1_000_000)
NAMESPACES = 100
CHANGED = 1_000
"""Keys that come and go in one round."""
PAGE = 500
PLACES = 50
"""Pages, and namespaces, that are taken in one round."""
ROUNDS = 7

Work = Callable[[], object]


class Row(msgspec.Struct, frozen=True):
    """One line of the table."""

    what: str
    keys: int
    value: float
    unit: str


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    rows = [row for size in SIZES for row in (*keeping(size), *choosing(size))]
    print_rows(rows, machine(), as_json=arguments.json)


def keys_of(size: int) -> list[Key]:
    """Make keys as a cluster has them, in no order."""
    chance = random.Random(size)
    keys = [Key(f"team-{place % NAMESPACES}/nightly-{chance.randrange(16**8):08x}-{place}") for place in range(size)]
    chance.shuffle(keys)
    return keys


def median(work: Work) -> float:
    """Give the median seconds of some rounds."""
    seconds = []
    for _ in range(ROUNDS):
        gc.collect()
        began = time.perf_counter()
        kept = work()
        seconds.append(time.perf_counter() - began)
        del kept
    return statistics.median(seconds)


def grown(work: Work) -> int:
    """Give the bytes that some work added, with what it gives still there."""
    gc.collect()
    tracemalloc.start()
    kept = work()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return size


def keeping(size: int) -> list[Row]:
    """Time keys that come and go."""
    keys = keys_of(size + CHANGED)
    others, kept = keys[:CHANGED], keys[CHANGED:]
    order, plain = _ordered(kept), sorted(kept)

    def in_order() -> None:
        for key in others:
            order.add(key)
        for key in others:
            order.remove(key)

    def in_a_list() -> None:
        for key in others:
            insort(plain, key)
        for key in others:
            del plain[bisect_left(plain, key)]

    changes = 2 * CHANGED
    return [
        Row("a key comes or goes", size, median(in_order) / changes * 1e6, "us"),
        Row("the same in a plain list", size, median(in_a_list) / changes * 1e6, "us"),
        Row("memory of the order, by key", size, grown(lambda: _ordered(kept)) / size, "bytes"),
    ]


def _ordered(keys: Iterable[Key]) -> Order:
    order = Order()
    for key in keys:
        order.add(key)
    return order


def choosing(size: int) -> list[Row]:
    """Time snapshots."""
    keys = keys_of(size)
    store, records = _filled(keys)
    places = keys[:PLACES]
    few, most = set(keys[:PAGE]), set(keys[: size * 9 // 10])

    def pages() -> None:
        for place in places:
            store.snapshot(after=place, limit=PAGE)

    def namespaces() -> None:
        for place in range(PLACES):
            store.snapshot(namespace=f"team-{place}")

    copied, looked_up = median(records.copy), median(lambda: {key: records[key] for key in keys})
    return [
        Row("snapshot of everything", size, median(store.snapshot) * 1e3, "ms"),
        Row(f"snapshot of a page of {PAGE}", size, median(pages) / PLACES * 1e3, "ms"),
        Row(f"snapshot of one namespace of {NAMESPACES}", size, median(namespaces) / PLACES * 1e3, "ms"),
        Row(f"snapshot among {PAGE} keys", size, median(lambda: store.snapshot(among=few)) * 1e3, "ms"),
        Row("snapshot among nine keys of ten", size, median(lambda: store.snapshot(among=most)) * 1e3, "ms"),
        Row("memory of a snapshot of everything, by key", size, grown(store.snapshot) / size, "bytes"),
        Row("a record looked up, in records of a copied table", size, looked_up / copied, "x"),
    ]


def _filled(keys: list[Key]) -> tuple[Store, dict[Key, Record]]:
    shelf = Shelf(_read, IdentityCodec(), Indexer({}))
    for place, key in enumerate(keys):
        shelf.put(key, None, Record(str(place), str(place), b"", (), None))
    return Store(shelf), shelf.records


def _read(body: bytes) -> Document:
    return Document(Meta(name=body.decode()), None, "")


if __name__ == "__main__":
    main()
