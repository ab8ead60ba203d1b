from collections import Counter
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.kube.objects import Key
from exporter.metrics.accounting import Outcomes
from exporter.metrics.family import Declaration, Family, Type
from exporter.metrics.ledger import Ledger, LedgerLimits
from exporter.metrics.rows import OVERFLOW, Column
from exporter.metrics.series import Histogram, Oldest
from exporter.metrics.text import Format
from exporter.store.delta import Delta, Resynced, Synced
from tests.metrics.exposition import Numbers, numbers, only, rendered, summed, value
from tests.metrics.fruit import BY_GAS, EATEN, FRUITS, RIPENED, Fruit, FruitAccounting, eaten, picked, record, turned

UNRIPE, RIPE = Fruit("apple"), Fruit("apple", ripe=True)


def ledger_of(deltas: Iterable[Delta], limits: LedgerLimits | None = None) -> Ledger:
    ledger = Ledger(FruitAccounting(), since=lambda: 0, limits=limits)
    for delta in deltas:
        ledger.apply(delta)
    return ledger


def test_nothing_is_shown_before_a_whole_list_was_told() -> None:
    ledger = ledger_of([picked("blue", "a", UNRIPE, initial=True)])
    assert rendered(ledger, Format.TEXT) == b""
    assert ledger.statistics().series == 7 - 1
    ledger.apply(Synced())
    assert rendered(ledger, Format.TEXT) != b""


def test_an_empty_ledger_shows_nothing() -> None:
    assert rendered(ledger_of([Synced()])) == b""


def test_a_baseline_is_gauges_and_counters_at_zero() -> None:
    found = numbers(rendered(ledger_of([picked("blue", "a", UNRIPE, initial=True), Synced()])))
    assert found == {
        ("fruits", frozenset({("namespace", "blue"), ("ripe", "no")})): 1,
        ("fruits", frozenset({("namespace", "blue"), ("ripe", "yes")})): 0,
        ("fruits_by_sort", frozenset({("namespace", "blue"), ("sort", "apple")})): 1,
        ("fruit_picked_total", frozenset({("namespace", "blue"), ("sort", "apple")})): 0,
        ("fruit_ripened_total", frozenset({("namespace", "blue"), ("sort", "apple"), ("how", "sun")})): 0,
        ("fruit_eaten_total", frozenset({("namespace", "blue")})): 0,
    }


def test_what_is_told_again_without_news_counts_nothing() -> None:
    ledger = ledger_of([picked("blue", "a", UNRIPE), Synced()])
    before = rendered(ledger, Format.TEXT)
    ledger.apply(Resynced(Key("blue/a"), record("a", UNRIPE)))
    ledger.apply(turned("blue", "a", UNRIPE, UNRIPE))
    assert rendered(ledger, Format.TEXT) == before


def test_an_object_may_move_to_another_group() -> None:
    pear = Fruit("pear", ripe=True)
    ledger = ledger_of([picked("blue", "a", UNRIPE), Synced(), turned("blue", "a", UNRIPE, pear)])
    found = numbers(rendered(ledger))
    assert value(found, "fruit_ripened_total", namespace="blue", sort="pear", how="sun") == 1
    assert value(found, "fruit_ripened_total", namespace="blue", sort="apple", how="sun") == 0
    assert value(found, "fruits", namespace="blue", ripe="yes") == 1
    assert value(found, "fruits", namespace="blue", ripe="no") == 0


def test_what_an_object_contributes_moves_with_it() -> None:
    ledger = ledger_of([picked("blue", "a", UNRIPE), Synced(), turned("blue", "a", UNRIPE, Fruit("pear"))])
    found = numbers(rendered(ledger))
    assert value(found, "fruits_by_sort", namespace="blue", sort="apple") == 0
    assert value(found, "fruits_by_sort", namespace="blue", sort="pear") == 1


def test_an_object_without_a_namespace_has_an_empty_label() -> None:
    delta = picked("", "a", UNRIPE)
    ledger = ledger_of([type(delta)(Key("a"), delta.new), Synced()])
    assert value(numbers(rendered(ledger)), "fruits", namespace="", ripe="no") == 1


def test_families_can_be_asked_for_by_name() -> None:
    ledger = ledger_of([picked("blue", "a", UNRIPE), Synced()])
    found = numbers(rendered(ledger, Format.OPENMETRICS, "fruits", "unheard_of"))
    assert {name for name, _ in found} == {"fruits"}


def test_a_counter_can_be_asked_for_by_its_openmetrics_name() -> None:
    ledger = ledger_of([picked("blue", "a", UNRIPE), Synced()])
    found = numbers(rendered(ledger, Format.OPENMETRICS, "fruit_picked"))
    assert {name for name, _ in found} == {"fruit_picked_total"}


