import contextlib
import io
import json
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.checkpoint import Identity, Trouble, form
from exporter.checkpoint.form import Section, Unusable, read, write
from exporter.metrics.marks import Mark
from tests.checkpoint.lines import compressed, ended, opened
from tests.checkpoint.things import IDENTITY, JOB, OTHER, Job, section, whole

NAME = JOB.resource.name
JOBS = {"blue/a": Job("open"), "red/b": Job("ended", "slow", 990)}
MARKS = [Mark(("blue", "main"), "job_last_end_timestamp_seconds", ("ok",), 990.0)]
WHOLE = whole({NAME: section(JOBS, MARKS)})
LINES = opened(WHOLE)


def read_back(data: bytes, identity: Identity = IDENTITY) -> dict[str, Section]:
    return read(io.BytesIO(data), identity, [JOB])


def altered(number: int, **members: Any) -> bytes:
    changed = json.dumps(json.loads(LINES[number]) | members).encode()
    return ended([*LINES[:number], changed, *LINES[number + 1 : -1]])


jobs = st.builds(Job, st.sampled_from(["open", "ended"]), st.text(max_size=5), st.none() | st.integers(0, 2**40))
keys = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.dictionaries(keys, jobs), st.floats(0, 1e12))
def test_what_was_written_is_read_back(held: dict[str, Job], as_of: float) -> None:
    before = section(held, MARKS, as_of)
    assert read_back(whole({NAME: before})) == {NAME: before}


def test_what_would_be_too_long_to_be_read_again_is_left_out_and_told() -> None:
    endless = "x" * form.LINE_LIMIT
    held = {f"blue/{endless}": Job("open"), "red/b": Job("open")}
    marks = [msgspec.structs.replace(MARKS[0], row=("blue", endless)), *MARKS]
    told: list[None] = []
    data = b"".join(write(IDENTITY, {NAME: section(held, marks)}, 0.0, lambda: told.append(None)))
    assert [key for _, key, _ in read_back(data)[NAME].rows] == ["red/b"]
    assert read_back(data)[NAME].marks == MARKS
    assert len(told) == 2


def test_a_section_of_a_kind_that_is_not_counted_now_is_passed_over() -> None:
    sections = {OTHER.resource.name: section(JOBS, MARKS), NAME: section({"blue/c": Job("open")})}
    assert read_back(whole(sections)) == {NAME: sections[NAME]}


def test_an_object_costs_some_150_bytes_of_lines_and_far_less_in_the_file() -> None:
    many = {f"team-{number % 20}/build-{number:06}": Job("open") for number in range(2_000)}
    data = whole({NAME: section(many)})
    assert len(zstandard.ZstdDecompressor().decompressobj().decompress(data)) < 150 * len(many)
    assert len(data) < 20 * len(many)


@pytest.mark.parametrize(
    "identity",
    [
        Identity("https://127.0.0.1:6444", ("blue", "red"), "team=a"),
        Identity("https://127.0.0.1:6443", (), "team=a"),
        Identity("https://127.0.0.1:6443", ("blue", "red"), ""),
    ],
)
def test_another_server_other_namespaces_or_labels_make_another_identity(identity: Identity) -> None:
    with pytest.raises(Unusable, match=r"tells of https://127\.0\.0\.1:6443 blue,red team=a, and not") as caught:
        read_back(WHOLE, identity)
    assert caught.value.trouble is Trouble.IDENTITY


@pytest.mark.parametrize(
    ("data", "trouble"),
    [
        (b"", Trouble.DAMAGED),
        (b"{}", Trouble.DAMAGED),
        (WHOLE[:-5], Trouble.DAMAGED),
        (compressed(), Trouble.DAMAGED),
        (compressed(*LINES[:-1]), Trouble.DAMAGED),
        (compressed(*LINES, b"{}"), Trouble.DAMAGED),
        (compressed(*LINES[:3], *LINES[4:]), Trouble.DAMAGED),
        (compressed(*LINES[:3], LINES[3].replace(b"blue/a", b"blue/b"), *LINES[4:]), Trouble.DAMAGED),
        (compressed(b"[" * 60_000), Trouble.DAMAGED),
        (compressed(b'{"format": "tar", "version": 1}'), Trouble.DAMAGED),
        (altered(0, version=2), Trouble.VERSION),
        (altered(0, version="1"), Trouble.DAMAGED),
        (altered(0, identity={"server": 7}), Trouble.DAMAGED),
        (altered(0, sections=-1), Trouble.DAMAGED),
        (altered(1, as_of="then"), Trouble.DAMAGED),
        (altered(1, objects=10**9), Trouble.DAMAGED),
        (altered(1, group_labels=["queue", "label_team"]), Trouble.IDENTITY),
        (altered(2, amount=[]), Trouble.DAMAGED),
        (altered(2, row=[]), Trouble.DAMAGED),
        (altered(2, row=["blue", "main", "more"]), Trouble.DAMAGED),
        (ended([*LINES[:3], b'["u", "blue/a", {"state": 3}]', LINES[4]]), Trouble.DAMAGED),
        (ended([*LINES[:3], b'["u", "blue/a", {"state": "gone"}]', LINES[4]]), Trouble.DAMAGED),
        (compressed(b'{"format": "' + bytes(form.LINE_LIMIT * 4)), Trouble.TOO_LARGE),
        (zstandard.compress(bytes(form.LIMIT + 1)), Trouble.TOO_LARGE),
        (zstandard.compress(b"\n" * (form.LIMIT + 1)), Trouble.DAMAGED),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(data: bytes, trouble: Trouble) -> None:
    with pytest.raises(Unusable) as caught:
        read_back(data)
    assert caught.value.trouble is trouble
    assert 0 < len(str(caught.value)) < 1200


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_no_damage_to_the_bytes_passes_for_a_checkpoint(flips: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for place, byte in flips:
        data[place] = byte
    with contextlib.suppress(Unusable):
        assert read_back(bytes(data)) == {NAME: section(JOBS, MARKS)}


@settings(max_examples=200)
@given(st.lists(st.sampled_from(LINES) | st.binary(max_size=30), max_size=7))
def test_whatever_lines_a_file_has_they_are_read_or_refused(lines: list[bytes]) -> None:
    with contextlib.suppress(Unusable):
        assert read_back(ended(lines)).keys() <= {NAME}


@settings(max_examples=200)
@given(st.integers(0, len(LINES) - 1), st.recursive(st.none() | st.floats() | st.text(), st.lists), st.text())
def test_whatever_a_line_holds_it_is_read_or_refused(number: int, thing: Any, name: str) -> None:
    line = json.loads(LINES[number])
    for member in [*line] if isinstance(line, dict) else range(len(line)):
        hostile = line.copy()
        hostile[member] = thing
        with contextlib.suppress(Unusable):
            read_back(ended([*LINES[:number], json.dumps(hostile).encode(), *LINES[number + 1 : -1]]))


def test_more_than_would_be_read_again_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "LIMIT", 1_000)
    with pytest.raises(Unusable) as caught:
        list(write(IDENTITY, {NAME: section({f"blue/{number}": Job("open") for number in range(100)})}, 0))
    assert caught.value.trouble is Trouble.TOO_LARGE


def test_a_first_line_that_would_not_be_read_again_is_not_written() -> None:
    with pytest.raises(Unusable, match="more than a line") as caught:
        list(write(Identity("https://127.0.0.1:6443", ("x" * 60,) * 1_000), {NAME: section(JOBS)}, 0))
    assert caught.value.trouble is Trouble.TOO_LARGE
