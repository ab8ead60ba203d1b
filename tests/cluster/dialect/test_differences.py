"""Where we do not answer as a real API server does: all that is known, each with its heading in docs/dialect.md."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest

from tests.cluster.dialect.questions import AGGREGATED, ALL, LIST, METADATA_LIST, NONE, ONE, OTHER, VERSION
from tests.cluster.dialect.sameness import essence
from tests.cluster.dialect.sides import Both, Side
from tests.cluster.dialect.things import FIRST, SECOND
from tests.cluster.program import Program
from tests.controlplane.admin import Object
from tests.controlplane.cluster import Cluster

READING_ONLY, FORMATS, KINDS, WATCHED, PATHS, ERRORS, PAGES, VERSIONS, SELECTORS = HEADINGS = (
    "Nothing can be changed or watched",
    "JSON is the only format",
    "Only what is in the cache is offered",
    "Only what is watched, and while it is fresh",
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

    def check(self, both: Both) -> None:
        """Ask both: they answer with these codes, and not the same."""
        headers = {"Accept": self.accept} if self.accept else {}
        real, ours = both.ask(lambda side: side.ask(self.method, self.target, headers))
        assert (real.code, ours.code) == (self.real, self.ours)
        assert essence(real) != essence(ours)


DIFFERENCES = (
    Difference(READING_ONLY, LIST, 400, 405, method="POST"),  # an empty body: nothing is made there either
    Difference(READING_ONLY, LIST, 400, 405, method="PUT"),
    Difference(READING_ONLY, LIST, 405, 405, method="OPTIONS"),
    Difference(READING_ONLY, "/apis", 200, 405, method="POST"),
    Difference(READING_ONLY, "/api", 405, 200, method="HEAD"),
    Difference(READING_ONLY, "/version", 405, 200, method="HEAD"),
    Difference(READING_ONLY, "/api/v1", 405, 200, method="HEAD"),
    Difference(FORMATS, OTHER, 200, 406, "application/yaml"),
    Difference(FORMATS, ONE, 200, 406, "application/yaml"),
    Difference(FORMATS, "/apis", 200, 406, "application/yaml"),
    Difference(FORMATS, "/apis", 200, 406, "application/vnd.kubernetes.protobuf"),
    Difference(FORMATS, LIST, 406, 200, "APPLICATION/JSON"),
    Difference(FORMATS, LIST, 200, 406, "application/json;q=x"),
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
PARTLY = (
    Difference(WATCHED, LIST, 200, 403),
    Difference(WATCHED, NONE, 200, 403),
    Difference(WATCHED, ONE, 200, 403),
    Difference(WATCHED, f"{ALL}?fieldSelector=metadata.namespace%3D{FIRST}", 200, 403),
    Difference(WATCHED, f"{OTHER}/number-0", 200, 404),
    Difference(WATCHED, OTHER, 200, 200),
    Difference(WATCHED, ALL, 200, 200),
)
"""What is different where ``--namespaces`` and ``--label-selector`` are set."""


@pytest.mark.parametrize("difference", DIFFERENCES, ids=str)
def test_a_difference_is_the_one_that_is_known(both: Both, difference: Difference) -> None:
    difference.check(both)


def test_every_heading_of_the_documentation_has_its_differences_and_the_other_way_round() -> None:
    page = (Path(__file__).parents[3] / "docs" / "dialect.md").read_text()
    assert [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")] == list(HEADINGS)
    assert {one.heading for one in (*DIFFERENCES, *PARTLY)} == set(HEADINGS)


@pytest.fixture(scope="module")
def partial(control_plane: Cluster, real: Side, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """The real API server, and a program that watches some of the workflows of one namespace."""
    home = tmp_path_factory.mktemp("partial")
    flags = [f"--kubeconfig={control_plane.kubeconfig()}", f"--namespaces={SECOND}", "--label-selector=team=red"]
    with Program(flags, home / "program.log") as program:
        program.wait_live()
        host, port = program.address
        yield Both(real, Side(f"http://{host}:{port}", home))


@pytest.mark.parametrize("difference", PARTLY, ids=str)
def test_a_program_that_watches_a_part_says_what_it_cannot_know(partial: Both, difference: Difference) -> None:
    difference.check(partial)


def test_what_is_not_watched_is_in_no_list(partial: Both) -> None:
    for path in (ALL, OTHER):
        assert names(document(partial, path)) == ["number-1", "number-3", "number-5"]


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
    reading = ["get", "list"]
    kinds = ("workflows", "cronworkflows", "workflowtemplates", "clusterworkflowtemplates")
    assert [(one["name"], one["verbs"]) for one in offered] == [(kind, reading) for kind in kinds]
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


@pytest.mark.parametrize(
    ("phase", "found"), [("Failed", ["number-4"]), ("Pending", ["number-1"]), ("", ["number-0"]), ("Other", [])]
)
def test_workflows_are_selected_by_their_phase(both: Both, phase: str, found: list[str]) -> None:
    assert names(document(both, f"{OTHER}?fieldSelector=status.phase%3D{phase}")) == found
    assert names(document(both, f"{NONE}?fieldSelector=status.phase%3D{phase}")) == []


def test_a_phase_that_argo_does_not_have_is_refused_and_not_empty(both: Both) -> None:
    told = both.ours.ask("GET", f"{OTHER}?fieldSelector=status.phase%3DUnset", {})
    assert (told.code, msgspec.json.decode(told.body)["reason"]) == (400, "BadRequest")
