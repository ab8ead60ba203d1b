"""What a client likes best, by the weighted lists in its headers: which format, and whether compressed."""

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec
from aiohttp.web import BaseRequest

from exporter.metrics.text import Format

JSON_NAMES = frozenset({"application/json", "application/*", "*/*"})
"""The names under which JSON is asked for."""
_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
_VERSIONS = {Format.TEXT: "0.0.4", Format.OPENMETRICS: "1.0.0"}


class Choice(msgspec.Struct, frozen=True):
    """One element of a weighted list: ``text/plain;version=0.0.4;q=0.5``."""

    name: str
    """In lower case."""
    weight: float
    """From 0, which excludes, to 1, which is also what a choice without a weight has."""
    parameters: Mapping[str, str]
    """All of them by name, in lower case, and without the quotes around a value."""


class _Claim(msgspec.Struct, frozen=True, order=True):
    """How well a choice fits a format; the greater claim decides about that format."""

    names_type: bool
    names_subtype: bool
    names_version: bool
    weight: float


def accept_of(request: BaseRequest) -> str:
    """Give the ``Accept`` of a request, all its lines as one; empty where there is none."""
    return ",".join(request.headers.getall("Accept", ()))


def read_choices(header: str) -> Iterator[Choice]:
    """The elements of a weighted list. One whose weight cannot be read counts as absent."""
    for element in header.split(","):
        name, *rest = (piece.strip() for piece in element.split(";"))
        pairs = (piece.partition("=") for piece in rest)
        parameters = {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}
        weight = parameters.get("q", "1")
        if name and _WEIGHT.fullmatch(weight):
            yield Choice(name.lower(), float(weight), parameters)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an ``Accept-Encoding`` asks for gzip at least as much as for the plain body.

    A missing or empty header asks for the plain body.
    """
    weights = {choice.name: choice.weight for choice in read_choices(accept_encoding)}
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def choose_format(accept: str) -> Format:
    """The format that an ``Accept`` header asks for.

    The highest weight wins; at equal weight the format that is named more exactly, then the text format. A choice with
    a version that is not written here counts as absent; when nothing is left, the text format is given rather than a
    refusal.
    """
    choices = list(read_choices(accept))
    claims = {fmt: claim for fmt in Format if (claim := _best(choices, fmt)) and claim.weight > 0}
    return max(claims, key=lambda fmt: (claims[fmt].weight, claims[fmt]), default=Format.TEXT)


def _best(choices: Iterable[Choice], fmt: Format) -> _Claim | None:
    return max((claim for choice in choices if (claim := _claim(choice, fmt))), default=None)


def _claim(choice: Choice, fmt: Format) -> _Claim | None:
    media = fmt.value.partition(";")[0]
    wanted = {"*/*": 0, media.partition("/")[0] + "/*": 1, media: 2}
    exactness = wanted.get(choice.name)
    version = choice.parameters.get("version")
    if exactness is None or version not in {None, _VERSIONS[fmt]}:
        return None
    return _Claim(exactness > 0, exactness > 1, version is not None, choice.weight)
