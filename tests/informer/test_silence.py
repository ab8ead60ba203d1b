"""How a watch's beat is learned, relied on, and doubted again."""

from collections.abc import Iterable

from exporter.informer.silence import MARGIN, TIGHTEST, Silence

PROMISED = 450.0 + MARGIN


def _heard(*bookmarks: float) -> Silence:
    silence = Silence()
    silence.opened()
    return _hear(silence, bookmarks)


def _hear(silence: Silence, bookmarks: Iterable[float]) -> Silence:
    for moment in bookmarks:
        silence.bookmark(moment)
    return silence


def test_a_server_without_bookmarks_is_held_to_its_promised_end() -> None:
    assert _heard().limit(450) == PROMISED


def test_two_gaps_are_no_beat_yet_and_three_are() -> None:
    assert _heard(120, 180, 240).limit(450) == PROMISED
    assert _heard(120, 180, 240, 300).limit(450) == 180


def test_the_longest_of_the_last_three_gaps_counts() -> None:
    assert _heard(0, 60, 120, 180, 280).limit(450) == 300
    assert _heard(0, 100, 160, 220, 280).limit(450) == 180


def test_a_fast_beat_is_not_relied_on_more_than_a_reopened_watch_allows() -> None:
    assert _heard(0, 10, 20, 30).limit(450) == TIGHTEST


def test_a_slow_beat_never_allows_more_than_the_promised_end() -> None:
    assert _heard(0, 120, 240, 360).limit(300) == 330


def test_bookmarks_in_a_burst_are_no_beat() -> None:
    assert _heard(0, 1, 2, 3, 4).limit(450) == PROMISED


def test_a_gap_too_long_begins_the_learning_anew() -> None:
    silence = _heard(0, 60, 120, 180, 320)
    assert silence.limit(450) == PROMISED
    assert _hear(silence, (380, 440, 500)).limit(450) == 180


def test_the_time_between_two_watches_is_no_gap() -> None:
    silence = _heard(0, 60, 120)
    silence.opened()
    assert _hear(silence, (240,)).limit(450) == PROMISED
    assert _hear(silence, (300,)).limit(450) == 180


def test_after_a_silence_the_beat_must_be_seen_again() -> None:
    silence = _heard(0, 60, 120, 180)
    silence.broken()
    assert silence.limit(450) == PROMISED
    silence.opened()
    assert _hear(silence, (120, 180, 240, 300)).limit(450) == 180
