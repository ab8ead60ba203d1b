"""Expressions of PromQL, read by a parser that is not ours: which series they read, and through what."""

from collections.abc import Iterator
from typing import Any

import msgspec
import promql_parser as promql


class Reading(msgspec.Struct, frozen=True):
    """One selector of an expression, and everything around it, the innermost first."""

    family: str
    matched: frozenset[str]
    """The labels that the selector looks at."""
    around: tuple[Any, ...]
    """Calls and aggregations; parentheses and operators are left out."""

    @property
    def functions(self) -> list[str]:
        """The functions and aggregations around it, the innermost first."""
        return [one.func.name if isinstance(one, promql.Call) else str(one.op) for one in self.around]

    def grouped(self, operator: str) -> list[set[str]]:
        """By which labels each aggregation of that name groups, the innermost first."""
        return [
            set(one.modifier.labels) if one.modifier else set()
            for one in self.around
            if isinstance(one, promql.AggregateExpr) and str(one.op) == operator
        ]


def readings(expression: str) -> list[Reading]:
    """Give every selector of an expression.

    Raises:
        ValueError: it cannot be parsed.
    """
    return [*_read(promql.parse(expression), ())]


def _read(node: Any, around: tuple[Any, ...]) -> Iterator[Reading]:
    match node:
        case promql.VectorSelector():
            yield Reading(node.name or "", frozenset(one.name for one in node.matchers.matchers), around)
        case promql.MatrixSelector():
            yield from _read(node.vector_selector, around)
        case promql.Call():
            for argument in node.args:
                yield from _read(argument, (node, *around))
        case promql.AggregateExpr():
            yield from _read(node.expr, (node, *around))
        case promql.BinaryExpr():
            yield from _read(node.lhs, around)
            yield from _read(node.rhs, around)
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            yield from _read(node.expr, around)
        case _:
            pass
