"""Where a CronWorkflow stands: when it should have been run last, when it is due next, and what it has missed.

Its state changes with the object and with time. A moment at which a schedule is due is taken up when it comes: if the
CronWorkflow is free to run then, it is expected to, and what is expected and not done after the grace has been missed.
"""

import msgspec

from exporter.kinds.cronworkflow.reading import CronWorkflow
from exporter.kinds.cronworkflow.runs import Runs, later
from exporter.kinds.schedule import Timetable, Unreadable
from exporter.kinds.schedule.timetable import read_timetable

SEEN_LATE = 30.0
"""Seconds (a quarter of the grace, if that is less) after which what was expected and not done has been seen to be
late: then a later run does not excuse it. Before that it may have been done while nobody was told."""

MOST_AT_ONCE = 128
"""Moments that are taken up one by one. If more have passed at once, nobody looked, and they are not judged."""


class CronOptions(msgspec.Struct, frozen=True):
    """What a cluster's administrator says about CronWorkflows."""

    timezone: str = "UTC"
    """The zone of the controller, in which schedules are that name none."""
    grace: float = 120.0
    """Seconds by which a run may be late."""


class Standing(msgspec.Struct, frozen=True, gc=False):
    """Where one stands. Times are epoch seconds."""

    cron: CronWorkflow
    timetable: Timetable | None
    """None if a schedule cannot be read: then it is never run."""
    judged_from: int
    """What was due earlier is nobody's fault, as far as can be told."""
    reference: int
    """From when an ``@every`` counts."""
    expected: int | None = None
    next: int | None = None
    open: tuple[int, ...] = ()
    """When it was expected lately; it may still be late."""
    seen_late: int = 0
    """The latest of these that was seen to be late."""
    missed: int = 0
    runs: Runs = Runs()

    @property
    def last_expected(self) -> float | None:
        """When it should have been run last; if it was run, then it should have been."""
        return later(self.expected, self.cron.last_scheduled)


def begin(options: CronOptions, cron: CronWorkflow, now: int) -> Standing:
    """Give where one stands that was not known before."""
    timetable = _timetable(options, cron)
    reference = next((time for time in (cron.last_scheduled, cron.created) if time is not None), now)
    if timetable is None:
        return Standing(cron, None, now, reference)
    since = now if cron.created is None else cron.created
    expected = timetable.latest(now, since, reference) if cron.is_free else None
    # NB The controller lets an @every count anew when the object changes, which may have been just now.
    judged_from = now + timetable.longest_interval
    return Standing(cron, timetable, judged_from, reference, expected, timetable.next(now, reference))


def update(options: CronOptions, standing: Standing, cron: CronWorkflow, now: int) -> Standing:
    """Give where one stands after it was changed. Only what it tells of is judged: it may have been late on its way."""
    before = _taken_up(standing, now)
    same = (cron.schedules, cron.timezone) == (before.cron.schedules, before.cron.timezone)
    timetable = before.timetable if same else _timetable(options, cron)
    if timetable is None or (same and not timetable.longest_interval):
        following = None if timetable is None else before.next
        return _done(msgspec.structs.replace(before, cron=cron, timetable=timetable, next=following))
    # Planned anew, as the controller does.
    following = timetable.next(now, now)
    return _done(msgspec.structs.replace(before, cron=cron, timetable=timetable, reference=now, next=following))


def told(standing: Standing, runs: Runs, now: int) -> Standing:
    """Give where one stands after something was told of its runs."""
    before = _taken_up(standing, now)
    return _done(msgspec.structs.replace(before, runs=before.runs + runs))


def advance(options: CronOptions, standing: Standing, now: int, known: float) -> Standing:
    """Give where one stands at a later moment; judge what was due, and may not be late any more, up to ``known``."""
    return _judged(options, _taken_up(standing, now), min(now, known))


def due(options: CronOptions, standing: Standing) -> float | None:
    """Give when time alone changes where it stands."""
    missed = standing.open[0] + options.grace if standing.open else None
    unseen = next((moment for moment in standing.open if moment > standing.seen_late), None)
    late = None if unseen is None else unseen + _patience(options)
    return min((moment for moment in (missed, late, standing.next) if moment is not None), default=None)


def _taken_up(standing: Standing, now: int) -> Standing:
    """Take up what has come due by now."""
    if standing.next is None or standing.next > now or standing.timetable is None:
        return standing
    timetable, reference = standing.timetable, standing.reference
    passed: list[int] = []
    following: int | None = standing.next
    while following is not None and following <= now and len(passed) < MOST_AT_ONCE:
        passed.append(following)
        following = timetable.next(following, reference)
    if following is not None and following <= now:
        passed = [timetable.latest(now, passed[-1], reference) or following]
        following = timetable.next(now, reference)
        standing = msgspec.structs.replace(standing, open=(), judged_from=now + 1)
    return _expected(msgspec.structs.replace(standing, next=following), passed)


def _expected(standing: Standing, moments: list[int]) -> Standing:
    cron = standing.cron
    if not cron.is_free:
        return standing
    judged = () if cron.conditional else tuple(moment for moment in moments if moment >= standing.judged_from)
    return msgspec.structs.replace(standing, expected=moments[-1], open=(*standing.open, *judged)[-MOST_AT_ONCE:])


def _patience(options: CronOptions) -> float:
    return min(SEEN_LATE, options.grace / 4)


def _done(standing: Standing) -> Standing:
    """Take what was run for what was expected."""
    if not standing.open:
        return standing
    # The status tells of a run; where there are several schedules it may tell of another, but a new workflow is a run.
    ran = later(standing.cron.last_scheduled, standing.runs.last_created)
    done = [moment for moment in standing.open if ran is not None and moment <= ran]
    # A run is of the latest moment before it. Those before may have been run unheard of, or were seen to be late.
    missed = sum(moment <= standing.seen_late for moment in done[:-1])
    return msgspec.structs.replace(standing, missed=standing.missed + missed, open=standing.open[len(done) :])


def _judged(options: CronOptions, standing: Standing, known: float) -> Standing:
    """Judge what was expected and not done, by all that was told up to a moment."""
    waiting = _done(standing)
    if not waiting.open:
        return waiting
    missed = sum(moment <= known - options.grace for moment in waiting.open)
    late = max((moment for moment in waiting.open if moment <= known - _patience(options)), default=waiting.seen_late)
    return msgspec.structs.replace(waiting, missed=waiting.missed + missed, open=waiting.open[missed:], seen_late=late)


def _timetable(options: CronOptions, cron: CronWorkflow) -> Timetable | None:
    try:
        return read_timetable(cron.schedules, cron.timezone, options.timezone)
    except Unreadable:
        return None
