"""A ledger that begins with a checkpoint counts what happened in between: once, and after the zeros were seen."""

from collections import Counter
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.kube.objects import Key
from exporter.metrics.ledger import CATCH_UP_OBJECTS, Ledger, LedgerLimits
from exporter.metrics.rows import OVERFLOW, Entries
from exporter.metrics.text import Format
from exporter.store.delta import Delta, Synced
from tests.metrics.exposition import Numbers, exemplars, numbers, only, rendered, summed, value
from tests.metrics.job import CREATIONS, ENDS, GONE, Job, JobAccounting, became, came, went

OPEN, WELL, BADLY = Job(), Job(ended=50), Job(ended=60, good=False)
SINCE = 40


def resumed(before: Mapping[str, Job], deltas: Iterable[Delta], limits: LedgerLimits | None = None) -> Ledger:
    standing = {uid: (Key(f"blue/{uid}"), job) for uid, job in before.items()}
    ledger = Ledger(
        JobAccounting(),
        since=lambda: SINCE,
        limits=limits,
        now=lambda: 1_000,
        open_body=attrgetter("body"),
        before=standing,
    )
    for delta in deltas:
        ledger.apply(delta)
    return ledger


def first_list(**jobs: Job) -> list[Delta]:
    return [*(came(name, job, initial=True) for name, job in jobs.items()), Synced()]


def scraped(ledger: Ledger) -> Numbers:
    return numbers(rendered(ledger))


def ended(found: Numbers, how: str) -> float | None:
    return value(found, ENDS.name, namespace="blue", queue="main", how=how)


def test_what_ended_in_between_is_counted_after_a_scrape_has_seen_the_zeros() -> None:
    ledger = resumed({"a": OPEN}, first_list(a=WELL))
    ledger.catch_up()
    assert (ledger.owes, ended(scraped(ledger), "well")) == (1, 0)
    assert ledger.catch_up() is False
    assert (ledger.owes, ended(scraped(ledger), "well")) == (0, 1)
    ledger.catch_up()
    assert ended(scraped(ledger), "well") == 1


def test_gauges_and_last_times_are_right_before_anything_is_counted() -> None:
    found = scraped(resumed({"a": OPEN}, first_list(a=WELL)))
    assert value(found, "jobs", namespace="blue", state="closed") == 1
    assert only(found, "job_last_end_timestamp_seconds") == {
        frozenset({("namespace", "blue"), ("queue", "main"), ("how", "well")}): 50
    }


def test_what_is_as_the_checkpoint_knew_it_counts_nothing() -> None:
    ledger = resumed({"a": OPEN, "b": WELL}, first_list(a=OPEN, b=WELL))
    assert ledger.owes == 0


def test_what_came_since_the_checkpoint_is_news_and_what_is_older_is_not() -> None:
    new, old = Job(created=SINCE, ended=70), Job(created=SINCE - 1)
    ledger = resumed({}, first_list(a=new, b=old))
    assert ledger.owes == 1
    scraped(ledger)
    ledger.catch_up()
    found = scraped(ledger)
    assert (summed(found, CREATIONS.name), ended(found, "well")) == (1, 1)


def test_what_is_not_there_any_more_is_counted_as_gone() -> None:
    ledger = resumed({"a": OPEN}, [Synced()])
    assert value(scraped(ledger), GONE.name, namespace="blue") == 0
    ledger.catch_up()
    assert value(scraped(ledger), GONE.name, namespace="blue") == 1
    assert ended(scraped(ledger), "well") == 0


def test_what_went_and_is_told_once_more_does_not_count_again() -> None:
    ledger = resumed({"a": WELL}, [Synced(), came("a", WELL)])
    scraped(ledger)
    ledger.catch_up()
    assert ended(scraped(ledger), "well") == 0


def test_an_end_that_is_owed_does_not_count_again_when_another_attempt_brings_it_back() -> None:
    deltas = [*first_list(a=WELL), became("a", WELL, OPEN), became("a", OPEN, WELL)]
    ledger = resumed({"a": OPEN}, deltas)
    scraped(ledger)
    ledger.catch_up()
    assert ended(scraped(ledger), "well") == 1


def test_an_end_before_the_checkpoint_does_not_count_again_after_it() -> None:
    deltas = [*first_list(a=OPEN), became("a", OPEN, WELL)]
    ledger = resumed({"a": WELL}, deltas)
    assert ended(scraped(ledger), "well") == 0


def test_what_is_met_by_a_watch_before_all_lists_are_in_is_compared_as_well() -> None:
    ledger = resumed({"a": OPEN}, [came("a", WELL), Synced()])
    assert ledger.owes == 1
    assert value(scraped(ledger), GONE.name, namespace="blue") == 0


def test_a_drawing_that_was_broken_off_or_was_of_some_families_has_not_shown_the_zeros() -> None:
    ledger = resumed({"a": OPEN}, [came("a", WELL, initial=True)])
    rendered(ledger)
    ledger.apply(Synced())
    ledger.slices(Format.TEXT)
    rendered(ledger, Format.TEXT, ENDS.name)
    ledger.catch_up()
    assert ledger.owes == 1


def test_what_only_the_whole_object_tells_is_owed_with_the_rest() -> None:
    ledger = resumed({"a": OPEN}, [came("a", BADLY, initial=True, body=b"fire"), Synced()])
    assert value(scraped(ledger), "job_causes_total", namespace="blue", cause="fire") == 0
    ledger.catch_up()
    body = rendered(ledger)
    assert value(numbers(body), "job_causes_total", namespace="blue", cause="fire") == 1
    leads, _, when = exemplars(body)[ENDS.name, ""]
    assert (leads, when) == ({"job": "blue/a", "cause": "fire"}, 1_000)


