"""Expressions as promql-parser reads them, walked from the outside in."""

from collections.abc import Iterator
from typing import Any

import promql_parser

from dashboards.reading import Board, Moment, plain

MOMENT = Moment(span=21_600, step=120, rates=135)
"""Six hours in a graph of the usual width."""
LOOKED_FOR = 135.0
"""Seconds that stand for ``$__rate_interval`` in what was parsed."""

Node = Any
"""The parser's classes share no base."""


def parsed(expression: str, board: Board) -> Node:
    """Read an expression with everything chosen; raises ``ValueError`` for what is no PromQL."""
    return promql_parser.parse(plain(expression, board, MOMENT))


def walk(node: Node, *outer: Node) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Give every node with those around it, the nearest last."""
    yield node, outer
    for inner in _inner(node):
        yield from walk(inner, *outer, node)


def selectors(node: Node) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Give every selector of series with what is around it."""
    for found, outer in walk(node):
        if isinstance(found, promql_parser.VectorSelector):
            yield found, outer


def name_of(selector: Node) -> str:
    """The name of a selector's line."""
    return str(selector.name)


def matchers(selector: Node) -> list[tuple[str, str, str]]:
    """The label, the operator's name and the value of each matcher."""
    return [(one.name, str(one.op), one.value) for one in selector.matchers.matchers]


def labels(node: Node) -> set[str]:
    """The labels of what an expression gives, as far as its aggregations say."""
    match node:
        case promql_parser.AggregateExpr() if str(node.op) in {"topk", "bottomk"}:
            return labels(node.expr)
        case promql_parser.AggregateExpr():
            return set() if node.modifier is None else {*node.modifier.labels}
        case promql_parser.BinaryExpr():
            return labels(node.lhs) | labels(node.rhs)
        case promql_parser.Call() if node.func.name == "histogram_quantile":
            return labels(node.args[1]) - {"le"}
        case promql_parser.ParenExpr():
            return labels(node.expr)
        case _:
            return set()


def _inner(node: Node) -> Iterator[Node]:
    match node:
        case promql_parser.BinaryExpr():
            yield from (node.lhs, node.rhs)
        case promql_parser.Call():
            yield from node.args
        case promql_parser.MatrixSelector():
            yield node.vector_selector
        case promql_parser.AggregateExpr():
            yield node.expr
            if node.param is not None:
                yield node.param
        case promql_parser.ParenExpr() | promql_parser.UnaryExpr() | promql_parser.SubqueryExpr():
            yield node.expr
        case _:
            return
