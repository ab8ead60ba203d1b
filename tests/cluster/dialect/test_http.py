"""The same questions over HTTP, to a real API server and to us: the same answers, but for what is named here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest

from tests.cluster.dialect.sameness import Essence, essence
from tests.cluster.dialect.sides import Both, Side
from tests.cluster.dialect.things import EMPTY, FIRST, SECOND, UNICODE
from tests.controlplane.argo import WORKFLOWS

ALL, LIST, OTHER, NONE = (WORKFLOWS.path(namespace) for namespace in (None, FIRST, SECOND, EMPTY))
ONE = WORKFLOWS.path(FIRST, "lines")
GROUP, VERSION = "/apis/argoproj.io", "/apis/argoproj.io/v1alpha1"

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
TABLE_BETA = TABLE.replace("v=v1", "v=v1beta1")
METADATA = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
METADATA_LIST = METADATA.replace("Metadata;", "MetadataList;")
KUBECTL = f"{TABLE},{TABLE_BETA},application/json"

PATHS = (
    *(ALL, LIST, OTHER, NONE, ONE, f"{ALL}/", f"{LIST}/", f"{ONE}/", f"{VERSION}/namespaces/never/workflows"),
    *(f"{LIST}/never", f"{NONE}/lines", f"{LIST}/{'n' * 253}", f"{LIST}/{'n' * 300}", f"{LIST}/UPPER", f"{LIST}/a..b"),
    *(f"{LIST}/a.name.with-dots", f"{LIST}/a%2Ename.with-dots", f"{LIST}/%6cines", f"{LIST}/li%20nes", f"{LIST}/%20"),
    *(f"{LIST}/lines%2Fstatus", f"{LIST}%2Flines", f"{LIST}/line%22s", f"{LIST}/{quote('ünï')}", f"{LIST}/lines%00"),
    *(f"{ONE}/status", f"{ONE}/scale", f"{ONE}/log", f"{ONE}/a/b", f"{ONE}?pretty=true", f"{ONE}?limit=abc"),
    *(f"{ONE}?resourceVersion=0", f"{ONE}?resourceVersion=1", f"{ONE}?resourceVersion=abc", f"{ONE}?resourceVersion="),
    *(f"{ONE}?labelSelector=,", f"{ONE}?foo=bar", f"{ONE}?timeoutSeconds=abc", f"{ONE}?resourceVersion=-1"),
    *(f"{LIST}/many-labels", f"{LIST}/leaving", f"{LIST}/owned", f"{LIST}/annotated", f"{LIST}/bare"),
    *(f"{VERSION}/namespaces//workflows", f"{VERSION}/namespaces//workflows/lines", f"{VERSION}/workflows/lines"),
    *(f"{VERSION}/namespaces", f"{VERSION}/namespaces/{FIRST}", f"{VERSION}/namespaces/{FIRST}/nonsense"),
    *(f"{VERSION}/nonsense", f"{VERSION}/nonsense/x", f"{VERSION}/Workflows", f"{VERSION}/workflow", f"{VERSION}/wf"),
    *("/apis/argoproj.io/v9", "/apis/argoproj.io/v9/workflows", "/apis/nonsense", "/apis/nonsense/v1/workflows"),
    *("/apis/nonsense/", "/apis//argoproj.io", "/api/v9", "/api/nonsense", "/api/v1/nonsense", "/apis/argoproj.io/v9/"),
    *("/nonsense", "/APIS", "/api/v1/namespaces/x/nonsense", f"{VERSION}/namespaces/{FIRST}/workflows/lines/x/y/z"),
)

SELECTORS = (
    *("", " ", "team", "!team", "team=red", "team==red", "team!=red", "team in (red,blue)", "team notin (red)"),
    *("team=red,kind=odd", "team=", "team=never", "never", "!never", "n>2", "n<2", "n>x", "team>1", "n in (1,2),n!=1"),
    *(
        "example.com/label-07=value-07",
        "example.com/label-07 in (x)",
        "team in ()",
        "team in (,)",
        ",",
        "team,",
        "a,,b",
    ),
    *("=", "a=b=c", "a b", "a in", "a in (", "a in b", "-a", "a/b/c", "a=-b", "é", "a=é", f"{'b' * 254}/a", "a" * 64),
    *("a=b;c", "a in (b))", "(a)", "!", "!!a", "a=='b'", "a%", "a\n=b", "a" * 5000, "team=red,team=blue"),
)
FIELDS = (
    *("", "metadata.name=lines", "metadata.name==lines", "metadata.name!=lines", "metadata.name=never"),
    *(f"metadata.namespace={FIRST}", f"metadata.namespace!={FIRST}", f"metadata.namespace={SECOND}"),
    *(f"metadata.name=lines,metadata.namespace={FIRST}", "metadata.name=", "metadata.name!=", "metadata.namespace="),
    *("metadata.name=lines,metadata.name=bare", "metadata.name", "=", "=x", ",", "metadata.name=a=b", "a", "!a"),
    *("spec.x=1", "metadata.uid=x", "metadata.labels.team=red", "metadata.name in (lines)", "metadata.name=x\\,y"),
    *(
        "metadata.name=x\\y",
        "metadata.name=x\\",
        "metadata.name=x\\=y",
        " metadata.name=lines",
        "metadata.name = lines",
    ),
    *("metadata.name=lines,", ",metadata.name=lines", "metadata.name=lines,,", "METADATA.NAME=lines", "status.x=1"),
)
NUMBERS = ("", "0", "1", "01", "+1", "-1", "1.5", "abc", "1e3", " 1", "1 ", "0x10", "1_0", "٣", "99999999999999999999")
VERSIONS = ("0", "1", "-1", "abc", "1.5", "01", " 1", "", "99999999999999999999999", "18446744073709551615000", "1,2")
QUERIES = (
    *(f"limit={number}" for number in map(quote, NUMBERS)),
    *(f"timeoutSeconds={number}" for number in map(quote, NUMBERS) if number != "1"),
    *(f"resourceVersion={version}" for version in map(quote, VERSIONS)),
    *(f"resourceVersion={version}&resourceVersionMatch=NotOlderThan" for version in map(quote, VERSIONS)),
    *(f"resourceVersion={version}&resourceVersionMatch=Exact" for version in ("0", "abc", "", "-1")),
    *(f"resourceVersion={version}&resourceVersionMatch=Nonsense" for version in ("0", "1", "")),
    *("resourceVersionMatch=NotOlderThan", "resourceVersionMatch=Exact", "resourceVersionMatch=Nonsense"),
    *("resourceVersionMatch=", "resourceVersionMatch=notolderthan&resourceVersion=0", "limit=1&resourceVersion=0"),
    *("limit=1&limit=2", "limit=2&limit=abc", "limit=abc&limit=2", "labelSelector=team&labelSelector=,"),
    *("sendInitialEvents=true", "sendInitialEvents=false", "sendInitialEvents=", "sendInitialEvents=maybe"),
    *("allowWatchBookmarks=true", "allowWatchBookmarks=maybe", "watch=false", "watch=0", "foo=bar", "foo", "=", "&&"),
    *("Limit=1", "limit", "limit=1;foo=2", "pretty=true", "pretty=maybe", "includeObject=Object", "dryRun=All"),
    *("limit=1&labelSelector=team%3Dred", "limit=3&fieldSelector=metadata.name!%3Dlines", "limit=100", "limit=%ff"),
    *("labelSelector=,&limit=abc", "fieldSelector=x%3D1&labelSelector=,", "sendInitialEvents=true&limit=abc"),
    *("sendInitialEvents=true&labelSelector=,", "resourceVersion=abc&resourceVersionMatch=Nonsense", "continue="),
    *("continue=&limit=2", "resourceVersion=abc&limit=abc", "resourceVersion=abc&labelSelector=,", "%6cimit=2"),
)
TABLES = (
    *("", "?limit=2", "?includeObject=Object", "?includeObject=Metadata", "?includeObject=None", "?includeObject="),
    *("?includeObject=Nonsense", "?includeObject=metadata", "?labelSelector=team%3Dred", "?labelSelector=never"),
    *("?includeObject=Nonsense&labelSelector=never", "?resourceVersion=0", "?limit=abc", "?fieldSelector=x"),
)
ACCEPTS = (
    *(TABLE, TABLE_BETA, METADATA, METADATA_LIST, KUBECTL, METADATA.replace("v=v1", "v=v1beta1")),
    *(METADATA_LIST.replace("v=v1", "v=v1beta1"), f"{METADATA_LIST},{METADATA},application/json"),
    *(
        "application/json",
        "*/*",
        "application/*",
        "application/json;q=0.5",
        "text/html,*/*;q=0.1",
        "application/json, */*",
    ),
    *("application/json;charset=utf-8", "application/json;pretty=1", "APPLICATION/JSON", "application/json;as=;v=v1"),
    *(f"text/html,{TABLE};q=0.2", f"{TABLE.replace('v=v1', 'v=v9')},application/json", f"application/json,{TABLE}"),
    *("*/*;as=Table;v=v1;g=meta.k8s.io", "application/json;g=meta.k8s.io;v=v1", "application/json;as=Nonsense,*/*"),
    *(
        "application/json;q=0.1,*/*;q=0.2",
        f"{TABLE};q=0.1,application/json;q=0.9",
        f"{TABLE};q=0",
        "application/json;q=0",
    ),
    *("application/json;q=x", ",", ",application/json", "application/json;", f"{TABLE.replace(';', ' ; ')}"),
)
REFUSED_ACCEPTS = (
    *(
        TABLE.replace("v=v1", "v=v9"),
        TABLE.replace("g=meta.k8s.io", "g=nonsense"),
        "text/html",
        "application/json;as=X",
    ),
    *("text/*", "nonsense", "application/xml;q=0.9", "application/json;as=Table", "application/json;as=Table;v=v1"),
)
UNWRITTEN_FORMATS = ("application/yaml", "application/cbor")
WRITES = (("POST", 400), ("PUT", 405), ("OPTIONS", 405), ("TRACE", 405), ("NONSENSE", 405))
"""Methods without a body on a list, with the code of an API server; none of these changes anything there."""


def read(target: str, accept: str = "", method: str = "GET") -> Any:
    headers = {"Accept": accept} if accept else {}

    def ask(side: Side) -> Essence:
        return essence(side.ask(method, target, headers))

    return ask


def codes(both: Both, target: str, accept: str = "", method: str = "GET") -> tuple[int, int]:
    real, ours = both.ask(read(target, accept, method))
    return real.code, ours.code


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
@pytest.mark.parametrize("path", [LIST, ONE, OTHER, NONE])
def test_tables_have_the_same_cells(both: Both, path: str, query: str, accept: str) -> None:
    both.compare(read(path + query, accept))


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize("path", [LIST, ONE, f"{LIST}/never", f"{LIST}?limit=2", f"{LIST}?limit=abc"])
def test_the_form_of_an_answer_is_chosen_alike(both: Both, path: str, accept: str) -> None:
    both.compare(read(path, accept))


@pytest.mark.parametrize("target", [LIST, ONE, ALL, f"{LIST}/never", f"{LIST}?limit=abc", "/apis/nonsense"])
def test_head_is_answered_like_get_without_a_body(both: Both, target: str) -> None:
    both.compare(read(target, method="HEAD"))


@pytest.mark.parametrize("accept", ["", TABLE, METADATA_LIST])
@pytest.mark.parametrize("limit", [1, 2, 7, 500])
@pytest.mark.parametrize("query", ["", "&labelSelector=team", "&fieldSelector=metadata.name!%3Dlines"])
def test_pages_break_at_the_same_objects(both: Both, query: str, limit: int, accept: str) -> None:
    both.compare(lambda side: pages(side, f"{ALL}?limit={limit}{query}", accept))


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


def test_the_resource_is_described_alike_but_for_what_can_be_done(both: Both) -> None:
    both.compare(lambda side: _described(side, VERSION, "resources", "name"))


def test_the_aggregated_document_describes_it_alike_but_for_what_can_be_done(both: Both) -> None:
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

    def resource(side: Side) -> Any:
        told = side.ask("GET", "/apis", {"Accept": accept})
        assert (told.headers["content-type"], told.headers["vary"]) == (accept, "Accept")
        groups = msgspec.json.decode(told.body)["items"]
        (group,) = (group for group in groups if group["metadata"].get("name") == "argoproj.io")
        (version,) = group["versions"]
        return _readable(version["resources"], "resource")

    both.compare(resource)


def _described(side: Side, path: str, member: str, name: str) -> Any:
    document = msgspec.json.decode(side.ask("GET", path, {}).body)
    return document | {member: _readable(document[member], name)}


def _readable(resources: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The entry of workflows; of its verbs those that read, and without the hash of how it is stored."""
    (found,) = (resource for resource in resources if resource[name] == "workflows")
    verbs = [verb for verb in found["verbs"] if verb in {"get", "list"}]
    return {k: v for k, v in found.items() if k != "storageVersionHash"} | {"verbs": verbs}


