"""Every expression folds replicas before it adds anything, takes rates before both, and asks for what there is."""

import promql_parser
import pytest

from dashboards.declared import Unknown, declared
from dashboards.frame import NAMESPACE, scope_of
from dashboards.reading import Asked, Board, Shown, asked, boards
from dashboards.shapes import ENDED, FAILED, Misuse
from exporter.kinds.workflow import WORKFLOW
from tests.dashboards.promql import Node, labels, matchers, name_of, parsed, selectors, walk

ALL = {board.uid: board for board in boards()}
FOLDS = ("max", "min")
SCRAPE = ("cluster", "job", "instance", "shard")

Expression = tuple[Shown, Asked, Node]


@pytest.fixture(params=ALL)
def expressions(request: pytest.FixtureRequest) -> list[Expression]:
    """Every expression of a dashboard, as it was written and as it was read."""
    board: Board = ALL[request.param]
    return [(panel, one, parsed(one.expression, board)) for panel, one in asked(board)]


def _labels(node: Node) -> set[str]:
    return set() if node.modifier is None else {*node.modifier.labels}


def _last_by_shard(around: list[Node]) -> int:
    """The place of the aggregation that folds replicas: the last one that tells shards apart."""
    return max(at for at, node in enumerate(around) if "shard" in _labels(node))


def _around(outer: tuple[Node, ...]) -> list[Node]:
    """The aggregations around a selector, the nearest first."""
    return [node for node in reversed(outer) if isinstance(node, promql_parser.AggregateExpr)]


def test_replicas_are_folded_by_shard_before_shards_are_added(expressions: list[Expression]) -> None:
    for panel, _, expression in expressions:
        for selector, outer in selectors(expression):
            around = _around(outer)
            fold, total = around[_last_by_shard(around)], around[_last_by_shard(around) + 1]
            assert str(fold.op) in FOLDS, (panel.title, name_of(selector))
            assert {"cluster", "job", "shard"} <= _labels(fold)
            assert str(total.op) in {"sum", *FOLDS}
            assert _labels(total) <= _labels(fold)
            assert "instance" not in _labels(fold) - _labels(total), "replicas are still apart"


def test_what_a_process_tells_apart_is_added_within_it_first(expressions: list[Expression]) -> None:
    for panel, _, expression in expressions:
        for selector, outer in selectors(expression):
            known = {*declared()[name_of(selector)].labels}
            nearest = _around(outer)[0]
            dropped = known - _labels(nearest)
            grouped = "template_kind" in known
            if dropped or grouped:
                assert {"instance", "shard"} <= _labels(nearest), (panel.title, dropped)
            assert _labels(nearest) <= {*known, *SCRAPE}


def test_rates_are_taken_of_counters_alone_and_before_anything_else(expressions: list[Expression]) -> None:
    for panel, _, expression in expressions:
        for node, outer in walk(expression):
            if isinstance(node, promql_parser.MatrixSelector):
                assert isinstance(outer[-1], promql_parser.Call)
                assert outer[-1].func.name in {"rate", "increase"}
                assert declared()[name_of(node.vector_selector)].counts, panel.title
            if isinstance(node, promql_parser.VectorSelector) and declared()[name_of(node)].counts:
                assert isinstance(outer[-1], promql_parser.MatrixSelector), panel.title


def test_only_what_the_exporter_declares_is_asked_for(expressions: list[Expression]) -> None:
    for panel, _, expression in expressions:
        for selector, _ in selectors(expression):
            assert name_of(selector) in declared(), panel.title
            known = {*declared()[name_of(selector)].labels, *SCRAPE}
            assert {label for label, _, _ in matchers(selector)} <= known, panel.title
        for selector, outer in selectors(expression):
            known = {*declared()[name_of(selector)].labels, *SCRAPE}
            assert all(_labels(node) <= known for node in _around(outer)), panel.title


def test_names_in_legends_are_labels_of_the_answer(expressions: list[Expression]) -> None:
    for panel, one, expression in expressions:
        words = {word.partition("}}")[0] for word in one.legend.split("{{")[1:]}
        assert words <= labels(expression), panel.title


def test_ratios_of_workflows_come_from_counters(expressions: list[Expression]) -> None:
    for panel, _, expression in expressions:
        for node, _ in walk(expression):
            if isinstance(node, promql_parser.BinaryExpr) and str(node.op) == "/":
                read = {name_of(selector) for selector, _ in selectors(node)}
                assert "argowf_workflows" not in read, panel.title
                tasks = {"argowf_workflow_tasks", "argowf_workflow_tasks_completed"}
                assert read == tasks or all(declared()[name].counts for name in read), panel.title


def test_moments_are_compared_and_never_added(expressions: list[Expression]) -> None:
    for panel, _, expression in expressions:
        for selector, outer in selectors(expression):
            if name_of(selector).endswith("_timestamp_seconds"):
                assert {str(node.op) for node in _around(outer)} <= {*FOLDS, "topk", "count"}, panel.title


def test_nothing_reads_suspended_or_stopped(expressions: list[Expression]) -> None:
    for panel, _, expression in expressions:
        for node, _ in walk(expression):
            if isinstance(node, promql_parser.BinaryExpr) and str(node.op) == "or":
                read = {name_of(selector) for selector, _ in selectors(node)}
                assert not read & {"argowf_cronworkflow_suspended", "argowf_cronworkflow_stopped"}, panel.title


def test_dots_for_single_workflows_are_asked_where_there_are_any(expressions: list[Expression]) -> None:
    accounting = WORKFLOW.accounting
    assert accounting is not None
    have = {column.family.name for column in accounting.columns if column.exemplars}
    dotted = {panel.title for panel, one, _ in expressions if one.exemplars}
    for panel, one, expression in expressions:
        read = {declared()[name_of(selector)].family for selector, _ in selectors(expression)}
        if one.exemplars:
            assert read <= have, panel.title
        if read & have and panel.kind in {"timeseries", "heatmap"}:
            assert panel.title in dotted


def test_a_share_leaves_out_what_ended_unobserved() -> None:
    assert {*FAILED.split("|")} < {*ENDED.split("|")}
    assert "Unobserved" not in ENDED


def test_a_shape_refuses_what_would_give_a_wrong_number() -> None:
    scope = scope_of(NAMESPACE)
    with pytest.raises(Misuse, match="is a counter"):
        scope.gauge("argowf_workflow_retries_total")
    with pytest.raises(Misuse, match="is no counter"):
        scope.rate("argowf_workflows", "phase")
    with pytest.raises(Unknown, match="no family has a line 'argowf_workflow_retires_total'"):
        scope.rate("argowf_workflow_retires_total")
    with pytest.raises(Unknown, match="has no labels"):
        scope.rate("argowf_workflow_retries_total", "phase")
    with pytest.raises(Unknown, match="has no labels"):
        scope.rate("argowf_workflow_retries_total", phase="Failed")


def test_a_rate_reads_as_the_rules_do() -> None:
    assert scope_of(NAMESPACE).rate("argowf_workflow_retries_total", "namespace") == (
        "sum by (namespace) (max by (cluster, job, namespace, shard) (rate(argowf_workflow_retries_total{"
        'cluster=~"$cluster", job=~"$job", instance=~"$instance", namespace=~"$namespace"}[$__rate_interval])))'
    )
    within = "sum by (cluster, job, shard, instance) (rate(argowf_workflow_retries_total{"
    assert within in scope_of(NAMESPACE).rate("argowf_workflow_retries_total")
