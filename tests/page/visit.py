"""One reader's visit to the page: what is on the screen, and every complaint that the browser has meanwhile."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Locator,
    Request,
    Response,
    expect,
)

from tests.controlplane.waiting import wait_for

VIEWS = ("", "namespaces", "waiting", "running", "failures", "cron", "groups", "informers", "search")
"""The views that need no name, by their addresses."""
PATIENCE = 15.0
"""Seconds in which the page must show something: a tick, its pause between two requests, and a slow machine."""
FAILED_REQUEST = "console: Failed to load resource"
"""How Chromium's console tells an answer that is an error, or no answer."""

_LISTEN = """
document.addEventListener("securitypolicyviolation", (event) =>
  reportViolation(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""

expect.set_options(timeout=PATIENCE * 1000)


class Visit:
    """A tab of its own, with a storage of its own. ``check`` fails when the browser complained of anything."""

    def __init__(self, browser: Browser, origin: str, **options: Any) -> None:
        self.origin = origin
        self.complaints: list[str] = []
        self._forgiven: list[Callable[[str], bool]] = []
        self.context: BrowserContext = browser.new_context(**{"viewport": {"width": 1366, "height": 768}, **options})
        self.context.set_default_timeout(PATIENCE * 1000)
        self.context.expose_function("reportViolation", lambda words: self._complain(f"policy: {words}"))
        self.context.add_init_script(_LISTEN)
        self.page = self.context.new_page()
        self._listen()

    def open(self, view: str = "", *names: str, **parameters: str) -> Locator:
        """Go to a view as somebody who typed its address, and give its element once it stands there."""
        self.page.goto(f"{self.origin}/{address(view, *names, **parameters)}")
        return self.view(view)

    def view(self, view: str) -> Locator:
        """The element of a view, which must be the one that is shown."""
        found = self.page.locator(f'main[data-view="{view or "front"}"]')
        expect(found).to_be_visible()
        return found

    def table(self, name: str) -> Locator:
        """A table, or a list, by its name."""
        return self.page.locator(f'[data-list="{name}"]')

    def rows(self, name: str) -> Locator:
        """The rows of a table."""
        return self.table(name).locator("[data-key]")

    def row(self, name: str, key: str) -> Locator:
        """One row of a table."""
        return self.table(name).locator(f"[data-key={msgspec.json.encode(key).decode()}]")

    def keys(self, name: str) -> list[str]:
        """The keys of the rows that are there now, in order."""
        found: list[str] = self.rows(name).evaluate_all("rows => rows.map(row => row.dataset.key)")
        return found

    def wait_keys(self, name: str, *wanted: str) -> None:
        """Wait until a table has exactly these rows, in this order."""
        try:
            wait_for(lambda: self.keys(name) == list(wanted), "the rows", seconds=PATIENCE)
        except TimeoutError:
            assert self.keys(name) == list(wanted)

    def overflow(self) -> int:
        """By how many pixels the document is wider than the window."""
        found: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return found

    def forgive(self, *beginnings: str) -> None:
        """Expect complaints that begin with these words: the test provokes them."""
        self._forgiven.append(lambda words: words.startswith(beginnings))

    def check(self) -> None:
        """Fail when the browser complained of what no test expected, or a stranger's script ran."""
        assert self.page.evaluate("window.pwned") is None, "a stranger's script ran"
        unexpected = [words for words in self.complaints if not any(one(words) for one in self._forgiven)]
        assert not unexpected, "\n".join(unexpected)

    def close(self) -> None:
        """Leave."""
        self.context.close()

    def _listen(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._complain(f"error: {error}"))
        self.page.on("request", self._see_request)
        self.page.on("response", self._see_response)
        self.page.on("dialog", self._refuse)

    def _refuse(self, dialog: Dialog) -> None:
        self._complain(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complain(f"console: {message.text}")

    def _see_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self._complain(f"request: {request.url}")

    def _see_response(self, response: Response) -> None:
        if response.status >= 500:
            self._complain(f"answer: {response.status} {response.url}")

    def _complain(self, words: str) -> None:
        self.complaints.append(words)


def address(view: str = "", *names: str, **parameters: str) -> str:
    """Write the address of a view as the page does."""
    path = "/".join([view, *(quote(name, safe="") for name in names)])
    return f"#/{path}{'?' + urlencode(parameters) if parameters else ''}"
