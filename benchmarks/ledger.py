"""What counting costs: ``python -m benchmarks.ledger [--json]``.

Four questions: how long one delta takes in the ledger (and the check of a whole namespace), how long a workflow's
reading takes beside a bare typed decode of the same fields, how long a scrape takes beside prometheus_client's renderer
for the same series, and what a flood of names costs. Figures are medians over rounds in which candidates take turns.
"""

import argparse
import gc
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from operator import attrgetter

import msgspec
import prometheus_client
from prometheus_client.exposition import generate_latest

from benchmarks.fleet import Fleet
from benchmarks.report import Figure, machine, print_rows, resident_bytes
from exporter.kinds.workflow import WORKFLOW, read
from exporter.kinds.workflow.projection import Underway
from exporter.kube.objects import Key, Meta
from exporter.metrics.exemplar import Exemplar, NotingHistogram, NotingNumber
from exporter.metrics.family import Family, Type
from exporter.metrics.ledger import Ledger, LedgerLimits
from exporter.metrics.rows import Account
from exporter.metrics.series import Number
from exporter.metrics.text import Format
from exporter.store.delta import Added, Deleted, Delta, Record, Synced, Updated

ROUNDS = 7
WORKFLOWS = 2_000
NAMESPACES = 50
GROUPS = 18_000
"""Groups of the big scrape: with five series each, and the namespaces' own, about 100,000 series."""
JUDGED_SERIES = 20_000
FLOOD, FLOODED_NAMESPACES = 100_000, 1_000
LIMITS = LedgerLimits(namespaces=1_000, groups=GROUPS, groups_of_namespace=GROUPS)

Work = Callable[[], object]


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    facts = machine(msgspec=msgspec.__version__)
    flood = flooding()  # first, while the process has no memory to spare
    print_rows([*reading(), *counting(), *scraping(), *flood], facts, as_json=arguments.json)


def medians(candidates: Mapping[str, Work]) -> dict[str, float]:
    """Run the candidates in turns; give the median seconds of each."""
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(ROUNDS):
        for name, work in candidates.items():
            gc.collect()
            began = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) for name, times in seconds.items()}


class _Reference(msgspec.Struct, rename="camel"):
    name: str | None = None
    cluster_scope: bool | None = None


class _Spec(msgspec.Struct, rename="camel"):
    workflow_template_ref: _Reference | None = None


class _Status(msgspec.Struct, rename="camel"):
    phase: str | None = None
    started_at: str | None = None
    finished_at: str | None = None


class _Bare(msgspec.Struct):
    metadata: Meta
    spec: _Spec | None = None
    status: _Status | None = None


def reading() -> list[Figure]:
    """Time the reading of a fleet's workflows."""
    bodies = list(Fleet(1, WORKFLOWS, NAMESPACES, diverse=True))
    decode = msgspec.json.Decoder(_Bare).decode
    times = medians(
        {"bare": lambda: [decode(body) for body in bodies], "read": lambda: [read(body) for body in bodies]}
    )
    return [
        Figure("mean size of a workflow", sum(map(len, bodies)) / len(bodies) / 1000, "kB"),
        Figure("read: bare typed decode", times["bare"] / len(bodies) * 1e6, "us"),
        Figure("read: projection, group, kin", times["read"] / len(bodies) * 1e6, "us"),
    ]


def counting() -> list[Figure]:
    """Time deltas of each sort."""
    documents = [(read(body), body) for body in Fleet(1, WORKFLOWS, NAMESPACES)]
    records = [(one.meta.key, _record(one.projection, one.meta.uid, body)) for one, body in documents]
    running = [(key, _changed(record, "Running")) for key, record in records]
    further = [(key, _changed(record, "Running", done=2)) for key, record in records]
    failed = [(key, _changed(record, "Failed")) for key, record in records]
    sorts: dict[str, list[Delta]] = {
        "Added": [Added(key, record) for key, record in running],
        "Updated, no change of what is kept": [
            Updated(key, record, _changed(record, "Running")) for key, record in running
        ],
        "Updated, progress made": _updates(running, further),
        "Updated, workflow fails (and is opened)": _updates(further, failed),
        "Deleted": [Deleted(key, record, record) for key, record in failed],
    }
    ledger = _ledger()
    times = medians({name: partial(_apply, ledger, deltas) for name, deltas in sorts.items()})
    return [
        *(Figure(f"apply: {name}", seconds / WORKFLOWS * 1e6, "us") for name, seconds in times.items()),
        _reconciling(records),
    ]


