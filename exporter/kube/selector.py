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
from collections.abc import Iterator
from enum import Enum
from typing import NoReturn

import msgspec

PREFIX_LIMIT, NAME_LIMIT = 253, 63
"""Characters of the two parts of a key; a value is no longer than a name."""


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


class Requirement(msgspec.Struct, frozen=True):
    """One condition of a selector; an object must meet all of them."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()
    """What is compared with: several for ``in`` and ``notin``, none for EXISTS and ABSENT, else one."""


class BadSelector(ValueError):
    """A text is no selector; the message says what is wrong, and at which character (the first one is 1)."""


def parse(text: str) -> tuple[Requirement, ...]:
    """Read a selector; an empty one has no requirements.

    Raises:
        BadSelector: an API server would refuse it.
    """
    return tuple(_Reader(text).requirements())


def is_label_key(text: str) -> bool:
    """Say whether a text can be the key of a label or an annotation: ``phase``, ``workflows.argoproj.io/phase``."""
    prefix, slash, name = text.rpartition("/")
    if slash and (len(prefix) > PREFIX_LIMIT or not _SUBDOMAIN.fullmatch(prefix)):
        return False
    return _NAME.fullmatch(name) is not None


def is_label_value(text: str) -> bool:
    """Say whether a text can be a label's value."""
    return text == "" or _NAME.fullmatch(text) is not None


_NAME = re.compile(rf"[A-Za-z0-9](?:[-A-Za-z0-9_.]{{0,{NAME_LIMIT - 2}}}[A-Za-z0-9])?")
_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")

_BLANKS = " \t\r\n"
_WORD = re.compile(rf"==|!=|[=!<>(),]|[^=!<>(),{_BLANKS}]+")
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
_WHOLE_NUMBER = re.compile(rf"[0-9]{{1,{NAME_LIMIT}}}")
_LARGEST_NUMBER = 2**63 - 1


class _Reader:
    """Goes through a selector from left to right, one word or sign in view."""

    def __init__(self, text: str) -> None:
        self._rest = _WORD.finditer(text)
        self._end = len(text)
        self._next()

    def requirements(self) -> Iterator[Requirement]:
        """Give one requirement after the other."""
        if self._word == _END:
            return
        yield self._requirement()
        while self._word != _END:
            if self._word != ",":
                self._refuse("',' or the end")
            self._next()
            yield self._requirement()

    def _requirement(self) -> Requirement:
        if self._word == "!":
            self._next()
            return Requirement(self._key(), Operator.ABSENT)
        key = self._key()
        if self._word in {_END, ","}:
            return Requirement(key, Operator.EXISTS)
        if self._word in _SETS:
            operator = _SETS[self._taken()]
            return Requirement(key, operator, tuple(dict.fromkeys(self._values())))
        if self._word not in _COMPARISONS:
            self._refuse("=, !=, <, >, in or notin")
        operator = _COMPARISONS[self._taken()]
        return Requirement(key, operator, (self._compared(operator),))

    def _key(self) -> str:
        if not is_label_key(self._word):
            self._refuse("the key of a label")
        return self._taken()

    def _compared(self, operator: Operator) -> str:
        if operator in {Operator.GREATER, Operator.LESS} and not _is_number(self._word):
            self._refuse("a whole number")
        return self._value()

    def _values(self) -> Iterator[str]:
        if self._word != "(":
            self._refuse("'('")
        separator = ","
        while separator == ",":
            self._next()
            yield self._value()
            if self._word not in {",", ")"}:
                self._refuse("',' or ')'")
            separator = self._word
        self._next()

    def _value(self) -> str:
        if self._word in {",", ")"}:
            return ""
        if not is_label_value(self._word):
            self._refuse("a label's value")
        return self._taken()

    def _taken(self) -> str:
        word = self._word
        self._next()
        return word

    def _next(self) -> None:
        found = next(self._rest, None)
        self._word, self._place = (found.group(), found.start()) if found else (_END, self._end)

    def _refuse(self, wanted: str) -> NoReturn:
        found = repr(self._word) if self._word else "the end"
        raise BadSelector(f"character {self._place + 1}: expected {wanted}, not {found}")


def _is_number(text: str) -> bool:
    return _WHOLE_NUMBER.fullmatch(text) is not None and int(text) <= _LARGEST_NUMBER