def test_slices_joined_are_the_rendering() -> None:
    ledger = ledger_of(
        [picked(f"b{number}", "a", UNRIPE) for number in range(1_000)], LedgerLimits(namespaces=2_000, groups=9_999)
    )
    ledger.apply(Synced())
    slices = list(ledger.slices(Format.TEXT))
    assert len(slices) > 2
    assert max(map(len, slices)) < 300_000
    assert b"".join(slices) == rendered(ledger, Format.TEXT)


def test_slices_tell_of_the_moment_they_were_asked_for() -> None:
    ledger = ledger_of([picked("blue", "a", UNRIPE), picked("blue", "b", UNRIPE), Synced()])
    rendered(ledger, Format.TEXT)
    ledger.apply(turned("blue", "a", UNRIPE, RIPE))
    expected = rendered(
        ledger_of(
            [picked("blue", "a", UNRIPE), picked("blue", "b", UNRIPE), Synced(), turned("blue", "a", UNRIPE, RIPE)]
        ),
        Format.TEXT,
    )
    slices = ledger.slices(Format.TEXT)
    ledger.apply(turned("blue", "b", UNRIPE, RIPE))
    later = ledger.slices(Format.TEXT)
    assert b"".join(slices) == expected
    assert summed(numbers(b"".join(later), Format.TEXT), "fruits", ripe="yes") == 2
    assert summed(numbers(rendered(ledger)), "fruits", ripe="yes") == 2


def test_groups_over_the_limit_of_a_namespace_share_one_that_is_seen_and_counted() -> None:
    sorts = ["apple", "pear", "plum", "fig"]
    ledger = ledger_of([picked("blue", sort, Fruit(sort)) for sort in sorts], LedgerLimits(groups_of_namespace=2))
    ledger.apply(Synced())
    assert only(numbers(rendered(ledger)), "fruit_picked_total") == {
        frozenset({("namespace", "blue"), ("sort", sort)}): count
        for sort, count in {"apple": 1, "pear": 1, OVERFLOW: 2}.items()
    }
    assert (ledger.statistics().groups, ledger.statistics().groups_overflowed) == (2, 2)


def test_groups_over_the_limit_of_all_go_into_one_for_each_namespace() -> None:
    ledger = ledger_of([picked(basket, "a", UNRIPE) for basket in ("red", "green", "blue")], LedgerLimits(groups=1))
    ledger.apply(Synced())
    found = only(numbers(rendered(ledger)), "fruit_picked_total")
    assert sorted(sorted(labels) for labels in found) == [
        [("namespace", "blue"), ("sort", OVERFLOW)],
        [("namespace", "green"), ("sort", OVERFLOW)],
        [("namespace", "red"), ("sort", "apple")],
    ]


def test_namespaces_over_the_limit_share_one() -> None:
    baskets = ["red", "green", "blue"]
    ledger = ledger_of([picked(basket, "a", UNRIPE) for basket in baskets], LedgerLimits(namespaces=1))
    ledger.apply(Synced())
    found = numbers(rendered(ledger))
    assert value(found, "fruits", namespace=OVERFLOW, ripe="no") == 2
    assert value(found, "fruit_picked_total", namespace=OVERFLOW, sort=OVERFLOW) == 2
    assert (ledger.statistics().namespaces, ledger.statistics().namespaces_overflowed) == (1, 2)


def test_an_object_leaves_the_row_it_was_counted_in_although_there_is_room_elsewhere_now() -> None:
    limits = LedgerLimits(namespaces=1, keep_seconds=10)
    ledger = ledger_of(
        [picked("red", "a", UNRIPE), picked("blue", "b", UNRIPE), eaten("red", "a", UNRIPE), Synced()], limits
    )
    ledger.expire(0)
    ledger.expire(10)
    assert ledger.statistics().namespaces == 0
    ledger.apply(eaten("blue", "b", UNRIPE))
    found = numbers(rendered(ledger))
    assert value(found, "fruits", namespace=OVERFLOW, ripe="no") == 0
    assert value(found, "fruit_eaten_total", namespace=OVERFLOW) == 1
    ledger.apply(picked("blue", "c", UNRIPE))
    assert value(numbers(rendered(ledger)), "fruits", namespace="blue", ripe="no") == 1


