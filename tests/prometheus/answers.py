"""What a Prometheus answers to questions over its HTTP API: asked on loopback, read into types."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

import msgspec

PATIENCE = 20.0
"""Seconds that one question may take."""


class Refused(Exception):
    """A question that the server did not like; the message is the server's."""


class Result(msgspec.Struct, frozen=True):
    """One series of an instant query."""

    labels: dict[str, str]
    value: float
    at: float
    """Epoch seconds for which the value holds."""


class Line(msgspec.Struct, frozen=True):
    """One series of a range query."""

    labels: dict[str, str]
    points: tuple[tuple[float, float], ...]
    """Epoch seconds and value, in order; steps without a value are left out."""


class Exemplar(msgspec.Struct, frozen=True):
    """One exemplar of a series."""

    series: dict[str, str]
    labels: dict[str, str]
    value: float
    at: float


def get(url: str, **parameters: str) -> Any:
    """Ask, and give what the JSON of the answer says.

    Raises:
        Refused: the server answered with an error.
    """
    query = urllib.parse.urlencode(parameters)
    try:
        with urllib.request.urlopen(f"{url}?{query}" if query else url, timeout=PATIENCE) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            raise Refused(f"{error.code}: {error.read(2000).decode(errors='replace')}") from error


def answers(url: str) -> bool:
    """Whether anybody answers well there; what is not there yet does not."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def results(data: Mapping[str, Any]) -> list[Result]:
    """Read the answer of an instant query; a scalar is one series without labels."""
    if data["resultType"] == "scalar":
        at, value = data["result"]
        return [Result({}, float(value), at)]
    return [Result(one["metric"], float(one["value"][1]), one["value"][0]) for one in data["result"]]


def lines(data: Mapping[str, Any]) -> list[Line]:
    """Read the answer of a range query."""
    return [Line(one["metric"], tuple((at, float(value)) for at, value in one["values"])) for one in data["result"]]


def exemplars(data: list[Mapping[str, Any]]) -> list[Exemplar]:
    """Read the answer to a question for exemplars."""
    return [
        Exemplar(one["seriesLabels"], each["labels"], float(each["value"]), each["timestamp"])
        for one in data
        for each in one["exemplars"]
    ]
