"""Samples to bytes: Prometheus' text format and OpenMetrics.

A sample's line is the same in both formats (names, labels, bucket bounds, numbers), so that a series keeps its
identity whatever was negotiated and a prepared line serves both. Only the lines that introduce a family differ, the
last line, and what OpenMetrics alone has behind a line: see ``exemplar``.
"""

import math
from collections.abc import Iterable, Iterator
from enum import Enum

from exporter.metrics.family import Distribution, Family, Point, Sample, Type


class Format(Enum):
    """A format that is written; the value is its media type, as ``Content-Type`` carries it."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    @property
    def content_type(self) -> str:
        """The ``Content-Type`` of an answer. It never repeats what a scraper asked for beyond that."""
        return self.value

    @property
    def openmetrics(self) -> bool:
        """Whether this is OpenMetrics."""
        return self is Format.OPENMETRICS

    @property
    def end(self) -> bytes:
        """The last line of an exposition; OpenMetrics takes one without it for truncated."""
        return b"# EOF\n" if self.openmetrics else b""


def head(family: Family, fmt: Format) -> bytes:
    """Give the lines that introduce a family: its help, its type and, in OpenMetrics, its unit."""
    name = family.stem if fmt.openmetrics else family.name
    lines = [f"# HELP {name} {_help(family.help, fmt)}", f"# TYPE {name} {_type(family, fmt)}"]
    if family.unit and fmt.openmetrics:
        lines.append(f"# UNIT {name} {family.unit}")
    return "".join(f"{line}\n" for line in lines).encode()


def prefix(name: str, labels: Iterable[str], values: Iterable[str]) -> bytes:
    """Give a line up to its number, with the space before it; what is not UTF-8 (a lone surrogate) becomes ``?``."""
    pairs = ",".join(f'{label}="{_value(value)}"' for label, value in zip(labels, values, strict=True))
    return (f"{name}{{{pairs}}} " if pairs else f"{name} ").encode(errors="replace")


def distribution_prefixes(family: Family, values: tuple[str, ...]) -> list[bytes]:
    """Give the lines of a histogram or summary up to their numbers: the buckets, ``+Inf`` last; the count; the sum."""
    starts = []
    if family.type is Type.HISTOGRAM:
        labels, bounds = (*family.labels, "le"), (*map(_bound, family.buckets), "+Inf")
        starts = [prefix(f"{family.name}_bucket", labels, (*values, bound)) for bound in bounds]
    return [*starts, *(prefix(f"{family.name}_{part}", family.labels, values) for part in ("count", "sum"))]


def number(value: float) -> bytes:
    """Write a number so that it reads back equal: ``3``, ``0.1``, ``+Inf``, ``NaN``."""
    if isinstance(value, int):
        return b"%d" % value
    if math.isfinite(value):
        return repr(value).encode()
    return b"NaN" if math.isnan(value) else b"+Inf" if value > 0 else b"-Inf"


def lines(family: Family, samples: Iterable[Sample]) -> Iterator[bytes]:
    """Give the lines of samples, each with its newline, the same in every format."""
    for sample in samples:
        match sample:
            case Point():
                yield prefix(family.name, family.labels, sample.labels) + number(sample.value) + b"\n"
            case Distribution():
                yield from _distribution(family, sample)


def block(family: Family, samples: Iterable[Sample], fmt: Format) -> bytes:
    """Give a whole family; nothing at all when it has no samples."""
    body = b"".join(lines(family, samples))
    return head(family, fmt) + body if body else b""


def _distribution(family: Family, seen: Distribution) -> Iterator[bytes]:
    buckets = (*seen.buckets, seen.count) if family.type is Type.HISTOGRAM else ()
    starts = distribution_prefixes(family, seen.labels)
    for start, value in zip(starts, (*buckets, seen.count, seen.sum), strict=True):
        yield start + number(value) + b"\n"


def _bound(bound: float) -> str:
    # OpenMetrics asks for "1.0", the older format takes either: one spelling, or a bucket would be two series.
    return repr(float(bound))


def _type(family: Family, fmt: Format) -> str:
    if fmt.openmetrics or family.type not in {Type.INFO, Type.STATESET}:
        return family.type.value
    return Type.GAUGE.value


def _help(text: str, fmt: Format) -> str:
    escaped = text.replace("\\", r"\\").replace("\n", r"\n")
    return escaped.replace('"', r"\"") if fmt.openmetrics else escaped


def _value(text: str) -> str:
    if '"' in text or "\\" in text or "\n" in text:
        return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
    return text
