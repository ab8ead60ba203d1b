"""Schedules by examples that a person can check; ``test_schedule_oracle`` has the thousands."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kinds.schedule import LONGEST_TEXT, MOST_SCHEDULES, Calendar, Interval, Timetable, Unreadable, parse
from exporter.kinds.schedule.timetable import latest, read_timetable

BERLIN = "Europe/Berlin"


def local(text: str, zone: str = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("text", "after", "following"),
    [
        ("* * * * *", "2026-05-04 10:00", "2026-05-04 10:01"),
        ("*/15 9-17 * * mon-fri", "2026-05-01 17:45", "2026-05-04 09:00"),
        ("0 12 29 2 *", "2026-05-04 10:00", "2028-02-29 12:00"),
        # Both days are limited: either will do.
        ("0 0 13 * fri", "2026-05-09 10:00", "2026-05-13 00:00"),
        ("0 0 13 * fri", "2026-05-13 10:00", "2026-05-15 00:00"),
        ("0 0 */1 * fri", "2026-05-13 10:00", "2026-05-15 00:00"),
        ("@weekly", "2026-05-04 10:00", "2026-05-10 00:00"),
        ("@monthly", "2026-12-04 10:00", "2027-01-01 00:00"),
        # At 02:00 clocks go on to 03:00, so this day is left out; at 03:00 they go back to 02:00, so it comes twice.
        ("30 2 * * *", "2026-03-28 10:00", "2026-03-30 02:30"),
        ("30 2 * * *", "2026-10-24 10:00", "2026-10-25 02:30"),
        ("0 3 * * *", "2026-03-28 10:00", "2026-03-29 03:00"),
    ],
)
def test_the_next_time_is(text: str, after: str, following: str) -> None:
    assert parse(text, BERLIN).next(local(after)) == local(following)


def test_an_hour_that_comes_twice_is_run_twice() -> None:
    first = local("2026-10-25 02:30")
    assert parse("30 2 * * *", BERLIN).next(first) == first + 3600


def test_a_zone_in_the_text_goes_before_the_local_one() -> None:
    tokyo = parse("CRON_TZ=Asia/Tokyo 0 9 * * *", BERLIN)
    assert tokyo.next(local("2026-05-04 10:00")) == local("2026-05-05 09:00", "Asia/Tokyo")
    assert tokyo.zone.name == "Asia/Tokyo"
    assert parse("TZ=Local 0 9 * * *", BERLIN).next(local("2026-05-04 08:00")) == local("2026-05-04 09:00")


def test_every_counts_in_whole_seconds_and_at_least_one() -> None:
    assert [parse(f"@every {each}") for each in ("1h30m", "1500ms", "1ms", "-5h")] == [
        Interval(seconds, parse("@daily").zone) for seconds in (5400, 1, 1, 1)
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "without text"),
        ("* * * *", "5 fields, and this has 4"),
        ("60 * * * *", "minute: '60' is not within 0 to 59"),
        ("* * * foo *", "month: 'foo' is not a number"),
        ("1-2-3 * * * *", "too many hyphens"),
        ("* 1/2/3 * * *", "hour: '1/2/3' has too many slashes"),
        ("@fortnightly", "'@fortnightly' is not a name"),
        ("@every soon", "'soon' is not a duration"),
        ("TZ=Mars/Base * * * * *", "'Mars/Base' is not a time zone"),
        ("TZ=UTC", "a zone without a schedule"),
        ("1," * LONGEST_TEXT, f"a schedule of {2 * LONGEST_TEXT} characters"),
    ],
)
def test_what_is_wrong_is_said(text: str, complaint: str) -> None:
    with pytest.raises(Unreadable, match=complaint.replace("(", r"\(")):
        parse(text)


def test_a_zone_of_its_own_is_put_before_each_schedule_as_the_controller_does() -> None:
    assert read_timetable(["0 9 * * *"], "Asia/Tokyo", BERLIN).zones == ("Asia/Tokyo",)
    with pytest.raises(Unreadable):
        read_timetable(["CRON_TZ=Asia/Tokyo 0 9 * * *"], "Asia/Tokyo", BERLIN)


def test_no_schedules_and_too_many_are_no_timetable() -> None:
    for texts in ([], ["* * * * *"] * (MOST_SCHEDULES + 1)):
        with pytest.raises(Unreadable):
            read_timetable(texts, "", "UTC")


def test_several_schedules_are_taken_together() -> None:
    table = read_timetable(["0 9 * * *", "0 12 * * *", "@every 7h"], "", BERLIN)
    reference = local("2026-05-04 04:00")
    assert table.next(local("2026-05-04 10:00"), reference) == local("2026-05-04 11:00")
    assert table.next(local("2026-05-04 11:00"), reference) == local("2026-05-04 12:00")
    assert table.latest(local("2026-05-04 17:59"), 0, reference) == local("2026-05-04 12:00")
    assert table.latest(local("2026-05-04 18:00"), 0, reference) == local("2026-05-04 18:00")
    assert table.latest(local("2026-05-04 08:00"), reference, reference) is None
    assert table.longest_interval == 7 * 3600


def test_the_latest_time_is_at_the_moment_itself_or_before_and_after_the_start() -> None:
    daily = parse("0 3 * * *", BERLIN)
    assert isinstance(daily, Calendar)
    three = local("2026-05-04 03:00")
    assert latest(daily, three, 0) == latest(daily, three + 86_399, 0) == three
    assert latest(daily, three - 1, 0) == three - 86_400
    assert latest(daily, three + 5, three) is None


def test_moments_beyond_all_calendars_have_no_next_time() -> None:
    for text in ("* * * * *", "@every 1h"):
        assert parse(text).next(10**15) is None
    assert Timetable((parse("* * * * *"),)).latest(10**15, 0, 0) is None


@given(
    st.sampled_from(["*/7 * * * *", "0 3 * * *", "0 0 1 * mon", "5 4 29 2 *", "59 23 31 12 *", "0 0 30 2 *"]),
    st.integers(1_500_000_000, 1_900_000_000),
    st.integers(1, 500_000_000),
)
def test_nothing_lies_between_the_latest_time_and_the_next(text: str, at: int, back: int) -> None:
    calendar = parse(text, BERLIN)
    assert isinstance(calendar, Calendar)
    found = latest(calendar, at, at - back)
    if found is None:
        following = calendar.next(max(at - back, at - 5 * 366 * 86_400))
        assert following is None or following > at
    else:
        assert at - back < found <= at
        assert calendar.next(found) == calendar.next(at)
        assert calendar.next(found - 1) == found


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading(text: str) -> None:
    for tried in (text, f"TZ={text}", f"TZ={text} * * * * *", f"@every {text}", f"{text} * * * *", f"* * * * {text}"):
        try:
            schedule = parse(tried)
        except Unreadable:
            continue
        following = schedule.next(1_700_000_000)
        assert following is None or following > 1_700_000_000
