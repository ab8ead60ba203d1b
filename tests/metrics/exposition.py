"""Renderings, read back by judges that are not ours."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from typing import SupportsFloat, cast

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.samples import Exemplar

from exporter.metrics.ledger import Ledger
from exporter.metrics.text import Format

Labels = frozenset[tuple[str, str]]
Numbers = dict[tuple[str, Labels], float]


def rendered(ledger: Ledger, fmt: Format = Format.OPENMETRICS, *names: str) -> bytes:
    """Give all families (or those named) at once, without the end of the exposition."""
    return b"".join(ledger.slices(fmt, frozenset(names)))


def metrics_of(body: bytes, fmt: Format) -> list[Metric]:
    """Parse a rendering that lacks its last line; OpenMetrics is parsed strictly."""
    text = (body + fmt.end).decode()
    return list(parse_openmetrics(text) if fmt.openmetrics else parse_text(text))  # type: ignore[no-untyped-call]


def numbers(body: bytes, fmt: Format = Format.OPENMETRICS) -> Numbers:
    """Give every number by name and labels; a line that comes twice fails."""
    found: Numbers = {}
    for metric in metrics_of(body, fmt):
        for sample in metric.samples:
            place = (sample.name, frozenset(sample.labels.items()))
            assert place not in found
            found[place] = sample.value
    return found


def exemplars(body: bytes) -> dict[tuple[str, str], tuple[dict[str, str], float, float]]:
    """Give labels, value and time of each exemplar by the name and the bucket of its line."""
    every = [sample for metric in metrics_of(body, Format.OPENMETRICS) for sample in metric.samples]
    return {
        (line.name, line.labels.get("le", "")): (line.exemplar.labels, line.exemplar.value, _seconds(line.exemplar))
        for line in every
        if line.exemplar
    }


def _seconds(exemplar: Exemplar) -> float:
    assert exemplar.timestamp is not None
    return float(cast(SupportsFloat, exemplar.timestamp))


def only(found: Numbers, name: str) -> dict[Labels, float]:
    return {labels: value for (line, labels), value in found.items() if line == name}


def value(found: Numbers, name: str, **labels: str) -> float | None:
    return found.get((name, frozenset(labels.items())))


def summed(found: Numbers, name: str, **labels: str) -> float:
    wanted = set(labels.items())
    return sum(number for line, number in only(found, name).items() if wanted <= line)


def promtool_complaints(body: bytes) -> str:
    """What ``promtool check metrics`` says about text; nothing when it is content."""
    promtool = shutil.which("promtool")
    if promtool is None:
        if os.environ.get("REQUIRE_PROMTOOL") == "1":
            pytest.fail("promtool is required and missing (Debian package: prometheus)")
        pytest.skip("promtool is missing (Debian package: prometheus)")
    done = subprocess.run([promtool, "check", "metrics"], input=body, capture_output=True, check=False)
    return (done.stdout + done.stderr).decode() if done.returncode else ""


def names(metrics: Iterable[Metric]) -> list[str]:
    return [metric.name for metric in metrics]
