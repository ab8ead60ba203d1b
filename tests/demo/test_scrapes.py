"""Every scrape of a busy program with everything turned on is taken by three judges, and has every family there is."""

import urllib.request
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter import reference
from exporter.metrics.text import Format
from exporter.telemetry import reviews
from tests.controlplane.waiting import wait_for
from tests.demo.program import ANYWHERE, DEMO, Demo
from tests.metrics.exposition import promtool_complaints

BUSY = ("--workflows=300", "--namespaces=13", "--rate=20", "--speed=200", "--trouble=failures")
ALL = ("--collector.nodes", "--metrics.group-label=team", "--metrics.group-duration-buckets=10s,1m")
SCRAPES = 4


def test_every_scrape_of_a_busy_program_with_all_collectors_on_can_be_read(tmp_path: Path) -> None:
    command = [*DEMO, *BUSY, *ALL, ANYWHERE, f"--state.file={tmp_path / 'state'}", "--state.interval=1s"]
    wanted, met, exemplars = {family.stem for family in reference.families()}, set[str](), 0
    wanted -= {family.stem for family in reviews.FAMILIES}  # a simulated cluster knows no callers
    with Demo(tmp_path, command) as demo:
        demo.wait_ready()

        def judge() -> bool:
            nonlocal exemplars
            text, openmetrics = scraped(demo, Format.TEXT), scraped(demo, Format.OPENMETRICS)
            assert promtool_complaints(text.encode()) == ""
            plain = [metric.name for metric in parse_text(text)]
            assert len(plain) == len(set(plain))
            met.update(metric.name for metric in parse_openmetrics(openmetrics))  # type: ignore[no-untyped-call]
            exemplars += openmetrics.count(' # {trace_id="')
            return wanted <= met and exemplars > 0

        wait_for(judge, "exemplars, and every family there is", seconds=60)
        assert [judge() for _ in range(SCRAPES)] == [True] * SCRAPES


def scraped(demo: Demo, fmt: Format) -> str:
    with urllib.request.urlopen(
        urllib.request.Request(demo.metrics, headers={"Accept": fmt.value}), timeout=30
    ) as response:
        assert response.headers["Content-Type"] == fmt.content_type
        return str(response.read().decode())
