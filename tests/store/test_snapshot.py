"""Snapshots: what was there at one moment, in key order, whatever the store does meanwhile."""

import random
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from exporter.kube.objects import Key
from exporter.store.codec import Codec, CodecError, IdentityCodec, ZstdCodec
from exporter.store.references import Limits
from exporter.store.shelf import YOUNG_BYTES
from exporter.store.snapshot import Snapshot
from exporter.store.store import Store, Writer
from tests.store.shop import Shop
from tests.store.things import INDEXES, body, key, read

A, B, C = key("a"), key("b"), key("c")


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.relist(*(body(name, 1, namespace=space) for space in ("ns", "ns-2", "z") for name in "cab"), version="9")
    return shop


def names(snapshot: Snapshot) -> list[str]:
    with snapshot:
        return [name for name, _ in snapshot]


def test_everything_comes_in_the_order_of_an_api_server(shop: Shop) -> None:
    with shop.store.snapshot() as snapshot:
        assert [name for name, _ in snapshot] == [f"{space}/{name}" for space in ("ns-2", "ns", "z") for name in "abc"]
        assert (len(snapshot), snapshot.remaining, snapshot.version) == (9, 0, "9")
        assert all(shop.store.get(name) is record for name, record in snapshot)


@pytest.mark.parametrize(
    ("after", "limit", "expected", "remaining"),
    [
        (None, None, [A, B, C], 0),
        (None, 2, [A, B], 1),
        (None, 3, [A, B, C], 0),
        (None, 0, [], 3),
        (A, 1, [B], 1),
        (key("ab"), None, [B, C], 0),
        (C, 1, [], 0),
        (key("a", "a"), 1, [A], 2),
        (key("a", "z"), 1, [], 0),
    ],
)
def test_a_page_of_a_namespace_says_how_many_more_there_are(
    shop: Shop, after: Key | None, limit: int | None, expected: list[Key], remaining: int
) -> None:
    for among in (None, [C, A, B, key("a", "z")]):
        snapshot = shop.store.snapshot(namespace="ns", after=after, among=among, limit=limit)
        left = remaining if among is None else min(1, remaining)
        assert (names(snapshot), snapshot.remaining) == (expected, left)


def test_pages_put_together_are_the_whole(shop: Shop) -> None:
    pages: list[str] = []
    after: Key | None = None
    for _ in range(5):
        with shop.store.snapshot(after=after, limit=2) as snapshot:
            pages += [name for name, _ in snapshot]
            after = Key(pages[-1])
    assert pages == names(shop.store.snapshot())


def test_of_some_keys_those_are_taken_that_are_there(shop: Shop) -> None:
    assert names(shop.store.snapshot(among=[B, key("gone"), A, B])) == [A, B]
    assert names(shop.store.snapshot(among=())) == []


def test_an_index_gives_keys_to_choose_from(shop: Shop) -> None:
    shop.apply(body("a", 10, colour="blue"))
    red, blue = (shop.store.index("colour").keys(colour) for colour in ("red", "blue"))
    assert names(shop.store.snapshot(namespace="ns", among=red)) == [B, C]
    assert names(shop.store.snapshot(among=blue)) == [A]


def test_a_namespace_where_nothing_is_kept_is_empty_and_as_current_as_the_rest(shop: Shop) -> None:
    snapshot = shop.store.snapshot(namespace="none")
    assert (names(snapshot), snapshot.version) == ([], "9")


def test_the_version_of_a_namespace_is_its_own() -> None:
    shop = Shop()
    shop.relist(scope="one", version="9")
    shop.relist(scope="two", version="10")
    assert [shop.store.snapshot(namespace=namespace).version for namespace in ("two", None)] == ["10", "9"]


def test_what_leaves_the_store_stays_readable_until_the_snapshot_is_left(shop: Shop) -> None:
    with shop.store.snapshot(namespace="ns", limit=2) as snapshot:
        shop.apply(body("a", 10, colour="blue"))
        shop.delete(body("b", 11))
        shop.writer.release()
        (_, old), (_, gone) = snapshot
        assert (snapshot.body(old), snapshot.body(gone)) == (body("a", 1), body("b", 1))
        assert snapshot.version == "9"
    with pytest.raises(AssertionError, match="after its release"):
        snapshot.body(old)


def test_an_error_ends_the_pin_as_well(shop: Shop) -> None:
    with pytest.raises(KeyError), shop.store.snapshot():
        shop.store.index("nonsense")
    assert shop.codec.pins == 0


def test_snapshots_that_are_never_entered_keep_no_pin(shop: Shop) -> None:
    for _ in range(3):
        shop.store.snapshot()
    assert shop.codec.pins == 0


# Random walks against a dict that is copied at the same moment.

TIGHT = Limits(references=3, reference_bytes=4_000, reference_size=1_024, open_for_encoding=1, open_for_decoding=1)
Names = st.sampled_from("abcdef")
Spaces = st.sampled_from(["one", "one-1", "two"])
Colours = st.sampled_from(["red", "blue", "green", "grey", "strange"])


