"""Finds Chromium and starts it: the machine's own, or the one Playwright has fetched."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
"""What the program is called, by distribution."""
FLAGS = (
    "--no-sandbox",  # containers have no user namespaces, and only our own page is opened
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Nothing but the page is asked for, and nothing but the page is drawn."""


class Missing(Exception):
    """There is no Chromium here; the message says where it was looked for."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a Chromium with a fresh profile.

    Playwright runs an event loop in this thread until the end: a coroutine cannot be run meanwhile.

    Raises:
        Missing: there is none.
    """
    with sync_playwright() as playwright:
        program = _find(playwright)
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def _find(playwright: Playwright) -> Path:
    """The one named in the environment, Playwright's own, or the first on the path."""
    named = os.environ.get("CHROMIUM")
    places = (named, playwright.chromium.executable_path, *map(shutil.which, NAMES))
    for place in places:
        if place and Path(place).is_file():
            return Path(place)
    raise Missing(
        f"no Chromium: neither Playwright's own nor any of {', '.join(NAMES)} is here, nor does $CHROMIUM name one"
    )
