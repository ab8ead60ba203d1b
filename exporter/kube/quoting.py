"""A text in quotes, as the API server's complaints show it: control characters and what cannot be printed escaped."""

import re

_ESCAPED = {char: f"\\{letter}" for char, letter in zip('\a\b\f\n\r\t\v\\"', 'abfnrtv\\"', strict=True)}
_PLAIN = re.compile(r"[ !#-\[\]-~]*")
_FIRST_WIDE, _FIRST_FAR = 0x80, 0x10000
_STRAY = range(0xDC80, 0xDD00)
"""How Python keeps a byte that is no UTF-8 (``surrogateescape``)."""


def quoted(text: str) -> str:
    r"""Put a text into double quotes the way Go's ``%q`` does: ``"a\tb"``, ``"a\u00a0b"``, ``"a\xff"``.

    NB which characters can be printed is for Python's edition of Unicode to say; the server's may be another.
    """
    return f'"{text}"' if _PLAIN.fullmatch(text) else f'"{"".join(map(_shown, text))}"'


def _shown(char: str) -> str:
    code = ord(char)
    if char in _ESCAPED:
        return _ESCAPED[char]
    if char.isprintable():
        return char
    if code < _FIRST_WIDE:
        return f"\\x{code:02x}"
    if code in _STRAY:
        return f"\\x{code - _STRAY.start + _FIRST_WIDE:02x}"
    return f"\\u{code:04x}" if code < _FIRST_FAR else f"\\U{code:08x}"
