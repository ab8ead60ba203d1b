"""After any churn the gauges are the truth, and the counters are what could be observed: judged by plain folds."""

from collections.abc import Callable

import pytest

from exporter.metrics.ledger import Ledger
from exporter.store.delta import Delta
from tests.churn.comparison import COUNTERS, GAUGES, LATEST
from tests.churn.judge import churn

RARE = {"argowf_workflow_mapping_errors_total", "argowf_cronworkflow_schedule_invalid"}
"""Those for which a company must be unlucky, or large."""


def test_every_number_is_true_at_every_rest_whatever_went_wrong_before() -> None:
    verdict = churn(20_000, seed=5)
    assert verdict.differences == []
    assert verdict.events >= 20_000
    assert verdict.lists > 10, "nothing was missed, so nothing was tried"
    assert verdict.unseen["created"] > 0, "everything could be seen, so nothing was tried"
    assert {*GAUGES, *COUNTERS, LATEST} - verdict.met <= RARE


class Erring:
    """Stands before a ledger, and does something else with some deltas."""

    def __init__(self, ledger: Ledger, err: Callable[[Ledger, Delta], None]) -> None:
        self._ledger = ledger
        self._err = err
        self._told = 0

    def apply(self, delta: Delta) -> None:
        self._told += 1
        if self._told % 301 == 300:
            self._err(self._ledger, delta)
        else:
            self._ledger.apply(delta)


def forget(_: Ledger, __: Delta) -> None:
    """Lose it."""


def count_twice(ledger: Ledger, delta: Delta) -> None:
    ledger.apply(delta)
    ledger.apply(delta)


@pytest.mark.parametrize("err", [forget, count_twice])
def test_a_ledger_that_errs_now_and_then_is_found_out(err: Callable[[Ledger, Delta], None]) -> None:
    verdict = churn(2_500, wrap=lambda ledger: Erring(ledger, err))
    assert any("counter" in difference for difference in verdict.differences)
    assert any("gauge" in difference for difference in verdict.differences)
