"""The store and its writer: what a frame, a deletion and a relist change, and what they leave alone."""

from collections.abc import Callable
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kube.errors import Malformed
from exporter.kube.objects import Key
from exporter.store.codec import Codec, IdentityCodec, ZstdCodec
from exporter.store.delta import Added, Deleted, Document, Updated
from exporter.store.index import Index
from exporter.store.shelf import YOUNG_BYTES
from exporter.store.store import SIZE_BOUNDS, Writer
from tests.store.mirror import bare, word
from tests.store.profile import STEADY
from tests.store.shop import Shop
from tests.store.things import INDEXES, Seen, body, key, read

A, B, C = key("a"), key("b"), key("c")


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_a_new_object_is_added_and_kept_byte_for_byte(shop: Shop) -> None:
    data = body("a", 5)
    (delta,) = shop.apply(data)
    assert delta == Added(A, shop.record(A), initial=False)
    assert shop.store.body(shop.record(A)) == data
    assert (A in shop.store, len(shop.store), list(shop.store.keys())) == (True, 1, [A])
    shop.check()


def test_a_newer_version_is_an_update_that_carries_both_records(shop: Shop) -> None:
    shop.apply(body("a", 5))
    old = shop.record(A)
    (delta,) = shop.apply(body("a", 6, colour="blue"))
    assert delta == Updated(A, old, shop.record(A))
    assert shop.record(A).projection == Seen("blue")
    shop.check()


def test_versions_are_ordered_as_numbers(shop: Shop) -> None:
    shop.apply(body("a", 9))
    assert [word(delta) for delta in shop.apply(body("a", 10))] == ["Updated a"]
    assert shop.apply(body("a", 9)) == ()


@pytest.mark.parametrize("version", [5, 4])
def test_the_same_or_an_older_version_changes_nothing_and_is_counted(shop: Shop, version: int) -> None:
    shop.apply(body("a", 5))
    before = shop.record(A)
    assert shop.apply(body("a", version, colour="blue")) == ()
    assert shop.record(A) is before
    assert shop.store.statistics().ignored == 1
    assert shop.codec.encoded == 1


def test_another_uid_under_the_name_is_a_deletion_and_then_an_addition(shop: Shop) -> None:
    shop.apply(body("a", 5))
    old = shop.record(A)
    deltas = shop.apply(body("a", 9, uid="other", colour="blue"))
    assert deltas == (Deleted(A, old, old, "replaced"), Added(A, shop.record(A)))
    assert isinstance(deltas[0], Deleted)
    assert deltas[0].final_state_unknown
    shop.check()


def test_a_deletion_carries_the_last_state_and_the_one_that_was_held(shop: Shop) -> None:
    shop.apply(body("a", 5))
    old = shop.record(A)
    (delta,) = shop.delete(body("a", 7, colour="grey"))
    assert isinstance(delta, Deleted)
    assert (delta.old, delta.reason, delta.final_state_unknown) == (old, "watch", False)
    assert (delta.last.version, delta.last.projection) == ("7", Seen("grey"))
    assert A not in shop.store
    shop.check()


def test_a_deletion_that_brings_nothing_newer_carries_what_was_held(shop: Shop) -> None:
    shop.apply(body("a", 5))
    (delta,) = shop.delete(body("a", 5))
    assert isinstance(delta, Deleted)
    assert delta.last is delta.old


@pytest.mark.parametrize(
    "data",
    [body("b", 9), body("a", 9, uid="other"), body("a", 4)],
    ids=["of an unknown name", "of another uid", "older than the object"],
)
def test_a_stale_deletion_changes_nothing_and_is_counted(shop: Shop, data: bytes) -> None:
    shop.apply(body("a", 5))
    assert shop.delete(data) == ()
    assert A in shop.store
    assert shop.store.statistics().ignored == 1
    shop.check()


def test_an_addition_from_before_the_last_list_is_of_an_object_that_is_gone(shop: Shop) -> None:
    shop.relist(version="9")
    assert shop.apply(body("a", 9)) == ()
    assert [word(delta) for delta in shop.apply(body("a", 10))] == ["Added a"]


def test_an_object_that_cannot_be_read_changes_nothing(shop: Shop) -> None:
    shop.apply(body("a", 5))
    for change in (shop.apply, shop.delete, shop.writer.relist().add):
        with pytest.raises(Malformed):
            change(b"<html>")
    shop.check()


def test_an_object_of_which_only_the_metadata_can_be_read_is_kept_and_counted(shop: Shop) -> None:
    shop.apply(body("a", 5, colour="strange"))
    assert A in shop.store
    assert shop.store.statistics().partly_read == 1


