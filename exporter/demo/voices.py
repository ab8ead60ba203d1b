"""Which parts of the exporter are heard in a demo although its log is quiet: those who tell that a trouble is over."""

import logging

PROGRESS = "exporter.progress"
"""Tells how far the first lists are, where there is no terminal for a bar."""
STANDING = "exporter.informer.standing"
"""Tells how informers stand: a trouble as a warning, its end as information."""


class AfterTrouble(logging.Filter):
    """Lets information through only once there was a warning: what is well from the beginning is worth no line."""

    def __init__(self) -> None:
        super().__init__()
        self._troubled = False

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is let through."""
        self._troubled = self._troubled or record.levelno >= logging.WARNING
        return self._troubled


def speak_up() -> None:
    """Let them be heard, whatever the level of the log is."""
    for name in (PROGRESS, STANDING):
        logging.getLogger(name).setLevel(logging.INFO)
    logging.getLogger(STANDING).addFilter(AfterTrouble())
