"""The parameters of a request, and the numbers in them, as an API server reads both."""

import re
from urllib.parse import unquote_plus

from aiohttp.web import BaseRequest

from exporter.kube.quoting import quoted
from exporter.web.answers import bad_request

ANY_VERSION = ("", "0")
"""The resourceVersions that ask for whatever is there."""

_MALFORMED = re.compile(r";|%(?![0-9A-Fa-f]{2})")
_SIGNED, _UNSIGNED = re.compile(r"([+-]?)0*([0-9]+)"), re.compile(r"()0*([0-9]+)")
_DIGITS = 20
"""Of the largest number of 64 bits."""


class Query:
    """The parameters of a request as an API server reads them: what is not well-formed is left out."""

    def __init__(self, request: BaseRequest) -> None:
        pairs = (pair.partition("=") for pair in request.raw_path.partition("?")[2].split("&"))
        self._values: dict[str, list[str]] = {}
        for name, _, value in pairs:
            if name and not _MALFORMED.search(f"{name}={value}"):
                self._values.setdefault(unquote_plus(name), []).append(unquote_plus(value, errors="surrogateescape"))

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def get(self, name: str) -> str | None:
        """The first value of a parameter; None where there is none."""
        return next(iter(self.all(name)), None)

    def text(self, name: str) -> str:
        """The first value of a parameter; empty where there is none."""
        return self.get(name) or ""

    def all(self, name: str) -> list[str]:
        """Every value of a parameter."""
        return self._values.get(name, [])

    def number(self, name: str) -> int:
        """The number in a parameter; 0 where there is none.

        Raises:
            Refused: 400 it is no whole number of 64 bits.
        """
        text = self.get(name)
        if text is None:
            return 0
        return _whole(text, _SIGNED, range(-(2**63), 2**63), f"strconv.ParseInt: parsing {quoted(text)}")

    def watches(self) -> bool:
        """Whether it turns a list into a watch: by anything but ``false`` and ``0``, even by nothing."""
        asked = self.get("watch")
        return asked is not None and asked.lower() not in {"false", "0"}


def read_version(text: str, said_before: str = "") -> str:
    """Read a resourceVersion; empty stands for any.

    Raises:
        Refused: 400 it is none.
    """
    if text in ANY_VERSION:
        return ""
    where = f"{said_before}resourceVersion: Invalid value: {quoted(text)}"
    complaint = f"{where}: strconv.ParseUint: parsing {quoted(text)}"
    return str(_whole(text, _UNSIGNED, range(2**64), complaint) or "")


def _whole(text: str, form: "re.Pattern[str]", allowed: range, complaint: str) -> int:
    found = form.fullmatch(text)
    if found is None:
        raise bad_request(f"{complaint}: invalid syntax")
    sign, digits = found.groups()
    if len(digits) > _DIGITS or (number := int(sign + digits)) not in allowed:
        raise bad_request(f"{complaint}: value out of range")
    return number