def test_a_failing_codec_leaves_the_store_as_it_was() -> None:
    class Full(IdentityCodec):
        def encode(self, body: bytes, kin: str) -> bytes:
            if b"blue" in body:
                raise MemoryError
            return super().encode(body, kin)

    shop = Shop(Full())
    shop.apply(body("a", 5))
    with pytest.raises(MemoryError):
        shop.writer.apply(None, body("a", 6, colour="blue"))
    shop.check()


def test_the_old_body_can_be_decoded_until_the_next_change_and_no_longer(shop: Shop) -> None:
    shop.apply(body("a", 5))
    (updated,) = shop.apply(body("a", 6))
    assert isinstance(updated, Updated)
    assert shop.store.body(updated.old) == body("a", 5)
    (deleted,) = shop.delete(body("a", 7))
    assert isinstance(deleted, Deleted)
    assert shop.store.body(deleted.last) == body("a", 6)
    with pytest.raises(AssertionError, match="after its release"):
        shop.store.body(updated.old)


def test_old_bodies_of_a_relist_can_be_decoded_while_it_is_told(shop: Shop) -> None:
    shop.relist(body("a", 1), body("b", 2))
    gone, changed = shop.relist(body("b", 7))
    assert isinstance(gone, Deleted)
    assert isinstance(changed, Updated)
    assert (shop.store.body(gone.old), shop.store.body(changed.old)) == (body("a", 1), body("b", 2))


def test_the_first_list_is_a_baseline_and_later_ones_bring_news(shop: Shop) -> None:
    assert [delta.initial for delta in shop.relist(body("a", 1)) if isinstance(delta, Added)] == [True]
    assert [delta.initial for delta in shop.relist(body("a", 1), body("b", 2)) if isinstance(delta, Added)] == [False]


def test_a_relist_tells_who_vanished_then_what_changed_and_nothing_else(shop: Shop) -> None:
    shop.relist(body("a", 1), body("b", 2), body("c", 3))
    old = shop.record(A)
    deltas = shop.relist(body("b", 2), body("c", 7, colour="blue"))
    assert [word(delta) for delta in deltas] == ["Deleted a", "Updated c"]
    assert deltas[0] == Deleted(A, old, old, "relist")
    shop.check()


def test_an_unchanged_object_keeps_its_very_record_through_a_relist(shop: Shop) -> None:
    shop.relist(body("a", 1), body("b", 2))
    before = dict(shop.store.items())
    assert shop.relist(body("a", 1), body("b", 2)) == ()
    assert all(shop.store.get(name) is record for name, record in before.items())
    assert shop.codec.encoded == 2


def test_a_relist_in_progress_is_invisible(shop: Shop) -> None:
    shop.relist(body("a", 1), body("b", 2))
    before = dict(shop.store.items())
    relist = shop.writer.relist()
    relist.add(body("c", 9))
    relist.add(body("a", 8, colour="blue"))
    assert dict(shop.store.items()) == before
    assert set(shop.store.index("colour").values()) == {"red"}
    relist.abandon()
    shop.check()


def test_a_relist_finds_another_uid_under_the_name(shop: Shop) -> None:
    shop.relist(body("a", 1))
    deltas = shop.relist(body("a", 5, uid="other"))
    assert [word(delta) for delta in deltas] == ["Deleted a", "Added a"]


def test_a_relist_may_go_back_to_older_versions(shop: Shop) -> None:
    shop.relist(body("a", 50), version="60")
    assert [word(delta) for delta in shop.relist(body("a", 40), version="45")] == ["Updated a"]
    assert shop.store.version == "45"


def test_an_object_told_twice_in_a_list_is_kept_once_as_told_last(shop: Shop) -> None:
    shop.relist(body("a", 1), body("b", 1), body("a", 2))
    assert shop.record(A).version == "2"
    shop.relist(body("a", 3), body("a", 2), body("b", 1))
    assert shop.record(A).version == "2"
    shop.check()


def test_a_relist_of_a_namespace_leaves_the_others_alone(shop: Shop) -> None:
    shop.relist(body("a", 1, namespace="one"), scope="one")
    shop.relist(body("a", 2, namespace="two"), scope="two")
    assert [word(delta) for delta in shop.relist(scope="one", version="9")] == ["Deleted a"]
    assert list(shop.store.keys()) == [key("a", "two")]
    shop.check()


def test_the_store_is_as_current_as_its_oldest_namespace(shop: Shop) -> None:
    assert shop.store.version == ""
    shop.relist(scope="one", version="9")
    shop.relist(scope="two", version="10")
    assert shop.store.version == "9"
    shop.writer.advance("one", "12")
    assert shop.store.version == "10"


