"""The runbooks name things that there are: queries, flags, paths, fields of commands, other pages."""

import re
from pathlib import Path

import promql_parser as promql
import pytest

from deploy.prometheus import rules
from exporter.config.settings import TABLE
from exporter.kinds.cronworkflow import CRON_WORKFLOW
from exporter.kinds.workflow import WORKFLOW
from tests.rules import declared
from tests.rules.reading import readings

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
BOOKS = [page for page in PAGES if page.stem != "README"]
SECTIONS = ["How to look", "What to do", "What it is not"]
TARGET_LABELS = {"cluster", "job", "instance", "shard"}
SERVED_ELSEWHERE = {"up"}
"""What Prometheus itself makes."""
FLAGS_OF_OTHERS = {
    *("all-namespaces", "as", "burst", "field-selector", "from", "managed-namespace", "namespaced", "previous"),
    *("qps", "raw", "server", "since", "runbooks"),
}
"""Flags of kubectl, of Argo's tools and of our command for rules."""
PATHS = {"/livez", "/readyz", "/metrics"}


def fenced(page: Path, language: str) -> list[str]:
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return [block.strip() for block in found]


@pytest.mark.parametrize("page", BOOKS, ids=lambda page: page.stem)
def test_a_page_has_its_name_its_meaning_and_its_sections(page: Path) -> None:
    lines = page.read_text().splitlines()
    assert lines[0] == f"# {page.stem}"
    assert len(lines[2]) > 40
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == SECTIONS
    assert fenced(page, "promql")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_queries_of_a_page_read_what_there_is(page: Path) -> None:
    known = declared.series()
    for query in fenced(page, "promql"):
        for one in readings(query):
            if one.family in SERVED_ELSEWHERE:
                continue
            assert one.family in known, query
            looked_at = {label for groups in (one.grouped("sum"), one.grouped("max")) for by in groups for label in by}
            assert looked_at | one.matched <= known[one.family] | TARGET_LABELS, query


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_queries_of_a_page_count_no_replica_twice(page: Path) -> None:
    for query in fenced(page, "promql"):
        for one in readings(query):
            if "sum" in one.functions:
                assert [by for by in one.grouped("max") if "shard" in by], query
            for function in ("rate", "increase"):
                assert function not in one.functions[1:], query


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_words_of_a_page_that_look_like_ours_are_ours(page: Path) -> None:
    text = page.read_text()
    flags = {*re.findall(r"(?<![\w-])--([a-z][a-z.-]*[a-z])", text)} - FLAGS_OF_OTHERS
    assert flags <= {setting.name for setting in TABLE}
    families = {*re.findall(r"\b(?:argowf|informer|informer_exporter)_[a-z_]+\b", text)}
    assert families <= {*declared.series(), *declared.families()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_paths_of_the_exporter_on_a_page_are_answered(page: Path) -> None:
    documented = set(re.findall(r"`(/api/v1/\w+)", (ROOT / "docs" / "page.md").read_text()))
    asked = {found for found in re.findall(r"127\.0\.0\.1:9798(/[\w/]*)", page.read_text()) if found != "/"}
    assert asked <= documented | PATHS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_selections_of_kubectl_on_a_page_are_ones_that_the_exporter_answers(page: Path) -> None:
    for line in fenced(page, "console"):
        for command in line.splitlines():
            if "--server=http://127.0.0.1:9798" not in command:
                continue
            resource = re.findall(r"\bget (\w+)", command)
            assert resource in ([WORKFLOW.resource.plural], [CRON_WORKFLOW.resource.plural])
            assert re.findall(r"--field-selector (\S+?)=", command) in ([], ["status.phase"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_index_names_every_alert_with_its_severities_in_order() -> None:
    severities: dict[str, list[str]] = {}
    for alert in rules.alerts(rules.source()):
        severities.setdefault(alert["alert"], []).append(alert["labels"]["severity"])
    rows = re.findall(
        r"^\| \[(\w+)\]\(\1\.md\) \| ([\w, ]+) \|", (PAGES[0].parent / "README.md").read_text(), re.MULTILINE
    )
    assert rows == [(name, ", ".join(each)) for name, each in severities.items()]


def test_the_queries_can_be_read_by_a_parser() -> None:
    queries = [query for page in PAGES for query in fenced(page, "promql")]
    assert len(queries) > len(BOOKS)
    for query in queries:
        promql.parse(query)