# What differs, each with its heading in docs/dialect.md.


@pytest.mark.parametrize("path", [LIST, ONE])
@pytest.mark.parametrize("accept", REFUSED_ACCEPTS)
def test_unknown_formats_are_refused_by_both_in_their_own_words(both: Both, path: str, accept: str) -> None:
    """Formats."""
    assert codes(both, path, accept) == (406, 406)


@pytest.mark.parametrize("accept", UNWRITTEN_FORMATS)
def test_formats_other_than_json_are_not_written(both: Both, accept: str) -> None:
    """Formats."""
    assert codes(both, LIST, accept)[1] == 406
    assert codes(both, LIST, f"{accept},application/json") == (200, 200)


@pytest.mark.parametrize(("method", "real"), WRITES)
def test_nothing_is_written(both: Both, method: str, real: int) -> None:
    """Methods."""
    assert codes(both, LIST, method=method) == (real, 405)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", [ALL, LIST, ONE])
def test_every_method_but_reading_is_refused(both: Both, path: str, method: str) -> None:
    """Methods."""
    told = both.ours.ask(method, path, {})
    assert (told.code, told.headers["allow"]) == (405, "GET, HEAD")
    assert msgspec.json.decode(told.body)["reason"] == "MethodNotAllowed"


@pytest.mark.parametrize(
    "query", ["watch=true", "watch=1", "watch", "watch=maybe", "watch=true&sendInitialEvents=true"]
)
@pytest.mark.parametrize("path", [ALL, LIST])
def test_nothing_is_watched(both: Both, path: str, query: str) -> None:
    """Watching."""
    told = both.ours.ask("GET", f"{path}?{query}", {})
    assert (told.code, msgspec.json.decode(told.body)["reason"]) == (405, "MethodNotAllowed")


