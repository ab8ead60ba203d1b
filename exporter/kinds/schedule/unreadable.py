"""The one error of everything that reads schedules."""


class Unreadable(ValueError):
    """Not a schedule, or not a zone; the message says what is wrong and where."""
