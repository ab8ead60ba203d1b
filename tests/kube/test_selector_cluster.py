"""Our reading of selectors and that of a real API server are one: the same objects, or the same words of refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.kube import fields, selector
from tests.controlplane.accounts import create_namespace
from tests.controlplane.admin import Admin, Object, Refused
from tests.controlplane.argo import WORKFLOW_TEMPLATES
from tests.controlplane.cluster import Cluster
from tests.kube.selector_texts import field_selectors, requirements, spoiled, written

LONG = "a" * 64

SELECTORS = (
    *("", "  ", "a", "!a", " ! a ", "a,b", "a , !b", "a=b", "a==b", "a!=b", " a = b ", "a\t=\nb", "a=", "a==", "a!="),
    *(
        "a=,b",
        "a=1",
        "a=in",
        "in",
        "in=in",
        "in in (in)",
        "notin notin (notin)",
        "a in (b)",
        "a in(b,c)",
        "a notin (b)",
    ),
    *("a in ()", "a in (,)", "a in (b,,c)", "a in (,b)", "a in (b,)", "a notin (),b", "example.com/a in (b),!c"),
    *("a>1", "a < 9223372036854775807", "a>007", "a.b-c_d=E.f_G-h", f"{LONG}/a", f"{'b' * 253}/a=c", "a=b,a=c"),
)
MALFORMED = (
    *(",", "a,", ",a", "a,,b", "!", "!!a", "! in ()", "!a=b", "!a in (b)", "=", "=b", "==b", "!=b", "a b", "a b c"),
    *("a=b=c", "a===b", "a=!b", "a!b", "a! =b", "a = b c", "a=b c=d", "a=(b)", "a=)", "(a)", "a(b)", "a in", "a in b"),
    *("a in (", "a in (b", "a in (b c)", "a in (b))", "a in (b)c", "a in (b=c)", "a in (!b)", "a in ((b))", "a In (b)"),
    *("a>", "a>b", "a>1.5", "a>-1", "a>+1", "a>9223372036854775808", "a>=1", "a<>1", "a><1"),
    *(
        "-a",
        "a-",
        "_a=b",
        "a=-b",
        "a=b-",
        "a=b/c",
        "a/b/c",
        "/a",
        "a/",
        "A.com/a",
        "a..b/c",
        "a=ä",
        "ä",
        "a=b;c",
        "a='b'",
    ),
    *(LONG, f"a={LONG}", f"a in ({LONG})", f"{'b' * 254}/a", "a\u00a0=b"),
)


FIELD_SELECTORS = (
    *("", ",", ",,", "=", "==,!=", "metadata.name=a", "metadata.name==a", "metadata.name!=a", "metadata.name="),
    *("metadata.name!=", "metadata.name=a,metadata.name=b", "metadata.name=a,metadata.name!=b", ",metadata.name=a,"),
    *("metadata.name=a,=", r"metadata.name=\\", r"metadata.name=\,", r"metadata.name=\=", "metadata.name=a/b"),
    *("metadata.namespace=x", "metadata.namespace!=x", "metadata.namespace=", "metadata.name= a", "metadata.name=a b"),
    *("metadata.name=\0", "metadata.name=é"),
)
MALFORMED_FIELD_SELECTORS = (
    *("metadata.name", "z,a", "a!b", "!", " ", r"metadata.name=a\b", "metadata.name=\\", "metadata.name=a=b"),
    *(
        "metadata.name===a",
        "metadata.name!==a",
        r"x=\q,a",
        r"a,x=\q",
        "=x",
        "!=x",
        "metadata.name =a",
        " metadata.name=a",
    ),
    *("spec.x=1", "status.phase=", "z=1,b=2", r"metadata\.name=a", r"a\,b=c", r"a\=b", "metadata.labels=", "é=é"),
)

LABELS: tuple[Mapping[str, str], ...] = (
    *({}, {"team": ""}, {"team": "red"}, {"team": "blue"}, {"team": "red", "n": "1"}, {"team": "blue", "n": "7"}),
    *({"n": "007"}, {"n": ""}, {"n": "seven"}, {"n": "7.0"}, {"n": "1_0"}, {"n": str(2**63 - 1)}, {"n": str(2**63)}),
    *(
        {"in": "in"},
        {"notin": "notin", "in": "x"},
        {"example.com/team": "red"},
        {"team": "Red", "example.com/team": ""},
    ),
)

KEYS = st.sampled_from(["team", "n", "in", "notin", "example.com/team", "missing"])
VALUES = st.sampled_from(["", "red", "blue", "1", "7", "007", "in", "Red"])
NUMBERS = st.sampled_from(["0", "1", "007", "8", str(2**63 - 1)])
SELECTORS_LIKE_OURS = st.lists(requirements(KEYS, VALUES, NUMBERS), max_size=3).flatmap(written)
HERE = "HERE"
"""Stands for a namespace of ours, whose name is known only when the test runs."""

FIELDS_LIKE_OURS = field_selectors(
    st.sampled_from(["metadata.name", "metadata.namespace"]),
    st.sampled_from(["a-0", "a-5", "b", "", HERE, "a,b", "\\", "é"]),
)


@dataclass(frozen=True)
class Flock:
    """Objects in two namespaces of their own, and the server that keeps them."""

    admin: Admin
    objects: tuple[Object, ...]

    def theirs(self, parameter: str, text: str) -> set[str] | str:
        """Ask the API server: the keys of what it selects, or the words of its 400."""
        try:
            body = self.admin.send("GET", f"{WORKFLOW_TEMPLATES.path()}?{urlencode({parameter: text})}")
        except Refused as refused:
            if refused.code != 400:
                raise
            return str(msgspec.json.decode(refused.body)["message"])
        ours = {key_of(one) for one in self.objects}
        return {key_of(one) for one in msgspec.json.decode(body)["items"]} & ours

    def by_labels(self, text: str) -> set[str] | str:
        """Answer a label selector ourselves."""
        try:
            wanted = selector.parse(text)
        except selector.BadSelector as error:
            return error.words
        return {key_of(one) for one in self.objects if selector.matches(wanted, one["metadata"].get("labels"))}

    def by_fields(self, text: str) -> set[str] | str:
        """Answer a field selector ourselves, for fields that custom resources have."""
        try:
            terms = fields.parse(text)
        except fields.BadFields as error:
            return error.words
        known = {"metadata.name": "name", "metadata.namespace": "namespace"}
        for term in terms:
            if term.field not in known:
                return f"field label not supported: {term.field}"
        return {
            key_of(one)
            for one in self.objects
            if all(term.accepts(one["metadata"][known[term.field]]) for term in terms)
        }


def key_of(thing: Object) -> str:
    return f"{thing['metadata']['namespace']}/{thing['metadata']['name']}"


@pytest.fixture(scope="module")
def flock(control_plane: Cluster) -> Flock:
    admin = control_plane.admin
    namespaces = [create_namespace(admin, f"test-{token_hex(4)}") for _ in "ab"]
    objects = tuple(
        {"metadata": {"name": f"a-{number}", "namespace": namespaces[number % 2], "labels": dict(labels)}}
        for number, labels in enumerate(LABELS)
    )
    kind = {"apiVersion": WORKFLOW_TEMPLATES.api_version, "kind": WORKFLOW_TEMPLATES.kind}
    admin.create_many(WORKFLOW_TEMPLATES, [kind | one for one in objects])
    return Flock(admin, objects)


@pytest.mark.parametrize(("selectors", "verdict"), [(SELECTORS, True), (MALFORMED, False)], ids=["good", "malformed"])
def test_the_odd_forms_of_label_selectors_mean_what_they_mean_to_the_api_server(
    flock: Flock, selectors: tuple[str, ...], verdict: bool
) -> None:
    theirs = {text: flock.theirs("labelSelector", text) for text in selectors}
    assert {text: flock.by_labels(text) for text in selectors} == theirs
    assert [text for text, answer in theirs.items() if isinstance(answer, str) is verdict] == []


@pytest.mark.parametrize(
    ("selectors", "verdict"), [(FIELD_SELECTORS, True), (MALFORMED_FIELD_SELECTORS, False)], ids=["good", "malformed"]
)
def test_the_odd_forms_of_field_selectors_mean_what_they_mean_to_the_api_server(
    flock: Flock, selectors: tuple[str, ...], verdict: bool
) -> None:
    theirs = {text: flock.theirs("fieldSelector", text) for text in selectors}
    assert {text: flock.by_fields(text) for text in selectors} == theirs
    assert [text for text, answer in theirs.items() if isinstance(answer, str) is verdict] == []


@settings(max_examples=400, deadline=None)
@given(text=SELECTORS_LIKE_OURS | spoiled(SELECTORS_LIKE_OURS))
def test_any_label_selector_means_what_it_means_to_the_api_server(flock: Flock, text: str) -> None:
    assert flock.by_labels(text) == flock.theirs("labelSelector", text)


@settings(max_examples=200, deadline=None)
@given(text=FIELDS_LIKE_OURS | spoiled(FIELDS_LIKE_OURS))
def test_any_field_selector_means_what_it_means_to_the_api_server(flock: Flock, text: str) -> None:
    text = text.replace(HERE, flock.objects[0]["metadata"]["namespace"])
    assert flock.by_fields(text) == flock.theirs("fieldSelector", text)


@pytest.mark.parametrize("parameter", ["labelSelector", "fieldSelector"])
def test_of_a_repeated_selector_the_api_server_takes_the_first(flock: Flock, parameter: str) -> None:
    path = WORKFLOW_TEMPLATES.path(flock.objects[0]["metadata"]["namespace"])
    assert flock.admin.send("GET", f"{path}?{urlencode([(parameter, ''), (parameter, 'a b')])}")
    with pytest.raises(Refused):
        flock.admin.send("GET", f"{path}?{urlencode([(parameter, 'a b'), (parameter, '')])}")
