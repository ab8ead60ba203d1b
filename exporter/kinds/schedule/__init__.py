"""When something is due: the schedules that robfig/cron v3 reads by ``ParseStandard``, as Argo's controller does.

``parse`` reads a text; a ``Calendar`` (five fields in a zone) or an ``Interval`` (``@every``) then tells what comes
next, to the very second that the controller would choose, also around changes of the clock.
"""

from exporter.kinds.schedule.parsing import LONGEST_TEXT, Calendar, Interval, Schedule, parse
from exporter.kinds.schedule.timetable import MOST_SCHEDULES, Timetable
from exporter.kinds.schedule.unreadable import Unreadable

__all__ = [
    "LONGEST_TEXT",
    "MOST_SCHEDULES",
    "Calendar",
    "Interval",
    "Schedule",
    "Timetable",
    "Unreadable",
    "parse",
]
