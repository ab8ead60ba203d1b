"""Where we do not answer as a real API server does: all that is known, each with its heading in docs/dialect.md."""

from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest

from tests.cluster.dialect.questions import AGGREGATED, ALL, LIST, METADATA_LIST, NONE, ONE, OTHER, VERSION
from tests.cluster.dialect.sameness import essence
from tests.cluster.dialect.sides import Both
from tests.controlplane.admin import Object

READING_ONLY, FORMATS, KINDS, PATHS, ERRORS, PAGES, VERSIONS, SELECTORS = (
    "Nothing can be changed or watched",
    "JSON is the only format",
    "Only what is in the cache is offered",
    "Paths are taken as they are written",
    "A caller's mistake is an error of 400",
    "Pages",
    "There is one version, the present",
    "More can be selected",
)


class Difference(msgspec.Struct, frozen=True):
    """One question, and the codes with which it is answered."""

    heading: str
    target: str
    real: int
    ours: int
    accept: str = ""
    method: str = "GET"

    def __str__(self) -> str:
        return f"{self.method} {self.target} {self.accept}"


DIFFERENCES = (
    Difference(READING_ONLY, LIST, 400, 405, method="POST"),  # an empty body: nothing is made there either
    Difference(READING_ONLY, LIST, 400, 405, method="PUT"),
    Difference(READING_ONLY, LIST, 405, 405, method="OPTIONS"),
    Difference(READING_ONLY, "/apis", 200, 405, method="POST"),
    Difference(READING_ONLY, "/api", 405, 200, method="HEAD"),
    Difference(READING_ONLY, "/version", 405, 200, method="HEAD"),
    Difference(FORMATS, OTHER, 200, 406, "application/yaml"),
    Difference(FORMATS, ONE, 200, 406, "application/yaml"),
    Difference(FORMATS, "/apis", 200, 406, "application/yaml"),
    Difference(FORMATS, "/apis", 200, 406, "application/vnd.kubernetes.protobuf"),
    Difference(FORMATS, LIST, 406, 200, "APPLICATION/JSON"),
    Difference(FORMATS, LIST, 200, 406, "application/json;q=x"),
    Difference(KINDS, f"{VERSION}/cronworkflows", 200, 404),
    Difference(KINDS, "/api/v1/pods", 200, 404),
    Difference(KINDS, "/apis/apps", 200, 404),
    Difference(KINDS, "/openapi/v2", 200, 404, "application/json"),
    Difference(KINDS, "/openapi/v3", 200, 404),
    Difference(KINDS, "/api/v1/namespaces/default", 200, 405),
    Difference(PATHS, "/%61pis/argoproj.io/v1alpha1/workflows", 200, 404),
    Difference(PATHS, "/apis/argoproj%2Eio/v1alpha1/workflows", 200, 404),
    Difference(PATHS, "/apis/argoproj.io//", 200, 404),
    Difference(PATHS, f"{LIST}/..", 400, 404),
    Difference(PATHS, f"{LIST}/%2e%2e", 400, 404),
    Difference(PATHS, f"{LIST}/%ff", 404, 404),
    Difference(ERRORS, f"{LIST}?timeout=abc", 400, 200),
    Difference(ERRORS, f"{ONE}?timeout=abc", 400, 200),
    Difference(ERRORS, f"{ONE}?resourceVersion=abc", 500, 400),
    Difference(ERRORS, f"{ONE}?resourceVersion=-1", 500, 400),
    Difference(ERRORS, ONE, 500, 406, METADATA_LIST),
    Difference(ERRORS, f"{LIST}?resourceVersionMatch=Nonsense", 422, 422),
    Difference(ERRORS, f"{LIST}?labelSelector={'a' * 2000}", 400, 400),
    Difference(PAGES, f"{LIST}?limit=1&continue=garbage", 400, 400),
    Difference(PAGES, f"{LIST}?limit=1&continue=e30", 400, 400),
    Difference(PAGES, f"{LIST}?limit=1&resourceVersion=0", 200, 200),
    Difference(VERSIONS, f"{LIST}?resourceVersion=1&resourceVersionMatch=Exact", 200, 410),
    Difference(SELECTORS, f"{LIST}?fieldSelector=status.phase%3DFailed", 400, 200),
    Difference(SELECTORS, f"{LIST}?annotationSelector=a", 200, 400),
)


