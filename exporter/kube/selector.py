"""Label selectors, read by the API server's own grammar: what it would refuse is refused here, with the place.

::

    selector     = [ requirement { "," requirement } ]
    requirement  = key | "!" key
                 | key ("=" | "==" | "!=" | "<" | ">") [ value ]
                 | key ("in" | "notin") "(" [ value ] { "," [ value ] } ")"

Between two words or signs there may be blanks. A value may be empty, ``in`` and ``notin`` may be keys and values, and
what is compared with ``<`` or ``>`` is a whole number. ``team=a,phase notin (Succeeded, Failed),!hidden`` asks for
all three at once.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from operator import gt, lt
from typing import NoReturn, TypeAlias

from exporter.kube.labels import key_problems, value_problems
from exporter.kube.quoting import quoted

Test: TypeAlias = Callable[[str | None], bool]
"""Whether a label's value will do; None stands for an object without the label."""


class Operator(Enum):
    """What is asked about a label, by its sign."""

    EQUAL = "="
    NOT_EQUAL = "!="
    IN = "in"
    NOT_IN = "notin"
    GREATER = ">"
    LESS = "<"
    EXISTS = ""
    ABSENT = "!"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition of a selector; an object must meet all of them."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()
    """What is compared with: several for ``in`` and ``notin``, none for EXISTS and ABSENT, else one."""
    accepts: Test = field(init=False, repr=False, compare=False)
    """``accepts(value)`` says whether an object is meant whose label has this value; None: it has no such label.

    An object without the label meets ``!=``, ``notin`` and ABSENT. ``<`` and ``>`` compare whole numbers of 64 bits,
    and a label that is none meets neither.
    """

    def __post_init__(self) -> None:
        # Made once, since it is asked of every object.
        object.__setattr__(self, "accepts", _test(self.operator, self.values))


class BadSelector(ValueError):
    """A text is no selector; the message says what is wrong, ``parse`` also at which character (the first one is 1)."""

    def __init__(self, message: str, words: str) -> None:
        super().__init__(message)
        self.words = words
        """How the API server says it, in the ``Status`` of its 400."""


def parse(text: str) -> tuple[Requirement, ...]:
    """Read a selector; an empty one has no requirements.

    Raises:
        BadSelector: an API server would refuse it.
    """
    return tuple(_Reader(text).requirements())


def matches(requirements: Iterable[Requirement], labels: Mapping[str, str] | None) -> bool:
    """Say whether an object with these labels meets all requirements; None is an object without any."""
    value_of = (labels or {}).get
    for requirement in requirements:  # noqa: SIM110 - all() takes half as long again, for each object
        if not requirement.accepts(value_of(requirement.key)):
            return False
    return True


def _test(operator: Operator, values: tuple[str, ...]) -> Test:
    wanted = frozenset(values)
    match operator:
        case Operator.EQUAL | Operator.IN:
            return wanted.__contains__
        case Operator.NOT_EQUAL | Operator.NOT_IN:
            return lambda value: value not in wanted
        case Operator.EXISTS:
            return lambda value: value is not None
        case Operator.ABSENT:
            return lambda value: value is None
        case Operator.GREATER:
            return _number_test(values[0], gt)
        case Operator.LESS:
            return _number_test(values[0], lt)


def _number_test(limit: str, compare: Callable[[int, int], bool]) -> Test:
    bound = _number(limit)

    def test(value: str | None) -> bool:
        number = None if value is None else _number(value)
        return number is not None and bound is not None and compare(number, bound)

    return test


_NUMBER = re.compile(r"[+-]?0*([0-9]{1,19})")
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


