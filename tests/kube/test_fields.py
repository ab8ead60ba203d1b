"""Field selectors: what they mean, and how the API server says that they mean nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kube.fields import BadFields, Term, parse
from tests.kube.selector_texts import escaped


def is_read(text: str) -> bool:
    try:
        parse(text)
    except BadFields:
        return False
    return True


@given(st.text(alphabet="ab=!,\\") | st.text(), st.text(alphabet="ab=!,\\"))
def test_two_selectors_with_a_comma_between_are_read_if_each_is(one: str, other: str) -> None:
    if not one.endswith("\\"):
        assert is_read(f"{one},{other}") is (is_read(one) and is_read(other))


@given(
    st.lists(
        st.builds(
            Term,
            st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\\,=!"), min_size=1),
            st.booleans(),
            st.text(),
        )
    )
)
def test_what_is_written_is_read_in_the_order_of_the_texts(terms: list[Term]) -> None:
    written = [f"{term.field}{'=' if term.equal else '!='}{escaped(term.value)}" for term in terms]
    assert list(parse(",".join(written))) == [term for _, term in sorted(zip(written, terms, strict=True), key=first)]


def first(pair: tuple[str, Term]) -> str:
    return pair[0]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", []),
        (",", []),
        ("=", []),
        ("!=,==", []),
        ("metadata.name=a", [Term("metadata.name", equal=True, value="a")]),
        ("metadata.name==a", [Term("metadata.name", equal=True, value="a")]),
        (",metadata.name!=a,", [Term("metadata.name", equal=False, value="a")]),
        ("metadata.name =", [Term("metadata.name ", equal=True, value="")]),
        ("=x", [Term("", equal=True, value="x")]),
        (r"a=\\\,\=", [Term("a", equal=True, value=r"\,=")]),
        (r"a\,b=c", [Term(r"a\,b", equal=True, value="c")]),
        (r"a\=b", [Term("a\\", equal=True, value="b")]),
        ("b=1,a=2", [Term("a", equal=True, value="2"), Term("b", equal=True, value="1")]),
        ("a=\n", [Term("a", equal=True, value="\n")]),
    ],
)
def test_the_odd_forms_of_the_grammar_are_known(text: str, meant: list[Term]) -> None:
    assert parse(text) == tuple(meant)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("metadata.name", "invalid selector: 'metadata.name'; can't understand 'metadata.name'"),
        ("z,a", "invalid selector: 'z,a'; can't understand 'a'"),
        ("a!b", "invalid selector: 'a!b'; can't understand 'a!b'"),
        (r"metadata.name=a\b", r"invalid field selector: invalid escape sequence: \b"),
        ("metadata.name=a\\", "invalid field selector: invalid escape sequence: \\"),
        ("a=b=c", "invalid field selector: unescaped character in value: 61"),
        ("a!==b", "invalid field selector: unescaped character in value: 61"),
    ],
)
def test_what_makes_no_sense_is_told_in_the_words_of_the_api_server(text: str, words: str) -> None:
    with pytest.raises(BadFields) as raised:
        parse(text)
    assert raised.value.words == str(raised.value) == words


@pytest.mark.parametrize(
    ("text", "value", "accepted"),
    [("a=b", "b", True), ("a=b", "", False), ("a!=b", "b", False), ("a!=b", "c", True), ("a=", "", True)],
)
def test_a_term_accepts_a_value_or_everything_else(text: str, value: str, accepted: bool) -> None:
    (term,) = parse(text)
    assert term.accepts(value) is accepted
