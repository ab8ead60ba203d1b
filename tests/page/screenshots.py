"""Takes the pictures of the page from a demo: ``python -m tests.page.screenshots``."""

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec
from playwright.sync_api import Browser, Page, expect

from tests.controlplane.waiting import wait_for
from tests.demo.program import ANYWHERE, DEMO, Demo
from tests.page.chromium import chromium
from tests.page.visit import VIEWS, address

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
SIZE = (1600, 1000)
"""Of the README's pictures, in pixels."""
SCREENS: Mapping[str, tuple[int, int]] = {"wall": (2560, 1440), "laptop": (1366, 768), "phone": (390, 844)}
"""Of the pictures of every view."""
POINTS = 60
"""How many points the charts must have: one comes every five seconds."""
PATIENCE = 60.0
"""Seconds beyond those in which it must be so far."""


def main() -> None:
    """Run a demo for some minutes, then take the pictures."""
    options = _parser().parse_args()
    command = [*DEMO, "--seed=1", ANYWHERE]
    with tempfile.TemporaryDirectory() as folder, Demo(Path(folder), command) as demo, chromium() as browser:
        demo.wait_ready()
        wait_for(lambda: _points(demo) >= options.points, "the charts", seconds=5 * options.points + PATIENCE)
        _take_pictures(browser, demo.page, options.folder)
        if options.every:
            _take_every(browser, demo, options.every)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=PICTURES, help="where the two of the README go")
    parser.add_argument("--every", type=Path, help="a folder for pictures of every view, on every screen")
    parser.add_argument("--points", type=int, default=POINTS, help="wait until the charts have so many, 5 s apart")
    return parser


def _points(demo: Demo) -> int:
    return len(msgspec.json.decode(demo.get("/api/v1/throughput").body)["times"])


def _take_pictures(browser: Browser, origin: str, folder: Path) -> None:
    for scheme in ("light", "dark"):
        page = _open(browser, scheme, SIZE)
        _take(page, f"{origin}/", folder / f"page-{scheme}.png")
        page.context.close()


def _take_every(browser: Browser, demo: Demo, folder: Path) -> None:
    failed = msgspec.json.decode(demo.get("/api/v1/failures?limit=1").body)["items"][0]
    one = address("workflow", failed["namespace"], failed["name"])
    places = {view or "front": address(view, **({"q": "a"} if view == "search" else {})) for view in VIEWS}
    for screen, size in SCREENS.items():
        for scheme in ("light", "dark"):
            page = _open(browser, scheme, size)
            for name, place in {**places, "workflow": one}.items():
                _take(page, f"{demo.page}/{place}", folder / f"{screen}-{scheme}-{name}.png")
            page.context.close()


def _open(browser: Browser, scheme: str, size: tuple[int, int]) -> Page:
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    return context.new_page()


def _take(page: Page, url: str, file: Path) -> None:
    page.goto(url)
    expect(page.locator("#contact")).to_have_attribute("data-stand", "live")
    for listing in page.locator(".listing").all():
        expect(listing).to_have_attribute("aria-busy", "false")
    page.wait_for_load_state("load")
    file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=file)
    print(f"{file} ({file.stat().st_size // 1000} kB)")  # noqa: T201 - a command


if __name__ == "__main__":
    main()