def _number(text: str) -> int | None:
    """Read a whole number of 64 bits; None if it is none."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    number = -int(found[1]) if text[0] == "-" else int(found[1])
    return number if _SMALLEST <= number <= _LARGEST else None


_BLANKS = r" \t\r\n"
# NB the API server takes a NUL for the end of a text, but right after a word for the end of that word.
_WORD = re.compile(rf"[{_BLANKS}]*(?:(==|!=|[=!<>(),]|[^=!<>(),\0{_BLANKS}]+)\0?)?")
_END = ""
"""Stands where no word is left. No sign can be a key or a value, and the end can be an empty value."""

_COMPARISONS = {
    "=": Operator.EQUAL,
    "==": Operator.EQUAL,
    "!=": Operator.NOT_EQUAL,
    ">": Operator.GREATER,
    "<": Operator.LESS,
}
_SETS = {"in": Operator.IN, "notin": Operator.NOT_IN}
_NO_NAMES = {_END, "!", "(", ")", ",", *_COMPARISONS}
_AFTER_VALUE = {",", ")"}

_A_KEY, _A_VALUE, _A_NUMBER = "the key of a label", "a label's value", "a whole number"
_IN_REQUIREMENT = "unable to parse requirement: "


class _Reader:
    """Goes through a selector from left to right, one word or sign in view."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._rest = 0
        self._next()

    def requirements(self) -> Iterator[Requirement]:
        """Give one requirement after the other."""
        if self._word == _END:
            return
        self._check_start(", expected: !, identifier, or 'end of string'")
        yield self._requirement()
        while self._word != _END:
            if self._word != ",":
                self._refuse("',' or the end", ", expected: ',' or 'end of string'")
            self._next()
            self._check_start(", expected: identifier after ','")
            yield self._requirement()

    def _check_start(self, expected: str) -> None:
        if self._word != "!" and self._word in _NO_NAMES:
            self._refuse(_A_KEY, expected)

    def _requirement(self) -> Requirement:
        if self._word == "!":
            self._next()
            return Requirement(self._key(), Operator.ABSENT)
        key = self._key()
        if self._word in {_END, ","}:
            return Requirement(key, Operator.EXISTS)
        operator = self._operator()
        # The places of the values, each value once.
        places = dict(self._listed() if operator in _SETS.values() else [self._compared()])
        _check_values(key, operator, places)
        return Requirement(key, operator, tuple(places))

    def _key(self) -> str:
        if self._word in _NO_NAMES:
            self._refuse_part(_A_KEY, ", expected: identifier")
        if problems := key_problems(self._word):
            words = f"{_IN_REQUIREMENT}<nil>: {_invalid(self._word, problems)}"
            raise _bad(self._place, _A_KEY, repr(self._word), words)
        return self._taken()

    def _operator(self) -> Operator:
        operator = _SETS.get(self._word) or _COMPARISONS.get(self._word)
        if operator is None:
            self._refuse_part("=, !=, <, >, in or notin", ", expected: in, notin, =, ==, !=, gt, lt")
        self._next()
        return operator

    def _compared(self) -> tuple[str, int]:
        """Give the one value and its place."""
        place = self._place
        if self._word in {_END, ","}:
            return "", place
        if self._word in _NO_NAMES:
            self._refuse_part(_A_VALUE, ", expected: identifier")
        return self._taken(), place

    def _listed(self) -> Iterator[tuple[str, int]]:
        """Give the values in parentheses and their places."""
        if self._word != "(":
            self._refuse_part("'('", " expected: '('")
        expected = ", expected: ',', ')' or identifier"
        while self._word != ")":
            self._next()
            place = self._place
            yield self._listed_value(expected), place
            if self._word not in _AFTER_VALUE:
                self._refuse_part("',' or ')'", ", expected: ',' or ')'")
            expected = ", expected: ',', or identifier"
        self._next()

    def _listed_value(self, expected: str) -> str:
        if self._word in _AFTER_VALUE:
            return ""
        if self._word in _NO_NAMES:
            self._refuse_part("',' or ')'", expected)
        return self._taken()

    def _taken(self) -> str:
        word = self._word
        self._next()
        return word

    def _next(self) -> None:
        found = _WORD.match(self._text, self._rest)
        assert found is not None, "it finds nothing at least"
        self._rest = found.end()
        self._word = found[1] or _END
        self._place = found.start(1) if self._word else self._rest

    def _refuse(self, wanted: str, expected: str, before: str = "") -> NoReturn:
        found = repr(self._word) if self._word else "the end"
        raise _bad(self._place, wanted, found, f"{before}found '{self._word}'{expected}")

    def _refuse_part(self, wanted: str, expected: str) -> NoReturn:
        """Refuse something within a requirement."""
        self._refuse(wanted, expected, _IN_REQUIREMENT)


def _check_values(key: str, operator: Operator, places: Mapping[str, int]) -> None:
    """Refuse what cannot be compared with. The API server does so last, and tells all that is wrong at once."""
    is_number = operator in {Operator.GREATER, Operator.LESS}
    problems = [*(_number_problems(places) if is_number else ()), *_value_problems(key, places)]
    if not problems:
        return
    wrong, _ = problems[0]
    words = ", ".join(words for _, words in problems)
    listed = words if len(problems) == 1 else f"[{words}]"
    raise _bad(places[wrong], _A_NUMBER if is_number else _A_VALUE, repr(wrong), _IN_REQUIREMENT + listed)


def _number_problems(values: Iterable[str]) -> Iterator[tuple[str, str]]:
    for value in values:
        if _number(value) is None:
            problem = "for 'Gt', 'Lt' operators, the value must be an integer"
            yield value, f"values[0]: {_invalid(value, [problem])}"


def _value_problems(key: str, values: Iterable[str]) -> Iterator[tuple[str, str]]:
    for position, value in enumerate(sorted(values)):
        if problems := value_problems(value):
            yield value, f"values[{position}][{key}]: {_invalid(value, problems)}"


def _invalid(text: str, problems: Iterable[str]) -> str:
    return f"Invalid value: {quoted(text)}: {'; '.join(problems)}"


def _bad(place: int, wanted: str, found: str, words: str) -> BadSelector:
    return BadSelector(f"character {place + 1}: expected {wanted}, not {found}", words)
