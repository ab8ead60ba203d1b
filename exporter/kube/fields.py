r"""Field selectors, read as the API server reads them: ``metadata.name=nightly,metadata.namespace!=team-a``.

::

    selector = [ term ] { "," [ term ] }
    term     = field ("=" | "==" | "!=") value

The first sign in a term ends its field. Nothing is trimmed: a blank belongs to the field or value it stands at. In a
value a backslash stands before each ``,``, ``=`` and backslash that is meant as such, and before nothing else. A term
without field and value asks for nothing, even with ``!=``.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec


class Term(msgspec.Struct, frozen=True):
    """One condition of a selector; an object must meet all of them."""

    field: str
    """What was written; whether there is such a field is for the caller to know."""
    equal: bool
    """Whether the field must have the value, or must not."""
    value: str

    def accepts(self, value: str) -> bool:
        """Say whether an object is meant whose field has this value; a field that is not there is empty."""
        return (value == self.value) is self.equal


class Field(msgspec.Struct, frozen=True):
    """A field that can be selected beside the name and the namespace, which every object has."""

    value: Callable[[Any], str]
    """Gives the text of the field from an object's projection; empty where the object does not have the field."""
    values: tuple[str, ...] = ()
    """Every text that there can be; without any, all texts are possible."""
    index: str = ""
    """The index that finds objects by the field, unless it is empty; empty values have no entries in it."""


class BadFields(ValueError):
    """A text is no field selector."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words
        """How the API server says it, in the ``Status`` of its 400."""


def parse(text: str) -> tuple[Term, ...]:
    """Read a selector; an empty one has no terms.

    The terms come in the order in which the API server looks at them, so the first one with a field that it does not
    know is the one it complains about.

    Raises:
        BadFields: an API server would refuse it, whichever fields it knows.
    """
    return tuple(_terms(text))


_PART = re.compile(r"(?:\\(?:.|\Z)|[^\\,])+", re.DOTALL)
_TERM = re.compile(r"(.*?)(==|!=|=)(.*)", re.DOTALL)
_SPECIAL = re.compile(r"\\(.?)|=", re.DOTALL)


def _terms(text: str) -> Iterator[Term]:
    for part in sorted(_PART.findall(text)):
        found = _TERM.fullmatch(part)
        if found is None:
            raise BadFields(f"invalid selector: '{text}'; can't understand '{part}'")
        term = Term(found[1], found[2] != "!=", _SPECIAL.sub(_meant, found[3]))
        if term.field or term.value:
            yield term


def _meant(found: re.Match[str]) -> str:
    """Give what stands for itself after a backslash."""
    char = found[1]
    if char is None:
        raise BadFields(f"invalid field selector: unescaped character in value: {ord(found[0])}")
    if char not in {",", "=", "\\"}:
        raise BadFields(f"invalid field selector: invalid escape sequence: {found[0]}")
    return char
