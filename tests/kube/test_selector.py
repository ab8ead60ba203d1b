"""Label selectors: what they mean, and where they are wrong."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kube.selector import BadSelector, Operator, Requirement, matches, parse
from tests.kube.selector_texts import requirements, written

LARGEST = 2**63 - 1
LABELS = st.none() | st.dictionaries(
    st.sampled_from(["team", "n", "in"]),
    st.sampled_from(["", "red", "in", "7", "007", "-7", "+7", "8", str(LARGEST), str(LARGEST + 1), "1_0", "٣", "7.0"]),
)
SHORT = requirements(
    st.sampled_from(["team", "n", "in"]), st.sampled_from(["", "red", "in", "7"]), st.sampled_from(["7", "007", "8"])
)


@given(st.lists(requirements(), max_size=4), st.data())
def test_what_is_written_is_read(wanted: list[Requirement], data: st.DataObject) -> None:
    assert parse(data.draw(written(wanted))) == tuple(wanted)


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
        ("a\0=b\0,c \0,,", [Requirement("a", Operator.EQUAL, ("b",)), Requirement("c", Operator.EXISTS)]),
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
        ("a >,b", "character 4: expected a whole number, not ''"),
        ("a in (b, -, c)", "character 10: expected a label's value, not '-'"),
        ("a,\0", "character 4: expected the key of a label, not the end"),
        ("a>9223372036854775808", "character 3: expected a whole number, not '9223372036854775808'"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(BadSelector) as raised:
        parse(text)
    assert str(raised.value) == complaint


KEY_SHAPE = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
    "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
VALUE_SHAPE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
LAST_OF_THREE = f'values[2][a]: Invalid value: "z-": {VALUE_SHAPE}'
REFUSED = "unable to parse requirement:"
NO_INTEGER = "for 'Gt', 'Lt' operators, the value must be an integer"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (",", "found ',', expected: !, identifier, or 'end of string'"),
        ("a=b=c", "found '=', expected: ',' or 'end of string'"),
        ("team=red,", "found '', expected: identifier after ','"),
        ("!", f"{REFUSED} found '', expected: identifier"),
        ("a=(", f"{REFUSED} found '(', expected: identifier"),
        ("a {}", f"{REFUSED} found '{{}}', expected: in, notin, =, ==, !=, gt, lt"),
        ("a in b", f"{REFUSED} found 'b' expected: '('"),
        ("team in (", f"{REFUSED} found '', expected: ',', ')' or identifier"),
        ("team in (a,", f"{REFUSED} found '', expected: ',', or identifier"),
        ("team in (- a", f"{REFUSED} found 'a', expected: ',' or ')'"),
        ("-bad b", f'{REFUSED} <nil>: Invalid value: "-bad": name part {KEY_SHAPE}'),
        ("team=%", f'{REFUSED} values[0][team]: Invalid value: "%": {VALUE_SHAPE}'),
        ("n>abc", f'{REFUSED} values[0]: Invalid value: "abc": {NO_INTEGER}'),
        ("n>-1", f'{REFUSED} values[0][n]: Invalid value: "-1": {VALUE_SHAPE}'),
        (
            "n<-",
            f'{REFUSED} [values[0]: Invalid value: "-": {NO_INTEGER}, values[0][n]: Invalid value: "-": {VALUE_SHAPE}]',
        ),
        (
            "a in (z-,b,%)",
            f'{REFUSED} [values[0][a]: Invalid value: "%": {VALUE_SHAPE}, {LAST_OF_THREE}]',
        ),
    ],
)
def test_what_makes_no_sense_is_told_in_the_words_of_the_api_server_too(text: str, words: str) -> None:
    with pytest.raises(BadSelector) as raised:
        parse(text)
    assert raised.value.words == words


def is_meant(requirement: Requirement, labels: Mapping[str, str]) -> bool:
    """Say it slowly: what the API server's documentation says."""
    value = labels.get(requirement.key, "absent")
    is_there = requirement.key in labels
    match requirement.operator:
        case Operator.EXISTS:
            return is_there
        case Operator.ABSENT:
            return not is_there
        case Operator.EQUAL | Operator.IN:
            return is_there and value in requirement.values
        case Operator.NOT_EQUAL | Operator.NOT_IN:
            return not is_there or value not in requirement.values
    numbers = {"7": 7, "007": 7, "-7": -7, "+7": 7, "8": 8, str(LARGEST): LARGEST}
    limit = int(requirement.values[0])
    if value not in numbers:
        return False
    return numbers[value] > limit if requirement.operator is Operator.GREATER else numbers[value] < limit


@given(st.lists(SHORT, max_size=3), LABELS)
def test_an_object_is_meant_if_it_meets_every_requirement(
    wanted: list[Requirement], labels: dict[str, str] | None
) -> None:
    assert matches(wanted, labels) is all(is_meant(one, labels or {}) for one in wanted)


@pytest.mark.parametrize("sign", ["<", ">"])
@pytest.mark.parametrize("value", [None, "", "red", "1_0", "٣", "7.0", " 7", str(LARGEST + 1), "9" * 5000])
def test_a_label_that_is_no_whole_number_is_neither_more_nor_less_than_one(sign: str, value: str | None) -> None:
    (requirement,) = parse(f"n{sign}5")
    assert requirement.accepts(value) is False


def test_an_object_without_labels_meets_what_asks_for_no_label() -> None:
    wanted = parse("!a,b!=c,d notin (e)")
    assert matches(wanted, None)
    assert matches(wanted, {})
    assert not matches(parse("a"), None)
    assert not matches(parse("a="), None)
    assert matches((), None)