def test_listeners_hear_of_the_first_list_at_once_and_of_what_is_owed_when_it_counts() -> None:
    told: list[tuple[Key, Any, list[str]]] = []

    def listen(key: Key, job: Job, entries: Entries) -> None:
        told.append((key, job, [column.family.name for column, _ in entries]))

    ledger = resumed({"a": OPEN, "b": OPEN}, [])
    ledger.listen(listen)
    ledger.apply(came("a", WELL, initial=True))
    ledger.apply(Synced())
    assert told == [(Key("blue/a"), WELL, ["job_last_end_timestamp_seconds"])]
    scraped(ledger)
    ledger.catch_up()
    assert [(key, names[0]) for key, _, names in told[1:]] == [("blue/a", ENDS.name), ("blue/b", GONE.name)]


def test_what_is_owed_to_a_row_that_has_gone_opens_it_again() -> None:
    deltas = [*first_list(a=WELL), went("a", WELL)]
    ledger = resumed({"a": OPEN}, deltas, LedgerLimits(keep_seconds=5))
    ledger.expire(0)
    ledger.expire(5)
    assert rendered(ledger) == b""
    ledger.catch_up()
    assert ended(scraped(ledger), "well") == 1


def test_what_is_owed_to_a_group_without_a_row_goes_into_the_shared_one() -> None:
    ledger = resumed({"b": OPEN}, first_list(a=Job("other")), LedgerLimits(groups_of_namespace=1))
    scraped(ledger)
    ledger.catch_up()
    found = scraped(ledger)
    assert value(found, ENDS.name, namespace="blue", queue=OVERFLOW, how="well") == 0
    assert value(found, GONE.name, namespace="blue") == 1


def test_much_that_is_owed_is_counted_in_parts() -> None:
    many = CATCH_UP_OBJECTS + 1
    ledger = resumed({str(number): OPEN for number in range(many)}, [Synced()])
    scraped(ledger)
    assert ledger.catch_up() is True
    assert ledger.owes == 1
    assert ledger.catch_up() is False
    assert value(scraped(ledger), GONE.name, namespace="blue") == many


def test_without_a_checkpoint_the_first_list_owes_nothing() -> None:
    ledger = Ledger(JobAccounting(), since=lambda: SINCE, now=lambda: 1_000)
    for delta in (came("a", Job(created=70, ended=80), initial=True), Synced()):
        ledger.apply(delta)
    scraped(ledger)
    assert (ledger.owes, ledger.catch_up()) == (0, False)
    assert not any(only(scraped(ledger), CREATIONS.name).values())


OVERLAP = 3
"""Seconds before its time that a checkpoint holds, of jobs that ended and will not be told of again."""

Step = tuple[str, str, bool]
Walk = list[Step]
walks: st.SearchStrategy[Walk] = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["main", "side"]), st.booleans()), max_size=25
)


class Fleet:
    """Jobs that live on whether or not somebody looks; each step takes a second."""

    def __init__(self) -> None:
        self.here: dict[str, Job] = {}
        self.now = 0
        self.observed: set[Job] = set()

    def walk(self, walk: Walk, ledgers: Iterable[Ledger] = ()) -> None:
        """Let jobs begin, end, begin again, go; ledgers are told of each step."""
        for step in walk:
            delta = self.step(*step)
            for ledger in ledgers:
                ledger.apply(delta)
                self.observed.update(self.here.values())

    def step(self, name: str, queue: str, goes: bool) -> Delta:
        self.now += 1
        uid = next((one for one in self.here if one.startswith(name)), f"{name}-{self.now}")
        old = self.here.pop(uid, None)
        if old is not None and goes:
            return went(uid, old)
        if old is None:
            self.here[uid] = Job(queue, created=self.now)
            return came(uid, self.here[uid])
        self.here[uid] = old._replace(ended=self.now if old.ended is None else None, good=self.now % 2 == 0)
        return became(uid, old, self.here[uid])

    def list(self) -> list[Delta]:
        self.observed.update(self.here.values())
        return first_list(**self.here)


def ends(*ledgers: Ledger) -> dict[tuple[str, str], float]:
    """All ends by queue and how, in some ledgers together."""
    total: Counter[tuple[str, str]] = Counter()
    for ledger in ledgers:
        for line, number in only(scraped(ledger), ENDS.name).items():
            total[dict(line)["queue"], dict(line)["how"]] += int(number)
    return dict(+total)


@settings(max_examples=200, deadline=None)
@given(walks, walks, walks)
def test_two_lives_of_a_ledger_count_each_end_that_could_be_seen_once(first: Walk, unseen: Walk, last: Walk) -> None:
    fleet = Fleet()
    one = Ledger(JobAccounting(), since=lambda: 0, now=lambda: fleet.now)
    one.apply(Synced())
    fleet.walk(first, [one])
    since = fleet.now - OVERLAP
    held = {uid: (Key(f"blue/{uid}"), job) for uid, job in fleet.here.items() if JobAccounting().unsettled(job, since)}
    fleet.walk(unseen)
    two = Ledger(JobAccounting(), since=lambda: since, now=lambda: fleet.now, before=held)
    for delta in fleet.list():
        two.apply(delta)
    assert not any(only(scraped(two), ENDS.name).values())
    two.catch_up()
    fleet.walk(last, [two])
    observed = {job for job in fleet.observed if job.ended is not None}
    assert ends(one, two) == Counter((job.queue, "well" if job.good else "badly") for job in observed)
