"""What became of the workflows that a CronWorkflow made, as far as the ledger of the workflows has counted it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

import msgspec

from exporter.kube.objects import Key, key_of, split_key
from exporter.metrics.marks import Mark
from exporter.metrics.rows import Column, Entries

SUCCEEDED = "Succeeded"
PHASES = (SUCCEEDED, "Failed", "Error", "Unobserved")
"""How a run can end; the last is one of which nobody saw the end."""
GROUP_LABEL = "cron_workflow"
"""The label of a workflow's group that holds the name."""


class Runs(msgspec.Struct, frozen=True, gc=False):
    """What is known of the runs of one; any two of them can be added up. Times are epoch seconds."""

    ended: tuple[int, int, int, int] = (0, 0, 0, 0)
    """How many were seen to end, in the order of ``PHASES``."""
    last_success: float | None = None
    last_failure: float | None = None
    last_created: float | None = None
    """When the newest that was seen was created."""

    def __add__(self, other: "Runs") -> "Runs":
        """Give what is known with both."""
        first, second, third, fourth = map(int.__add__, self.ended, other.ended)
        return Runs(
            (first, second, third, fourth),
            later(self.last_success, other.last_success),
            later(self.last_failure, other.last_failure),
            later(self.last_created, other.last_created),
        )


def later(one: float | None, other: float | None) -> float | None:
    """Give the later of two times, or the one that there is."""
    return other if one is None else one if other is None else max(one, other)


class Counting(Protocol):
    """What must be known of how workflows are counted."""

    @property
    def group_labels(self) -> tuple[str, ...]:
        """The labels that tell groups apart."""

    @property
    def completions(self) -> Mapping[Column, str]:
        """Under which phase each column counts completions."""

    @property
    def last_completions(self) -> Mapping[Column, str]:
        """Of which phase each column keeps the time of the last completion."""

    @property
    def counted(self) -> Mapping[str, tuple[Column, ...]]:
        """The columns of what people count first; ``created`` are new workflows."""

    def group(self, projection: Any) -> tuple[str, ...]:
        """Give the values of the group labels."""


Told = Callable[[Key, Runs], None]
Listener = Callable[[Key, Any, Entries], None]


def run_listener(counting: Counting, tell: Told) -> Listener:
    """Give a listener for the ledger of the workflows that passes on what concerns CronWorkflows, by their keys."""
    place = counting.group_labels.index(GROUP_LABEL)
    telling = {*counting.completions, *counting.last_completions, *counting.counted["created"]}

    def listen(key: Key, projection: Any, entries: Entries) -> None:
        name = counting.group(projection)[place]
        if name and any(column in telling for column, _ in entries):
            tell(key_of(split_key(key)[0], name), _runs(counting, projection.created, entries))

    return listen


def recalled(counting: Counting, marks: Iterable[Mark]) -> Iterator[tuple[Key, Runs]]:
    """Give what a ledger's marks tell of CronWorkflows, by their keys: how each ended last, in an earlier life."""
    place = counting.group_labels.index(GROUP_LABEL)
    last = {(one.family.name, one.values): phase for one, phase in counting.last_completions.items()}
    for mark in marks:
        namespace, *group = mark.row
        phase = last.get((mark.family, mark.values))
        if phase is not None and len(group) > place and group[place]:
            yield key_of(namespace, group[place]), _last(phase, mark.amount)


def _runs(counting: Counting, created: int | None, entries: Entries) -> Runs:
    runs = Runs(last_created=created)
    for column, amount in entries:
        if column in counting.completions:
            runs += _ended(counting.completions[column], int(amount))
        elif column in counting.last_completions:
            runs += _last(counting.last_completions[column], amount)
    return runs


def _ended(phase: str, many: int) -> Runs:
    first, second, third, fourth = (many if phase == each else 0 for each in PHASES)
    return Runs((first, second, third, fourth))


def _last(phase: str, moment: float) -> Runs:
    return Runs(last_success=moment) if phase == SUCCEEDED else Runs(last_failure=moment)
