"""How many connections may be open, and how often the log hears of it."""

import resource
from typing import Any

import pytest

from exporter.web.admission import CONNECTION_LIMIT, QUIET, Admission, connection_limit
from tests.web.fakes import World


def test_there_is_room_up_to_the_limit() -> None:
    admission = Admission(2, iter([0, 1, 2, 3, 1]).__next__, lambda: 0.0)
    assert [admission.admits() for _ in range(5)] == [True, True, False, False, True]


def test_the_log_hears_once_in_a_while_how_many_were_turned_away(caplog: pytest.LogCaptureFixture) -> None:
    admission = Admission(1, lambda: 1, iter([0.0, 1.0, QUIET - 1, QUIET, QUIET + 1]).__next__)
    assert not any(admission.admits() for _ in range(5))
    told: list[dict[str, Any]] = [record.fields for record in caplog.records]  # type: ignore[attr-defined]
    assert told == [{"limit": 1, "turned_away": 1}, {"limit": 1, "turned_away": 3}]


@pytest.mark.parametrize(
    ("files", "limit"),
    [(1, 1), (128, 64), (1024, 512), (1_048_576, CONNECTION_LIMIT), (resource.RLIM_INFINITY, CONNECTION_LIMIT)],
)
def test_half_of_the_files_are_left_to_everything_else(monkeypatch: pytest.MonkeyPatch, files: int, limit: int) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    assert connection_limit() == limit


def test_a_site_counts_connections_that_are_turned_away() -> None:
    site = World().site()
    site.turn_away()
    assert site.statistics().requests == {("refused", 503): 1}