class Slow(RuleBasedStateMachine):
    """Readers that draw from their snapshots at any pace, over a codec with hardly any room for references."""

    @initialize(
        make=st.sampled_from([lambda: ZstdCodec(TIGHT), lambda: ZstdCodec(Limits(references=1)), IdentityCodec]),
        young_bytes=st.sampled_from([0, 600, YOUNG_BYTES]),
    )
    def begin(self, make: Callable[[], Codec], young_bytes: int) -> None:
        self.codec = make()
        self.writer = Writer(read, self.codec, INDEXES, young_bytes=young_bytes)
        self.bodies: dict[Key, bytes] = {}
        self.readers: list[Reader] = []
        self.version = 10

    @property
    def store(self) -> Store:
        return self.writer.store

    @rule(name=Names, space=Spaces, colour=Colours, other=st.booleans())
    def put(self, name: str, space: str, colour: str, other: bool) -> None:
        told = self._body(name, space, colour, other=other)
        self.bodies[key(name, space)] = told
        self.writer.apply(None, told)

    @precondition(lambda self: self.bodies)
    @rule(choice=st.randoms(use_true_random=False))
    def delete(self, choice: random.Random) -> None:
        self.version += 1
        gone = choice.choice(sorted(self.bodies))
        self.writer.delete(None, self.bodies.pop(gone))

    @rule(colour=Colours, keep=st.sets(Names), change=st.sets(st.tuples(Names, Spaces)))
    def relist(self, colour: str, keep: set[str], change: set[tuple[str, str]]) -> None:
        self.bodies = {name: told for name, told in self.bodies.items() if name.rpartition("/")[2] in keep}
        self.bodies |= {key(name, space): self._body(name, space, colour) for name, space in sorted(change)}
        relist = self.writer.relist()
        for told in self.bodies.values():
            relist.add(told)
        for _ in relist.commit(str(self.version)):
            pass
        self.writer.release()

    @rule(
        space=Spaces | st.none(),
        after=st.builds(key, Names, Spaces) | st.none(),
        colour=Colours | st.none(),
        limit=st.integers(0, 4) | st.none(),
    )
    def open(self, space: str | None, after: Key | None, colour: str | None, limit: int | None) -> None:
        among = None if colour is None else self.store.index("colour").keys(colour)
        snapshot = self.store.snapshot(namespace=space, after=after, among=among, limit=limit)
        expected = [
            (name, told)
            for name, told in sorted(self.bodies.items())
            if (space is None or name.startswith(f"{space}/"))
            and (after is None or name > after)
            and (colour is None or read(told).projection.colour == colour)
        ]
        left = len(expected[len(expected) if limit is None else limit :])
        assert snapshot.remaining == (left if colour is None else min(1, left))
        assert snapshot.version == self.store.version
        self.readers.append(Reader(snapshot, expected[:limit]))

    @precondition(lambda self: self.readers)
    @rule(choice=st.randoms(use_true_random=False))
    def draw(self, choice: random.Random) -> None:
        choice.choice(self.readers).draw()

    @precondition(lambda self: self.readers)
    @rule(choice=st.randoms(use_true_random=False))
    def close(self, choice: random.Random) -> None:
        self.readers.pop(choice.randrange(len(self.readers))).close()

    @invariant()
    def nothing_is_in_limbo_unless_somebody_reads(self) -> None:
        assert self.readers or not self.codec.statistics().limbo_references

    def teardown(self) -> None:
        for reader in self.readers:
            reader.close()
        assert self.codec.statistics().limbo_references == 0
        told = {name: self.store.body(record) for name, record in self.store.items()}
        assert told == self.bodies

    def _body(self, name: str, space: str, colour: str, *, other: bool = False) -> bytes:
        self.version += 1
        words = random.Random(self.version % 5)
        return body(
            name,
            self.version,
            namespace=space,
            colour=colour,
            uid=f"{name}-{self.version}" if other else "",
            pad=" ".join(words.randbytes(4).hex() for _ in range(200)),
        )


class Reader:
    """Draws a snapshot bit by bit, and knows what must come."""

    def __init__(self, snapshot: Snapshot, expected: list[tuple[Key, bytes]]) -> None:
        self._stack = ExitStack()
        self._snapshot = self._stack.enter_context(snapshot)
        self._expected = expected
        self._drawn = 0
        self._records = iter(snapshot)

    def draw(self) -> None:
        for name, record in self._records:
            assert (name, self._snapshot.body(record)) == self._expected[self._drawn]
            self._drawn += 1
            return

    def close(self) -> None:
        while self._drawn < len(self._expected):
            self.draw()
        assert next(self._records, None) is None
        self._stack.close()


TestSlow = Slow.TestCase
TestSlow.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True)


def test_a_body_that_only_a_left_snapshot_held_is_an_error_and_not_another_body() -> None:
    codec = ZstdCodec(TIGHT)
    writer = Writer(read, codec, INDEXES, young_bytes=0)
    writer.apply(None, body("a", 1, pad=600))
    with writer.store.snapshot() as snapshot:
        ((_, record),) = snapshot
        for version in range(2, 40):
            words = random.Random(version)
            writer.apply(None, body("a", version, pad=" ".join(words.randbytes(4).hex() for _ in range(300))))
        writer.release()
        assert snapshot.body(record) == body("a", 1, pad=600)
    with pytest.raises(CodecError, match="is not kept"):
        snapshot.body(record)
