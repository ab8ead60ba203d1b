"""Label and field selectors: which objects a caller means, or in which words it is told that this is no selector."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from exporter.simulator.api.names import key_problems, quoted, value_problems
from exporter.simulator.api.words import bad_request
from exporter.simulator.history import Stored


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on a label."""

    key: str
    operator: str
    """``exists``, ``!``, ``in``, ``notin``, ``>`` or ``<``; equality is ``in`` with one value."""
    values: frozenset[str] = frozenset()

    def accepts(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels meets it."""
        value = labels.get(self.key)
        match self.operator:
            case "exists":
                return value is not None
            case "!":
                return value is None
            case "in":
                return value in self.values
            case "notin":
                return value not in self.values
            case _:
                return value is not None and self._compares(value)

    def _compares(self, value: str) -> bool:
        number, (limit,) = _int64(value), map(_int64, self.values)
        if number is None or limit is None:
            return False
        return number > limit if self.operator == ">" else number < limit


_INTEGER = re.compile(r"[+-]?[0-9]+")
_LARGEST = 2**63


def _int64(text: str) -> int | None:
    digits = text.lstrip("+-").lstrip("0")
    if not _INTEGER.fullmatch(text) or len(digits) > len(str(_LARGEST)):
        return None
    number = int(text)
    return number if -_LARGEST <= number < _LARGEST else None


END = ""
_SIGNS = {"=", "==", "!=", "!", "(", ")", ",", ">", "<"}
_TOKEN = re.compile(r"[ \t\r\n]*(?:(==|!=|[=!(),<>]|[^=!(),<>\0 \t\r\n]+)\0?)?")
_OPERATORS = {
    "=": "in",
    "==": "in",
    "!=": "notin",
    "in": "in",
    "notin": "notin",
    ">": ">",
    "<": "<",
}


def parse_labels(text: str) -> tuple[Requirement, ...]:
    """Read a label selector.

    Raises:
        Refused: 400.
    """
    return tuple(_LabelReader(text).read())


class _LabelReader:
    """Reads one word or sign after the other; what comes next decides."""

    def __init__(self, text: str) -> None:
        self._words: list[str] = []
        place, word = 0, " "
        while word:
            found = _TOKEN.match(text, place)
            assert found is not None, "an empty match at least"
            place, word = found.end(), found[1] or END
            self._words.append(word)
        self._place = 0

    @property
    def _ahead(self) -> str:
        return self._words[self._place]

    def _take(self) -> str:
        word = self._ahead
        # The end is never passed.
        self._place = min(self._place + 1, len(self._words) - 1)
        return word

    def read(self) -> Iterable[Requirement]:
        if self._ahead in _SIGNS - {"!"}:
            raise bad_request(f"found '{self._ahead}', expected: !, identifier, or 'end of string'")
        while self._ahead != END:
            yield self._requirement()
            after = self._take()
            if after not in {END, ","}:
                raise bad_request(f"found '{after}', expected: ',' or 'end of string'")
            if after == "," and (self._ahead == END or self._ahead in _SIGNS - {"!"}):
                raise bad_request(f"found '{self._ahead}', expected: identifier after ','")

    def _requirement(self) -> Requirement:
        absent = self._ahead == "!"
        if absent:
            self._take()
        key = self._take()
        if key == END or key in _SIGNS:
            _refuse(f"found '{key}', expected: identifier")
        if problems := key_problems(key):
            _refuse(f"<nil>: Invalid value: {quoted(key)}: {'; '.join(problems)}")
        if absent or self._ahead in {END, ","}:
            return Requirement(key, "!" if absent else "exists")
        sign = self._take()
        operator = _OPERATORS.get(sign)
        if operator is None:
            _refuse(f"found '{sign}', expected: in, notin, =, ==, !=, gt, lt")
        values = self._several() if sign in {"in", "notin"} else {self._single()}
        _check_values(key, operator, values)
        return Requirement(key, operator, frozenset(values))

    def _single(self) -> str:
        if self._ahead in {END, ","}:
            return ""
        value = self._take()
        if value in _SIGNS:
            _refuse(f"found '{value}', expected: identifier")
        return value

    def _several(self) -> set[str]:
        if (sign := self._take()) != "(":
            _refuse(f"found '{sign}' expected: '('")
        if self._ahead != "," and self._ahead in (_SIGNS | {END}) - {")"}:
            _refuse(f"found '{self._ahead}', expected: ',', ')' or identifier")
        values = {""} if self._ahead == ")" else self._listed()
        self._take()
        return values

    def _listed(self) -> set[str]:
        values: set[str] = set()
        while True:
            word = self._take()
            if word == ",":
                if not values or self._ahead in {")", ","}:
                    values.add("")
                if self._ahead == ",":
                    self._take()
                if self._ahead == ")":
                    return values | {""}
            elif word == END or word in _SIGNS:
                _refuse(f"found '{word}', expected: ',', or identifier")
            else:
                values.add(word)
                if self._ahead == ")":
                    return values
                if self._ahead != ",":
                    _refuse(f"found '{self._ahead}', expected: ',' or ')'")


def _check_values(key: str, operator: str, values: set[str]) -> None:
    problems = []
    if operator in {"<", ">"}:
        problems = [
            f"values[0]: Invalid value: {quoted(value)}: for 'Gt', 'Lt' operators, the value must be an integer"
            for value in values
            if _int64(value) is None
        ]
    for place, value in enumerate(sorted(values)):
        if found := value_problems(value):
            problems.append(f"values[{place}][{key}]: Invalid value: {quoted(value)}: {'; '.join(found)}")
    if problems:
        _refuse(problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")


def _refuse(problem: str) -> NoReturn:
    raise bad_request(f"unable to parse requirement: {problem}")


@dataclass(frozen=True, slots=True)
class Term:
    """One condition on a field."""

    field: str
    equal: bool
    value: str


_PART = re.compile(r"(?:\\.|\\\Z|[^\\,])+", re.DOTALL)
_TERM = re.compile(r"(.*?)(!=|==|=)(.*)", re.DOTALL)
_NEEDS_ESCAPE = frozenset(",=\\")


def parse_fields(text: str) -> tuple[Term, ...]:
    """Read a field selector; whether there are such fields is not looked at.

    Raises:
        Refused: 400.
    """
    terms = []
    for part in sorted(_PART.findall(text)):
        found = _TERM.fullmatch(part)
        if found is None:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        field, sign, written = found.groups()
        value = _unescaped(written)
        if field or value:
            terms.append(Term(field, sign != "!=", value))
    return tuple(terms)


def _unescaped(written: str) -> str:
    value, chars = [], iter(written)
    for char in chars:
        if char == "\\":
            escaped = next(chars, "")
            if escaped not in _NEEDS_ESCAPE:
                raise bad_request(f"invalid field selector: invalid escape sequence: \\{escaped}")
            value.append(escaped)
        elif char in _NEEDS_ESCAPE:
            raise bad_request(f"invalid field selector: unescaped character in value: {ord(char)}")
        else:
            value.append(char)
    return "".join(value)


class Selection:
    """Which objects are meant: a namespace or all of them, labels, fields."""

    def __init__(
        self,
        namespace: str,
        labels: tuple[Requirement, ...] = (),
        fields: tuple[Term, ...] = (),
        phase: Callable[[bytes], str] | None = None,
    ) -> None:
        """``phase`` reads ``status.phase`` from an object, where that can be selected.

        Raises:
            Refused: 400 a field that cannot be selected.
        """
        self.namespace = namespace
        self._labels = labels
        self._phase = phase
        known = {"metadata.name", "metadata.namespace", *(("status.phase", "name") if phase else ())}
        for term in fields:
            if term.field not in known:
                raise bad_request(f"field label not supported: {term.field}")
        self._fields = fields
        self.name = next(
            (term.value for term in fields if term.field in {"metadata.name", "name"} and term.equal), None
        )
        """The one name that can be meant, if there is only one."""

    @property
    def is_whole(self) -> bool:
        """Whether every object of the namespace is meant."""
        return not (self._labels or self._fields)

    def accepts(self, thing: Stored) -> bool:
        """Whether an object is meant."""
        if self.namespace and thing.namespace != self.namespace:
            return False
        if not all(requirement.accepts(thing.labels) for requirement in self._labels):
            return False
        return all(self._meets(term, thing) for term in self._fields)

    def _meets(self, term: Term, thing: Stored) -> bool:
        match term.field:
            case "metadata.namespace":
                value = thing.namespace
            case "status.phase" if self._phase:
                value = self._phase(thing.body)
            case _:
                value = thing.name
        return (value == term.value) is term.equal
