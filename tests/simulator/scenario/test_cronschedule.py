"""Cron texts fire when they say, as a walk through every minute finds too."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.simulator.scenario.cronschedule import CronSchedule, Unreadable, next_of

MONDAY = datetime(2026, 9, 21, 14, 13, 30, tzinfo=UTC).timestamp()


def at(text: str) -> float:
    return datetime.fromisoformat(f"{text}+00:00").timestamp()


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ("* * * * *", "2026-09-21T14:14"),
        ("*/5 * * * *", "2026-09-21T14:15"),
        ("3-59/20 * * * *", "2026-09-21T14:23"),
        ("13 * * * *", "2026-09-21T15:13"),
        ("30 2 * * *", "2026-09-22T02:30"),
        ("0 8 * * 1-5", "2026-09-22T08:00"),
        ("0 8 * * 7", "2026-09-27T08:00"),
        ("0 0 1,15 * *", "2026-10-01T00:00"),
        ("0 0 15 * 2", "2026-09-22T00:00"),
        ("0 0 29 2 *", None),
        ("@daily", "2026-09-22T00:00"),
        ("@hourly", "2026-09-21T15:00"),
        ("@every 1h30m", "2026-09-21T15:43:30"),
        ("@every 90s", "2026-09-21T14:15"),
        ("CRON_TZ=Asia/Kolkata 0 20 * * *", "2026-09-21T14:30"),
        ("TZ=Asia/Kolkata 0 20 * * *", "2026-09-21T14:30"),
    ],
)
def test_a_schedule_fires_next(text: str, fires: str | None) -> None:
    assert CronSchedule(text).after(MONDAY) == (at(fires) if fires else None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "* * * *",
        "61 * * * *",
        "a * * * *",
        "*/0 * * * *",
        "5-1 * * * *",
        "@sometimes",
        "- * * * *",
        "@every",
        "@every 0s",
        "TZ=Nowhere * * * * *",
    ],
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        CronSchedule(text)


def test_a_zone_shifts_a_schedule_and_an_unknown_one_is_refused() -> None:
    assert CronSchedule("0 8 * * *", "Etc/UTC").after(MONDAY) == at("2026-09-22T08:00")
    with pytest.raises(Unreadable, match="Nowhere"):
        CronSchedule("0 8 * * *", "Nowhere/Land")


def test_of_several_schedules_the_first_counts() -> None:
    assert next_of(["0 * * * *", "20 * * * *"], "", MONDAY) == at("2026-09-21T14:20")


numbers = st.integers(0, 23)
fields = st.one_of(st.just("*"), numbers.map(str), st.builds("*/{}".format, st.integers(1, 12)))


@settings(max_examples=60, deadline=None)
@given(minute=fields, hour=fields, moment=st.integers(0, 86_400 * 400).map(lambda seconds: 1_790_000_000 + seconds))
def test_the_next_time_is_the_first_minute_that_matches(minute: str, hour: str, moment: int) -> None:
    def matches(text: str, value: int) -> bool:
        if text.startswith("*"):
            return value % int(text[2:] or 1) == 0
        return value == int(text)

    found = CronSchedule(f"{minute} {hour} * * *").after(moment)
    walk = range(moment // 60 * 60 + 60, moment + 90_000, 60)
    expected = (each for each in walk if matches(minute, each // 60 % 60) and matches(hour, each // 3600 % 24))
    assert found == next(expected)


def test_the_last_times_it_fired_are_told_oldest_first() -> None:
    assert CronSchedule("*/5 * * * *").before(MONDAY, 3) == [at(f"2026-09-21T14:{minute:02}") for minute in (0, 5, 10)]
    assert CronSchedule("30 2 * * *").before(MONDAY, 9)[-1] == at("2026-09-21T02:30")
