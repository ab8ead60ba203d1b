"""Until when everything that happened has been heard."""

from collections.abc import Callable


class Hearing:
    """A mark that only moves on while nothing is wrong. Look every ten seconds or so, and not in between.

    NB A watch that is taken up again first tells what was missed, so the present word of the server proves nothing:
    the mark becomes what was heard at the look before, if nothing was wrong then or is now.
    """

    def __init__(self, ask_heard: Callable[[], float | None], since: float) -> None:
        """Begin at ``since``, by the clock of the API server.

        Args:
            ask_heard: when the API server was last heard, by the same clock; None while the cache does not follow it.
            since: until when everything is known before the first look.
        """
        self._ask_heard = ask_heard
        self._heard: float | None = None
        self.until = since

    def look(self) -> float:
        """Move the mark as far as may be, and give it."""
        heard, before = self._ask_heard(), self._heard
        if heard is not None and before is not None:
            self.until = max(self.until, before)
        self._heard = heard
        return self.until
