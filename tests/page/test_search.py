"""The search: by key, by the beginning of a name, by labels; what is no selector is told to be none."""

from playwright.sync_api import expect

from tests.page.conftest import Open, World
from tests.page.things import workflow
from tests.page.visit import FAILED_REQUEST, Visit


def fleet(world: World) -> None:
    world.cluster.put(
        workflow("etl-1", "Succeeded", labels={"team": "data", "env": "prod"}),
        workflow("etl-2", "Failed", labels={"team": "data"}),
        workflow("report", "Running", labels={"team": "sales"}),
        workflow("etl-1", "Pending", namespace="team-b"),
    )
    world.program.wait_number(4, "informer_objects", resource="workflows.argoproj.io")


def look_for(page: Visit, text: str) -> None:
    field = page.page.get_by_role("searchbox").first
    field.fill(text)
    field.press("Enter")


def test_a_whole_key_opens_its_workflow(world: World, visit: Open) -> None:
    fleet(world)
    page = visit(world)
    page.open()
    look_for(page, "team-a/etl-2")
    page.view("workflow")
    expect(page.page.get_by_role("heading", level=1)).to_contain_text("team-a/etl-2")


def test_the_beginning_of_a_key_finds_what_begins_so(world: World, visit: Open) -> None:
    fleet(world)
    page = visit(world)
    page.open()
    look_for(page, "team-a/etl")
    page.view("search")
    page.wait_keys("search", "team-a/etl-1", "team-a/etl-2")


def test_the_beginning_of_a_name_finds_it_in_every_namespace(world: World, visit: Open) -> None:
    fleet(world)
    page = visit(world)
    page.open()
    look_for(page, "etl-1")
    page.wait_keys("search", "team-a/etl-1", "team-b/etl-1")


def test_labels_find_what_has_them(world: World, visit: Open) -> None:
    fleet(world)
    page = visit(world)
    page.open()
    look_for(page, "team in (data, sales), !env")
    page.wait_keys("search", "team-a/etl-2", "team-a/report")
    look_for(page, "team=data,env=prod")
    page.wait_keys("search", "team-a/etl-1")


def test_a_selector_that_is_none_is_refused_with_the_reason(world: World, visit: Open) -> None:
    fleet(world)
    page = visit(world)
    page.forgive(FAILED_REQUEST)
    page.open()
    look_for(page, "team in (data")
    reason = world.program.get("/api/v1/search?q=team+in+(data")
    assert reason.code == 400
    note = page.view("search").locator(".note[data-status='400']")
    expect(note).to_be_visible()
    assert note.inner_text().lower().rstrip(".") in reason.body.decode().lower()


def test_nothing_found_is_told_in_words(world: World, visit: Open) -> None:
    page = visit(world)
    page.open()
    look_for(page, "nobody")
    expect(page.view("search").get_by_text("Nothing was found.")).to_be_visible()


def test_what_is_no_name_may_be_a_namespace(world: World, visit: Open) -> None:
    fleet(world)
    page = visit(world)
    page.open()
    look_for(page, "team-b")
    page.view("search").get_by_role("link", name="Search in namespace team-b/").click()
    page.wait_keys("search", "team-b/etl-1")
    expect(page.page.get_by_text("Search in namespace")).to_be_hidden()


def test_the_pages_of_a_search_hold_every_find_once(world: World, visit: Open) -> None:
    wanted = [f"team-a/w-{index:03}" for index in range(60)]
    world.cluster.put(*(workflow(key.partition("/")[2], "Succeeded", labels={"a": "b"}) for key in wanted))
    world.program.wait_number(60, "informer_objects", resource="workflows.argoproj.io")
    for text in ("w-", "team-a/", "a=b"):
        page = visit(world)
        page.open("search", q=text)
        page.wait_keys("search", *wanted[:25])
        page.page.locator('[data-action="next"]').click()
        page.wait_keys("search", *wanted[25:50])
        page.page.locator('[data-action="next"]').click()
        page.wait_keys("search", *wanted[50:])
        expect(page.page.locator('[data-action="next"]')).to_be_disabled()


def test_a_search_can_be_sent_to_somebody_as_an_address(world: World, visit: Open) -> None:
    fleet(world)
    page = visit(world)
    page.open("search", q="team=sales")
    page.wait_keys("search", "team-a/report")
    expect(page.page.get_by_role("searchbox").first).to_have_value("team=sales")


def test_a_find_is_opened_and_back_leads_to_the_search(world: World, visit: Open) -> None:
    fleet(world)
    page = visit(world)
    page.open("search", q="etl-")
    page.row("search", "team-b/etl-1").get_by_role("link").last.click()
    expect(page.page.get_by_role("heading", level=1)).to_contain_text("team-b/etl-1")
    expect(page.page.get_by_role("searchbox").first).to_have_value("")
    page.page.go_back()
    page.wait_keys("search", "team-a/etl-1", "team-a/etl-2", "team-b/etl-1")
