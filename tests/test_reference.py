"""The metric reference is of all families, up to date, and every example of it can be asked as it stands."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import promql_parser as promql
import pytest

from exporter import cli, reference
from exporter.metrics.family import Family, Type, check_together
from exporter.reference.words import Example, fill
from tests.prometheus.programs import find

PAGE = Path(__file__).parent.parent / "docs" / "metrics.md"
FAMILIES = {family.name: family for family in reference.families()}
TARGET = {"instance", "job", "shard"}
"""Labels that a sample has beside those of its family."""
DISTRIBUTIONS = {Type.HISTOGRAM, Type.SUMMARY}


def every(expression: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Give all parts of an expression, each with those around it, the nearest last."""
    yield expression, above
    inside = (*above, expression)
    match expression:
        case promql.AggregateExpr():
            parts = [expression.expr, expression.param]
        case promql.BinaryExpr():
            parts = [expression.lhs, expression.rhs]
        case promql.Call():
            parts = expression.args
        case promql.MatrixSelector():
            parts = [expression.vector_selector]
        case promql.ParenExpr() | promql.UnaryExpr():
            parts = [expression.expr]
        case promql.VectorSelector() | promql.NumberLiteral() | promql.StringLiteral():
            parts = []
    for part in parts:
        if part is not None:
            yield from every(part, inside)


def selectors(expression: Any) -> list[tuple[Any, tuple[Any, ...]]]:
    return [(part, above) for part, above in every(expression) if isinstance(part, promql.VectorSelector)]


def wrong_with(query: str, family: Family) -> list[str]:
    """Say what is wrong with a query about a family; nothing if it is right."""
    expression = promql.parse(query)
    found = [wrong for selector, above in selectors(expression) for wrong in _wrong_selection(selector, above, family)]
    known = {*family.labels, *TARGET, "le"}
    asked = {label for part, _ in every(expression) for label in _grouped(part)}
    return [
        *found,
        *([] if selectors(expression) else ["selects nothing"]),
        *(f"there is no label {label}" for label in sorted(asked - known)),
    ]


def _grouped(part: Any) -> list[str]:
    modifier = part.modifier if isinstance(part, promql.AggregateExpr) else None
    return list(modifier.labels) if modifier else []


def _wrong_selection(selector: Any, above: tuple[Any, ...], family: Family) -> Iterator[str]:
    bucket = selector.name.endswith("_bucket") and family.type is Type.HISTOGRAM
    labels = {*family.labels, *(["le"] if bucket else [])}
    if selector.name not in family.sample_names:
        yield f"{selector.name} is of another family"
    for matcher in selector.matchers.matchers:
        if matcher.name not in labels:
            yield f"there is no label {matcher.name}"
        if matcher.name == "le" and matcher.value not in {str(float(bound)) for bound in family.buckets}:
            yield f"there is no bucket {matcher.value}"
    rated = any(isinstance(part, promql.Call) and part.func.name in {"rate", "increase"} for part in above)
    if rated != (family.type is Type.COUNTER or family.type in DISTRIBUTIONS):
        yield f"{selector.name} is {'' if rated else 'not '}taken over a window"
    folds = [part for part in above if isinstance(part, promql.AggregateExpr)]
    if not folds or str(folds[-1].op) != "max":
        yield "replicas are not folded with max"
    elif not (labels <= set(_grouped(folds[-1])) and {"shard", "instance"} & set(_grouped(folds[-1]))):
        yield f"max folds what is not the same: by {_grouped(folds[-1])}"


def test_the_page_is_as_the_declarations_are() -> None:
    assert PAGE.read_text() == reference.markdown(), "run: informer-exporter metrics > docs/metrics.md"


def test_the_command_prints_the_page_and_takes_no_flags(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["metrics"]) == cli.DONE
    assert capsys.readouterr().out == reference.markdown()
    assert cli.main(["metrics", "--lookup"]) == cli.WRONG_USAGE
    assert "metrics takes no flags, but --lookup is given" in capsys.readouterr().err


def test_every_family_has_an_example_and_every_example_a_family() -> None:
    assert reference.EXAMPLES.keys() == FAMILIES.keys()


def test_all_families_fit_into_one_exposition_and_each_is_in_one_section() -> None:
    check_together(reference.families())
    assert len(FAMILIES) == len(reference.families())


@pytest.mark.parametrize("name", FAMILIES)
def test_an_example_asks_for_its_family_by_labels_that_it_has_and_counts_nothing_twice(name: str) -> None:
    assert wrong_with(reference.written(FAMILIES[name]), FAMILIES[name]) == []


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("sum(argowf_workflows)", "replicas are not folded with max"),
        ("sum by (phase) (max by (phase, shard) (argowf_workflows))", "max folds what is not the same"),
        ("sum by (team) (max by (namespace, phase, shard) (argowf_workflows))", "there is no label team"),
        ('max by (namespace, phase, shard) (argowf_workflows{pod="a"})', "there is no label pod"),
        ("max by (namespace, phase, shard) (rate(argowf_workflows[5m]))", "argowf_workflows is taken over a window"),
        ("max by (namespace, phase, shard) (argowf_workflow_nodes)", "is of another family"),
        ("vector(1)", "selects nothing"),
    ],
)
def test_a_wrong_example_would_be_found(query: str, wrong: str) -> None:
    assert wrong in " ".join(wrong_with(query, FAMILIES["argowf_workflows"]))


def test_gaps_are_filled_with_what_the_family_has() -> None:
    taxi = Family(name="taxi_rides_total", type=Type.COUNTER, help="Rides.", labels=("town",))
    folded = 'max by (town, shard) (increase(taxi_rides_total{town="rome"}[1h]))'
    assert fill(Example("?", 'sum ({increase:1h|town="rome"})'), taxi) == f"sum ({folded})"
    assert fill(Example("?", "{rate}", of_process=True), taxi) == "max by (town, instance) (rate(taxi_rides_total[5m]))"


def test_each_family_is_on_the_page_with_its_help_its_bound_and_its_query() -> None:
    text = reference.markdown()
    for family in reference.families():
        assert text.count(f"\n### `{family.name}`\n\n{family.help}\n") == 1
        assert f"```promql\n{reference.written(family)}\n```" in text
    for section in reference.SECTIONS:
        assert section.series.keys() == {family.name for family in section.families}
        assert all(section.series.values())


def test_prometheus_takes_every_example_for_a_rule(tmp_path: Path) -> None:
    rules = [{"record": f"example:{name}", "expr": reference.written(family)} for name, family in FAMILIES.items()]
    path = tmp_path / "rules.yaml"
    path.write_bytes(msgspec.json.encode({"groups": [{"name": "examples", "rules": rules}]}))
    checked = subprocess.run(
        [find("promtool"), "check", "rules", "--lint=all", "--lint-fatal", path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    assert f"{len(rules)} rules found" in checked.stdout