def _reconciling(records: list[tuple[Key, Record]]) -> Figure:
    ledger = _ledger()
    _apply(ledger, [Added(Key(f"one/{number}"), record) for number, (_, record) in enumerate(records)])
    projections = [record.projection for _, record in records]
    times = medians({"reconcile": lambda: ledger.reconcile("one", projections)})
    return Figure("reconcile a namespace of 2,000 workflows", times["reconcile"] * 1e3, "ms")


def _ledger(limits: LedgerLimits | None = None) -> Ledger:
    assert WORKFLOW.accounting
    return Ledger(
        WORKFLOW.accounting, since=lambda: 0, limits=limits, now=lambda: 1_900_000_000, open_body=attrgetter("body")
    )


def _apply(ledger: Ledger, deltas: list[Delta]) -> None:
    for delta in deltas:
        ledger.apply(delta)


def _updates(olds: Iterable[tuple[Key, Record]], news: Iterable[tuple[Key, Record]]) -> list[Delta]:
    return [Updated(key, old, new) for (key, old), (_, new) in zip(olds, news, strict=True)]


def _record(projection: object, uid: str, body: bytes = b"") -> Record:
    return Record(uid, "1", body, (), projection)


def _changed(record: Record, phase: str, done: int = 1) -> Record:
    """Give a workflow in another phase; one that runs has a deadline, an estimate and some progress."""
    finished, underway = (2_000_000_000, None) if phase == "Failed" else (None, _underway(done))
    state = msgspec.structs.replace(record.projection, phase=phase, finished=finished, underway=underway)
    return _record(state, record.uid, record.body)


def _underway(done: int) -> Underway:
    return Underway(deadline=1_950_000_000, estimate=1_940_000_000, silent=1_930_000_000, planned=10, done=done)


def scraping() -> list[Figure]:
    """Time the rendering of many series, quiet and busy, and of the same ones by prometheus_client."""
    ledger = _big_ledger()
    series = ledger.statistics().series
    body = _rendered(ledger)
    times = medians(
        {
            "disturb": lambda: _disturb(ledger),
            "busy": lambda: _rendered(ledger),
            "quiet": lambda: _rendered(ledger),
            "snapshot": lambda: ledger.slices(Format.TEXT),
            "noted": lambda: _note(ledger),
            "busy, noted": lambda: _rendered(ledger, Format.OPENMETRICS),
            "quiet, noted": lambda: _rendered(ledger, Format.OPENMETRICS),
        }
    )
    return [
        Figure("scrape: series", float(series), ""),
        Figure("scrape: bytes", len(body) / 1e6, "MB"),
        Figure("scrape: slices", len(list(ledger.slices(Format.TEXT))), ""),
        Figure("scrape: nothing changed", times["quiet"] * 1e3, "ms"),
        Figure("scrape: every line changed", times["busy"] * 1e3, "ms"),
        Figure(
            "scrape: nothing changed, an exemplar on each line that may have one", times["quiet, noted"] * 1e3, "ms"
        ),
        Figure("scrape: every such line changed", times["busy, noted"] * 1e3, "ms"),
        Figure("scrape: taking the snapshot (the part that cannot be sliced)", times["snapshot"] * 1e3, "ms"),
        Figure("scrape: longest slice, every line changed", _longest_slice(ledger) * 1e3, "ms"),
        *_beside_prometheus_client(),
    ]


def _rendered(ledger: Ledger, fmt: Format = Format.TEXT) -> bytes:
    return b"".join(ledger.slices(fmt))


