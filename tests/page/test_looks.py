"""Light and dark, narrow and still; and axe-core's rules for those who see, hear or point differently."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, expect

from tests.page.conftest import Open, StartWorld, World
from tests.page.things import LOCKED, POSTPONED, cron_workflow, node, workflow
from tests.page.visit import FAILED_REQUEST, VIEWS, Visit

PHONE = {"width": 390, "height": 844}
EVERY = (*VIEWS, "workflow", "nowhere")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture
def company(world: World) -> World:
    """A world with something in every view."""
    world.cluster.put(
        workflow("etl", "Running", progress="3/7", template="nightly", nodes=(node("a"), node("b", "Running"))),
        workflow("late", "Pending", message=POSTPONED),
        workflow("locked", "Pending", message=LOCKED, namespace="team-b"),
        workflow("new"),
        workflow("odd", "Meditating"),
        workflow("broken", "Failed", message="OOMKilled (exit code 137)", template="nightly", labels={"team": "data"}),
        workflow("worse", "Error", message="pod deleted", namespace="team-b", cron="clock"),
        workflow("done", "Succeeded", namespace="team-b", cron="clock"),
        cron_workflow("clock", namespace="team-b", timezone="Europe/Zurich", suspend=True, succeeded=1, failed=1),
        cron_workflow(
            "mad", "61 * * * *", conditions=[{"type": "SpecError", "status": "True", "message": "61 is too much"}]
        ),
    )
    world.program.wait_number(8, "informer_objects", resource="workflows.argoproj.io")
    return world


def visit_view(page: Visit, view: str) -> None:
    """Open a view with something in it, and wait until it is filled."""
    match view:
        case "workflow":
            page.open(view, "team-a", "broken")
            expect(page.page.locator('[data-panel="object"]')).to_be_visible()
        case "search":
            page.open(view, q="team-a/")
        case _:
            page.open(view)
    for listing in page.page.locator(".listing").all():
        expect(listing).to_have_attribute("aria-busy", "false")


def judge(page: Visit) -> None:
    """Have axe-core look at what is shown, in both colours."""
    for scheme in SCHEMES:
        page.page.emulate_media(color_scheme=scheme)
        found = Axe().run(page.page)
        assert found.violations_count == 0, f"{scheme}: {found.generate_report()}"


@pytest.fixture
def unguarded(browser: Browser) -> Iterator[Callable[[World], Visit]]:
    """Open the page without its policy, which forbids the script of axe-core."""
    with ExitStack() as running:

        def open_(world: World) -> Visit:
            page = Visit(browser, world.origin, bypass_csp=True, reduced_motion="reduce")
            running.callback(page.close)
            return page

        yield open_


@pytest.mark.parametrize("view", EVERY)
def test_axe_finds_nothing(view: str, company: World, unguarded: Callable[[World], Visit]) -> None:
    page = unguarded(company)
    visit_view(page, view)
    judge(page)


def test_axe_finds_nothing_in_the_dialog_the_notices_and_where_nothing_is(
    start_world: StartWorld, unguarded: Callable[[World], Visit]
) -> None:
    world = start_world("--no-lookup", prepare=lambda cluster: cluster.tell(lambda server: server.throttle(True)))
    page = unguarded(world)
    page.open("running")
    expect(page.page.locator('[data-notice="unready"]')).to_be_visible()
    judge(page)
    page.page.keyboard.press("?")
    expect(page.page.get_by_role("dialog")).to_be_visible()
    judge(page)


def test_nothing_is_wider_than_a_phone(company: World, visit: Open) -> None:
    page = visit(company, viewport=PHONE, has_touch=True)
    for view in EVERY:
        visit_view(page, view)
        assert page.overflow() <= 0, view


def test_on_a_phone_the_views_are_behind_a_button(company: World, visit: Open) -> None:
    page = visit(company, viewport=PHONE, has_touch=True)
    page.open()
    button = page.page.get_by_role("button", name="Menu")
    menu = page.page.get_by_role("navigation", name="Views")
    expect(menu).to_be_hidden()
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    menu.get_by_role("link", name="Failures").click()
    page.view("failures")
    expect(menu).to_be_hidden()


def test_on_a_phone_each_cell_says_what_it_is(company: World, visit: Open) -> None:
    page = visit(company, viewport=PHONE)
    page.open("failures")
    cell = page.row("failures", "team-a/broken").locator('td[data-head="Message"]')
    expect(cell).to_contain_text("OOMKilled")
    box = cell.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= PHONE["width"]


def brightness(page: Visit) -> float:
    """Of the page's background: 0 is black, 1 is white."""
    found: float = page.page.evaluate(
        """() => {
          const canvas = document.createElement('canvas').getContext('2d');
          canvas.fillStyle = getComputedStyle(document.body).backgroundColor;
          canvas.fillRect(0, 0, 1, 1);
          const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
          return (red + green + blue) / 765;
        }"""
    )
    return found


def test_the_page_is_as_light_or_dark_as_the_system(company: World, visit: Open) -> None:
    page = visit(company, color_scheme="light")
    page.open()
    assert brightness(page) > 0.8
    page.page.emulate_media(color_scheme="dark")
    assert brightness(page) < 0.2


def test_a_chosen_colour_is_worn_at_once_and_after_a_reload(company: World, visit: Open) -> None:
    page = visit(company, color_scheme="light")
    page.open()
    button = page.page.get_by_role("button", name="Colours")
    button.click()
    button.click()
    expect(button).to_have_accessible_name("Colours: dark. Change.")
    assert brightness(page) < 0.2
    page.page.reload()
    page.view("")
    assert brightness(page) < 0.2
    expect(button).to_have_accessible_name("Colours: dark. Change.")


def test_nothing_moves_for_those_who_asked_for_stillness(company: World, visit: Open) -> None:
    page = visit(company, reduced_motion="reduce")
    for view in EVERY:
        visit_view(page, view)
        moving = page.page.evaluate(
            "document.getAnimations().filter((one) => one.effect.getComputedTiming().activeDuration > 10).length"
        )
        assert moving == 0, view


def test_without_javascript_the_page_says_where_the_numbers_are(company: World, visit: Open) -> None:
    page = visit(company, java_script_enabled=False)
    page.page.goto(f"{company.origin}/")
    expect(page.page.locator("main .note")).to_contain_text("This page needs JavaScript")


def test_where_storage_is_forbidden_the_page_works_as_well(company: World, visit: Open) -> None:
    page = visit(company)
    page.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get: () => { throw new Error('forbidden'); }})"
    )
    page.forgive(FAILED_REQUEST)
    page.open()
    page.page.get_by_role("button", name="Colours").click()
    expect(page.page.locator("html")).to_have_attribute("data-theme", "light")
