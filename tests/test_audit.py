"""The audit finds what the totals have missed, and nothing else."""

import pytest

from exporter.audit import Audit
from exporter.kinds.workflow import WORKFLOW
from exporter.kinds.workflow.totals import WorkflowAccounting
from exporter.metrics.ledger import Ledger
from exporter.metrics.text import Format
from exporter.store.codec import IdentityCodec
from exporter.store.delta import Synced
from exporter.store.store import Writer
from tests.kinds.samples import START, workflow
from tests.metrics.exposition import numbers, value


class Books:
    """A store and its totals; some deltas can be kept from the totals."""

    def __init__(self) -> None:
        self.writer = Writer(WORKFLOW.read, IdentityCodec(), {})
        self.ledger = Ledger(WorkflowAccounting(), since=lambda: START, now=lambda: START)
        self.ledger.apply(Synced())
        self.audit = Audit(WORKFLOW.resource, self.writer.store, self.ledger)
        self._version = 0

    def keep(self, namespace: str, name: str, phase: str, *, told: bool = True) -> None:
        self._version += 1
        body = workflow(namespace, name, uid=f"u-{namespace}-{name}", version=self._version, phase=phase)
        for delta in self.writer.apply(None, body).deltas:
            if told:
                self.ledger.apply(delta)

    def drop(self, namespace: str, name: str, *, told: bool = True) -> None:
        self._version += 1
        body = workflow(namespace, name, uid=f"u-{namespace}-{name}", version=self._version)
        for delta in self.writer.delete(None, body).deltas:
            if told:
                self.ledger.apply(delta)

    def running(self, namespace: str) -> float | None:
        found = numbers(b"".join(self.ledger.slices(Format.TEXT)), Format.TEXT)
        return value(found, "argowf_workflows", namespace=namespace, phase="Running")


@pytest.fixture
def books() -> Books:
    books = Books()
    for name in ("w1", "w2"):
        books.keep("a", name, "Running")
        books.keep("b", name, "Failed")
    return books


async def test_totals_that_are_right_are_left_alone(books: Books, caplog: pytest.LogCaptureFixture) -> None:
    books.drop("b", "w1")
    books.drop("b", "w2")
    await books.audit.check()
    assert (books.audit.corrections, caplog.records) == (0, [])


async def test_what_the_totals_missed_is_put_right_counted_and_told(
    books: Books, caplog: pytest.LogCaptureFixture
) -> None:
    books.keep("a", "w3", "Running", told=False)
    books.drop("a", "w1", told=False)
    books.keep("a", "w4", "Running", told=False)
    assert books.running("a") == 2
    await books.audit.check()
    assert books.running("a") == 3
    assert books.audit.corrections > 0
    (line,) = caplog.records
    assert line.levelname == "ERROR"
    assert line.fields == {  # type: ignore[attr-defined]
        "resource": "workflows.argoproj.io",
        "namespace": "a",
        "series": books.audit.corrections,
    }
    before = books.audit.corrections
    await books.audit.check()
    assert books.audit.corrections == before


async def test_a_namespace_that_left_the_cache_behind_the_totals_is_emptied(books: Books) -> None:
    books.drop("a", "w1", told=False)
    books.drop("a", "w2", told=False)
    await books.audit.check()
    assert books.running("a") == 0
