"""What can be the key or the value of a label, and in which words the API server says what is wrong with one."""

import re

PREFIX_LIMIT, NAME_LIMIT = 253, 63
"""Bytes of the two parts of a key; a value is no longer than a name."""

_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_NAME})?"
_PART = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DOMAIN = rf"{_PART}(\.{_PART})*"
_names, _values, _domains = map(re.compile, (_NAME, _VALUE, _DOMAIN))

_ENDS = "and must start and end with an alphanumeric character"
_SIGNS = f"must consist of alphanumeric characters, '-', '_' or '.', {_ENDS}"
_NO_NAME = f"{_SIGNS} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_NAME}')"
_NO_VALUE = (
    f"a valid label must be an empty string or {_SIGNS.removeprefix('must ')} "
    f"(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '{_VALUE}')"
)
_NO_DOMAIN = (
    f"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', {_ENDS} "
    f"(e.g. 'example.com', regex used for validation is '{_DOMAIN}')"
)
_NO_KEY = f"a valid label key {_NO_NAME} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
_EMPTY = "must be non-empty"


def is_label_key(text: str) -> bool:
    """Say whether a text can be the key of a label or an annotation: ``phase``, ``workflows.argoproj.io/phase``."""
    return not key_problems(text)


def is_label_value(text: str) -> bool:
    """Say whether a text can be a label's value."""
    return not value_problems(text)


def key_problems(text: str) -> list[str]:
    """Say what keeps a text from being a key, in the API server's words; nothing if it is one."""
    prefix, slash, name = text.partition("/")
    if "/" in name:
        return [_NO_KEY]
    if slash:
        return _prefix_problems(prefix) + _name_problems(name)
    return _name_problems(text)


def value_problems(text: str) -> list[str]:
    """Say what keeps a text from being a value, in the API server's words; nothing if it is one."""
    problems = [_too_long(NAME_LIMIT)] if _size(text) > NAME_LIMIT else []
    return problems if _values.fullmatch(text) else [*problems, _NO_VALUE]


def _prefix_problems(prefix: str) -> list[str]:
    if not prefix:
        return [f"prefix part {_EMPTY}"]
    problems = [f"prefix part {_too_long(PREFIX_LIMIT)}"] if _size(prefix) > PREFIX_LIMIT else []
    return problems if _domains.fullmatch(prefix) else [*problems, f"prefix part {_NO_DOMAIN}"]


def _name_problems(name: str) -> list[str]:
    problems = [] if name else [f"name part {_EMPTY}"]
    if _size(name) > NAME_LIMIT:
        problems = [f"name part {_too_long(NAME_LIMIT)}"]
    return problems if _names.fullmatch(name) else [*problems, f"name part {_NO_NAME}"]


def _too_long(limit: int) -> str:
    return f"must be no more than {limit} bytes"


def _size(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))