@pytest.mark.parametrize("token", ["garbage", "abc=", "e30", "%00", "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MX0"])
def test_a_token_that_is_not_our_own_is_refused(both: Both, token: str) -> None:
    """Pages."""
    assert codes(both, f"{LIST}?limit=1&continue={token}") == (400, 400)


def test_an_old_page_goes_on_from_the_present(both: Both) -> None:
    """Pages."""
    first = msgspec.json.decode(both.ours.ask("GET", f"{LIST}?limit=1", {}).body)
    token = quote(first["metadata"]["continue"])
    assert both.ours.ask("GET", f"{LIST}?limit=1&continue={token}&resourceVersion=0", {}).code == 200
    assert both.ours.ask("GET", f"{LIST}?limit=1&continue={token}&resourceVersion=1", {}).code == 400


def test_a_version_to_come_is_waited_for_by_both_and_then_refused(both: Both) -> None:
    """Versions."""
    target = f"{LIST}?resourceVersion=9999999999&resourceVersionMatch=NotOlderThan&timeoutSeconds=1"
    real, ours = both.ask(read(target))
    assert (real.code, ours.code) == (504, 504)


def test_phases_can_be_selected_here_alone(both: Both) -> None:
    """Selectors."""
    assert codes(both, f"{OTHER}?fieldSelector=status.phase%3DFailed") == (400, 200)
    found = msgspec.json.decode(both.ours.ask("GET", f"{OTHER}?fieldSelector=status.phase%3DFailed", {}).body)
    assert [item["metadata"]["name"] for item in found["items"]] == ["number-4"]


