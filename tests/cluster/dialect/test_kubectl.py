"""kubectl, in several versions, prints the same about us as about a real API server."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from tests.cluster.dialect.sides import Both, Said, Side
from tests.cluster.dialect.things import EMPTY, FIRST, SECOND
from tests.kubectl.programs import VERSIONS

GETS = (
    *("get workflows", "get workflow", "get wf", "get workflows.argoproj.io", "get workflows.v1alpha1.argoproj.io"),
    *("get wf -A", f"get wf -n {SECOND}", f"get wf -n {EMPTY}", "get wf -n never", "get wf --all-namespaces -o name"),
    *("get wf -l team=red", "get wf -A -l 'team in (red,blue),n!=1'", "get wf -l '!team'"),
    *("get wf -l ,", "get wf -l 'a b'", "get wf -A --selector kind=odd --show-labels", "get wf -L team,kind"),
    *("get wf --field-selector metadata.name=lines", "get wf -A --field-selector metadata.name!=lines"),
    *("get wf --field-selector spec.x=1", "get wf --field-selector x", "get wf --field-selector metadata.name="),
    *("get wf -o wide", "get wf -o yaml", "get wf -o json", "get wf -o name", "get wf -A -o wide --show-labels"),
    *("get wf -o yaml --show-managed-fields", "get wf lines -o json --show-managed-fields"),
    "get wf -o jsonpath='{range .items[*]}{.metadata.name}={.status.message}{\"\\n\"}{end}'",
    "get wf lines -o jsonpath={.status.message}",
    "get wf -A -o custom-columns=NAME:.metadata.name,PHASE:.status.phase,ALL:.status",
    *(f"get wf -n {SECOND} --chunk-size={size}" for size in (1, 2, 500)),
    *(f"get wf -A --chunk-size={size}" for size in (0, 7)),
    *("get wf --sort-by=.metadata.name", "get wf --no-headers"),
    *(f"get wf --sort-by=.status.phase -n {SECOND}", "get wf --show-kind", "get wf -L example.com/label-01"),
    *("get workflow lines", "get wf lines bare", "get wf/lines", "get wf lines -o wide"),
    *("get wf/never --ignore-not-found", "get wf never --ignore-not-found -o yaml", "get wf a.name.with-dots"),
    *("get wf many-labels --show-labels", "get wf leaving -o yaml", "get wf unicode -o json", "get wf a/b"),
    "get wf --server-print=false",
    *("get cwf", "get cronworkflows -A", "get cwf nightly -o yaml", "describe cwf hourly", "get wf,cwf -l team=red"),
    *("get cwf -o wide --show-labels", "get cwf never", "get cwf -l team=blue"),
    *("get nonsense", "get nonsense.argoproj.io", "get wf,nonsense", "get wf.v9.argoproj.io", "get nonsense/x"),
    *("describe wf", f"describe wf -n {SECOND}", "describe wf lines"),
    *(f"get --raw /apis/argoproj.io/v1alpha1/namespaces/{SECOND}/workflows/number-1", "get --raw /apis/nonsense"),
    *("get --raw /apis/argoproj.io/v1alpha1/namespaces/x/workflows/y", "get --raw /apis/argoproj.io"),
)
MISSING = ("get wf never", "get wf lines never", "get wf UPPER", "get wf lines -n never", "describe wf never")
RESOURCES = (
    "api-resources --api-group=argoproj.io --no-headers",
    "api-resources --api-group=argoproj.io --no-headers -o name",
    "api-resources --api-group=argoproj.io --no-headers --namespaced=true --verbs=list,get",
)
WRITES = (
    *("delete wf lines", "delete wf --all", "delete wf lines --dry-run=server", "annotate wf lines a=b"),
    *("label wf lines a=b", "patch wf lines --type=merge -p {}", "create --validate=false -f -"),
    *("replace --validate=false -f -", "apply --validate=false -f -"),
)
MANIFEST = (
    f'{{"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","metadata":{{"name":"lines","namespace":"{FIRST}"}}}}'
)
EDITOR = "sed -i s/kind:.odd/kind:.even/"

AGE = re.compile(r"\b(?:[0-9]+[smhdy]){1,2}\b")
PADDING = re.compile(r"(?<=\S) {2,}")
"""What makes a column as wide as its widest cell, which may be an age; what a line begins with is none."""
NOTE = re.compile(r"^I[0-9]{4} .*\n", re.MULTILINE)
"""What kubectl notes with the time, about itself: that it held a request back, say."""


@pytest.fixture(params=[kubectl.version for kubectl in VERSIONS])
def kubectl(request: pytest.FixtureRequest, kubectls: Mapping[str, Path]) -> Path:
    return kubectls[request.param]


def run(kubectl: Path, arguments: str) -> Callable[[Side], Said]:
    """Give what is printed, as it is compared."""
    return lambda side: lasting(side.kubectl(kubectl, arguments))


def lasting(said: Said) -> Said:
    """Blot out ages, and how wide they make a column: they are compared where they come from, in tables over HTTP."""
    return Said(said.code, PADDING.sub("  ", AGE.sub("~", said.output)), NOTE.sub("", said.error))


def test_the_judge_overlooks_ages_and_sees_all_else() -> None:
    young = "NAME   AGE   MESSAGE\na      59s   x\nb            y\n"
    old = "NAME   AGE     MESSAGE\na      4h10m   x\nb              y\n"
    assert lasting(Said(0, young, "")) == lasting(Said(0, old, "I1123 17:00:00.1 7 x.go:1] Waited for 1.1s\n"))
    for other in (old.replace("x", "z"), old.replace("4h10m", "<none>"), old.replace("b ", "b z"), f" {old}"):
        assert lasting(Said(0, other, "")) != lasting(Said(0, young, ""))
    assert lasting(Said(0, "a:\n  b: 1\n", "")) != lasting(Said(0, "a:\n    b: 1\n", ""))


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


def test_the_version_is_that_of_the_dialect(both: Both, kubectl: Path) -> None:
    said = both.ours.kubectl(kubectl, "version -o json")
    assert said.code == 0
    assert msgspec.json.decode(said.output)["serverVersion"]["gitVersion"].startswith("v1.36.0+informer-exporter.")


@pytest.mark.parametrize("arguments", MISSING)
def test_what_is_missing_is_missed_by_both(both: Both, kubectl: Path, arguments: str) -> None:
    real, ours = both.ask(run(kubectl, arguments))
    assert (ours.code, ours.output) == (real.code, real.output)
    assert real.error.startswith("Error from server (NotFound): ")
    assert ours.error.startswith("Error from server (NotFound): ")


@pytest.mark.parametrize("arguments", WRITES)
def test_what_would_write_is_refused(both: Both, kubectl: Path, arguments: str) -> None:
    said = both.ours.kubectl(kubectl, arguments, MANIFEST)
    assert (said.code, said.output) == (1, "")
    assert "is not supported on resources of kind" in said.error


def test_an_edited_workflow_is_not_taken(both: Both, kubectl: Path) -> None:
    said = both.ours.kubectl(kubectl, "edit wf lines", editor=EDITOR)
    assert (said.code, said.output) == (1, "")
    assert "A copy of your changes has been stored to " in said.error


@pytest.mark.parametrize("arguments", ["get wf -w", "get wf lines --watch", "get wf --watch-only"])
def test_watching_ends_after_what_is_there_was_listed(both: Both, kubectl: Path, arguments: str) -> None:
    said = both.ours.kubectl(kubectl, arguments)
    assert said.code == 1
    assert said.error.startswith("Error from server (MethodNotAllowed): ")
    assert ("lines" in said.output) == ("only" not in arguments)


def test_there_is_nothing_to_explain(both: Both, kubectl: Path) -> None:
    said = both.ours.kubectl(kubectl, "explain workflow")
    missed = "Error from server (NotFound): the server could not find the requested resource\n"
    assert said == Said(1, "", missed)


def test_the_first_question_of_a_newcomer_is_answered(both: Both, kubectl: Path) -> None:
    said = both.ours.kubectl(kubectl, f"get wf -n {SECOND}")
    header, *rows = (line.split() for line in said.output.splitlines())
    assert header == ["NAME", "STATUS", "AGE", "MESSAGE"]
    assert [row[0] for row in rows] == [f"number-{place}" for place in range(6)]