def test_a_group_goes_a_while_after_its_last_object() -> None:
    pear = Fruit("pear")
    deltas: list[Delta] = [picked("blue", "a", UNRIPE), picked("blue", "b", pear), Synced(), eaten("blue", "a", UNRIPE)]
    ledger = ledger_of(deltas, LedgerLimits(keep_seconds=100))
    ledger.expire(1_000)
    ledger.expire(1_099)
    assert ledger.statistics().groups == 2
    ledger.expire(1_100)
    assert ledger.statistics().groups == 1
    assert b"apple" not in rendered(ledger, Format.TEXT)


def test_a_group_that_is_used_again_in_time_goes_on_counting() -> None:
    ledger = ledger_of(
        [picked("blue", "a", UNRIPE), Synced(), eaten("blue", "a", UNRIPE)], LedgerLimits(keep_seconds=100)
    )
    ledger.expire(0)
    ledger.apply(picked("blue", "b", UNRIPE))
    ledger.expire(100)
    ledger.apply(eaten("blue", "b", UNRIPE))
    ledger.expire(150)
    ledger.expire(249)
    found = numbers(rendered(ledger))
    assert value(found, "fruit_picked_total", namespace="blue", sort="apple") == 2
    ledger.expire(250)
    assert rendered(ledger, Format.TEXT) == b""
    assert ledger.statistics().series == 0


def test_rows_expire_after_a_week_unless_told_otherwise() -> None:
    assert LedgerLimits().keep_seconds == 7 * 24 * 60 * 60


def test_the_past_that_was_untouched_longest_is_forgotten_first() -> None:
    outcomes = Outcomes(2)
    for uid in ("a", "b", "a", "c"):
        outcomes.keep(uid, ("ripe",))
    assert [outcomes.past(uid) for uid in ("a", "b", "c")] == [("ripe",), (), ("ripe",)]


def test_an_empty_past_takes_no_place() -> None:
    outcomes = Outcomes(1)
    outcomes.keep("a", ("ripe",))
    outcomes.keep("b", ())
    assert outcomes.past("a") == ("ripe",)
    outcomes.keep("a", ())
    assert outcomes.past("a") == ()


class Foreseeing(FruitAccounting):
    def expected(self, projection: Fruit) -> tuple[Column, ...]:
        return () if projection.ripe else (BY_GAS,)


def test_what_an_object_may_come_to_is_shown_before_it_does() -> None:
    ledger = Ledger(Foreseeing(), since=lambda: 0)
    for delta in (picked("blue", "a", RIPE), picked("blue", "b", Fruit("pear")), Synced()):
        ledger.apply(delta)
    found = only(numbers(rendered(ledger, Format.OPENMETRICS, RIPENED.name)), RIPENED.name)
    shown = {(dict(line)["sort"], number) for line, number in found.items() if ("how", "gas") in line}
    assert shown == {("pear", 0)}
    ledger.apply(turned("blue", "a", RIPE, UNRIPE))
    assert len(only(numbers(rendered(ledger)), RIPENED.name)) == len(found) + 1


class Misfit(FruitAccounting):
    def __init__(self, *columns: Column) -> None:
        self.columns = columns


@pytest.mark.parametrize(
    "columns",
    [
        [Column(FRUITS)],
        [Column(FRUITS, "no", "more")],
        [Column(FRUITS, "no", by_group=True)],
        [Column(FRUITS, "no", keeps=Histogram)],
        [Column(EATEN, keeps=Oldest)],
        [Column(FRUITS, "no"), Column(FRUITS, "yes", keeps=Oldest)],
        [Column(FRUITS, "no"), Column(FRUITS, "no")],
        [Column(Family(name="x", type=Type.GAUGE, help="X.", labels=("basket",)))],
        [
            Column(FRUITS, "no"),
            Column(Family(name="fruits_total", type=Type.COUNTER, help="X.", labels=("namespace",))),
        ],
    ],
)
def test_columns_that_do_not_fit_are_refused(columns: list[Column]) -> None:
    with pytest.raises(Declaration):
        Ledger(Misfit(*columns), since=lambda: 0)


Walk = list[tuple[str, str, Fruit | int | None]]
Baskets = dict[tuple[str, str], Fruit]

fruits = st.builds(Fruit, st.sampled_from(["apple", "pear", "plum"]), st.booleans())
steps = st.tuples(st.sampled_from("rgby"), st.sampled_from("ab"), st.none() | fruits | st.integers(0, 9))
LIMITS = LedgerLimits(namespaces=2, groups=3, groups_of_namespace=2, keep_seconds=5)


def deltas_of(
    walk: list[tuple[str, str, Fruit | int | None]], here: dict[tuple[str, str], Fruit]
) -> Iterator[Delta | int]:
    for number, (basket, name, what) in enumerate(walk):
        old = here.get((basket, name))
        match what:
            case int():
                yield number + what
            case None if old is not None:
                del here[basket, name]
                yield eaten(basket, name, old)
            case Fruit():
                here[basket, name] = what
                yield picked(basket, name, what) if old is None else turned(basket, name, old, what)
            case _:
                pass