@pytest.mark.parametrize("path", ["/openapi/v2", "/openapi/v3"])
def test_no_schema_is_offered(both: Both, path: str) -> None:
    """Discovery."""
    assert codes(both, path, "application/json") == (200, 404)


def test_only_what_is_in_the_cache_is_offered(both: Both) -> None:
    """Discovery."""
    found = msgspec.json.decode(both.ours.ask("GET", VERSION, {}).body)
    assert [(one["name"], one["verbs"]) for one in found["resources"]] == [("workflows", ["get", "list"])]
    assert codes(both, f"{VERSION}/cronworkflows") == (200, 404)
    assert codes(both, "/api/v1/pods") == (200, 404)


def test_each_tells_its_own_version(both: Both) -> None:
    """Discovery."""
    real, ours = (msgspec.json.decode(side.ask("GET", "/version", {}).body) for side in (both.real, both.ours))
    assert (ours["major"], ours["minor"]) == (real["major"], real["minor"])
    assert set(ours) <= set(real)


def test_the_judge_finds_no_difference_between_a_server_and_itself(both: Both) -> None:
    itself = Both(both.real, both.real)
    for target in (*PATHS, *(f"{LIST}?{query}" for query in QUERIES)):
        itself.compare(read(target))
    for path in (LIST, ONE):
        for accept in ACCEPTS:
            itself.compare(read(path, accept))


def test_the_judge_sees_what_differs(both: Both) -> None:
    real = both.real
    assert essence(real.ask("GET", LIST, {})) != essence(real.ask("GET", f"{LIST}?limit=1", {}))
    assert essence(real.ask("GET", LIST, {})) != essence(real.ask("GET", LIST, {"Accept": TABLE}))
    assert essence(real.ask("GET", ONE, {})) != essence(real.ask("GET", f"{LIST}/bare", {}))
    assert UNICODE in msgspec.json.decode(real.ask("GET", f"{LIST}/unicode", {}).body)["status"]["message"]


def test_every_difference_has_its_heading_in_the_documentation() -> None:
    page = (Path(__file__).parents[3] / "docs" / "dialect.md").read_text()
    headings = {line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")}
    named = {(function.__doc__ or "").rstrip(".") for name, function in globals().items() if name.startswith("test_")}
    assert named - {""} <= headings
