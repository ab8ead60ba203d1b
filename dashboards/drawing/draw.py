"""Takes the pictures: one for each dashboard, from a Prometheus that is there or from a demo made for it."""

import base64
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from dashboards.drawing.data import Source, look
from dashboards.drawing.page import page
from dashboards.reading import Board, boards
from tests.dashboards.stage import stage
from tests.page.chromium import chromium
from tests.prometheus import answers
from tests.prometheus.answers import Line, Result

WIDTH = 1600
"""Of the pictures, in pixels."""
COMPANY = ("--workflows=900", "--namespaces=6", "--rate=6", "--speed=60", "--seed=7")
FLAGS = ("--metrics.stuck-after=40s", "--cron.grace=5s")
SHRINK = (Path(__file__).parent / "shrink.js").read_text()
SCRAPES = "2s"
RATES = 30.0
"""Seconds over which rates are taken where a demo is scraped so often."""
TROUBLES = (("failures", 0.35, 0.5), ("admission", 0.55, 0.65), ("stuck", 0.7, 0.85), ("crons", 0.3, 0.9))
"""What goes wrong in the demo, and from which part of its time until which."""


class Remote:
    """A Prometheus that runs somewhere."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def query(self, expression: str, at: float | None = None) -> list[Result]:
        """Give what an expression is."""
        moment = {} if at is None else {"time": str(at)}
        return answers.results(answers.get(f"{self._url}/api/v1/query", query=expression, **moment)["data"])

    def query_range(self, expression: str, start: float, end: float, step: float) -> list[Line]:
        """Give what an expression was, at each step."""
        span = {"start": str(start), "end": str(end), "step": str(step)}
        return answers.lines(answers.get(f"{self._url}/api/v1/query_range", query=expression, **span)["data"])


def draw(folder: Path, *, prometheus: str | None, minutes: float) -> list[Path]:
    """Take a picture of each dashboard over so many minutes, and give their places. Blocks for as long."""
    folder.mkdir(parents=True, exist_ok=True)
    span = minutes * 60
    if prometheus is not None:
        return _take_all(Remote(prometheus), folder, span, max(RATES, span / 30))
    with _demo(span) as source:
        return _take_all(source, folder, span, RATES)


@contextmanager
def _demo(span: float) -> Iterator[Source]:
    """Run a demo for as long as the pictures show, with its troubles."""
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder), COMPANY, FLAGS, SCRAPES) as running:
        began = time.monotonic()
        for part, name, on in _course():
            time.sleep(max(0.0, began + span * part - time.monotonic()))
            running.turn(name, on=on)
        time.sleep(max(0.0, began + span - time.monotonic()))
        yield running.prometheus


def _course() -> list[tuple[float, str, bool]]:
    """When each trouble begins and ends, in order."""
    begins = [(begin, name, True) for name, begin, _ in TROUBLES]
    return sorted(begins + [(end, name, False) for name, _, end in TROUBLES])


def _take_all(source: Source, folder: Path, span: float, rates: float) -> list[Path]:
    end = time.time()
    drawn = [(board, look(source, board, end, span, rates)) for board in boards()]
    with chromium() as browser:
        return [_take(browser, board, page(board.title, panels), folder) for board, panels in drawn]


def _take(browser: Browser, board: Board, document: str, folder: Path) -> Path:
    tab = browser.new_page(viewport={"width": WIDTH, "height": 1000}, color_scheme="light")
    tab.set_content(document)
    tab.wait_for_selector("main[data-drawn]")
    file = folder / f"{board.uid}.png"
    file.write_bytes(shrunk(tab, tab.screenshot(full_page=True)))
    tab.close()
    return file


def shrunk(tab: Page, picture: bytes) -> bytes:
    """Give a PNG with at most 256 colours; any page can do it."""
    return base64.b64decode(tab.evaluate(SHRINK, base64.b64encode(picture).decode()))
