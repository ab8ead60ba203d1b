"""What the page shows of an object, as protocols: kinds read it, and nothing here knows how."""

from collections.abc import Sequence
from typing import Protocol


class Workflow(Protocol):
    """What a row shows of an object without looking into its body."""

    @property
    def phase(self) -> str:
        """A word."""

    @property
    def group(self) -> tuple[str, str, str]:
        """The kind and the name of its template, and its cron workflow; empty where there is none."""

    @property
    def created(self) -> int | None:
        """Epoch seconds, as the other two."""

    @property
    def started(self) -> int | None:
        """When it began to run."""

    @property
    def finished(self) -> int | None:
        """When it ended."""

    @property
    def waits_for(self) -> str:
        """What keeps it from running, in one word; empty where nothing does."""


class Glance(Protocol):
    """What a row shows out of the body."""

    @property
    def message(self) -> str:
        """In words for people; empty where there are none."""

    @property
    def progress(self) -> str:
        """``3/7``, or empty."""


class Node(Protocol):
    """One step of an object's own story. The fields are those of the page's JSON."""

    @property
    def name(self) -> str:
        """As people know the step."""

    @property
    def type(self) -> str:
        """What sort of step it is."""

    @property
    def phase(self) -> str:
        """Where it is."""

    @property
    def started(self) -> float | None:
        """Epoch seconds."""

    @property
    def finished(self) -> float | None:
        """Epoch seconds."""

    @property
    def message(self) -> str:
        """In words for people."""


class CronWorkflow(Protocol):
    """What is shown of something that makes objects by the clock."""

    @property
    def schedules(self) -> Sequence[str]:
        """When it does so."""

    @property
    def timezone(self) -> str:
        """By whose clock; empty where none is named."""

    @property
    def suspended(self) -> bool:
        """Whether it rests."""

    @property
    def active(self) -> int:
        """How many of its objects have not ended."""

    @property
    def last_scheduled(self) -> int | None:
        """Epoch seconds."""

    @property
    def succeeded(self) -> int | None:
        """How many of its objects did."""

    @property
    def failed(self) -> int | None:
        """How many of its objects did."""

    @property
    def conditions(self) -> Sequence[str]:
        """What is wrong with it."""
