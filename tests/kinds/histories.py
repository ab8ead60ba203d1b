"""Random histories of workflows: what a server holds, what a cache hears of it, and what should have been counted."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import msgspec

from exporter.kube.objects import Key, key_of
from exporter.store.delta import Added, Deleted, Delta, Record, Synced, Updated
from tests.kinds.samples import START, record, workflow

FINAL = {"Succeeded", "Failed", "Error"}
OPEN = {"Unset", "Pending", "Running"}


class State(msgspec.Struct, frozen=True):
    """One version of a workflow on the server."""

    namespace: str
    name: str
    uid: str
    version: int
    phase: str
    created: int
    started: int | None = None
    finished: int | None = None
    template: str = "build"
    archived: bool = False

    @property
    def key(self) -> Key:
        return key_of(self.namespace, self.name)

    @property
    def body(self) -> bytes:
        return workflow(
            self.namespace,
            self.name,
            uid=self.uid,
            version=self.version,
            phase="" if self.phase == "Unset" else self.phase,
            created=self.created,
            started=self.started,
            finished=self.finished,
            template=self.template,
            labels={"workflows.argoproj.io/workflow-archiving-status": "Archived"} if self.archived else {},
        )


class Cache:
    """Keeps the newest version of each object and tells what that changed, as the real store promises to."""

    def __init__(self) -> None:
        self.states: dict[Key, State] = {}

    def applied(self, state: State, *, initial: bool = False) -> Iterator[Delta]:
        old = self.states.get(state.key)
        if old is not None and old.uid == state.uid and state.version <= old.version:
            return
        if old is not None and old.uid != state.uid:
            del self.states[state.key]
            yield Deleted(state.key, _record(old), _record(old), "replaced")
            old = None
        self.states[state.key] = state
        yield (
            Added(state.key, _record(state), initial)
            if old is None
            else Updated(state.key, _record(old), _record(state))
        )

    def deleted(self, state: State) -> Iterator[Delta]:
        old = self.states.get(state.key)
        if old is None or old.uid != state.uid:
            return
        last = state if state.version > old.version else old
        del self.states[state.key]
        yield Deleted(state.key, _record(last), _record(old))

    def listed(self, states: dict[Key, State], *, initial: bool = False) -> Iterator[Delta]:
        for key in sorted(self.states.keys() - states.keys()):
            old = self.states.pop(key)
            yield Deleted(key, _record(old), _record(old), "relist")
        for state in states.values():
            yield from self.applied(state, initial=initial)
        yield Synced()


class Model:
    """Counts by remembering everything for ever."""

    def __init__(self, since: int = START) -> None:
        self._since = since
        self._met: set[str] = set()
        self._ended: set[tuple[str, int | None]] = set()
        self._timeless: defaultdict[str, set[str]] = defaultdict(set)
        """Of each uid the final phases without a time that it showed since it was open or had a time."""
        self._unobserved: set[str] = set()
        self._started: set[str] = set()
        self.cache: dict[Key, State] = {}
        self.counters: Counter[tuple[str, ...]] = Counter()
        self.observed: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        """What each histogram was given; also the empty ones of a namespace where a workflow was ever open."""
        self.namespaces: set[str] = set()
        self.groups: set[tuple[str, str]] = set()

    def hears(self, delta: Delta, by_version: dict[tuple[str, str], State]) -> None:
        """Take a delta; of its records only the uid and the version are looked at."""
        match delta:
            case Added():
                self._first_seen(by_version[delta.new.uid, delta.new.version], baseline=delta.initial)
            case Updated():
                new = by_version[delta.new.uid, delta.new.version]
                self.counters["updates", new.namespace] += 1
                self._seen(new)
            case Deleted():
                last = by_version[delta.last.uid, delta.last.version]
                if last != self.cache[last.key]:
                    self._seen(last)
                self._gone(last)
            case _:
                pass

    def gauges(self) -> Counter[tuple[str, str]]:
        return Counter((state.namespace, state.phase) for state in self.cache.values())

    def oldest(self) -> dict[tuple[str, str], int]:
        """Give the least time that matters in a phase, by namespace and phase."""
        found: dict[tuple[str, str], int] = {}
        for state in self.cache.values():
            time = {"Unset": state.created, "Pending": state.created, "Running": state.started}.get(state.phase)
            if time is not None:
                place = state.namespace, state.phase
                found[place] = min(time, found.get(place, time))
        return found

    def _first_seen(self, new: State, *, baseline: bool) -> None:
        if not baseline and new.uid not in self._met and new.created >= self._since:
            self.counters["creations", new.namespace, new.template] += 1
        ended = new.created if new.finished is None else new.finished
        if not baseline and ended >= self._since:
            self._maybe_completed(new)
        if not baseline and new.started is not None and new.started >= self._since:
            self._maybe_started(new)
        self._keep(new)

    def _seen(self, new: State) -> None:
        old = self.cache[new.key]
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
            self._maybe_completed(new)
        if old.started is None:
            self._maybe_started(new)
        self._keep(new)

    def _gone(self, last: State) -> None:
        self.counters["deletions", last.namespace, last.phase, str(last.archived).lower()] += 1
        if last.phase not in FINAL and last.uid not in self._unobserved:
            self._unobserved.add(last.uid)
            self.counters["completions", last.namespace, last.template, "Unobserved"] += 1
        del self.cache[last.key]

    def _maybe_completed(self, new: State) -> None:
        counted = new.phase in self._timeless[new.uid] or (
            new.finished is not None and (new.uid, new.finished) in self._ended
        )
        if new.phase in FINAL and not counted:
            self.counters["completions", new.namespace, new.template, new.phase] += 1
            self._observe(("duration", new.namespace, new.phase), new.started, new.finished)

    def _maybe_started(self, new: State) -> None:
        if new.uid not in self._started:
            self._observe(("start_delay", new.namespace), new.created, new.started)

    def _observe(self, what: tuple[str, ...], begin: int | None, end: int | None) -> None:
        if begin is not None and end is not None:
            self.observed[what].append(max(end - begin, 0))
            self.counters["mapping_errors", what[1]] += end < begin

    def _keep(self, new: State) -> None:
        self._met.add(new.uid)
        if new.phase in FINAL and new.finished is None:
            self._timeless[new.uid].add(new.phase)
        elif new.phase in FINAL | OPEN:
            self._timeless[new.uid].clear()
        if new.phase in FINAL:
            self._ended.add((new.uid, new.finished))
        if new.started is not None:
            self._started.add(new.uid)
        if new.phase in OPEN:
            for what in ("start_delay",), *(("duration", phase) for phase in FINAL):
                self.observed[what[0], new.namespace, *what[1:]] += []
        self.cache[new.key] = new
        self.namespaces.add(new.namespace)
        self.groups.add((new.namespace, new.template))


def _record(state: State) -> Record:
    return record(state.body)
