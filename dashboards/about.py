"""What is said of a panel and of its numbers, before anything is drawn."""

import msgspec

COUNT = "short"
"""The unit of what is counted: whole things."""


class Query(msgspec.Struct, frozen=True):
    """One expression, and what its series are called."""

    expression: str
    legend: str = ""
    """With labels in double braces; empty leaves the choice to Grafana."""
    exemplars: bool = False
    """Whether single workflows behind the numbers are shown as dots."""


class About(msgspec.Struct, frozen=True):
    """What a person reads before the numbers, and where they lead."""

    title: str
    description: str
    unit: str
    """One of Grafana's."""
    links: tuple[tuple[str, str], ...] = ()
    """Titles and addresses of where a click on a number leads."""


class Limits(msgspec.Struct, frozen=True):
    """From where on a number is no longer good; None where there is no such step."""

    warn: float | None = None
    bad: float | None = None
    rising: bool = True
    """Whether more is worse; else everything below 1 is bad."""


CALM = Limits()
"""No number is bad in itself."""
ANY_IS_BAD = Limits(bad=1)
ANY_IS_ODD = Limits(warn=1)
ONE_IS_GOOD = Limits(rising=False)