@pytest.mark.parametrize("difference", DIFFERENCES, ids=str)
def test_a_difference_is_the_one_that_is_known(both: Both, difference: Difference) -> None:
    headers = {"Accept": difference.accept} if difference.accept else {}
    real, ours = both.ask(lambda side: side.ask(difference.method, difference.target, headers))
    assert (real.code, ours.code) == (difference.real, difference.ours)
    assert essence(real) != essence(ours)


def test_every_difference_has_its_heading_in_the_documentation() -> None:
    page = (Path(__file__).parents[3] / "docs" / "dialect.md").read_text()
    assert {f"## {difference.heading}" for difference in DIFFERENCES} <= set(page.splitlines())


def document(both: Both, target: str, accept: str = "") -> Object:
    told = both.ours.ask("GET", target, {"Accept": accept} if accept else {})
    assert told.code == 200
    found: Object = msgspec.json.decode(told.body)
    return found


def names(page: Object) -> list[str]:
    return [item["metadata"]["name"] for item in page["items"]]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", [ALL, LIST, ONE])
def test_every_method_but_reading_is_refused(both: Both, path: str, method: str) -> None:
    told = both.ours.ask(method, path, {})
    assert told.code == 405
    assert msgspec.json.decode(told.body)["reason"] == "MethodNotAllowed"


@pytest.mark.parametrize(
    "query", ["watch=true", "watch=1", "watch", "watch=maybe", "watch=true&sendInitialEvents=true"]
)
@pytest.mark.parametrize("path", [ALL, LIST])
def test_nothing_is_watched(both: Both, path: str, query: str) -> None:
    told = both.ours.ask("GET", f"{path}?{query}", {})
    assert (told.code, msgspec.json.decode(told.body)["reason"]) == (405, "MethodNotAllowed")


def test_only_reading_is_offered_and_only_what_is_in_the_cache(both: Both) -> None:
    offered = document(both, VERSION)["resources"]
    assert [(one["name"], one["verbs"]) for one in offered] == [("workflows", ["get", "list"])]
    assert document(both, "/api/v1")["resources"] == []
    (group,) = document(both, "/apis", AGGREGATED)["items"]
    assert group["metadata"]["name"] == "argoproj.io"


def test_the_older_aggregated_document_is_still_offered(both: Both) -> None:
    older = AGGREGATED.replace("v=v2", "v=v2beta1")
    assert document(both, "/apis", older)["apiVersion"] == "apidiscovery.k8s.io/v2beta1"


def test_the_version_is_that_of_the_dialect(both: Both) -> None:
    real, ours = both.ask(lambda side: msgspec.json.decode(side.ask("GET", "/version", {}).body))
    assert (ours["major"], ours["minor"]) == (real["major"], real["minor"])
    assert ours["gitVersion"].startswith(f"v{real['major']}.{real['minor']}.0+informer-exporter.")
    assert set(ours) <= set(real)


def test_a_limit_is_kept_whatever_version_is_asked_for(both: Both) -> None:
    assert len(names(document(both, f"{LIST}?limit=1&resourceVersion=0"))) == 1


def test_a_page_goes_on_from_where_the_last_one_ended(both: Both) -> None:
    whole = names(document(both, LIST))
    first = document(both, f"{LIST}?limit=3")
    token = quote(first["metadata"]["continue"])
    assert names(first) + names(document(both, f"{LIST}?continue={token}")) == whole


def test_a_token_of_the_real_one_means_nothing_here(both: Both) -> None:
    page = msgspec.json.decode(both.real.ask("GET", f"{LIST}?limit=1", {}).body)
    token = quote(page["metadata"]["continue"])
    assert both.ours.ask("GET", f"{LIST}?limit=1&continue={token}", {}).code == 400


@pytest.mark.parametrize(("phase", "found"), [("Failed", ["number-4"]), ("Pending", ["number-1"]), ("x", [])])
def test_workflows_are_selected_by_their_phase(both: Both, phase: str, found: list[str]) -> None:
    assert names(document(both, f"{OTHER}?fieldSelector=status.phase%3D{phase}")) == found
    assert names(document(both, f"{NONE}?fieldSelector=status.phase%3D{phase}")) == []
