"""kubectl, in several versions, prints the same about us as about a real API server."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.cluster.dialect.sides import Both, Said, Side
from tests.cluster.dialect.things import EMPTY, FIRST, SECOND
from tests.kubectl.programs import VERSIONS

GETS = (
    *("get workflows", "get workflow", "get wf", "get workflows.argoproj.io", "get workflows.v1alpha1.argoproj.io"),
    *("get wf -A", f"get wf -n {SECOND}", f"get wf -n {EMPTY}", "get wf -n never", "get wf --all-namespaces -o name"),
    *("get wf -l team=red", "get wf -A -l 'team in (red,blue),n!=1'", "get wf -l '!team'", "get wf -l team=never"),
    *("get wf -l ,", "get wf -l 'a b'", "get wf -A --selector kind=odd --show-labels", "get wf -L team,kind"),
    *(
        "get wf --field-selector metadata.name=lines",
        "get wf -A --field-selector metadata.name!=lines,metadata.name!=x",
    ),
    *("get wf --field-selector spec.x=1", "get wf --field-selector nonsense", "get wf --field-selector metadata.name="),
    *("get wf -o wide", "get wf -o yaml", "get wf -o json", "get wf -o name", "get wf -A -o wide --show-labels"),
    *("get wf -o yaml --show-managed-fields", "get wf lines -o json --show-managed-fields"),
    *(
        "get wf -o jsonpath='{range .items[*]}{.metadata.name}={.status.message}{\"\\n\"}{end}'",
        "get wf -A -o custom-columns=NAME:.metadata.name,PHASE:.status.phase,ALL:.status",
        "get wf lines -o jsonpath={.status.message}",
        "get wf -o go-template='{{range .items}}{{.metadata.uid}}{{end}}'",
        "get wf -o custom-columns=RV:.metadata.resourceVersion",
    ),
    *(f"get wf -A --chunk-size={size}" for size in (0, 1, 2, 500)),
    *(f"get wf -o name --chunk-size={size}" for size in (1, 500)),
    *(
        "get wf --sort-by=.metadata.name",
        "get wf -A --sort-by=.metadata.creationTimestamp -o name",
        "get wf --no-headers",
    ),
    *(
        "get wf --sort-by=.status.phase -n " + SECOND,
        "get wf --show-kind",
        "get wf --label-columns=example.com/label-01",
    ),
    *(
        "get workflow lines",
        "get wf lines bare",
        "get wf/lines",
        "get wf/lines wf/bare -o name",
        "get wf lines -o wide",
    ),
    *(
        "get wf never",
        "get wf lines never",
        "get wf/never --ignore-not-found",
        "get wf never --ignore-not-found -o yaml",
    ),
    *("get wf a.name.with-dots", "get wf UPPER", "get wf 'with blank'", "get wf lines -n never", "get wf a/b"),
    *(
        "get wf many-labels --show-labels",
        "get wf leaving -o yaml",
        "get wf unicode -o json",
        "get wf --server-print=false",
    ),
    *("get nonsense", "get nonsense.argoproj.io", "get wf,nonsense", "get wf.v9.argoproj.io", "get nonsense/x"),
    *("describe wf", f"describe wf -n {SECOND}", "describe wf lines", "describe wf never", "describe wf -l team=red"),
    *(f"get --raw /apis/argoproj.io/v1alpha1/namespaces/{SECOND}/workflows/number-1", "get --raw /apis/nonsense"),
    *("get --raw /apis/argoproj.io/v1alpha1/namespaces/x/workflows/y", "get --raw /apis/argoproj.io"),
    *("wait wf/number-1 -n dialect-second --for=jsonpath={.status.phase}=Pending --timeout=1s",),
)
RESOURCES = (
    "api-resources --api-group=argoproj.io --no-headers",
    "api-resources --api-group=argoproj.io --no-headers -o name",
    "api-resources --api-group=argoproj.io --no-headers --namespaced=true --verbs=list,get",
)
WRITES = (
    "delete wf lines",
    "delete wf --all",
    "delete wf lines --dry-run=server",
    "annotate wf lines a=b",
    "label wf lines a=b",
    "patch wf lines --type=merge -p {}",
    "create --validate=false -f -",
    "replace --validate=false -f -",
    "apply --validate=false -f -",
    "edit wf lines",
)
MANIFEST = (
    f'{{"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","metadata":{{"name":"lines","namespace":"{FIRST}"}}}}'
)
EDITOR = "sed -i s/kind:.odd/kind:.even/"


@pytest.fixture(params=[kubectl.version for kubectl in VERSIONS])
def kubectl(request: pytest.FixtureRequest, kubectls: Mapping[str, Path]) -> Path:
    return kubectls[request.param]


def run(kubectl: Path, arguments: str) -> Callable[[Side], Said]:
    return lambda side: side.kubectl(kubectl, arguments)


@pytest.mark.parametrize("arguments", GETS)
def test_what_is_printed_is_the_same(both: Both, kubectl: Path, arguments: str) -> None:
    both.compare(run(kubectl, arguments))


@pytest.mark.parametrize("arguments", RESOURCES)
def test_workflows_are_listed_alike_among_the_resources(both: Both, kubectl: Path, arguments: str) -> None:
    def lines(side: Side) -> list[list[str]]:
        said = side.kubectl(kubectl, arguments)
        assert (said.code, said.error) == (0, "")
        return [line.split() for line in said.output.splitlines() if line.startswith("workflows")][:1]

    both.compare(lines)


def test_the_group_is_listed_among_the_versions(both: Both, kubectl: Path) -> None:
    real, ours = both.ask(run(kubectl, "api-versions"))
    assert ours.output.splitlines() == ["argoproj.io/v1alpha1", "v1"]
    assert set(ours.output.splitlines()) <= set(real.output.splitlines())


def test_the_version_is_told(both: Both, kubectl: Path) -> None:
    _, ours = both.ask(run(kubectl, "version"))
    assert ours.code == 0
    assert "Server Version: v1.36.0+informer-exporter" in ours.output


@pytest.mark.parametrize("arguments", WRITES)
def test_what_would_write_is_refused(both: Both, kubectl: Path, arguments: str) -> None:
    """Methods."""
    said = both.ours.kubectl(kubectl, arguments, MANIFEST, EDITOR)
    assert said.code != 0
    assert "the server does not allow this method on the requested resource" in said.error


@pytest.mark.parametrize("arguments", ["get wf -w", "get wf lines --watch", "get wf --watch-only"])
def test_watching_is_refused_after_what_is_there_was_listed(both: Both, kubectl: Path, arguments: str) -> None:
    """Watching."""
    said = both.ours.kubectl(kubectl, arguments)
    assert said.code != 0
    assert "the server does not allow this method on the requested resource" in said.error
    if "only" not in arguments:
        assert "lines" in said.output


def test_there_is_nothing_to_explain(both: Both, kubectl: Path) -> None:
    """Discovery."""
    assert both.ours.kubectl(kubectl, "explain workflow").code != 0


def test_the_first_question_of_a_newcomer_is_answered(both: Both, kubectl: Path) -> None:
    said = both.ours.kubectl(kubectl, f"get wf -n {SECOND}")
    header, *rows = (line.split() for line in said.output.splitlines())
    assert header == ["NAME", "STATUS", "AGE", "MESSAGE"]
    assert [row[0] for row in rows] == [f"number-{place}" for place in range(6)]
