"""The page without a mouse."""

import pytest
from playwright.sync_api import expect

from tests.page.conftest import Open, World
from tests.page.things import workflow
from tests.page.visit import Visit

JUMPS = {
    "n": "namespaces",
    "w": "waiting",
    "r": "running",
    "f": "failures",
    "c": "cron",
    "t": "groups",
    "i": "informers",
    "o": "",
}
OUTLINED = """() => {
  const one = document.activeElement;
  const outlined = ({outlineStyle, outlineWidth, boxShadow}) =>
    (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1) || boxShadow !== 'none';
  const drawn = one.getBoundingClientRect().width > 0;
  return one === document.body || (drawn &&
    [one, one.parentElement].map((each) => getComputedStyle(each)).some(outlined));
}"""
"""Whether what is in focus, or what holds it, is outlined. At the end of the page nothing is in focus."""


def press(page: Visit, *keys: str) -> None:
    for key in keys:
        page.page.keyboard.press(key)


def test_g_and_a_letter_lead_to_each_view(world: World, visit: Open) -> None:
    page = visit(world)
    page.open()
    for letter, view in JUMPS.items():
        press(page, "g", letter)
        page.view(view)


def test_a_slash_leads_to_the_search_and_escape_out_of_it(world: World, visit: Open) -> None:
    world.cluster.put(workflow("etl"))
    page = visit(world)
    page.open()
    query = page.page.get_by_role("searchbox")
    press(page, "/")
    expect(query).to_be_focused()
    page.page.keyboard.type("team-a/etl g n")
    expect(query).to_have_value("team-a/etl g n")
    page.view("")
    press(page, "Escape")
    expect(query).not_to_be_focused()


def test_a_question_mark_shows_the_keys_and_escape_closes_them(world: World, visit: Open) -> None:
    page = visit(world)
    page.open()
    press(page, "?")
    help_ = page.page.get_by_role("dialog", name="Keys")
    expect(help_).to_be_visible()
    press(page, "Escape")
    expect(help_).to_be_hidden()
    page.view("")


def test_j_and_k_walk_over_the_rows_enter_opens_and_escape_leads_back(world: World, visit: Open) -> None:
    world.cluster.put(*(workflow(f"w-{index}", "Running", age=600 - index) for index in range(3)))
    page = visit(world)
    page.open()
    press(page, "g", "r")
    page.wait_keys("running", "team-a/w-0", "team-a/w-1", "team-a/w-2")
    press(page, "j", "j", "j", "j", "k")
    expect(page.row("running", "team-a/w-1").locator("[data-open]")).to_be_focused()
    press(page, "Enter")
    expect(page.page.get_by_role("heading", level=1)).to_contain_text("w-1")
    press(page, "Escape")
    page.view("running")


def test_a_row_in_focus_keeps_it_while_the_list_changes(world: World, visit: Open) -> None:
    world.cluster.put(workflow("old", "Running", age=600), workflow("young", "Running", age=60))
    page = visit(world)
    page.open("running")
    page.wait_keys("running", "team-a/old", "team-a/young")
    press(page, "j", "j")
    link = page.row("running", "team-a/young").locator("[data-open]")
    expect(link).to_be_focused()
    world.cluster.put(workflow("middle", "Running", age=300), workflow("oldest", "Running", age=900))
    page.wait_keys("running", "team-a/oldest", "team-a/old", "team-a/middle", "team-a/young")
    expect(link).to_be_focused()


def test_whoever_arrives_in_a_view_is_at_its_heading(world: World, visit: Open) -> None:
    page = visit(world)
    page.open()
    press(page, "g", "f")
    expect(page.view("failures").get_by_role("heading", level=1)).to_be_focused()


def test_the_first_stop_of_the_tab_key_skips_to_the_content(world: World, visit: Open) -> None:
    page = visit(world)
    page.open()
    press(page, "Tab")
    skip = page.page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    press(page, "Enter")
    expect(page.page.locator("main")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_in_focus_can_be_seen(scheme: str, world: World, visit: Open) -> None:
    world.cluster.put(workflow("a", "Failed"))
    page = visit(world, color_scheme=scheme)
    page.open("failures")
    page.wait_keys("failures", "team-a/a")
    stops = page.page.locator("a:visible, button:visible, input:visible, select:visible").count()
    unseen: list[str] = []
    for _ in range(stops):
        press(page, "Tab")
        seen = page.page.evaluate(OUTLINED)
        if not seen:
            unseen.append(page.page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
    assert unseen == []


def test_letters_with_ctrl_are_left_to_the_browser(world: World, visit: Open) -> None:
    page = visit(world)
    page.open()
    press(page, "g", "Control+i")
    page.view("")
    press(page, "Control+t")
    expect(page.page.locator("html")).to_have_attribute("data-theme", "auto")


def test_on_a_wall_the_view_is_left_with_the_clock_and_the_way_out(world: World, visit: Open) -> None:
    page = visit(world)
    page.open()
    menu = page.page.get_by_role("navigation", name="Views")
    expect(menu).to_be_visible()
    press(page, "w")
    expect(menu).to_be_hidden()
    expect(page.page.get_by_text("press w or Esc to leave")).to_be_visible()
    expect(page.page.locator("#clock")).to_be_visible()
    expect(page.page.locator("#contact")).to_be_visible()
    press(page, "Escape")
    expect(menu).to_be_visible()
    expect(page.page.get_by_text("press w or Esc to leave")).to_be_hidden()