def test_a_version_moves_only_forward(shop: Shop) -> None:
    shop.relist(version="10")
    shop.writer.advance(None, "9")
    assert shop.store.version == "10"


def test_a_namespace_told_about_apart_is_as_current_as_its_own_watch(shop: Shop) -> None:
    shop.relist(scope="one", version="9")
    shop.relist(scope="two", version="10")
    versions = [shop.store.version_of(namespace) for namespace in ("one", "two", "three", None)]
    assert versions == ["9", "10", "9", "9"]


def test_where_all_is_told_at_once_every_namespace_is_equally_current(shop: Shop) -> None:
    assert (shop.store.version_of(None), shop.store.version_of("ns")) == ("", "")
    shop.relist(version="9")
    assert (shop.store.version_of(None), shop.store.version_of("ns")) == ("9", "9")


def test_the_stamp_is_the_version_as_long_as_that_tells_states_apart(shop: Shop) -> None:
    shop.relist(body("a", 5), version="9")
    shop.apply(body("a", 10))
    assert (shop.store.stamp(), shop.store.stamp("ns")) == ("10", "10")
    shop.writer.advance(None, "12")
    assert shop.store.stamp() == "12"


def test_a_version_that_returns_with_other_content_has_another_stamp(shop: Shop) -> None:
    shop.relist(body("a", 5), version="9")
    seen = [shop.store.stamp()]
    for version in ("7", "9", "9"):
        shop.relist(body("a", 6), version=version)
        seen.append(shop.store.stamp())
    shop.delete(body("a", 6))
    seen.append(shop.store.stamp())
    assert seen == ["9", "7-1", "9-1", "9-2", "9-3"]


def test_the_stamp_of_all_differs_with_the_version_of_any_namespace(shop: Shop) -> None:
    for namespace in ("one", "two"):
        shop.relist(scope=namespace, version="9")
    stamps = {shop.store.stamp()}
    shop.writer.advance("one", "10")
    stamps.add(shop.store.stamp())
    shop.writer.advance("two", "10")
    stamps |= {shop.store.stamp(), shop.store.stamp("three")}
    assert len(stamps) == 3
    assert all(set(stamp) <= set("0123456789abcdef") for stamp in stamps)
    assert (shop.store.stamp("one"), shop.store.stamp("two")) == ("10", "10")


def test_stamps_of_another_epoch_are_others_whatever_was_told() -> None:
    stamps: list[set[str]] = []
    for epoch in ("", "2026-10-01T08:00:00Z", "2026-10-01T08:00:01Z", "2026-10-01T08:00:01Z"):
        writer = Writer(read, IdentityCodec(), INDEXES, epoch=epoch)
        seen = [writer.store.stamp()]
        for scope, version in (("one", "9"), ("two", "10"), ("two", "7")):
            assert list(writer.relist(scope).commit(version)) == []
            seen += [writer.store.stamp(namespace) for namespace in ("one", "two", None)]
        assert all(set(stamp) <= set("0123456789abcdef-") for stamp in seen)
        assert all(len(stamp) <= 30 for stamp in seen)
        stamps.append(set(seen))
    none, first, second, again = stamps
    assert second == again
    assert len(none | first | second) == len(none) + len(first) + len(second)


def test_a_change_of_other_things_than_indexed_values_leaves_the_indexes_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.apply(body("a", 5))
    left: list[Key] = []
    monkeypatch.setattr(Index, "remove", lambda _, key, values: left.append(key))
    shop.apply(body("a", 6, pad=9))
    assert left == []
    shop.apply(body("a", 7, colour="blue"))
    assert set(left) == {A}


def test_a_frame_says_when_the_server_wrote_the_object_even_if_it_changes_nothing(shop: Shop) -> None:
    for change in (shop.writer.apply, shop.writer.apply, shop.writer.delete, shop.writer.delete):
        assert change(None, body("a", 5, created="2026-01-01T00:00:00Z")).written == "2026-01-01T00:00:00Z"
    assert shop.writer.apply(None, body("a", 6)).written == ""


def test_the_sizes_of_all_bodies_taken_are_counted_and_of_no_others(shop: Shop) -> None:
    bodies = (body("a", 1), body("b", 1, pad=1_000), body("c", 1, pad=5_000_000))
    shop.relist(*bodies)
    shop.relist(*bodies)
    sizes = shop.store.statistics().sizes
    assert (sizes.count, sizes.sum) == (3, sum(map(len, bodies)))
    assert dict(zip(SIZE_BOUNDS, sizes.buckets, strict=True)) == {1024: 1} | dict.fromkeys(SIZE_BOUNDS[1:], 2)
    shop.apply(body("a", 2))
    shop.apply(body("a", 2))
    shop.delete(body("a", 3))
    assert shop.store.statistics().sizes.count == 4


