"""The same questions over HTTP, to a real API server and to us: the same answers."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest

from tests.cluster.dialect.questions import (
    ACCEPTS,
    AGGREGATED,
    ALL,
    CRON,
    CRONS,
    FIELDS,
    GROUP,
    LIST,
    METADATA_LIST,
    NONE,
    ONE,
    OTHER,
    PATHS,
    QUERIES,
    SELECTORS,
    TABLE,
    TABLE_BETA,
    TABLES,
    VERSION,
)
from tests.cluster.dialect.sameness import Essence, essence
from tests.cluster.dialect.sides import Both, Side
from tests.cluster.dialect.things import UNICODE


def read(target: str, accept: str = "", method: str = "GET") -> Callable[[Side], Essence]:
    headers = {"Accept": accept} if accept else {}
    return lambda side: essence(side.ask(method, target, headers))


@pytest.mark.parametrize("target", PATHS)
def test_paths_mean_the_same(both: Both, target: str) -> None:
    both.compare(read(target))


@pytest.mark.parametrize("selector", SELECTORS)
def test_label_selectors_select_the_same(both: Both, selector: str) -> None:
    both.compare(read(f"{ALL}?{urlencode({'labelSelector': selector})}"))


@pytest.mark.parametrize("selector", FIELDS)
def test_field_selectors_select_the_same(both: Both, selector: str) -> None:
    both.compare(read(f"{ALL}?{urlencode({'fieldSelector': selector})}"))


@pytest.mark.parametrize("query", QUERIES)
def test_queries_are_understood_or_refused_alike(both: Both, query: str) -> None:
    both.compare(read(f"{LIST}?{query}"))


@pytest.mark.parametrize("accept", [TABLE, TABLE_BETA])
@pytest.mark.parametrize("query", TABLES)
@pytest.mark.parametrize("path", [LIST, ONE, OTHER, NONE, CRONS, CRON])
def test_tables_have_the_same_cells(both: Both, path: str, query: str, accept: str) -> None:
    both.compare(read(path + query, accept))


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize("path", [LIST, f"{LIST}/never", f"{LIST}?limit=2", f"{LIST}?limit=abc"])
def test_the_form_of_a_list_is_chosen_alike(both: Both, path: str, accept: str) -> None:
    both.compare(read(path, accept))


@pytest.mark.parametrize("accept", [accept for accept in ACCEPTS if "MetadataList" not in accept])
def test_the_form_of_an_object_is_chosen_alike(both: Both, accept: str) -> None:
    both.compare(read(ONE, accept))


@pytest.mark.parametrize("target", [LIST, ONE, ALL, f"{LIST}/never", f"{LIST}?limit=abc", "/apis/nonsense"])
def test_head_is_answered_like_get_without_a_body(both: Both, target: str) -> None:
    both.compare(read(target, method="HEAD"))


@pytest.mark.parametrize("accept", ["", TABLE, METADATA_LIST])
@pytest.mark.parametrize("limit", [1, 2, 7, 500])
@pytest.mark.parametrize("query", ["", "&labelSelector=team", "&fieldSelector=metadata.name!%3Dlines"])
def test_pages_break_at_the_same_objects(both: Both, query: str, limit: int, accept: str) -> None:
    both.compare(lambda side: pages(side, f"{ALL}?limit={limit}{query}", accept))


@pytest.mark.parametrize("limit", [1, 2, 7])
@pytest.mark.parametrize("path", [ALL, LIST, OTHER])
@pytest.mark.parametrize(
    "query", ["labelSelector=team%3Dred", "fieldSelector=metadata.name%3Dlines", "labelSelector=never"]
)
@pytest.mark.parametrize("accept", ["", METADATA_LIST])
def test_pages_of_what_is_selected_end_alike(both: Both, path: str, query: str, limit: int, accept: str) -> None:
    both.compare(lambda side: pages(side, f"{path}?limit={limit}&{query}", accept))


def pages(side: Side, target: str, accept: str) -> list[Essence]:
    """Give every page of a list, each asked for with the token of the one before."""
    found, token = [], ""
    while True:
        told = side.ask("GET", target + token, {"Accept": accept} if accept else {})
        found.append(essence(told))
        metadata: Mapping[str, str] = msgspec.json.decode(told.body)["metadata"]
        if not metadata.get("continue"):
            return found
        token = f"&continue={quote(metadata['continue'])}"


@pytest.mark.parametrize("path", [GROUP, f"{GROUP}/"])
def test_the_group_is_described_alike(both: Both, path: str) -> None:
    both.compare(read(path))


@pytest.mark.parametrize("path", [VERSION, f"{VERSION}/"])
def test_the_kind_is_described_alike_but_for_what_can_be_done(both: Both, path: str) -> None:
    def described(side: Side) -> Any:
        document = msgspec.json.decode(side.ask("GET", path, {}).body)
        return document | {"resources": readable(document["resources"], "name")}

    both.compare(described)


def test_the_aggregated_document_describes_it_alike_but_for_what_can_be_done(both: Both) -> None:
    def described(side: Side) -> Any:
        told = side.ask("GET", "/apis", {"Accept": AGGREGATED})
        assert (told.headers["content-type"], told.headers["vary"]) == (AGGREGATED, "Accept")
        groups = msgspec.json.decode(told.body)["items"]
        (group,) = (group for group in groups if group["metadata"].get("name") == "argoproj.io")
        (version,) = group["versions"]
        return version | {"resources": readable(version["resources"], "resource")}

    both.compare(described)


def readable(resources: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Give the entry of workflows, of its verbs those that are ours, and without the hash of how it is stored."""
    (found,) = (resource for resource in resources if resource[name] == "workflows")
    verbs = [verb for verb in found["verbs"] if verb in {"get", "list"}]
    return {k: v for k, v in found.items() if k != "storageVersionHash"} | {"verbs": verbs}


def test_the_judge_finds_no_difference_between_a_server_and_itself(both: Both) -> None:
    itself = Both(both.real, both.real)
    for target in PATHS:
        itself.compare(read(target))
    for accept in ACCEPTS:
        itself.compare(read(LIST, accept))


def test_the_judge_sees_what_differs(both: Both) -> None:
    def told(target: str, accept: str = "") -> Essence:
        return read(target, accept)(both.real)

    assert told(LIST) != told(f"{LIST}?limit=1")
    assert told(LIST) != told(LIST, TABLE)
    assert told(LIST, TABLE) != told(LIST, TABLE_BETA)
    assert told(ONE) != told(f"{LIST}/bare")
    assert told(f"{LIST}?limit=abc") != told(f"{LIST}?limit=abd")
    unicode = msgspec.json.decode(both.real.ask("GET", f"{LIST}/unicode", {}).body)
    assert unicode["status"]["message"] == UNICODE
