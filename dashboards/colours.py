"""One colour for each word that means the same everywhere: phases, reasons, quantiles, states."""

from collections.abc import Iterable, Iterator

GOOD, BAD, WORSE = "#3f9c5a", "#d64545", "#8e3b8c"
BUSY, WAITING, STRANGE = "#3d7cc9", "#e0a030", "#8a8f98"
UNSEEN = "#c7781f"

_PHASES = {
    "Succeeded": GOOD,
    "Failed": BAD,
    "Error": WORSE,
    "Running": BUSY,
    "Pending": WAITING,
    "Unset": UNSEEN,
    "Unobserved": STRANGE,
    "Other": "#6b6f76",
}
BY_LABEL = {
    "phase": _PHASES,
    "node_phase": {
        **{word: _PHASES[word] for word in ("Succeeded", "Failed", "Error", "Running", "Pending", "Other")},
        "Omitted": "#b9bec6",
        "Skipped": "#9fb7cf",
    },
    "state": {
        "live": GOOD,
        "streaming": "#7cbf8e",
        "listing": BUSY,
        "relisting": WAITING,
        "degraded": BAD,
        "absent": STRANGE,
    },
    "reason": {"not_admitted": UNSEEN, "parallelism": WAITING, "lock": "#7a63b8", "pvc": "#3aa6a0", "other": STRANGE},
}
"""For legends that are the value of a label alone."""
BY_LEGEND = {
    "stuck: {{reason}}": {"stuck: complete": BAD, "stuck: silent": "#a33131"},
    "overdue: {{reason}}": {"overdue: deadline": WAITING, "overdue: estimate": "#f0cb7c"},
    **{word: {word: colour} for word, colour in (("suspended", STRANGE), ("created", "#6c8fb5"))},
    **{word: {word: colour} for word, colour in (("ended", GOOD), ("retried", WAITING))},
    **{word: {word: colour} for word, colour in (("p50", "#7fb2e5"), ("p90", BUSY), ("p99", "#1d4f91"))},
    "mean": {"mean": STRANGE},
    **{f"{{{{{label}}}}}": words for label, words in BY_LABEL.items()},
}
"""The colours of the words that a legend may show."""


def colours(legends: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give the words that these legends may show and that have a colour, with it."""
    for legend in legends:
        yield from BY_LEGEND.get(legend, {}).items()
