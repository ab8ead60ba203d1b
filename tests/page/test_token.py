"""A reader of an exporter that lets in only whom the API server knows."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue

from playwright.sync_api import Browser, expect

from exporter.web.guard import Guard
from tests.page.visit import FAILED_REQUEST, Visit
from tests.web.fakes import serving
from tests.web.test_guard import CRON_ALL, LIST_ALL, Reviewer, Rule, wall


@contextmanager
def guarded_page(*rules: Rule) -> Iterator[str]:
    """Serve a page to anna alone, who may do this, or else everything; gives its origin."""
    told: Queue[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = Queue()

    async def serve() -> None:
        stop = asyncio.Event()
        site = wall().site(guard=Guard(Reviewer(*(rules or (LIST_ALL, CRON_ALL)))))
        async with serving(site) as client:
            told.put((f"http://{client.address}", asyncio.get_running_loop(), stop))
            await stop.wait()
            site.leave()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    origin, loop, stop = told.get(timeout=30)
    try:
        yield origin
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def test_a_reader_is_asked_for_a_token_once_and_again_if_nobody_knows_it(browser: Browser) -> None:
    with guarded_page() as origin:
        visit = Visit(browser, origin)
        visit.forgive(FAILED_REQUEST)
        visit.open("namespaces")
        dialog = visit.page.get_by_role("dialog", name="Who are you?")
        expect(dialog).to_have_count(1)
        expect(dialog).to_contain_text("kubectl create token")
        dialog.get_by_label("Bearer token").fill("bert")
        dialog.get_by_role("button").click()
        expect(dialog).to_contain_text("does not know this token")
        dialog.get_by_label("Bearer token").fill(" Bearer anna ")
        dialog.get_by_label("Bearer token").press("Enter")
        expect(dialog).to_have_count(0)
        visit.wait_keys("namespaces", "ours", "theirs")
        visit.open("running")
        visit.wait_keys("running", "ours/one")
        expect(dialog).to_have_count(0)
        visit.check()
        visit.close()


def test_a_reader_with_rights_in_one_namespace_reads_that(browser: Browser) -> None:
    with guarded_page(("list", "workflows", "ours"), ("get", "workflows", "ours")) as origin:
        visit = Visit(browser, origin)
        visit.forgive(FAILED_REQUEST)
        visit.open("running", namespace="ours")
        field = visit.page.get_by_label("Bearer token")
        field.fill("anna")
        field.press("Enter")
        visit.wait_keys("running", "ours/one")
        expect(visit.page.get_by_text("Shown in part")).to_be_visible()
        expect(visit.page.get_by_text('User "anna" cannot list resource "workflows"').first).to_be_visible()
        visit.open("workflow", "ours", "one")
        expect(visit.page.get_by_role("heading", level=1)).to_contain_text("ours/one")
        visit.check()
        visit.close()


def test_a_reader_without_a_token_is_told_that_it_is_wanted(browser: Browser) -> None:
    with guarded_page() as origin:
        visit = Visit(browser, origin)
        visit.forgive(FAILED_REQUEST)
        visit.open("namespaces")
        dialog = visit.page.get_by_role("dialog", name="Who are you?")
        expect(dialog).to_have_count(1)
        visit.page.keyboard.press("Escape")
        expect(visit.page.locator(".note").first).to_contain_text("Unauthorized")
        visit.check()
        visit.close()
