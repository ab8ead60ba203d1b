"""What must be true of every store at every moment."""

from exporter.kube.objects import Key
from exporter.store.store import NAMESPACE, Store
from tests.store.counting import AS_IT_IS, CountingCodec
from tests.store.things import INDEXES, read


def check_indexes(store: Store) -> None:
    """Every index holds what its function says of the objects' bodies, each record its own values, and no empty set."""
    assert store.index_names == (NAMESPACE, *INDEXES)
    true = {name: _recomputed(store, name) for name in store.index_names}
    for name, values in true.items():
        index = store.index(name)
        assert {value: set(index.keys(value)) for value in index.values()} == values
        assert len(index) == sum(map(len, values.values()))
        assert all(index.count(value) == len(keys) for value, keys in values.items())
    for key, record in store.items():
        terms = [{value for value, keys in values.items() if key in keys} for values in true.values()]
        assert [set(values) for values in record.terms] == terms


def check_order(store: Store) -> None:
    """A snapshot of everything holds the store's records, in the order of the keys' text, which is kept only once."""
    with store.snapshot() as snapshot:
        assert list(snapshot) == sorted(store.items())
        texts = {key: id(key) for key, _ in snapshot}
    held = [
        store.keys(),
        *(index.keys(value) for index in map(store.index, store.index_names) for value in index.values()),
    ]
    assert all(texts[key] == id(key) for keys in held for key in keys)


def check_blobs(store: Store, codec: CountingCodec) -> None:
    """No blob is kept but the store's, and its size is told truly; for after the writer's ``release``."""
    bodies = [record.body for _, record in store.items()]
    assert codec.open == {body for body in bodies if not body.startswith(AS_IT_IS)}
    assert store.statistics().body_bytes == sum(map(len, bodies))


def _recomputed(store: Store, name: str) -> dict[str, set[Key]]:
    true: dict[str, set[Key]] = {}
    for key, record in store.items():
        document = read(store.body(record))
        values = [document.meta.namespace] if name == NAMESPACE else INDEXES[name](document)
        for value in values:
            true.setdefault(value, set()).add(key)
    return true
