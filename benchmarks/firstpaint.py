"""How long a reader waits for the live page, and what it costs the exporter to keep it open.

``python -m benchmarks.firstpaint [--workflows 50000] [--seconds 20] [--json]``: a simulated cluster, the exporter that
has read all of it, and a Chromium that opens the page with a fresh profile. *First paint* is the browser's own first
contentful paint, *filled* when every list of the overview has its answer. The cost is how much more of a core the
exporter takes while the page is open, as some workflows begin and end all the while.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from urllib.error import HTTPError
from urllib.request import urlopen

from playwright.sync_api import Browser, expect

from benchmarks.report import Figure, core_seconds, machine, print_rows
from tests.controlplane.waiting import wait_for
from tests.page.chromium import chromium

WORKFLOWS, NAMESPACES = 50_000, 500
RATE = 2.0
"""Workflows that are submitted each second: a trickle."""
ROUNDS = 5
SPELLS = 3
"""How often a spell with an open page follows one without: workflows come and go, so no two are alike."""
PATIENCE = 600.0
"""Seconds in which the cluster must be read."""
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


@contextmanager
def demo(workflows: int) -> Iterator[tuple[str, int]]:
    """Run a demo; gives the address of its page, and the id of the exporter's process."""
    command = [sys.executable, "-m", "exporter", "demo", "--seed=1", "--web.listen-address=127.0.0.1:0"]
    command += [f"--workflows={workflows}", f"--namespaces={min(NAMESPACES, workflows)}", f"--rate={RATE}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            address = _address(running)
            _wait_ready(address)
            yield address, running.pid
        finally:
            running.terminate()


def _address(running: "subprocess.Popen[str]") -> str:
    assert running.stdout is not None
    for line in running.stdout:
        words = line.split()
        if words[:1] == ["page"]:
            return words[1]
    raise SystemExit("the demo ended before it began")


def opened(browser: Browser, address: str) -> tuple[float, float]:
    """Open the page as a new reader; give the milliseconds to its first paint, and until it is filled."""
    page = browser.new_page()
    try:
        begun = time.perf_counter()
        page.goto(address)
        for listing in page.locator(".listing").all():
            expect(listing).to_have_attribute("aria-busy", "false")
        filled = time.perf_counter() - begun
        paint: float = page.evaluate(_PAINT)
        return paint, filled * 1000
    finally:
        page.close()


def cost(browser: Browser, address: str, pid: int, seconds: float) -> tuple[float, float]:
    """Give the shares of a core, in percent, that the exporter takes without a page, and with one that is open."""
    without, with_page = [], []
    for _ in range(SPELLS):
        without.append(_share(pid, seconds))
        page = browser.new_page()
        page.goto(address)
        expect(page.locator("#contact")).to_have_attribute("data-stand", "live")
        with_page.append(_share(pid, seconds))
        page.close()
    return statistics.median(without) * 100, statistics.median(with_page) * 100


def _share(pid: int, seconds: float) -> float:
    before, begun = core_seconds(pid), time.perf_counter()
    time.sleep(seconds)
    return (core_seconds(pid) - before) / (time.perf_counter() - begun)


def _wait_ready(address: str) -> None:
    def ask() -> bool:
        try:
            with urlopen(f"{address}readyz", timeout=10) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except HTTPError:
            return False

    wait_for(ask, "the exporter to have read the cluster", seconds=PATIENCE, pause=0.5)


def measure(workflows: int, seconds: float) -> list[Figure]:
    """Start everything, open the page again and again, then leave it open."""
    with demo(workflows) as (address, pid), chromium() as browser:
        rounds = [opened(browser, address) for _ in range(ROUNDS)]
        without, with_page = cost(browser, address, pid, seconds)
    paint, filled = (statistics.median(times) for times in zip(*rounds, strict=True))
    return [
        Figure("first paint", paint, "ms"),
        Figure("overview filled", filled, "ms"),
        Figure("the exporter without a page", without, "% of a core"),
        Figure("the exporter with an open page", with_page, "% of a core"),
    ]


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workflows", type=int, default=WORKFLOWS)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    chosen = parser.parse_args()
    print_rows(measure(chosen.workflows, chosen.seconds), machine(), as_json=chosen.json)


if __name__ == "__main__":
    main()
