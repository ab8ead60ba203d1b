"""Schedules against robfig/cron v3 itself: thousands of texts and moments, most of them where clocks change."""

import os
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exporter.kinds.schedule import Calendar, Unreadable, parse
from exporter.kinds.schedule.timetable import latest
from exporter.kinds.schedule.zone import load_zone
from tests import built
from tests.cronoracle.oracle import Answer, Question, ask, build

BEGIN, END = 1_577_836_800, 1_893_456_000  # 2020 to 2030
DAY = 86_400
LEFT_OUT = 1_325_239_200
"""When Samoa left a day out, in 2011. NB robfig never gets past that moment."""
ZONES = (
    *("UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns", "Asia/Kolkata"),
    # Half an hour; a midnight that does not exist, in several ways; Ramadan; a day left out; three quarters of an hour.
    *("Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Beirut", "America/Havana", "Africa/Cairo", "America/Asuncion"),
    *("Africa/Casablanca", "Pacific/Apia", "Asia/Kathmandu", "Pacific/Chatham", "America/Santiago", "Asia/Tehran"),
)
PARTS = (
    ("*", "?", "*/7", "0", "30", "0,30", "5-50/15", "59", "1/20", "00", "+5", "15,45"),
    ("*", "0", "1", "2", "3", "0-3", "*/2", "23", "2,14", "1/5", "0,1,2,23", "12"),
    ("*", "?", "*/2", "1", "31", "29-31", "15", "1,8", "*/1", "10/10"),
    ("*", "1", "2", "mar", "OCT", "3,10,11", "nov-dec", "*/3", "4-9", "1-12/5"),
    ("*", "?", "sun", "MON-fri", "0", "6", "*/2", "5,6", "1"),
)
BROKEN = (
    *("60", "-1", "1-", "a", "*/0", "*/-5", "1/2/3", "1-2-3", "5-1", "", ",", ",,3", "7", "1--2", "*-x", "?-9/2", "24"),
    *("0x1", "1_0", "\u0665", "99999999999999999999", "*/9223372036854775807", "*/9223372036854775808", "*/x", "L"),
    *("jan", "Mond", "*,", "*/1", "+", "1-+5", "*5", "3#2", "1.5"),
)
TEXTS = (
    *(
        "",
        " ",
        "@",
        "@hour",
        "@hourly",
        "@daily",
        "@midnight",
        "@weekly",
        "@monthly",
        "@yearly",
        "@annually",
        "@Hourly",
    ),
    *("@hourly ", " @hourly", "@every", "@every ", "@every  1h", "* * * *", "* * * * * *", "*\t*\u00a0* *\u2003*"),
    *("*\x1c* * * * *", "\u0085* * * * *", "*\x1c* * * *", "TZ=", "TZ=UTC", "TZ= * * * * *", "CRON_TZ=UTC  @daily"),
    *("CRON_TZ=Nowhere/City * * * * *", "CRON_TZ=../UTC * * * * *", "TZ=/etc/localtime * * * * *"),
    *("CRON_TZ=Europe/Berlin CRON_TZ=Asia/Tokyo 0 0 * * *", "CRON_TZ=Europe/Berlin\t0 0 * * *", "TZ=Europe 0 0 * * *"),
    *(
        "cron_tz=UTC * * * * *",
        " TZ=UTC * * * * *",
        "TZ=Local 0 3 * * *",
        "TZ=Asia/Tokyo @every 90m",
        "TZ=a\tb * * * * *",
    ),
)
DURATIONS = (
    *("1h30m", "90s", "1.5h", ".5h", "1.h", "0", "-5m", "+5m", "", "1", "h", ".s", "1x", "1h-5m", "0.5s", "1500ms"),
    *("1us", "1\u00b5s", "1\u03bcs", "100000000000000000h", "2562047h47m16.854775807s", "2562047h47m16.854775808s"),
    *("1h 5m", " 1h", "1H", "1d", "0.1h0.2m0.3s", "3.9999999999999999999999s", "1e3s", "0h", "-0", "59.9s", "60.999s"),
)


@pytest.fixture(scope="session")
def oracle() -> Path:
    try:
        return build(lambda _: None)
    except built.Missing as missing:
        if os.environ.get("REQUIRE_CONTROL_PLANE") == "1":
            pytest.fail(f"REQUIRE_CONTROL_PLANE=1, but {missing}")
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def changes() -> dict[str, list[int]]:
    """When the clocks change in each zone; UTC's never do, so some other moments stand for them."""
    return {zone: _changes(zone) or [BEGIN + DAY] for zone in ZONES}


def _changes(zone: str) -> list[int]:
    found, offset = [], load_zone(zone).offset
    for day in range(LEFT_OUT + DAY, END, DAY):
        low, high = day, day + DAY
        if offset(low) == offset(high):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
        found.append(high)
    return found


def ours(question: Question) -> Answer:
    try:
        schedule = parse(question.text, question.local)
    except Unreadable as problem:
        return Answer(str(problem), None)
    times: list[int] = []
    while len(times) < question.count and (moment := schedule.next((times or [question.after])[-1])) is not None:
        times.append(moment)
    return Answer("", times)


def different(questions: Sequence[Question], answers: Sequence[Answer]) -> list[tuple[object, ...]]:
    triples = zip(questions, answers, map(ours, questions), strict=True)
    return [triple for triple in triples if not alike(*triple)]