def scraped_at_each_step(walk: Walk) -> Iterator[tuple[Ledger, Baskets, Numbers]]:
    here: Baskets = {}
    ledger = ledger_of([Synced()], LIMITS)
    now = 0
    for delta in deltas_of(walk, here):
        if isinstance(delta, int):
            now = max(now, delta)
            ledger.expire(now)
        else:
            ledger.apply(delta)
        yield ledger, here, numbers(rendered(ledger))


@settings(max_examples=200, deadline=None)
@given(st.lists(steps, max_size=60))
def test_under_any_limits_gauges_are_a_fold_over_what_is_there(walk: Walk) -> None:
    for _, here, found in scraped_at_each_step(walk):
        assert summed(found, "fruits", ripe="yes") == sum(fruit.ripe for fruit in here.values())
        assert summed(found, "fruits_by_sort") == summed(found, "fruits") == len(here)
        by_place = Counter((basket, fruit.sort) for (basket, _), fruit in here.items())
        for line, number in only(found, "fruits_by_sort").items():
            basket, sort = dict(line)["namespace"], dict(line)["sort"]
            assert number >= 0
            assert number <= by_place[basket, sort] or OVERFLOW in {basket, sort}


@settings(max_examples=200, deadline=None)
@given(st.lists(steps, max_size=60))
def test_no_walk_breaks_a_limit(walk: Walk) -> None:
    for ledger, _, found in scraped_at_each_step(walk):
        namespaces = {dict(line)["namespace"] for line in only(found, "fruits")} - {OVERFLOW}
        groups = [line for line in only(found, "fruits_by_sort") if ("sort", OVERFLOW) not in line]
        per_namespace = Counter(dict(line)["namespace"] for line in groups)
        assert len(namespaces) <= LIMITS.namespaces
        assert len(groups) <= LIMITS.groups
        assert max(per_namespace.values(), default=0) <= LIMITS.groups_of_namespace
        statistics = ledger.statistics()
        assert (statistics.series, statistics.groups) == (len(found), len(groups))
        assert statistics.namespaces == len(namespaces)


def test_totals_are_what_was_counted_in_all_rows_since_the_start() -> None:
    *_, picked_column, by_sun, _, eaten_column = FruitAccounting.columns
    limits = LedgerLimits(namespaces=2, groups_of_namespace=1, keep_seconds=1)
    baskets = [(basket, sort) for basket in ("blue", "red", "green") for sort in ("apple", "pear")]
    ledger = ledger_of([picked(basket, sort, Fruit(sort)) for basket, sort in baskets], limits)
    ledger.apply(turned("blue", "apple", UNRIPE, RIPE))
    assert ledger.totals([picked_column, by_sun, eaten_column]) == (6, 1, 0)
    for basket, sort in baskets:
        ledger.apply(eaten(basket, sort, Fruit(sort, ripe=(basket, sort) == ("blue", "apple"))))
    ledger.expire(0)
    ledger.expire(2)
    assert "blue" not in ledger.namespaces()
    assert ledger.totals([picked_column, by_sun, eaten_column]) == (6, 1, 6)
    assert ledger.totals([]) == ()


def test_totals_of_what_nobody_counted_are_nothing_and_open_nothing() -> None:
    ledger = ledger_of([picked("blue", "a", UNRIPE)])
    before = ledger.statistics().series
    assert ledger.totals([BY_GAS]) == (0,)
    assert [numbers for _, _, numbers in ledger.groups([BY_GAS])] == [(0,)]
    assert ledger.statistics().series == before


def test_groups_are_told_with_their_objects_and_those_that_share_a_row_together() -> None:
    limits = LedgerLimits(namespaces=1, groups_of_namespace=2)
    fruits = [("blue", "a", "apple"), ("blue", "b", "apple"), ("blue", "c", "fig"), ("blue", "d", "pear")]
    others = [("red", "a", "apple"), ("red", "b", "pear")]
    deltas = [picked(basket, name, Fruit(sort)) for basket, name, sort in fruits + others]
    ledger = ledger_of([*deltas, eaten("blue", "a", UNRIPE), eaten("red", "b", Fruit("pear"))], limits)
    picked_column = FruitAccounting.columns[3]
    assert list(ledger.groups([picked_column])) == [
        (("blue", "apple"), 1, (2,)),
        (("blue", "fig"), 1, (1,)),
        (("blue", OVERFLOW), 1, (1,)),
        ((OVERFLOW, OVERFLOW), 1, (2,)),
    ]
