"""The demo's own page: it says that it is a simulation, what goes wrong now and what will."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.demo.program import ANYWHERE, DEMO, SMALL, Demo
from tests.page.visit import FAILED_REQUEST, Visit

FIRST_FAULT = 60_000
"""Milliseconds in which the first fault must have begun: the schedule has it after half a minute."""


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with Demo(tmp_path, [*DEMO, *SMALL, "--fault=restart", ANYWHERE]) as demo:
        yield demo.wait_ready()


def test_a_fault_is_announced_and_told_while_it_lasts(demo: Demo, browser: Browser) -> None:
    page = Visit(browser, demo.page)
    try:
        page.forgive(FAILED_REQUEST)
        page.open()
        drill = page.page.locator('[data-notice="drill"]')
        expect(drill).to_contain_text("Simulation")
        expect(drill.locator(".next")).to_contain_text("restart")
        expect(drill.locator(".next time")).to_be_visible()
        expect(drill).to_have_attribute("data-running", "", timeout=FIRST_FAULT)
        expect(drill.locator(".fault").first).to_contain_text("restart")
        page.check()
    finally:
        page.close()
