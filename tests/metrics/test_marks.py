"""The times that no object may tell of again survive a restart."""

import msgspec

from exporter.metrics.ledger import Ledger, LedgerLimits, Mark
from exporter.metrics.rows import OVERFLOW
from exporter.store.delta import Synced
from tests.metrics.exposition import numbers, only, rendered
from tests.metrics.job import LAST, Job, JobAccounting, came

ENDED = frozenset({("namespace", "blue"), ("queue", "main"), ("how", "well")})


def ledger_of(limits: LedgerLimits | None = None) -> Ledger:
    return Ledger(JobAccounting(), since=lambda: 0, limits=limits, now=lambda: 0)


def ended(*jobs: Job, limits: LedgerLimits | None = None) -> Ledger:
    ledger = ledger_of(limits)
    for number, job in enumerate(jobs):
        ledger.apply(came(str(number), job, initial=True))
    ledger.apply(Synced())
    return ledger


def last_ends(ledger: Ledger) -> dict[frozenset[tuple[str, str]], float]:
    return only(numbers(rendered(ledger)), LAST.name)


def test_marks_are_the_series_that_keep_the_latest() -> None:
    assert ended(Job(ended=5), Job(ended=7), Job()).marks() == [Mark(("blue", "main"), LAST.name, ("well",), 7)]


def test_what_is_recalled_is_shown_again_until_something_later_comes() -> None:
    ledger = ledger_of()
    ledger.recall(ended(Job(ended=7)).marks())
    ledger.apply(Synced())
    assert last_ends(ledger) == {ENDED: 7}
    ledger.apply(came("a", Job(ended=6)))
    assert last_ends(ledger) == {ENDED: 7}
    ledger.apply(came("b", Job(ended=8)))
    assert last_ends(ledger) == {ENDED: 8}


def test_marks_may_come_back_from_json() -> None:
    marks = ended(Job(ended=7)).marks()
    assert msgspec.json.decode(msgspec.json.encode(marks), type=list[Mark]) == marks


def test_a_mark_without_a_place_is_left_out() -> None:
    ledger = ledger_of(LedgerLimits(namespaces=1))
    sound = Mark(("blue", "main"), LAST.name, ("well",), 7)
    ledger.recall(
        [
            sound,
            Mark(("blue", "main"), "unheard_of", ("well",), 7),
            Mark(("blue", "main"), "jobs", ("open",), 7),
            Mark(("blue", "main"), LAST.name, ("fairly",), 7),
            Mark(("blue", "main", "more"), LAST.name, ("well",), 7),
            Mark(("blue",), LAST.name, ("well",), 7),
            Mark((), LAST.name, ("well",), 7),
            Mark(("red", "main"), LAST.name, ("well",), 7),
            Mark(("blue", OVERFLOW), LAST.name, ("well",), 7),
        ]
    )
    assert ledger.marks() == [sound]
    assert (ledger.statistics().namespaces, ledger.statistics().groups) == (1, 1)
    assert (ledger.statistics().namespaces_overflowed, ledger.statistics().groups_overflowed) == (0, 0)


def test_a_row_that_names_share_leaves_no_mark() -> None:
    ledger = ended(Job("main", ended=7), Job("side", ended=8), limits=LedgerLimits(groups_of_namespace=1))
    assert len(last_ends(ledger)) == 2
    assert [mark.row for mark in ledger.marks()] == [("blue", "main")]


def test_a_row_that_was_only_recalled_expires_like_any_other() -> None:
    ledger = ledger_of(LedgerLimits(keep_seconds=5))
    ledger.recall([Mark(("blue", "main"), LAST.name, ("well",), 7)])
    ledger.expire(0)
    ledger.expire(5)
    assert (ledger.marks(), ledger.statistics().series) == ([], 0)
