"""Random selectors for tests: written by the grammar, then perhaps spoiled by a few slips of the pen."""

from collections.abc import Sequence

from hypothesis import strategies as st

from exporter.kube.selector import Operator, Requirement

NAMES = st.from_regex(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?", fullmatch=True)
KEYS = st.builds("{}{}".format, st.sampled_from(["", "example.com/", "workflows.argoproj.io/"]), NAMES)
VALUES = st.just("") | NAMES
BLANKS = st.sampled_from(["", " ", "\t", "\n  "])
NUMBERS = st.integers(0, 2**63 - 1).map(str)

SLIPS = (
    *("=", "==", "!=", "!", "<", ">", "(", ")", ",", " ", "\t", "\r\n", "\0", "/", "-", "_", ".", "\\", "\\,", "\\="),
    *('"', "in", " in ", " notin ", "é", "\u00a0", "\u200b", "\x7f", "\x01", "{}", "%", "😀", "a" * 64, "b" * 254),
)


@st.composite
def requirements(
    draw: st.DrawFn,
    keys: st.SearchStrategy[str] = KEYS,
    values: st.SearchStrategy[str] = VALUES,
    numbers: st.SearchStrategy[str] = NUMBERS,
) -> Requirement:
    operator = draw(st.sampled_from(Operator))
    match operator:
        case Operator.EXISTS | Operator.ABSENT:
            compared: tuple[str, ...] = ()
        case Operator.IN | Operator.NOT_IN:
            compared = tuple(draw(st.lists(values, min_size=1, max_size=4, unique=True)))
        case Operator.GREATER | Operator.LESS:
            compared = (draw(numbers),)
        case _:
            compared = (draw(values),)
    return Requirement(draw(keys), operator, compared)


@st.composite
def written(draw: st.DrawFn, wanted: Sequence[Requirement]) -> str:
    """Write requirements, with blanks where they may stand."""
    tokens = [token for one in wanted for token in (",", *_tokens(one))][1:]
    return "".join(draw(BLANKS) + token for token in tokens) + draw(BLANKS)


@st.composite
def spoiled(draw: st.DrawFn, texts: st.SearchStrategy[str], slips: int = 3) -> str:
    """Take a text and put something else in a few places, or nothing."""
    text = draw(texts)
    for _ in range(draw(st.integers(0, slips))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 3)))
        text = text[:start] + draw(st.sampled_from(["", *SLIPS])) + text[end:]
    return text


@st.composite
def field_selectors(draw: st.DrawFn, names: st.SearchStrategy[str], values: st.SearchStrategy[str]) -> str:
    """Write a field selector with some terms, escaped as it must be."""
    terms = st.builds("{}{}{}".format, names, st.sampled_from(["=", "==", "!="]), values.map(escaped))
    return ",".join(draw(st.lists(terms | st.just(""), max_size=4)))


def escaped(value: str) -> str:
    return "".join(f"\\{char}" if char in "\\,=" else char for char in value)


def _tokens(requirement: Requirement) -> list[str]:
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
