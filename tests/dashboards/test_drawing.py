"""What is drawn is what a Prometheus answers, in the words and the order of the panels."""

import base64
import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from dashboards.drawing.data import Drawn, look
from dashboards.drawing.draw import shrunk
from dashboards.drawing.page import page
from dashboards.reading import Board, boards
from tests.page.chromium import Missing, chromium
from tests.prometheus.answers import Line, Result

NOW = 1_700_000_000.0
LABELS = {"namespace": "<b>orders</b>", "template_name": "pack", "phase": "Failed", "le": "5", "instance": "a"}


class Echo:
    """A Prometheus whose every answer is one series; it keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def query(self, expression: str, at: float | None = None) -> Sequence[Result]:
        self.asked.append(expression)
        return [Result(LABELS, 0.25, at or NOW)]

    def query_range(self, expression: str, start: float, end: float, step: float) -> Sequence[Line]:
        self.asked.append(expression)
        return [Line(LABELS, ((start, 0.25), (start + step, 0.5), (end, 0.75)))]


@pytest.fixture(scope="module")
def board() -> Board:
    return next(board for board in boards() if board.uid == "argowf-templates")


@pytest.fixture
def source() -> Echo:
    return Echo()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with ExitStack() as open_ones:
        try:
            running = open_ones.enter_context(chromium())
        except Missing as missing:
            if os.environ.get("REQUIRE_BROWSER"):
                raise
            pytest.skip(str(missing))
        yield running


def _named(panels: Sequence[Drawn], title: str) -> Drawn:
    return next(panel for panel in panels if panel["title"] == title)


def test_every_expression_is_asked_without_variables(board: Board, source: Echo) -> None:
    look(source, board, NOW, 600, 30)
    assert len(source.asked) == sum(len(panel.asked) for panel in board.panels)
    assert not [expression for expression in source.asked if "$" in expression]
    assert any("[30s]" in expression for expression in source.asked)
    assert any("[600s]" in expression for expression in source.asked)


def test_series_are_named_as_their_legends_say(board: Board, source: Echo) -> None:
    panels = look(source, board, NOW, 600, 30)
    assert [one["name"] for one in _named(panels, "Failures by template")["series"]] == ["<b>orders</b>/pack"]
    assert [one["name"] for one in _named(panels, "Completions by phase")["series"]] == ["Failed"]


def test_a_table_has_words_first_then_numbers(board: Board, source: Echo) -> None:
    table = _named(look(source, board, NOW, 600, 30), "Templates")
    assert table["columns"][:3] == ["Namespace", "Template", "Failed"]
    assert table["rows"] == [["<b>orders</b>", "pack", *[0.25] * 5]]


def test_a_page_is_drawn_whole_and_takes_names_as_text(browser: Browser, source: Echo) -> None:
    complaints: list[str] = []
    tab = browser.new_page()
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda request: complaints.append(request.url))
    for board in boards():
        tab.set_content(page(board.title, look(source, board, NOW, 600, 30)))
        tab.wait_for_selector("main[data-drawn]")
        assert tab.locator("section").count() == len(board.panels)
        assert tab.locator("section b b, section span b").count() == 0
    assert complaints == []


def test_a_picture_shrinks_and_keeps_its_size(browser: Browser) -> None:
    tab = browser.new_page()
    tab.set_content("<h1 style='background: linear-gradient(90deg, teal, gold)'>Workflows</h1>" * 20)
    picture = tab.screenshot()
    small = shrunk(tab, picture)
    tab.set_content(f"<img src='data:image/png;base64,{base64.b64encode(small).decode()}'>")
    drawn = tab.locator("img").evaluate("async (image) => { await image.decode(); return image.naturalWidth; }")
    assert struct.unpack(">II", small[16:24]) == struct.unpack(">II", picture[16:24])
    assert drawn == struct.unpack(">I", picture[16:20])[0]
    assert len(small) < len(picture)
