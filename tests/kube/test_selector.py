"""Label selectors: what they mean, and where they are wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kube.selector import BadSelector, Operator, Requirement, is_label_key, parse

NAMES = st.from_regex(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?", fullmatch=True)
KEYS = st.builds("{}{}".format, st.sampled_from(["", "example.com/", "workflows.argoproj.io/"]), NAMES)
VALUES = st.just("") | NAMES
BLANKS = st.sampled_from(["", " ", "\t", "\n  "])


@st.composite
def requirements(draw: st.DrawFn) -> Requirement:
    operator = draw(st.sampled_from(Operator))
    match operator:
        case Operator.EXISTS | Operator.ABSENT:
            values: tuple[str, ...] = ()
        case Operator.IN | Operator.NOT_IN:
            values = tuple(draw(st.lists(VALUES, min_size=1, max_size=4, unique=True)))
        case Operator.GREATER | Operator.LESS:
            values = (str(draw(st.integers(0, 2**63 - 1))),)
        case _:
            values = (draw(VALUES),)
    return Requirement(draw(KEYS), operator, values)


def tokens(requirement: Requirement) -> list[str]:
    """Write a requirement, one token after the other."""
    operator, key = requirement.operator, requirement.key
    match operator:
        case Operator.EXISTS:
            return [key]
        case Operator.ABSENT:
            return ["!", key]
        case Operator.IN | Operator.NOT_IN:
            listed = [piece for value in requirement.values for piece in (",", value)]
            return [key, " ", operator.value, "(", *listed[1:], ")"]
        case _:
            return [key, operator.value, *requirement.values]


@given(st.lists(requirements(), max_size=4), st.data())
def test_what_is_written_is_read(wanted: list[Requirement], data: st.DataObject) -> None:
    written = [token for one in wanted for token in (",", *tokens(one))][1:]
    text = "".join(data.draw(BLANKS) + token for token in written) + data.draw(BLANKS)
    assert parse(text) == tuple(wanted)


@given(st.text(alphabet=" ,()=!<>abin9-./\t\0é") | st.text())
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    try:
        parse(text)
    except BadSelector as error:
        place = int(str(error).removeprefix("character ").partition(":")[0])
        assert 1 <= place <= len(text) + 1


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a==b", [Requirement("a", Operator.EQUAL, ("b",))]),
        ("a in ()", [Requirement("a", Operator.IN, ("",))]),
        ("a in (b,,b,)", [Requirement("a", Operator.IN, ("b", ""))]),
        ("in in (in,notin)", [Requirement("in", Operator.IN, ("in", "notin"))]),
        ("a=,b", [Requirement("a", Operator.EQUAL, ("",)), Requirement("b", Operator.EXISTS)]),
    ],
)
def test_the_odd_forms_of_the_grammar_are_known(text: str, meant: list[Requirement]) -> None:
    assert parse(text) == tuple(meant)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (",", "character 1: expected the key of a label, not ','"),
        ("a,", "character 3: expected the key of a label, not the end"),
        ("!!a", "character 2: expected the key of a label, not '!'"),
        ("!a=b", "character 3: expected ',' or the end, not '='"),
        ("a=b=c", "character 4: expected ',' or the end, not '='"),
        ("a b", "character 3: expected =, !=, <, >, in or notin, not 'b'"),
        ("a in b", "character 6: expected '(', not 'b'"),
        ("team in (a", "character 11: expected ',' or ')', not the end"),
        ("a in (b c)", "character 9: expected ',' or ')', not 'c'"),
        ("a in (b=c)", "character 8: expected ',' or ')', not '='"),
        ("a=-b", "character 3: expected a label's value, not '-b'"),
        ("a > b", "character 5: expected a whole number, not 'b'"),
        ("a>9223372036854775808", "character 3: expected a whole number, not '9223372036854775808'"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(BadSelector) as raised:
        parse(text)
    assert str(raised.value) == complaint


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("a", True),
        ("A.b_c-9", True),
        ("a" * 63, True),
        ("a" * 64, False),
        ("b" * 253 + "/a", True),
        ("b" * 254 + "/a", False),
        ("example.com/a", True),
        ("Example.com/a", False),
        ("example..com/a", False),
        ("/a", False),
        ("a/", False),
        ("a/b/c", False),
        ("", False),
        ("_a", False),
        ("a.", False),
        ("ä", False),
        ("a\n", False),
    ],
)
def test_a_key_is_a_name_perhaps_below_a_domain(text: str, usable: bool) -> None:
    assert is_label_key(text) is usable