def alike(question: Question, theirs: Answer, own: Answer) -> bool:
    if theirs.times is None or own.times is None:
        return theirs.times == own.times
    times = rising(question.after, theirs.times)
    return own.times[: len(times)] == times and (own.times == times or times != theirs.times)


def rising(after: int, times: Sequence[int]) -> list[int]:
    """Give times up to the one at which robfig goes back, as it does in Chatham."""
    kept: list[int] = []
    for time in times:
        if time <= (kept or [after])[-1]:
            break
        kept.append(time)
    return kept


def text_of(rng: random.Random) -> str:
    fields = [rng.choice(parts) for parts in PARTS]
    if rng.random() < 0.6:  # most of the time, let the hours and minutes be those in which clocks change
        fields[2:] = rng.choice((["*", "*", "*"], ["*", "*", "sun"], ["*", "3,4,9,10,11", "*"], ["*", "*", "5,6,0"]))
    return " ".join(fields)


def moment_of(rng: random.Random, changes: list[int]) -> int:
    if rng.random() < 0.2:
        return rng.randrange(BEGIN, END)
    return rng.choice(changes) + rng.choice((0, -1, 1, rng.randint(-7200, 7200), rng.randint(-3 * DAY, 3 * DAY)))


def test_every_next_time_is_robfigs_around_changes_of_the_clock_too(
    oracle: Path, changes: dict[str, list[int]]
) -> None:
    rng = random.Random(1)
    questions = []
    for _ in range(12_000):
        zone, local = rng.choice(ZONES), rng.choice(ZONES)
        before = rng.choice((f"CRON_TZ={zone} ", f"TZ={zone} ", ""))
        after = moment_of(rng, changes[zone if before else local])
        questions.append(Question(before + text_of(rng), after, local, count=rng.choice((1, 3, 12))))
    answers = ask(oracle, questions)
    assert different(questions, answers) == []
    assert sum(bool(answer.times) for answer in answers) > 10_000


def test_what_is_readable_is_what_robfig_reads(oracle: Path) -> None:
    rng = random.Random(2)
    questions = [Question(text, BEGIN + 1, count=3) for text in (*TEXTS, *(f"@every {each}" for each in DURATIONS))]
    for _ in range(3_000):
        fields = [rng.choice(parts) for parts in PARTS]
        for _ in range(rng.choice((1, 1, 2))):
            fields[rng.randrange(5)] = rng.choice(BROKEN) + rng.choice(("", "", "", ",3", "/2", "-20"))
        questions.append(Question(" ".join(fields), BEGIN + 1))
    answers = ask(oracle, questions)
    assert different(questions, answers) == []
    assert 500 < sum(not answer.error for answer in answers) < 2_500


def test_fields_made_of_any_letters_are_read_or_refused_as_robfig_does(oracle: Path) -> None:
    rng = random.Random(3)
    texts = ["".join(rng.choices("0123456789*?,-/ @LWjanMON", k=rng.randint(1, 14))) for _ in range(1_500)]
    texts += [f"{''.join(rng.choices('019*?,-/', k=rng.randint(1, 5)))} * * * *" for _ in range(1_500)]
    texts += [f"@every {''.join(rng.choices('0159.hmsu-', k=rng.randint(1, 7)))}" for _ in range(1_000)]
    questions = [Question(text, BEGIN + 1) for text in texts]
    answers = ask(oracle, questions)
    assert different(questions, answers) == []
    assert sum(not answer.error for answer in answers) > 200


def test_it_never_goes_back_nor_stays_where_a_day_is_left_out_or_clocks_change_by_three_quarters() -> None:
    in_chatham = Question("CRON_TZ=Pacific/Chatham 5-50/15 3 * * *", 1_743_859_000, count=40)
    in_samoa = Question("CRON_TZ=Pacific/Apia 0 3 * * fri", LEFT_OUT - 3 * DAY, count=40)
    for question in (in_chatham, in_samoa):
        times = ours(question).times
        assert times
        assert rising(question.after, times) == times
        assert len(times) == 40


def test_a_time_that_never_comes_is_given_up_when_robfig_gives_up(oracle: Path) -> None:
    texts = ("0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 29 2 *", "0 0 29 2 mon", ", * * * *", "* * , * *", "* * , * 1")
    starts = [
        int(datetime(year, month, 28, 23, tzinfo=UTC).timestamp()) for year in range(2091, 2104) for month in (2, 12)
    ]
    questions = [Question(text, start, count=2) for text in texts for start in starts]
    assert different(questions, ask(oracle, questions)) == []


def test_the_latest_time_is_where_robfigs_chain_from_the_start_ends(
    oracle: Path, changes: dict[str, list[int]]
) -> None:
    rng = random.Random(4)
    questions = []
    for _ in range(3_000):
        zone = rng.choice([zone for zone in ZONES if zone != "Pacific/Chatham"])  # where the chain may never end
        until = moment_of(rng, changes[zone])
        since = max(until - rng.choice((90, 3600, DAY, 60 * DAY)), LEFT_OUT + DAY)
        questions.append(Question(f"CRON_TZ={zone} {text_of(rng)}", since, until=until))
    answers = ask(oracle, questions)
    wrong = []
    for question, answer in zip(questions, answers, strict=True):
        calendar = parse(question.text)
        assert isinstance(calendar, Calendar)
        found = latest(calendar, question.until, question.after)
        if ([] if found is None else [found]) != answer.times:
            wrong.append((question, answer.times, found))
    assert wrong == []
