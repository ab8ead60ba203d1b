"""What should have been counted of random histories: a plain model, which remembers everything for ever."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import msgspec

from exporter.kube.objects import Key
from exporter.store.delta import Added, Deleted, Delta, Synced, Updated
from tests.kinds.histories import FINAL, OPEN, STORED, State
from tests.kinds.samples import START

DAY = 86_400
MEMORY_UNIT = 104_857_600
READABLE = {"plain", "waiting", "packed"}

Versions = dict[tuple[str, str], State]
"""States by uid and version."""


class Checkpoint(msgspec.Struct):
    """What a model must know after a restart."""

    since: int
    states: dict[str, State]
    """By uid; those that had ended long before are left out."""
    last: dict[tuple[str, str, str], int]


class Memory:
    """What one process remembers of objects."""

    def __init__(self) -> None:
        self.met: set[str] = set()
        self.ended: set[tuple[str, int | None]] = set()
        self.timeless: defaultdict[str, set[str]] = defaultdict(set)
        """Of each uid the final phases without a time that it showed since it was open or had a time."""
        self.unobserved: set[str] = set()
        self.started: set[str] = set()

    def keep(self, new: State) -> None:
        self.met.add(new.uid)
        if new.phase in FINAL and new.finished is None:
            self.timeless[new.uid].add(new.phase)
        elif new.phase in FINAL | OPEN:
            self.timeless[new.uid].clear()
        if new.phase in FINAL:
            self.ended.add((new.uid, new.finished))
        if new.started is not None:
            self.started.add(new.uid)


class Model:
    """Counts by remembering everything for ever."""

    def __init__(self, since: int = START) -> None:
        self._since = since
        self._memory = Memory()
        self._before: dict[str, State] | None = None
        """The states of a checkpoint that were not met again yet, while the first list is told."""
        self.cache: dict[Key, State] = {}
        self.counters: Counter[tuple[str, ...]] = Counter()
        self.observed: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        """What each histogram was given."""
        self.last: dict[tuple[str, str, str], int] = {}
        """The latest end by namespace, template and phase."""
        self.groups: set[tuple[str, str]] = set()

    def checkpoint(self, now: int) -> Checkpoint:
        def matters(state: State) -> bool:
            return state.phase not in FINAL or state.created >= now or (state.finished or 0) >= now

        return Checkpoint(now, {state.uid: state for state in self.cache.values() if matters(state)}, dict(self.last))

    def restart(self, checkpoint: Checkpoint) -> None:
        """Be another process, which has only a checkpoint."""
        self.__init__(checkpoint.since)  # type: ignore[misc]
        self._before = dict(checkpoint.states)
        self.last = dict(checkpoint.last)

    def hears(self, delta: Delta, by_version: Versions) -> None:
        """Take a delta; of its records only the uid and the version are looked at."""
        match delta:
            case Added():
                self._added(by_version[delta.new.uid, delta.new.version], initial=delta.initial)
            case Updated():
                new = by_version[delta.new.uid, delta.new.version]
                self.counters["updates", new.namespace] += 1
                self._seen(self.cache[new.key], new)
            case Deleted():
                last = by_version[delta.last.uid, delta.last.version]
                if last != self.cache[last.key]:
                    self._seen(self.cache[last.key], last, opened=False)
                self._gone(last)
                del self.cache[last.key]
            case Synced():
                for state in (self._before or {}).values():
                    self._memory.keep(state)
                    self._gone(state)
                self._before = None
            case _:
                pass

    def gauges(self, now: int) -> Counter[tuple[str, ...]]:
        """Everything that is a fold over the cache and the time, without what is 0."""
        found: Counter[tuple[str, ...]] = Counter()
        for state in self.cache.values():
            for (name, *labels), amount in _standing(state, now):
                found[name, state.namespace, *labels] += amount
        return +found

    def oldest(self) -> dict[tuple[str, str], int]:
        """Give the least time that matters in a phase, by namespace and phase."""
        found: dict[tuple[str, str], int] = {}
        for state in self.cache.values():
            time = {"Unset": state.created, "Pending": state.created, "Running": state.started}.get(state.phase)
            if time is not None:
                place = state.namespace, state.phase
                found[place] = min(time, found.get(place, time))
        return found

    def _added(self, new: State, *, initial: bool) -> None:
        if not initial or self._before is not None:
            old = self._before.pop(new.uid, None) if initial and self._before is not None else None
            if old is None:
                self._news(new)
            else:
                self._memory.keep(old)
                self._seen(old, new)
        self._ended_at(new)
        self._keep(new)

    def _news(self, new: State) -> None:
        memory = self._memory
        if new.uid not in memory.met and new.created >= self._since:
            self.counters["creations", new.namespace, new.template] += 1
            self._used(new, new.cpu, new.memory)
        ended = new.created if new.finished is None else new.finished
        if ended >= self._since:
            self._maybe_completed(new, opened=True)
        if new.started is not None and new.started >= self._since:
            self._maybe_started(new)

    def _seen(self, old: State, new: State, *, opened: bool = True) -> None:
        if old.phase != new.phase:
            self.counters["transitions", new.namespace, old.phase, new.phase] += 1
        missed_an_attempt = (
            {old.phase, new.phase} <= FINAL
            and None not in {old.finished, new.finished}
            and old.finished != new.finished
        )
        retried = missed_an_attempt or (old.phase in FINAL and new.phase in OPEN)
        self.counters["retries", new.namespace] += retried
        if retried or old.phase not in FINAL:
            self._maybe_completed(new, opened=opened)
        if old.started is None:
            self._maybe_started(new)
        self._used(new, max(0, new.cpu - old.cpu), max(0, new.memory - old.memory))
        if (old.phase, old.finished) != (new.phase, new.finished):
            self._ended_at(new)
        self._keep(new)

    def _gone(self, last: State) -> None:
        self.counters["deletions", last.namespace, last.phase, str(last.archived).lower()] += 1
        if last.phase not in FINAL and last.uid not in self._memory.unobserved:
            self._memory.unobserved.add(last.uid)
            self.counters["completions", last.namespace, last.template, "Unobserved"] += 1

    def _maybe_completed(self, new: State, *, opened: bool) -> None:
        """Count an end; ``opened`` says whether the whole object is known as it was then."""
        counted = new.phase in self._memory.timeless[new.uid] or (
            new.finished is not None and (new.uid, new.finished) in self._memory.ended
        )
        if new.phase not in FINAL or counted:
            return
        self.counters["completions", new.namespace, new.template, new.phase] += 1
        self._observe(("duration", new.namespace, new.phase), new.started, new.finished)
        if new.started is not None and new.finished is not None:
            self.observed["group_duration", new.namespace, new.template, new.phase].append(
                max(new.finished - new.started, 0)
            )
        if new.phase != "Succeeded":
            self.counters["failures", new.namespace, _reason(new) if opened else "other"] += 1
        for (name, *labels), amount in _nodes(new) if opened else ():
            self.counters[name, new.namespace, *labels] += amount

    def _maybe_started(self, new: State) -> None:
        if new.uid not in self._memory.started:
            self._observe(("start_delay", new.namespace), new.created, new.started)

    def _observe(self, what: tuple[str, ...], begin: int | None, end: int | None) -> None:
        if begin is not None and end is not None:
            self.observed[what].append(max(end - begin, 0))
            self.counters["mapping_errors", what[1]] += end < begin

    def _used(self, new: State, cpu: int, memory: int) -> None:
        self.counters["cpu_core_seconds", new.namespace] += cpu
        self.counters["memory_byte_seconds", new.namespace] += memory * MEMORY_UNIT

    def _ended_at(self, new: State) -> None:
        if new.phase in FINAL and new.finished is not None:
            place = new.namespace, new.template, new.phase
            self.last[place] = max(new.finished, self.last.get(place, new.finished))

    def _keep(self, new: State) -> None:
        self._memory.keep(new)
        self.cache[new.key] = new
        self.groups.add((new.namespace, new.template))


def _standing(state: State, now: int) -> Iterator[tuple[tuple[str, ...], int]]:
    yield ("workflows", state.phase), 1
    if state.phase == "Unset":
        yield ("workflows_pending", "not_admitted"), 1
    if state.phase == "Pending":
        yield ("workflows_pending", "lock" if "lock" in state.message else "other"), 1
    suspended = state.suspended or state.stored == "waiting"
    if state.phase in OPEN and suspended:
        yield ("workflows_suspended",), 1
    if state.phase == "Running":
        yield ("workflow_tasks",), state.planned
        yield ("workflow_tasks_completed",), state.done
        yield from (((name, reason), 1) for name, reason in _late(state, now, suspended=suspended))


def _late(state: State, now: int, *, suspended: bool) -> Iterator[tuple[str, str]]:
    if state.started is not None:
        age = now - state.started
        if state.deadline is not None and age >= state.deadline:
            yield "workflows_overdue", "deadline"
        if state.estimate and age >= 2 * state.estimate:
            yield "workflows_overdue", "estimate"
    heard = state.updated if state.updated is not None else max(state.created, state.started or 0)
    silence = now - (heard + 299) // 300 * 300
    if not suspended and silence >= DAY:
        yield "workflows_stuck", "silent"
    if not suspended and state.planned and state.done == state.planned and silence >= 300:
        yield "workflows_stuck", "complete"


def _reason(state: State) -> str:
    told = {"Stopped with strategy 'Stop'": "stopped", "Error (exit code 3)": "exit_code"}.get(state.message)
    return told or ("oom" if state.stored in READABLE else "other")


def _nodes(state: State) -> Iterator[tuple[tuple[str, ...], int]]:
    if state.stored in READABLE:
        yield ("node_completions", "Pod", "Succeeded"), 1
        yield ("node_completions", "Pod", "Failed"), 1
        yield ("node_completions", "DAG", "Failed"), 1
    elif STORED[state.stored]:
        yield ("nodes_unreadable", state.stored), 1
    if state.stored == "waiting":
        yield ("node_completions", "Suspend", "Running"), 1
