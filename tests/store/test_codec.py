"""Every live blob decodes to what went in, whatever comes and goes; and a fleet of 14 kB objects takes 1.3 kB each."""

import contextlib
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from benchmarks.codec import kin_of
from benchmarks.fleet import Fleet
from exporter.store.codec import LARGEST_BODY, Codec, CodecError, CodecStatistics, IdentityCodec, ZstdCodec
from exporter.store.references import LARGEST_REFERENCE, LEAST_REFERENCE, Limits

TIGHT = Limits(references=3, reference_bytes=4_000, reference_size=1_024, open_for_encoding=1, open_for_decoding=2)
KINS = ("a/build", "a/test", "b/build", "c/deploy", "d/report")


def text(kin: str, size: int, seed: int) -> bytes:
    """Words in the order of the kin, with a few that only this body has."""
    template, own = random.Random(kin), random.Random(f"{kin}/{seed}")
    words = [template.randbytes(5).hex() for _ in range(size // 11)]
    return " ".join(own.randbytes(5).hex() if own.random() < 0.03 else word for word in words).encode()


bodies = st.one_of(
    st.binary(max_size=40),
    st.builds(text, st.sampled_from(KINS), st.integers(0, 6_000), st.integers(0, 99)),
    st.builds(lambda size, seed: random.Random(seed).randbytes(size), st.integers(0, 5_000), st.integers()),
)


@given(st.lists(st.tuples(bodies, st.sampled_from(KINS)), max_size=20))
def test_what_was_encoded_decodes_to_the_same_bytes(told: list[tuple[bytes, str]]) -> None:
    codec = ZstdCodec(TIGHT)
    blobs = [codec.encode(body, kin) for body, kin in told]
    assert [codec.decode(blob) for blob in blobs] == [body for body, _ in told]


@given(bodies)
def test_what_is_kept_as_it_is_decodes_for_ever(body: bytes) -> None:
    codec = ZstdCodec(TIGHT)
    blob = codec.keep(body)
    codec.release(blob)
    assert codec.decode(blob) == body
    assert codec.statistics().references == 0


class Comings(RuleBasedStateMachine):
    """Blobs come and go in any order; the model is a list of what should still be there."""

    @initialize(limits=st.sampled_from((TIGHT, Limits(references=1), Limits(references=5, reference_bytes=2_000))))
    def begin(self, limits: Limits) -> None:
        self.limits = limits
        self.codec = ZstdCodec(limits)
        self.live: list[tuple[bytes, bytes]] = []
        self.pins: dict[int, list[tuple[bytes, bytes]]] = {}

    @rule(body=bodies, kin=st.sampled_from(KINS))
    def encode(self, body: bytes, kin: str) -> None:
        self.live.append((self.codec.encode(body, kin), body))

    @rule(kin=st.sampled_from(KINS), seed=st.integers(0, 9), count=st.integers(2, 12))
    def encode_a_family(self, kin: str, seed: int, count: int) -> None:
        for number in range(count):
            self.encode(text(f"{kin}{seed}", 4_000, number), kin)

    @precondition(lambda self: self.live)
    @rule(choice=st.randoms(use_true_random=False))
    def release(self, choice: random.Random) -> None:
        blob, _ = self.live.pop(choice.randrange(len(self.live)))
        self.codec.release(blob)

    @precondition(lambda self: self.live)
    @rule()
    def release_half(self) -> None:
        for blob, _ in self.live[::2]:
            self.codec.release(blob)
        self.live = self.live[1::2]

    @rule()
    def release_all(self) -> None:
        for blob, _ in self.live:
            self.codec.release(blob)
        self.live = []

    @rule()
    def pin(self) -> None:
        self.pins[self.codec.pin()] = list(self.live)

    @precondition(lambda self: self.pins)
    @rule(choice=st.randoms(use_true_random=False))
    def unpin(self, choice: random.Random) -> None:
        number = choice.choice(sorted(self.pins))
        del self.pins[number]
        self.codec.unpin(number)

    @invariant()
    def all_live_and_all_pinned_blobs_decode(self) -> None:
        for known in (self.live, *self.pins.values()):
            for blob, body in known:
                assert self.codec.decode(blob) == body

    @invariant()
    def without_pins_there_is_no_limbo(self) -> None:
        assert self.pins or not self.codec.statistics().limbo_references

    @invariant()
    def references_are_bounded(self) -> None:
        kept = self.codec.statistics()
        largest = self.limits.reference_size + 100
        # One above the limits is the shared one.
        assert kept.references + kept.retired_references <= self.limits.references + 1
        assert kept.reference_bytes <= self.limits.reference_bytes + 2 * largest
        assert kept.retired_references - kept.limbo_references <= len(self.live)
        assert kept.open_for_encoding <= self.limits.open_for_encoding
        assert kept.open_for_decoding <= self.limits.open_for_decoding

    def teardown(self) -> None:
        for blob, _ in self.live:
            self.codec.release(blob)
        for number in self.pins:
            self.codec.unpin(number)
        kept = self.codec.statistics()
        assert (kept.retired_references, kept.limbo_references) == (0, 0)
        assert kept.references <= self.limits.references


TestComings = Comings.TestCase
TestComings.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize("size", [0, 1, LEAST_REFERENCE, 2_000_000, 32 * 1024 * 1024])
def test_bodies_of_any_size_come_back(size: int) -> None:
    codec = ZstdCodec()
    head = text("a", 2_000, 1)
    for body in (bytes(size), (head * (size // len(head) + 1))[:size]):
        for _ in range(2):
            assert codec.decode(codec.encode(body, "kin")) == body


def test_a_body_too_large_to_decode_is_not_taken() -> None:
    with pytest.raises(CodecError, match="too large to keep"):
        ZstdCodec().encode(bytes(LARGEST_BODY + 1), "kin")


def test_the_first_body_of_a_kin_makes_the_second_cheap() -> None:
    codec = ZstdCodec()
    codec.encode(text("a", 8_000, 1), "a")
    alone = ZstdCodec().encode(b"x" + text("a", 400, 2), "a")
    assert len(codec.encode(text("a", 400, 2), "a")) < len(alone)
    assert codec.statistics() == CodecStatistics(
        references=1, reference_bytes=codec.statistics().reference_bytes, open_for_encoding=1
    )


def test_a_poor_first_reference_is_replaced_and_goes_with_its_last_blob() -> None:
    codec = ZstdCodec()
    tiny = codec.encode(text("other", 800, 0), "a")
    blobs = [codec.encode(text("a", 9_000, number), "a") for number in range(20)]
    kept = codec.statistics()
    assert (kept.references, kept.retired_references, kept.replacements) == (1, 1, 1)
    assert len(blobs[-1]) < len(blobs[0]) / 2
    for blob in (tiny, *blobs[:4]):
        codec.release(blob)
    assert codec.statistics().retired_references == 0
    assert [codec.decode(blob) for blob in blobs[4:]] == [text("a", 9_000, number) for number in range(4, 20)]


def test_content_that_fits_no_reference_is_given_up_on() -> None:
    codec = ZstdCodec()
    rng = random.Random(1)
    for _ in range(1_000):
        codec.encode(rng.randbytes(4_000), "noise")
    assert codec.statistics().replacements < 30


def test_a_kin_whose_template_changes_daily_neither_grows_nor_tires() -> None:
    codec = ZstdCodec()
    before: list[bytes] = []
    for day in range(60):
        today = [codec.encode(text(f"day{day}", 6_000, number), "a") for number in range(40)]
        for blob in before:
            codec.release(blob)
        before = today
        assert codec.statistics().retired_references <= 4
    assert codec.statistics().replacements >= 59


def test_kins_without_room_share_a_reference_until_others_go() -> None:
    codec = ZstdCodec(Limits(references=2))
    first = [codec.encode(text(kin, 4_000, 1), kin) for kin in ("a", "b")]
    shared = [codec.encode(text("c", 4_000, number), kin) for number, kin in enumerate(("c", "d", "c"))]
    assert (codec.statistics().references, codec.statistics().crowded) == (3, 3)
    assert len(shared[2]) < len(first[0]) + 2_000
    for blob in first:
        codec.release(blob)
    codec.encode(text("d", 4_000, 9), "d")
    assert codec.statistics().crowded == 3
    assert codec.decode(shared[0]) == text("c", 4_000, 0)


def test_a_huge_body_makes_a_bounded_reference() -> None:
    codec = ZstdCodec()
    huge = Fleet(1, 1, 1).object(argument_bytes=2_000_000)
    assert codec.decode(codec.encode(huge, "a")) == huge
    assert codec.statistics().reference_bytes < Limits().reference_size + 100


@pytest.mark.parametrize("size", [LEAST_REFERENCE, LARGEST_REFERENCE])
def test_references_of_any_allowed_size_work(size: int) -> None:
    codec = ZstdCodec(Limits(reference_size=size))
    body = text("a", 300_000, 1)
    assert [codec.decode(codec.encode(body, "a")) for _ in range(2)] == [body] * 2


@pytest.mark.parametrize("size", [0, LEAST_REFERENCE - 1, LARGEST_REFERENCE + 1])
def test_a_reference_size_that_cannot_work_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="a reference has"):
        Limits(reference_size=size)


def damages(blob: bytes) -> st.SearchStrategy[bytes]:
    places = st.integers(0, len(blob) - 1)
    return st.one_of(
        places.map(lambda end: blob[:end]),
        st.tuples(places, st.integers(1, 255)).map(
            lambda change: blob[: change[0]] + bytes([blob[change[0]] ^ change[1]]) + blob[change[0] + 1 :]
        ),
        st.binary(min_size=1, max_size=9).map(lambda tail: blob + tail),
        st.binary(max_size=60),
    )


@given(st.data())
@settings(max_examples=400)
def test_a_damaged_blob_is_an_error_or_bytes_but_never_a_crash(data: st.DataObject) -> None:
    codec = ZstdCodec()
    blobs = [codec.encode(text("a", 4_000, number), "a") for number in range(2)] + [codec.encode(b"small", "b")]
    damaged = data.draw(damages(data.draw(st.sampled_from(blobs))))
    with contextlib.suppress(CodecError):
        assert len(codec.decode(damaged)) <= LARGEST_BODY


@given(st.binary(max_size=30))
@example(b"")
@example(b"\x00\x00\x00\x00")
@example(b"\x00\x00\x00\x00\xa0\xff\xff\xff\xff")
def test_what_is_no_blob_is_an_error(blob: bytes) -> None:
    with pytest.raises(CodecError):
        ZstdCodec().decode(blob if len(blob) < 9 else b"\xff" + blob)


def test_every_cut_of_a_blob_is_an_error() -> None:
    codec = ZstdCodec()
    for blob in (
        codec.encode(text("a", 4_000, 1), "a"),
        codec.encode(text("a", 4_000, 2), "a"),
        codec.encode(b"x", "b"),
    ):
        for end in range(len(blob)):
            with pytest.raises(CodecError):
                codec.decode(blob[:end])


def test_a_blob_released_too_often_is_an_error() -> None:
    codec = ZstdCodec()
    blob = codec.encode(text("a", 4_000, 1), "a")
    codec.release(blob)
    with pytest.raises(CodecError, match="released before"):
        codec.release(blob)


def retire(codec: ZstdCodec, seed: int) -> tuple[bytes, bytes]:
    """Give a blob of the kin ``a`` and its body, whose reference a better one has replaced since; the others go."""
    bodies = [text(f"other{seed}", 800, 0), *(text(f"a{seed}", 9_000, number) for number in range(20))]
    blobs = [codec.encode(body, "a") for body in bodies]
    for blob in blobs[1:]:
        codec.release(blob)
    return blobs[0], bodies[0]


def test_a_pinned_blob_can_be_decoded_after_its_release_and_costs_nothing_when_all_pins_are_gone() -> None:
    codec = ZstdCodec()
    blob, body = retire(codec, 0)
    first, second = codec.pin(), codec.pin()
    codec.release(blob)
    assert codec.statistics().limbo_references == codec.statistics().retired_references == 1
    codec.unpin(first)
    assert codec.decode(blob) == body
    codec.unpin(second)
    assert (codec.statistics().limbo_references, codec.statistics().retired_references) == (0, 0)
    with pytest.raises(CodecError, match="is not kept"):
        codec.decode(blob)


def test_a_pin_keeps_nothing_that_was_released_before_it() -> None:
    codec = ZstdCodec()
    blob, _ = retire(codec, 0)
    older = codec.pin()
    codec.release(blob)
    codec.pin()
    codec.unpin(older)
    assert codec.statistics().retired_references == 0


def test_pins_that_overlap_for_ever_keep_no_more_than_their_own_time() -> None:
    codec = ZstdCodec()
    number = codec.pin()
    for seed in range(100):
        blob, body = retire(codec, seed)
        later = codec.pin()
        codec.release(blob)
        assert codec.decode(blob) == body
        codec.unpin(number)
        assert codec.statistics().limbo_references <= 2
        number = later
    codec.unpin(number)
    assert codec.statistics().limbo_references == 0


def test_idle_references_make_no_room_while_a_pin_may_need_them() -> None:
    codec = ZstdCodec(Limits(references=2))
    codec.unpin(codec.pin())
    blobs = [(codec.encode(text(kin, 4_000, 1), kin), text(kin, 4_000, 1)) for kin in ("a", "b")]
    number = codec.pin()
    for blob, _ in blobs:
        codec.release(blob)
    codec.encode(text("c", 4_000, 1), "c")
    assert codec.statistics().crowded == 1
    assert all(codec.decode(blob) == body for blob, body in blobs)
    codec.unpin(number)
    codec.encode(text("d", 4_000, 1), "d")
    assert (codec.statistics().crowded, codec.statistics().references) == (1, 2)


def test_a_pinned_reference_is_replaced_only_where_there_is_room_for_both() -> None:
    codec = ZstdCodec(Limits(references=1))
    poor, *good = (codec.encode(text(kin, 9_000, 1), "a") for kin in ("other", "a"))
    for blob in good:
        codec.release(blob)
    number = codec.pin()
    codec.release(poor)
    codec.release(codec.encode(text("a", 9_000, 2), "a"))
    assert (codec.statistics().references, codec.statistics().replacements) == (1, 0)
    assert codec.decode(poor) == text("other", 9_000, 1)
    codec.unpin(number)
    codec.encode(text("a", 9_000, 3), "a")
    assert (codec.statistics().references, codec.statistics().replacements) == (1, 1)


def test_the_shared_reference_is_one_however_often_it_is_let_go_under_a_pin() -> None:
    codec = ZstdCodec(Limits(references=1))
    codec.encode(text("a", 4_000, 1), "a")
    number = codec.pin()
    for seed in range(50):
        codec.release(codec.encode(text("b", 4_000, seed), "b"))
    kept = codec.statistics()
    assert kept.references + kept.retired_references == 2
    codec.unpin(number)
    assert codec.statistics().references == 1


def test_a_pin_that_is_not_open_cannot_be_ended() -> None:
    codec = ZstdCodec()
    number = codec.pin()
    codec.unpin(number)
    with pytest.raises(KeyError):
        codec.unpin(number)


def test_the_identity_codec_keeps_nothing() -> None:
    codec: Codec = IdentityCodec()
    blob = codec.encode(b"body", "kin")
    assert codec.decode(blob) == b"body"
    number = codec.pin()
    codec.release(blob)
    assert codec.decode(blob) == b"body"
    codec.unpin(number)
    assert codec.statistics() == CodecStatistics()


@pytest.mark.parametrize("diverse", [True, False])
def test_a_14_kb_object_takes_at_most_1300_bytes_with_its_share_of_the_references(diverse: bool) -> None:
    codec = ZstdCodec()
    fleet = list(Fleet(1, 1_250, 50 // 4, diverse=diverse))
    blobs = [codec.encode(body, kin_of(body)) for body in fleet]
    assert sum(map(len, fleet)) / len(fleet) > 13_000
    assert (sum(map(len, blobs)) + codec.statistics().reference_bytes) / len(fleet) <= 1_300
    assert [codec.decode(blob) for blob in blobs] == fleet


def test_the_versions_of_one_life_cost_no_more_than_its_final_state() -> None:
    codec = ZstdCodec()
    events = list(Fleet(1, 300, 4).lives(40))
    blobs = [codec.encode(event.object, kin_of(event.object)) for event in events]
    assert (sum(map(len, blobs)) + codec.statistics().reference_bytes) / len(blobs) <= 1_300
