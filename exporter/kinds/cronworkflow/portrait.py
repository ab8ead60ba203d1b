"""What each CronWorkflow shows of where it stands, family by family."""

from collections.abc import Iterator

import msgspec

from exporter.kinds.cronworkflow import standing as standings
from exporter.kinds.cronworkflow.families import FAMILIES
from exporter.kinds.cronworkflow.reading import CronWorkflow
from exporter.kinds.cronworkflow.runs import PHASES, Runs
from exporter.kinds.cronworkflow.standing import CronOptions, Standing
from exporter.metrics.roll import Shown

MOST_SHOWN, LONGEST_SHOWN = 16, 128
"""Schedules of one that are shown, and characters of each."""
CONDITIONS = ("SubmissionError", "SpecError")

# Shared by all of them.
_FLAGS: tuple[Shown, Shown] = ((((), 0),), (((), 1),))
_CONDITIONS = {condition: (((condition,), 0), ((condition,), 1)) for condition in CONDITIONS}
_LABELS = tuple((phase,) for phase in PHASES)
_NO_RUNS: Shown = tuple((labels, 0) for labels in _LABELS)


class Portrait(msgspec.Struct, frozen=True, gc=False):
    """Where one stands, and what its object shows."""

    standing: Standing
    face: tuple[Shown, ...]


class CronPortrayal:
    """What CronWorkflows show."""

    families = FAMILIES

    def __init__(self, options: CronOptions) -> None:
        self._options = options

    def begin(self, projection: CronWorkflow, now: int) -> Portrait:
        """Give the portrait of one that was not known before."""
        return self._portrait(standings.begin(self._options, projection, now))

    def update(self, state: Portrait, projection: CronWorkflow, now: int) -> Portrait:
        """Give the portrait after the object was changed."""
        return self._portrait(standings.update(self._options, state.standing, projection, now))

    def tell(self, state: Portrait, fact: Runs, now: int) -> Portrait:
        """Add to what is known of its runs."""
        return Portrait(standings.told(state.standing, fact, now), state.face)

    def advance(self, state: Portrait, now: int, known: float) -> Portrait:
        """Give the portrait at a later moment."""
        return Portrait(standings.advance(self._options, state.standing, now, known), state.face)

    def due(self, state: Portrait) -> float | None:
        """Give when time alone changes where one stands."""
        return standings.due(self._options, state.standing)

    def shows(self, state: Portrait) -> tuple[Shown, ...]:
        """Give what one shows in each family."""
        return (*state.face, *_course(state.standing))

    def _portrait(self, standing: Standing) -> Portrait:
        return Portrait(standing, _face(standing, self._options.timezone))


def _face(standing: Standing, local: str) -> tuple[Shown, ...]:
    cron = standing.cron
    return (
        tuple(dict.fromkeys(_info(standing, local))),
        _one(cron.created),
        _FLAGS[cron.suspended],
        _FLAGS[cron.stopped],
        _one(cron.active),
        _one(cron.last_scheduled),
        tuple(_CONDITIONS[condition][_stands(cron, condition)] for condition in CONDITIONS),
        _FLAGS[standing.timetable is None],
    )


def _course(standing: Standing) -> tuple[Shown, ...]:
    cron, runs = standing.cron, standing.runs
    runs_free = not (cron.suspended or cron.stopped) and standing.timetable is not None
    return (
        _one(standing.last_expected) if runs_free and not cron.conditional else (),
        _one(standing.next) if runs_free else (),
        _one(runs.last_success),
        _one(runs.last_failure),
        tuple(zip(_LABELS, runs.ended, strict=True)) if any(runs.ended) else _NO_RUNS,
        _one(standing.missed),
    )


def _one(value: float | None) -> Shown:
    return () if value is None else (((), value),)


def _stands(cron: CronWorkflow, condition: str) -> bool:
    return any(text.startswith(f"{condition}:") for text in cron.conditions)


def _info(standing: Standing, local: str) -> Iterator[tuple[tuple[str, str, str], float]]:
    cron, timetable = standing.cron, standing.timetable
    texts = cron.schedules[:MOST_SHOWN]
    zones = timetable.zones[:MOST_SHOWN] if timetable else (cron.timezone or local,) * len(texts)
    for text, zone in zip(texts, zones, strict=True):
        yield (text[:LONGEST_SHOWN], zone[:LONGEST_SHOWN], cron.policy), 1