def test_the_bounds_of_sizes_go_from_1_kib_to_4_mib() -> None:
    assert (SIZE_BOUNDS[0], SIZE_BOUNDS[-1], len(SIZE_BOUNDS)) == (2**10, 2**22, 13)


def test_an_index_function_that_fails_is_counted_and_the_object_kept() -> None:
    def fails(_: Document) -> tuple[str, ...]:
        raise ValueError

    writer = Writer(read, IdentityCodec(), {"bad": fails})
    writer.apply(None, body("a", 1))
    assert A in writer.store
    assert writer.store.statistics().index_errors == 1
    assert writer.store.statistics().index_entries == {"namespace": 1, "bad": 0}


def test_an_unknown_index_is_a_key_error(shop: Shop) -> None:
    with pytest.raises(KeyError):
        shop.store.index("nonsense")


# Bodies that are kept as they came, for a while.


def test_what_is_replaced_soon_is_never_compressed() -> None:
    shop = Shop(ZstdCodec(), young_bytes=1_000)
    for version in range(5, 50):
        shop.apply(body("a", version))
    assert shop.store.body(shop.record(A)) == body("a", 49)
    assert shop.codec.encoded == 0
    shop.check()


def test_what_changed_long_ago_is_compressed_and_stays_the_same() -> None:
    shop = Shop(ZstdCodec(), young_bytes=2 * len(body("a", 5)) + 100)
    shop.apply(body("a", 5))
    before = shop.record(A)
    for version, name in enumerate("bcd", 6):
        shop.apply(body(name, version))
    assert (bare(shop.record(A)), shop.store.body(shop.record(A))) == (bare(before), body("a", 5))
    assert shop.codec.encoded == 2
    shop.check()
    assert [word(delta) for delta in shop.apply(body("a", 20))] == ["Updated a"]
    assert [word(delta) for delta in shop.delete(body("b", 21))] == ["Deleted b"]
    shop.check()


def test_a_large_body_is_compressed_at_once() -> None:
    shop = Shop(ZstdCodec(), young_bytes=len(body("a", 5)) - 1)
    shop.apply(body("a", 5))
    assert shop.codec.encoded == 1
    shop.check()


def test_a_codec_that_fails_to_compress_what_is_old_leaves_the_store_as_it_was() -> None:
    class Full(IdentityCodec):
        def encode(self, body: bytes, kin: str) -> bytes:
            raise MemoryError

    shop = Shop(Full(), young_bytes=len(body("a", 5)) + 50)
    shop.apply(body("a", 5))
    for version in (6, 7):
        with pytest.raises(MemoryError):
            shop.writer.apply(None, body("b", version))
    shop.check()
    assert B not in shop.store


# Random walks against a dict.

Names = st.sampled_from("abcd")
Colours = st.sampled_from(["red", "blue", "green", "", "strange"])
Step: TypeAlias = tuple[str, str, str, str]
Steps = st.lists(st.tuples(st.sampled_from(["put", "replace", "delete", "relist", "stale"]), Names, Colours, Names))


@pytest.mark.parametrize("inner", [IdentityCodec, ZstdCodec])
@pytest.mark.parametrize("young_bytes", [0, 400, YOUNG_BYTES])
@given(steps=Steps)
@STEADY
def test_any_walk_leaves_the_store_equal_to_a_dict(
    inner: Callable[[], Codec], young_bytes: int, steps: list[Step]
) -> None:
    shop, model, born = Shop(inner(), young_bytes), dict[str, bytes](), dict[str, int]()
    for version, (kind, name, colour, other) in enumerate(steps, 10):
        uid = f"{name}-{born.get(name, 0)}"
        data = body(name, version, uid=uid, colour=colour)
        match kind:
            case "put":
                shop.apply(data)
                model[name] = data
            case "replace":
                born[name] = version
                model[name] = body(name, version, uid=f"{name}-{version}", colour=colour)
                shop.apply(model[name])
            case "delete":
                shop.delete(data)
                model.pop(name, None)
                born[name] = version
            case "relist":
                model.pop(other, None)
                born[other] = version
                model[name] = body(name, version, uid=f"{name}-{born.get(name, 0)}", colour=colour)
                shop.relist(*model.values(), version=str(version))
            case _ if name in model:
                assert shop.apply(model[name]) == ()
                assert shop.delete(body(name, 9, uid=uid)) == ()
            case _:
                assert shop.delete(data) == ()
        assert {name: shop.store.body(shop.record(key(name))) for name in model} == model
        assert len(shop.store) == len(model)
    shop.check()
