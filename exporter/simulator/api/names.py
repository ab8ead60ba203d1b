"""What names, labels and their keys may be, in an API server's words, and how it quotes them."""

import re

_ESCAPES = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", "\\": "\\", '"': '"'}
_BYTE, _LOW, _WIDE, _FAR = 0xDC80, 0x80, 0xDD00, 0x10000


def quoted(text: str) -> str:
    """Write a text as Go's ``%q`` does; bytes that are no UTF-8 are expected as ``surrogateescape`` keeps them."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    code = ord(char)
    if char in _ESCAPES:
        return "\\" + _ESCAPES[char]
    if char.isprintable():
        return char
    if code < _LOW:
        return f"\\x{code:02x}"
    if _BYTE <= code < _WIDE:
        return f"\\x{code - _BYTE + _LOW:02x}"
    return f"\\u{code:04x}" if code < _FAR else f"\\U{code:08x}"


_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_QUALIFIED})?"
_EDGES = "and must start and end with an alphanumeric character"
_NO_SUBDOMAIN = (
    f"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', {_EDGES} "
    f"(e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
_NO_LABEL = (
    f"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', {_EDGES} "
    f"(e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
_NO_QUALIFIED = (
    f"must consist of alphanumeric characters, '-', '_' or '.', {_EDGES} "
    f"(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_QUALIFIED}')"
)
_NO_VALUE = (
    f"a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', {_EDGES} "
    f"(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '{_VALUE}')"
)
_TWO_SLASHES = (
    f"a valid label key {_NO_QUALIFIED} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
)
_labels, _subdomains, _names, _values = map(re.compile, (_LABEL, _SUBDOMAIN, _QUALIFIED, _VALUE))
LABEL_LIMIT, SUBDOMAIN_LIMIT = 63, 253


def subdomain_problems(name: str) -> list[str]:
    """What keeps a text from being the name of most objects."""
    long = [f"must be no more than {SUBDOMAIN_LIMIT} characters"] if _size(name) > SUBDOMAIN_LIMIT else []
    return long + ([] if _subdomains.fullmatch(name) else [_NO_SUBDOMAIN])


def label_problems(name: str) -> list[str]:
    """What keeps a text from being the name of a namespace."""
    long = [f"must be no more than {LABEL_LIMIT} characters"] if _size(name) > LABEL_LIMIT else []
    if _labels.fullmatch(name):
        return long
    return [*long, "must not contain dots" if _subdomains.fullmatch(name) else _NO_LABEL]


def key_problems(text: str) -> list[str]:
    """What keeps a text from being the key of a label or an annotation, or a finalizer."""
    prefix, slash, name = text.rpartition("/")
    if "/" in prefix:
        return [_TWO_SLASHES]
    problems = _prefix_problems(prefix) if slash else []
    if not name:
        problems.append("name part must be non-empty")
    elif _size(name) > LABEL_LIMIT:
        problems.append(f"name part must be no more than {LABEL_LIMIT} bytes")
    return problems + ([] if _names.fullmatch(name) else [f"name part {_NO_QUALIFIED}"])


def _prefix_problems(prefix: str) -> list[str]:
    if not prefix:
        return ["prefix part must be non-empty"]
    long = [f"prefix part must be no more than {SUBDOMAIN_LIMIT} bytes"] if _size(prefix) > SUBDOMAIN_LIMIT else []
    return long + ([] if _subdomains.fullmatch(prefix) else [f"prefix part {_NO_SUBDOMAIN}"])


def value_problems(text: str) -> list[str]:
    """What keeps a text from being the value of a label."""
    long = [f"must be no more than {LABEL_LIMIT} bytes"] if _size(text) > LABEL_LIMIT else []
    return long + ([] if _values.fullmatch(text) else [_NO_VALUE])


def _size(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))
