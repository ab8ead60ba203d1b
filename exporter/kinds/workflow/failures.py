"""Why a workflow failed, in a word: ordered patterns are tried on what the controller wrote about it."""

import re
from collections.abc import Iterable

DEADLINE, STOPPED, TERMINATED = "deadline", "stopped", "terminated"
OOM, EVICTED, IMAGE_PULL = "oom", "evicted", "image_pull"
SPEC_ERROR, LOCK, QUOTA, EXIT_CODE, OTHER = "spec_error", "lock", "quota", "exit_code", "other"

LONGEST = 4_096
"""Characters of a message that are looked at."""
LONGEST_FOR_OTHERS = 1_024
"""Characters that are looked at for patterns that we did not write: they may go back and forth, and the text is a
stranger's."""

# Somebody's will comes first: what was stopped also exceeds, exits and disappears. An exit code comes last, because
# nearly everything ends with one.
_BUILT_IN = (
    (STOPPED, r"(?i:stopped|shutdown) with strategy:?\s{1,9}'?Stop\b"),
    (TERMINATED, r"(?i:stopped|shutdown) with strategy:?\s{1,9}'?Terminate\b"),
    (
        DEADLINE,
        r"exceeded its deadline|Max duration limit exceeded|DeadlineExceeded|longer than the specified deadline",
    ),
    (OOM, r"OOMKilled"),
    (EVICTED, r"\bnode was low on resource|\bnode had condition: \[|\b[Ee]victed\b|\b[Pp]reempt"),
    (IMAGE_PULL, r"ErrImagePull|ErrImageNeverPull|ImagePullBackOff|InvalidImageName|pull(?:ing)? image"),
    (QUOTA, r"exceeded quota|failed quota"),
    (LOCK, r"synchronization lock|\b(?:acquire|release|initialize|get) [^.]{0,80}\block\b"),
    (
        SPEC_ERROR,
        r"\binvalid spec\b|failed to resolve \{\{|workflowtemplates\.argoproj\.io \S{1,300} not found",
    ),
    (EXIT_CODE, r"\bexit code \d"),
)
BUILT_IN = (*(reason for reason, _ in _BUILT_IN), OTHER)


class Reasons:
    """All reasons there are, and how a message tells of each."""

    def __init__(self, patterns: Iterable[tuple[str, str]] = ()) -> None:
        """Take reasons and regular expressions, to be tried before those built in.

        Raises:
            ValueError: an expression is none; the message names it.
        """
        self._patterns = [
            *((reason, _compiled(reason, pattern), LONGEST_FOR_OTHERS) for reason, pattern in patterns),
            *((reason, _compiled(reason, pattern), LONGEST) for reason, pattern in _BUILT_IN),
        ]
        self.names = tuple(dict.fromkeys((*(reason for reason, *_ in self._patterns), OTHER)))
        """Every reason, ``other`` last unless a pattern stands for it."""

    def find(self, message: str) -> str | None:
        """Give the first reason that a message tells; None for a message that tells none."""
        return next((reason for reason, pattern, most in self._patterns if pattern.search(message[:most])), None)


# Whether it follows is all that is asked, and nothing may stand between; but ".*+" gives back nothing.
_WHATEVER_BEFORE = re.compile(r"(?:\.\*\??(?![*+?{]))+")


def _compiled(reason: str, pattern: str) -> re.Pattern[str]:
    try:
        re.compile(pattern)  # what is left of it may be right where the whole is not
        return re.compile(_WHATEVER_BEFORE.sub("", pattern, count=1) if pattern.startswith(".*") else pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(
            f"the pattern {pattern!r} of the failure reason {reason!r} does not compile: {error}"
        ) from error