def _big_ledger() -> Ledger:
    ledger = _ledger(LIMITS)
    template = read(next(iter(Fleet(1, 1, 1)))).projection
    for number in range(GROUPS):
        group = ("WorkflowTemplate", f"some-template-{number}", "")
        record = _record(msgspec.structs.replace(template, group=group), str(number))
        ledger.apply(Added(Key(f"namespace-{number % 300}/workflow-{number}"), record))
    ledger.apply(Synced())
    return ledger


def _disturb(ledger: Ledger) -> None:
    for account in ledger._sheet:  # noqa: SLF001 - no delta changes every line
        for series in account:
            series.post(1, 1)


def _note(ledger: Ledger) -> None:
    labels = (("trace_id", "0af7651916cd43dd8448eb211c80319c"), ("workflow", "namespace-1/workflow-1"))
    for account in ledger._sheet:  # noqa: SLF001 - no delta leads every line to an object
        for series in account:
            if isinstance(series, NotingNumber | NotingHistogram):
                series.note(Exemplar(labels, 1, time.time()))


def _longest_slice(ledger: Ledger) -> float:
    _disturb(ledger)
    times: list[float] = []
    began = time.perf_counter()
    for _ in ledger.slices(Format.TEXT):
        times.append(time.perf_counter() - began)
        began = time.perf_counter()
    return max(times[1:])


def _beside_prometheus_client() -> list[Figure]:
    labels = ("namespace", "template_kind", "template_name", "cron_workflow", "phase")
    family = Family(name="argowf_completions_total", type=Type.COUNTER, help="Completions.", labels=labels)
    registry = prometheus_client.CollectorRegistry()
    peer = prometheus_client.Counter(family.name, family.help, labels, registry=registry)
    account = Account(family, Number)
    for number in range(JUDGED_SERIES):
        values = (f"namespace-{number % 300}", "WorkflowTemplate", f"some-template-{number}", "", "Failed")
        account.open(values)
        peer.labels(*values)

    def ours() -> bytes:
        for series in account:
            series.post(1, 1)
        snapshot = account.snapshot(Format.TEXT)
        assert snapshot
        return snapshot.head + b"".join(map(snapshot.write, snapshot.series, snapshot.values))

    times = medians({"ours": ours, "peer": lambda: generate_latest(registry)})
    # prometheus_client writes a _created line for each counter as well.
    lines = {"ours": JUDGED_SERIES, "peer": JUDGED_SERIES * 2}
    each = {name: seconds / lines[name] * 1e6 for name, seconds in times.items()}
    return [
        Figure("1,000 lines, all changed", each["ours"], "ms"),
        Figure("1,000 lines by prometheus_client", each["peer"], "ms"),
        Figure("ratio by line", each["peer"] / each["ours"], "x"),
    ]


def flooding() -> list[Figure]:
    """Count workflows that have a group each, far over the limits, and say what is kept of them."""
    template = read(next(iter(Fleet(1, 1, 1)))).projection
    ledger, limits = _ledger(), LedgerLimits()
    gc.collect()
    before, began = resident_bytes(), time.perf_counter()
    for number in range(FLOOD):
        group = ("Inline", f"some-name-{number}", "")
        record = _record(msgspec.structs.replace(template, group=group), str(number))
        ledger.apply(Added(Key(f"namespace-{number % FLOODED_NAMESPACES}/workflow-{number}"), record))
    ledger.apply(Synced())
    seconds, kept = time.perf_counter() - began, resident_bytes() - before
    scrape = medians({"scrape": lambda: _rendered(ledger)})["scrape"]
    statistics = ledger.statistics()
    return [
        Figure(f"flood: groups, of {FLOOD} names, limit {limits.groups}", float(statistics.groups), ""),
        Figure(
            f"flood: namespaces, of {FLOODED_NAMESPACES}, limit {limits.namespaces}", float(statistics.namespaces), ""
        ),
        Figure("flood: names that went into overflow rows", float(statistics.groups_overflowed), ""),
        Figure("flood: series", float(statistics.series), ""),
        Figure("flood: apply", seconds / FLOOD * 1e6, "us"),
        Figure("flood: memory, rows and names included", kept / 1e6, "MB"),
        Figure("flood: scrape of 1,000 series, nothing changed", scrape / statistics.series * 1e6, "ms"),
    ]


if __name__ == "__main__":
    main()
