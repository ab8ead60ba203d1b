"""A roll of toy objects, each with a number that rises with time and one that is told."""

from collections import Counter
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kube.objects import Key
from exporter.metrics.family import Declaration, Family, Point, Type
from exporter.metrics.roll import SLICE_ROWS, Roll, Shown
from exporter.metrics.text import Format, block
from exporter.store.delta import Added, Deleted, Record, Resynced, Synced, Updated

WEIGHT = Family(name="plant_weight", type=Type.GAUGE, help="Weight.", labels=("namespace", "plant"))
AGE = Family(
    name="plant_age", type=Type.GAUGE, help="Tens of seconds that it has stood.", labels=("namespace", "plant")
)
PICKED = Family(name="plant_picked_total", type=Type.COUNTER, help="Fruit.", labels=("namespace", "plant", "colour"))


class Plant(msgspec.Struct, frozen=True):
    weight: int | None
    planted: int
    age: int = 0
    picked: int = 0


class Garden:
    """Plants, whose projections are weights; an age is told every ten seconds, and when all is known."""

    families = (WEIGHT, AGE, PICKED)

    def begin(self, projection: int | None, now: int) -> Plant:
        return Plant(projection, now)

    def update(self, state: Plant, projection: int | None, now: int) -> Plant:
        return msgspec.structs.replace(state, weight=projection)

    def tell(self, state: Plant, fact: int, _now: int) -> Plant:
        return msgspec.structs.replace(state, picked=state.picked + fact)

    def advance(self, state: Plant, now: int, known: float) -> Plant:
        return msgspec.structs.replace(state, age=max(state.age, int(min(now, known) - state.planted) // 10))

    def due(self, state: Plant) -> float | None:
        return state.planted + 10.0 * (state.age + 1)

    def shows(self, state: Plant) -> tuple[Shown, ...]:
        weight: Shown = () if state.weight is None else (((), state.weight),)
        return weight, (((), state.age),), ((("red",), state.picked), (("green",), 0))


class Bed:
    """A roll with its clocks."""

    def __init__(self, limit: int = 2_000) -> None:
        self.now = 100.0
        self.behind = 0.0
        self.roll = Roll(Garden(), now=lambda: self.now, known=lambda: self.now - self.behind, limit=limit)

    def text(self, *names: str) -> str:
        return b"".join(self.roll.slices(Format.TEXT, frozenset(names))).decode()

    def lines(self) -> list[str]:
        return [line for line in self.text().splitlines() if not line.startswith("#")]


def record(weight: int | None) -> Record:
    return Record("u", "1", b"", (), weight)


def key(name: str) -> Key:
    return Key(f"ns/{name}")


def added(name: str, weight: int | None = 1) -> Added:
    return Added(key(name), record(weight))


def updated(name: str, weight: int | None) -> Updated:
    return Updated(key(name), record(None), record(weight))


def deleted(name: str) -> Deleted:
    return Deleted(key(name), record(None), record(None))


def test_each_object_has_lines_of_its_own_under_the_heads_of_the_families() -> None:
    bed = Bed()
    bed.roll.apply(added('o"ak', 3))
    bed.roll.apply(Synced())
    red, green = (("ns", 'o"ak', "red"), 0), (("ns", 'o"ak', "green"), 0)
    expected: list[tuple[Family, list[tuple[tuple[str, ...], float]]]] = [
        (WEIGHT, [(("ns", 'o"ak'), 3)]),
        (AGE, [(("ns", 'o"ak'), 0)]),
        (PICKED, [red, green]),
    ]
    for fmt in Format:
        blocks = (block(family, _points(rows), fmt) for family, rows in expected)
        assert b"".join(bed.roll.slices(fmt)) == b"".join(blocks)


def _points(rows: Sequence[tuple[tuple[str, ...], float]]) -> list[Point]:
    return [Point(labels, value) for labels, value in rows]


def test_nothing_is_shown_before_the_first_list_is_whole() -> None:
    bed = Bed()
    bed.roll.apply(added("oak"))
    assert bed.text() == ""


def test_an_object_that_goes_leaves_no_line_behind() -> None:
    bed = Bed()
    for delta in (added("oak"), Synced(), updated("oak", 5), deleted("oak")):
        bed.roll.apply(delta)
    assert bed.text() == ""
    assert bed.roll.statistics().series == 0


def test_what_is_not_shown_any_more_has_no_line() -> None:
    bed = Bed()
    for delta in (added("oak"), Synced(), updated("oak", None)):
        bed.roll.apply(delta)
    assert not any(line.startswith("plant_weight") for line in bed.lines())
    bed.roll.apply(updated("oak", 7))
    assert 'plant_weight{namespace="ns",plant="oak"} 7' in bed.lines()


def test_time_alone_changes_what_is_shown_when_something_is_due() -> None:
    bed = Bed()
    bed.roll.apply(added("oak"))
    bed.roll.apply(Synced())
    bed.now = 135.5
    assert 'plant_age{namespace="ns",plant="oak"} 3' in bed.lines()


def test_what_cannot_be_judged_yet_is_judged_once_all_is_known() -> None:
    bed = Bed()
    bed.roll.apply(added("oak"))
    bed.roll.apply(Synced())
    bed.now, bed.behind = 135.0, 30.0
    assert 'plant_age{namespace="ns",plant="oak"} 0' in bed.lines()
    bed.behind = 0.0
    assert 'plant_age{namespace="ns",plant="oak"} 3' in bed.lines()


def test_what_is_told_of_an_object_before_it_is_known_is_added_up_and_kept_for_it() -> None:
    bed = Bed()
    bed.roll.tell(key("oak"), 2)
    bed.roll.tell(key("oak"), 3)
    bed.roll.apply(added("oak"))
    bed.roll.apply(Synced())
    assert 'plant_picked_total{namespace="ns",plant="oak",colour="red"} 5' in bed.lines()


def test_what_is_told_of_too_many_unknown_objects_is_dropped_and_counted() -> None:
    bed = Bed(limit=2)
    for name in ("oak", "elm", "oak", "ash"):
        bed.roll.tell(key(name), 1)
    bed.roll.apply(added("elm"))
    bed.roll.apply(added("oak"))
    bed.roll.apply(Synced())
    assert 'plant_picked_total{namespace="ns",plant="elm",colour="red"} 0' in bed.lines()
    assert 'plant_picked_total{namespace="ns",plant="oak",colour="red"} 2' in bed.lines()
    assert bed.roll.statistics().facts_dropped == 1


def test_objects_beyond_the_limit_are_counted_and_take_the_place_of_one_that_goes() -> None:
    bed = Bed(limit=1)
    for delta in (added("oak"), added("elm", 1), added("ash"), updated("elm", 9), Synced()):
        bed.roll.apply(delta)
    assert (bed.roll.statistics().rows, bed.roll.statistics().overflowed) == (1, 2)
    bed.roll.apply(deleted("oak"))
    assert 'plant_weight{namespace="ns",plant="elm"} 9' in bed.lines()
    bed.roll.apply(deleted("ash"))
    bed.roll.apply(deleted("elm"))
    assert bed.text() == ""
    assert bed.roll.statistics().overflowed == 0


def test_only_the_families_asked_for_are_given() -> None:
    bed = Bed()
    bed.roll.apply(added("oak"))
    bed.roll.apply(Synced())
    assert [line for line in bed.text("plant_age").splitlines() if not line.startswith("#")] == [
        'plant_age{namespace="ns",plant="oak"} 0'
    ]


def test_a_scrape_tells_of_the_moment_of_its_call_in_slices() -> None:
    bed = Bed()
    for number in range(2 * SLICE_ROWS):
        bed.roll.apply(added(f"p{number}"))
    bed.roll.apply(Synced())
    slices = bed.roll.slices(Format.TEXT)
    for number in range(2 * SLICE_ROWS):
        bed.roll.apply(deleted(f"p{number}"))
    parts = list(slices)
    assert len(parts) > 3
    lines = [line for line in b"".join(parts).decode().splitlines() if not line.startswith("#")]
    assert len(lines) == len(set(lines)) == 4 * 2 * SLICE_ROWS


def test_a_resynced_object_is_no_news() -> None:
    bed = Bed()
    bed.roll.apply(added("oak"))
    bed.roll.apply(Synced())
    before = bed.text()
    bed.roll.apply(Resynced(key("oak"), record(9)))
    assert bed.text() == before


def test_moments_of_objects_that_went_or_changed_do_not_pile_up() -> None:
    bed = Bed()
    for number in range(10_000):
        bed.now += 1
        bed.roll.apply(added(f"p{number}"))
        bed.roll.apply(deleted(f"p{number}"))
    assert len(bed.roll._moments) < 4 * SLICE_ROWS


@pytest.mark.parametrize(
    "family",
    [
        Family(name="plants", type=Type.GAUGE, help="Plants.", labels=("plant", "namespace")),
        Family(name="plants", type=Type.GAUGE, help="Plants.", labels=("namespace",)),
        Family(name="plants", type=Type.SUMMARY, help="Plants.", labels=("namespace", "plant")),
    ],
)
def test_a_family_that_cannot_show_objects_is_refused(family: Family) -> None:
    garden = Garden()
    garden.families = (family, AGE, PICKED)
    with pytest.raises(Declaration):
        Roll(garden, now=lambda: 0.0)


names = st.sampled_from(["oak", "elm", "ash", "fir"])
steps = st.one_of(
    st.tuples(st.just("put"), names, st.one_of(st.none(), st.integers(0, 3))),
    st.tuples(st.just("drop"), names, st.none()),
    st.tuples(st.just("wait"), names, st.integers(0, 30)),
)


@given(history=st.lists(steps, max_size=30), limit=st.integers(1, 4))
def test_all_that_is_shown_is_a_fold_over_what_is_there(history: list[tuple[str, str, int | None]], limit: int) -> None:
    bed = Bed(limit)
    bed.roll.apply(Synced())
    weights: dict[str, int | None] = {}
    seated: dict[str, float] = {}
    for what, name, value in history:
        if what == "wait":
            bed.now += value or 0
            continue
        if what == "put":
            bed.roll.apply(updated(name, value) if name in weights else added(name, value))
            weights[name] = value
        elif name in weights:
            bed.roll.apply(deleted(name))
            del weights[name]
        seated = {one: since for one, since in seated.items() if one in weights}
        for one in weights:
            if one not in seated and len(seated) < limit:
                seated[one] = bed.now
    expected: Counter[str] = Counter()
    for name, since in seated.items():
        labels = f'namespace="ns",plant="{name}"'
        expected.update([f"plant_age{{{labels}}} {int(bed.now - since) // 10}"])
        expected.update(f'plant_picked_total{{{labels},colour="{each}"}} 0' for each in ("red", "green"))
        if weights[name] is not None:
            expected[f"plant_weight{{{labels}}} {weights[name]}"] += 1
    assert Counter(bed.lines()) == expected
    assert bed.roll.statistics().series == len(bed.lines())
    assert bed.roll.statistics().overflowed == len(weights) - len(seated)
