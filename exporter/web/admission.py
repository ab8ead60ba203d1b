"""How many connections may be open at once: a crowd at the door must not take the files that the watch needs."""

import logging
import resource
from collections.abc import Callable

CONNECTION_LIMIT = 1000
"""Connections that are open at once where the process may open files enough."""
QUIET = 60.0
"""Seconds between two lines in the log about connections that were turned away."""

log = logging.getLogger(__name__)


class Admission:
    """Says whether one more connection may stay."""

    def __init__(self, limit: int, ask_open: Callable[[], int], clock: Callable[[], float]) -> None:
        self._limit = limit
        self._ask_open = ask_open
        self._clock = clock
        self._turned_away = 0
        self._quiet_until = float("-inf")

    def admits(self) -> bool:
        """Say whether there is room; tell the log when there is none, but not for each connection."""
        if self._ask_open() < self._limit:
            return True
        self._turned_away += 1
        now = self._clock()
        if now >= self._quiet_until:
            fields = {"limit": self._limit, "turned_away": self._turned_away}
            log.warning("too many connections are open", extra={"fields": fields})
            self._turned_away = 0
            self._quiet_until = now + QUIET
        return False


def connection_limit() -> int:
    """Give half of the files that this process may open, but no more than ``CONNECTION_LIMIT``."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return CONNECTION_LIMIT if files == resource.RLIM_INFINITY else min(CONNECTION_LIMIT, max(1, files // 2))
